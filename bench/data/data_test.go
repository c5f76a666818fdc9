package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var open = sync.OnceValues(func() (*Source, error) { return Open(context.Background()) })

func source(t *testing.T) *Source {
	t.Helper()
	s, err := open()
	require.NoError(t, err)
	return s
}

// column returns the values of some columns, in all rows that a maker writes to a table.
func column(t *testing.T, m *maker, table string, columns ...string) [][]string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, m.write(table, &text))
	have := m.source.patterns[table].columns
	var found [][]string
	for line := range strings.Lines(text.String()) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, cells, len(have))
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = cells[slices.Index(have, c)]
		}
		found = append(found, row)
	}
	return found
}

func TestTheSameSizeAndSeedMakeTheSameRows(t *testing.T) {
	s := source(t)
	sum := func(size Size) (sum [sha256.Size]byte) {
		var text bytes.Buffer
		m := s.maker(size)
		for _, table := range tables {
			require.NoError(t, m.write(table, &text))
		}
		return sha256.Sum256(text.Bytes())
	}
	first := sum(Size{Tags: 2000, Seed: 1})
	require.Equal(t, first, sum(Size{Tags: 2000, Seed: 1}))
	require.NotEqual(t, first, sum(Size{Tags: 2000, Seed: 2}))
}

func TestTagsAreSkewedAndTheirAnchorsAgree(t *testing.T) {
	const number = 30_000
	m := source(t).maker(Size{Tags: number, Seed: 1})
	owner := map[string]string{}
	for _, row := range column(t, m, "attackers", "uuid", "identity_id") {
		owner[row[0]] = row[1]
	}
	require.Len(t, owner, attackerCount)
	counts, kinds, keys := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, row := range column(t, m, "ttp_tag", "uuid", "attacker_uuid", "identity_uuid", "technique_id", "sub_technique_id") {
		keys[row[0]] = true
		who, self := row[1], row[2]
		if who == null {
			require.NotEqual(t, null, self)
			counts[self]++
			continue
		}
		if self != null {
			require.Equal(t, owner[who], self)
		}
		counts[owner[who]]++
		kinds[row[3]+row[4]]++
	}
	require.Len(t, keys, number)
	require.Greater(t, len(kinds), 50)
	delete(counts, null)
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	require.InDelta(t, heavyShare, float64(counts[m.identities[0].uuid])/number, 0.004)
	require.Equal(t, counts[m.identities[0].uuid], most, "it is the heaviest")
}

func TestOnlyRowsOfOneCampaignAreMerged(t *testing.T) {
	m := source(t).maker(Size{Tags: 1, Seed: 1})
	parent, merged := map[string]string{}, 0
	for _, id := range m.identities {
		parent[id.uuid] = id.parent
	}
	for _, id := range m.identities {
		if id.merged != null {
			require.Equal(t, id.parent, parent[id.merged])
			merged++
		}
	}
	require.Positive(t, merged)
}
