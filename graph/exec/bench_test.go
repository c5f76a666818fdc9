package exec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkWrite writes 1,000 objects of 8 plain fields.
func BenchmarkWrite(b *testing.B) {
	heroes := make(things, 1000)
	for i := range heroes {
		heroes[i] = hero(fmt.Sprintf("hero %d", i), "title", "some text of usual length")
	}
	s := serve(newWorld(of("", "getHeroes", heroes), wide))
	var fields strings.Builder
	for i := range 4 {
		fmt.Fprintf(&fields, " n%d: name t%d: title", i, i)
	}
	document := "{ getHeroes {" + fields.String() + " } }"
	b.ReportAllocs()
	for b.Loop() {
		data, errs := s.ask(b.Context(), document, nil)
		require.Empty(b, errs)
		b.SetBytes(int64(len(data)))
	}
}
