package storage_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// awkwardAnswer is a keyed query, and SQL for the key of each row that it must find.
type awkwardAnswer struct {
	name, keys string
	ask        func(t *testing.T, s *storage.Store, keys []string) (rows int)
}

func answerOf[V any](name, keys string, query func(*storage.Store, context.Context, []string) (map[string]V, error), rows func(V) int) awkwardAnswer {
	return awkwardAnswer{name, keys, func(t *testing.T, s *storage.Store, keys []string) int {
		t.Helper()
		found, err := query(s, t.Context(), keys)
		require.NoError(t, err)
		n := 0
		for _, value := range found {
			n += rows(value)
		}
		return n
	}}
}

func one[V any](V) int { return 1 }

func many[V any](rows []V) int { return len(rows) }

// awkwardAnswers are all keyed queries that read rows as they are.
func awkwardAnswers() []awkwardAnswer {
	const (
		attackers  = "SELECT uuid AS k FROM attackers"
		campaigns  = "SELECT uuid AS k FROM campaigns WHERE merged_into_uuid IS NULL"
		identities = "SELECT uuid AS k FROM attacker_identities WHERE merged_into_uuid IS NULL"
	)
	return []awkwardAnswer{
		answerOf("campaigns", campaigns, (*storage.Store).CampaignRows, one),
		answerOf("surviving campaigns", campaigns, (*storage.Store).Campaigns, one),
		answerOf("identities", identities, (*storage.Store).IdentityRows, one),
		answerOf("surviving identities", identities, (*storage.Store).Identities, one),
		answerOf("attackers", attackers, (*storage.Store).Attackers, one),
		answerOf("attackers by address", "SELECT DISTINCT ip AS k FROM attackers", (*storage.Store).AttackersByIP, one),
		answerOf("fingerprints", attackers, (*storage.Store).Fingerprints, one),
		answerOf("commands", attackers, func(s *storage.Store, ctx context.Context, keys []string) (map[string]storage.Slice[storage.Command], error) {
			return s.Commands(nil, storage.ListOptions{}).Page(ctx, keys, storage.Page{Limit: 100})
		}, one),
		answerOf("behaviours", "SELECT attacker_uuid AS k FROM attacker_behavior", (*storage.Store).Behaviors, one),
		answerOf("intel", "SELECT attacker_uuid AS k FROM attacker_intel", (*storage.Store).Intel, one),
		answerOf("intel reports", "SELECT uuid AS k FROM attacker_intel", (*storage.Store).IntelReports, one),
		answerOf("fingerprint states", "SELECT attacker_uuid AS k FROM attacker_fingerprint_state", (*storage.Store).FingerprintStates, many),
		answerOf("latest observations", "SELECT attacker_uuid AS k FROM observations GROUP BY attacker_uuid, primitive", (*storage.Store).LatestObservations, many),
		answerOf("attribution states", "SELECT identity_uuid AS k FROM attribution_state",
			func(s *storage.Store, ctx context.Context, keys []string) (map[string][]*storage.AttributionState, error) {
				return s.AttributionStates(storage.Literal, nil)(ctx, keys)
			}, many),
		answerOf("tags", "SELECT uuid AS k FROM ttp_tag", (*storage.Store).Tags, one),
		answerOf("sessions", "SELECT DISTINCT session_id AS k FROM ttp_tag WHERE session_id IS NOT NULL", (*storage.Store).Sessions, one),
		answerOf("canary blobs", "SELECT uuid AS k FROM canary_blobs", (*storage.Store).CanaryBlobs, one),
		answerOf("canary tokens", "SELECT uuid AS k FROM canary_tokens", (*storage.Store).CanaryTokens, one),
		answerOf("canary triggers", "SELECT uuid AS k FROM canary_triggers", (*storage.Store).CanaryTriggerRows, one),
	}
}

// keysIn reads the keys that a query selects, those that a request can hold: text in UTF-8.
func keysIn(t *testing.T, path, query string) []string {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT k FROM ("+query+") WHERE typeof(k) = 'text'")
	require.NoError(t, err)
	defer rows.Close()
	var keys []string
	for rows.Next() {
		var key string
		require.NoError(t, rows.Scan(&key))
		keys = append(keys, key)
	}
	require.NoError(t, rows.Err())
	return slices.DeleteFunc(keys, func(key string) bool { return !utf8.ValidString(key) })
}
