package export_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/export"
)

// brackets is a format with a beginning and an end. It fails after a number of pages, if that is not 0.
type brackets struct {
	out       io.Writer
	failAfter int
	pages     int
}

var errBrackets = errors.New("the format fails")

func (b *brackets) Write(page []export.Record) (export.Written, error) {
	if b.pages++; b.failAfter > 0 && b.pages > b.failAfter {
		return export.Written{}, errBrackets
	}
	for _, record := range page {
		_, _ = fmt.Fprintf(b.out, "(%s)", record.Cursor)
	}
	return export.Written{Records: len(page), Bytes: 1}, nil
}

func (b *brackets) Close() error {
	_, err := fmt.Fprint(b.out, "]")
	return err
}

func TestAFormatMayHaveABeginningAndAnEnd(t *testing.T) {
	ask, _ := database(t)
	for failAfter, ends := range map[int]bool{0: true, 1: false} {
		var out strings.Builder
		report, err := export.Run(t.Context(), ask, &out, export.Options{List: "attackers", Format: func(out io.Writer, list string) export.Writer {
			_, _ = fmt.Fprint(out, list, "[")
			return &brackets{out: out, failAfter: failAfter}
		}})
		if !ends {
			require.ErrorIs(t, err, errBrackets)
			require.Equal(t, 100, report.Lines, "the first page was written")
		}
		require.True(t, strings.HasPrefix(out.String(), "attackers[("), out.String())
		require.Equal(t, ends, strings.HasSuffix(out.String(), ")]"), out.String())
		require.Equal(t, report.Lines, strings.Count(out.String(), "("))
		require.True(t, strings.HasSuffix(strings.TrimSuffix(out.String(), "]"), "("+report.Cursor+")"), "the report names the last record")
	}
}
