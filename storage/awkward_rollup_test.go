package storage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

func TestAwkwardRowsAreRolledUp(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	path := awkwardFile(t)
	s := openFile(t, path, storagetest.Options())
	for of, owners := range map[storage.Kind][]string{
		storage.KindFleet: {""}, storage.KindIdentity: {"i1", "i2"}, storage.KindCampaign: {"c1"}, storage.KindSession: {"s1"}, storage.KindAttacker: {"a1", ""},
	} {
		for _, membership := range []storage.Membership{storage.Resolved, storage.Literal} {
			scope := storage.Scope{Of: of, Membership: membership}
			t.Run(fmt.Sprint(scope), func(t *testing.T) {
				found, err := s.Techniques(scope, nil)(t.Context(), owners)
				require.NoError(t, err)
				tags, keys := 0, []string{}
				for _, rows := range found {
					for _, row := range rows {
						tags, keys = tags+row.Count, append(keys, row.ID().Key)
					}
				}
				listed, err := s.ScopeTags(scope, storage.ListOptions{}).Count(t.Context(), owners)
				require.NoError(t, err)
				total := 0
				for _, n := range listed {
					total += n
				}
				require.Equal(t, total, tags)
				days, err := s.TagsByDay(scope, nil, nil)(t.Context(), owners)
				require.NoError(t, err)
				dated := 0
				for _, of := range days {
					for n, day := range of {
						require.True(t, n == 0 || of[n-1].Day.Before(day.Day), "each day once, in order")
						dated += day.Tags
					}
				}
				require.LessOrEqual(t, dated, tags, "a tag whose instant names no day is on none")
				if of == storage.KindFleet {
					require.Equal(t, count(t, path, "SELECT COUNT(*) FROM ttp_tag"), tags)
					require.Equal(t, count(t, path, "SELECT COUNT(*) FROM ttp_tag WHERE TYPEOF(created_at) = 'text' AND DATE(SUBSTR(created_at, 1, 10)) = CAST(SUBSTR(created_at, 1, 10) AS TEXT)"), dated)
				}
				for _, count := range []storage.RollupCount{storage.RollupIdentities, storage.RollupAttackers} {
					counts, err := s.RollupCounts(count)(t.Context(), keys)
					require.NoError(t, err)
					require.LessOrEqual(t, len(counts), len(keys))
				}
				_, err = s.RollupTags(storage.ListOptions{}).Page(t.Context(), keys, storage.Page{Limit: 1})
				require.NoError(t, err)
			})
		}
	}
}

// TestAggregatesOfMalformedInstantsAreEmpty looks at rows beside each other: what one row cannot
// tell must not come from the row before it.
func TestAggregatesOfMalformedInstantsAreEmpty(t *testing.T) {
	t.Parallel()
	nulls := func(n int) string { return strings.Repeat("NULL, ", n) }
	path := changed(t,
		"INSERT INTO attacker_identities (uuid, schema_version, created_at, updated_at, observation_count) VALUES ('i1', 1, '', '', 0), ('i2', 1, '', '', 0)",
		"INSERT INTO attackers SELECT 'a'||i, '', 'i'||i, '2026-05-01 07:00:00', iif(i = 1, '2026-05-01 08:00:00', 'soon'), 0, 0, 0, '[]', '[]', NULL, 0, 0, 0, '[]', '[]', "+
			nulls(9)+"0, NULL, 0, "+nulls(4)+"'' FROM (SELECT 1 AS i UNION SELECT 2)",
		"INSERT INTO ttp_tag SELECT 't'||i, 'command', '', NULL, 'i1', "+nulls(2)+"'TA0001', 'T000'||i, NULL, 0.5, 'R0001', 1, '{}', 'v15.1', NULL, "+
			"iif(i = 1, '2026-05-01 07:00:00', 'soon') FROM (SELECT 1 AS i UNION SELECT 2)")
	s := openFile(t, path, storagetest.Options())
	scope := storage.Scope{Of: storage.KindIdentity, Membership: storage.Resolved}

	found, err := s.Techniques(scope, nil)(t.Context(), []string{"i1"})
	require.NoError(t, err)
	require.Len(t, found["i1"], 2)
	require.Equal(t, time.Date(2026, 5, 1, 7, 0, 0, 0, time.UTC), found["i1"][0].LastSeen)
	require.Zero(t, found["i1"][1].FirstSeen)
	require.Zero(t, found["i1"][1].LastSeen)
	require.Equal(t, int64(2), s.Malformed())

	days, err := s.TagsByDay(scope, nil, nil)(t.Context(), []string{"i1"})
	require.NoError(t, err)
	require.Equal(t, []storage.TagDay{{Day: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Tags: 1}}, days["i1"])
	require.Equal(t, int64(3), s.Malformed(), "a tag on no day is told of")

	spans, err := s.ActivityOf(storage.KindIdentity, storage.Resolved)(t.Context(), []string{"i1", "i2"})
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC), spans["i1"].LastSeen)
	require.NotContains(t, spans, "i2", "a span with one end is none")
	require.Equal(t, int64(4), s.Malformed())
}

// TestKeysThatAreNotTextMatchNothing: what is read with a replacement character has another key.
func TestKeysThatAreNotTextMatchNothing(t *testing.T) {
	t.Parallel()
	s := openFile(t, changed(t, "INSERT INTO ttp_tag SELECT 't', 'command', '', 'a'||char(65533), "+strings.Repeat("NULL, ", 3)+
		"'TA0001', 'T0001', NULL, 0.5, 'R0001', 1, '{}', 'v15.1', NULL, '2026-05-01 07:00:00'"), storagetest.Options())
	ask := s.Techniques(storage.Scope{Of: storage.KindAttacker, Membership: storage.Resolved}, nil)
	for owner, rows := range map[string]int{"a\uFFFD": 1, "a\xff": 0} {
		for _, others := range [][]string{nil, {"b"}} {
			found, err := ask(t.Context(), append(others, owner))
			require.NoError(t, err)
			require.Len(t, found[owner], rows, "%q beside %v", owner, others)
		}
	}
}
