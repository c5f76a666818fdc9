package storage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAStatementIsRefusedWhereTheSumsItReadsAreMissing looks at a file that was replaced by one without all sums.
func TestAStatementIsRefusedWhereTheSumsItReadsAreMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text               string
		sums               bool
		none, earlier, all bool // whether the statement lacks sums on a database with none, those of an earlier release, or all
	}{
		{"SELECT 1 FROM ttp_tag", false, false, false, false},
		{"SELECT 1 FROM rollup_total, rollup_part", true, true, false, false},
		{"SELECT 1 FROM rollup_name_total, rollup_name_part", true, true, true, false},
	} {
		q := &statement{sums: c.sums}
		q.add(c.text)
		require.Equal(t, c.none, q.lacksSums(facts{}), c.text)
		require.Equal(t, c.earlier, q.lacksSums(facts{sums: true}), c.text)
		require.Equal(t, c.all, q.lacksSums(facts{sums: true, names: true}), c.text)
	}
}
