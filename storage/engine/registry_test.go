package engine

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryEngineIsDescribed names what an engine must not leave out.
func TestEveryEngineIsDescribed(t *testing.T) {
	t.Parallel()
	owners := map[string]string{}
	for _, e := range All {
		t.Run(e.Title, func(t *testing.T) {
			require.NotNil(t, e.Inspect)
			require.NotNil(t, e.OpenSQL)
			require.NotNil(t, e.OpenBulk)
			require.NotNil(t, e.Refusal)
			require.NotEmpty(t, e.Snapshot)
			require.Positive(t, e.InsertRows)
			require.True(t, e.Checksum != nil || e.RowID != "", "an import needs a fingerprint of the keys")
			for _, text := range []string{e.Name(), e.QuoteMark, e.ColumnsQuery, e.CopiedColumnsQuery, e.TablesQuery, e.Goose, e.LongText, e.Analyze} {
				require.NotEmpty(t, text)
			}
			other := errors.New("of another program")
			require.Equal(t, other, e.Classify(other))
			require.False(t, e.Conflict(other))
			_, refused := e.Refusal(other)
			require.False(t, refused)
			source, err := Parse(e.Form.Example)
			require.NoError(t, err)
			if e.Lock == nil {
				require.NotNil(t, e.Create, "a database that no server locks is a file")
				return
			}
			require.Same(t, e, Of(source))
		})
		for _, scheme := range e.Form.Schemes {
			require.Empty(t, owners[scheme], "a scheme has one engine")
			owners[scheme] = e.Name()
		}
	}
}
