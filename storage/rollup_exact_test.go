package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// ownBackends are those with tables of our own, which keep sums.
func ownBackends() []backend {
	return slices.DeleteFunc(slices.Clone(backends), func(b backend) bool { return !strings.HasSuffix(b.name, "our tables") })
}

// summing is a database of our own, opened below a store that reads rollups from sums.
type summing struct {
	*testing.T
	store *storage.Store
	db    *sql.DB
	mysql bool

	source string
}

func newSumming(t *testing.T, b backend) summing {
	t.Helper()
	source := b.create(t)
	db, _ := openSQL(t, strings.TrimPrefix(source, "file:"))
	if strings.HasPrefix(b.name, "SQLite") {
		require.NoError(t, db.Close())
		var err error
		db, err = sql.Open("sqlite3", "file:"+source+"?_foreign_keys=on&_busy_timeout=10000&_txlock=immediate&_journal_mode=WAL")
		require.NoError(t, err)
	}
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s := openStore(t, source, storage.Options{Write: true})
	require.True(t, s.RollupsKept())
	return summing{t, s, db, strings.HasPrefix(b.name, "MariaDB"), source}
}

var (
	someAttackers  = []string{"a1", "a2", "a3"}
	someIdentities = []string{"i1", "i2", "i3", "i4"}
	someCampaigns  = []string{"c1", "c2", "c3"}
)

// quoted writes a text as SQL, empty text as NULL.
func quoted(text string) string {
	if text == "" {
		return "NULL"
	}
	return "'" + text + "'"
}

// someTag is a row to insert, with an anchor or two.
func someTag(r *rapid.T, label string) (columns, values string) {
	pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(r, what) }
	anchors := [][2]string{{"a1", ""}, {"a2", ""}, {"a3", ""}, {"a1", "i1"}, {"a1", "i2"}, {"a2", "i3"}, {"", "i1"}, {"", "i2"}, {"", "i4"}}
	at := rapid.SampledFrom(anchors).Draw(r, "anchors")
	technique := rapid.SampledFrom([][2]string{{"T1", ""}, {"T1", "T1.1"}, {"T2", ""}, {"t1", ""}, {"T1 ", ""}}).Draw(r, "technique")
	return "uuid, source_kind, source_id, attacker_uuid, identity_uuid, decky_id, tactic, technique_id, sub_technique_id, confidence, rule_id, rule_version, evidence, attack_release, created_at",
		fmt.Sprintf("(%s, 'command', 'x', %s, %s, %s, %s, %s, %s, %s, %s, 1, '{}', 'v', %s)",
			quoted(label), quoted(at[0]), quoted(at[1]), quoted(pick("decky", "", "d1", "d2", "D1", "d1 ")), quoted(pick("tactic", "TA1", "TA2")), quoted(technique[0]), quoted(technique[1]),
			pick("confidence", "0.5", "0.75"), quoted(pick("rule", "R", "R2", "r", "R ")), quoted(pick("created", "2026-05-01 07:00:00.000000", "2026-05-01 09:00:00.000000", "2026-05-03 07:00:00.000000", "2026-04-15 07:00:00.000000", "2026-03-31 23:59:59.999999")))
}

// someChange is a statement that changes tags or links, as any program may run it. It may fail, as for
// an anchor that is not there.
func (b summing) someChange(r *rapid.T, serial *int) string {
	pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(r, what) }
	where := func() string {
		return pick("where", "attacker_uuid = 'a1'", "identity_uuid = 'i1'", "technique_id = 'T1'", "confidence = 0.75", "created_at > '2026-05-02 00:00:00'", "uuid LIKE '%1'", "uuid LIKE '%2'")
	}
	some := func(from []string) string { return quoted(pick("one", append([]string{""}, from...)...)) }
	switch change := rapid.IntRange(0, 14).Draw(r, "change"); change {
	case 0, 1, 2, 3:
		var columns string
		var rows []string
		for range rapid.IntRange(1, 4).Draw(r, "rows") {
			*serial++
			var row string
			columns, row = someTag(r, fmt.Sprintf("t%d", *serial))
			rows = append(rows, row)
		}
		return "INSERT INTO ttp_tag (" + columns + ") VALUES " + strings.Join(rows, ", ")
	case 4: // some of them are there
		var columns string
		var rows []string
		for n := range rapid.IntRange(1, 3).Draw(r, "rows") {
			var row string
			columns, row = someTag(r, fmt.Sprintf("t%d", max(*serial, 1)+n))
			rows = append(rows, row)
		}
		*serial += 3
		update := " ON CONFLICT (uuid) DO UPDATE SET technique_id = 'T2', confidence = 0.6"
		if b.mysql {
			update = " ON DUPLICATE KEY UPDATE technique_id = 'T2', confidence = 0.6"
		}
		return "INSERT INTO ttp_tag (" + columns + ") VALUES " + strings.Join(rows, ", ") + update
	case 5:
		return "DELETE FROM ttp_tag WHERE " + where()
	case 6:
		return "UPDATE ttp_tag SET " + pick("set", "technique_id = 'T2'", "confidence = 0.9", "attacker_uuid = 'a2'", "identity_uuid = 'i3'", "tactic = 'TA3'",
			"created_at = '2026-05-04 00:00:00.000000'", "rule_version = 2", "sub_technique_id = NULL", "rule_id = 'R2'", "decky_id = 'd2'", "decky_id = NULL", "evidence = '[]'") + " WHERE " + where()
	case 7:
		return "DELETE FROM attackers WHERE uuid = " + quoted(pick("attacker", someAttackers...))
	case 8:
		return "DELETE FROM attacker_identities WHERE uuid = " + quoted(pick("identity", someIdentities...))
	case 9:
		return "UPDATE attackers SET identity_id = " + some(append(someIdentities, "i-gone")) + " WHERE uuid = " + quoted(pick("attacker", someAttackers...))
	case 10:
		return "UPDATE attacker_identities SET campaign_id = " + some(append(someCampaigns, "c-gone")) + " WHERE uuid = " + quoted(pick("identity", someIdentities...))
	case 11:
		return "UPDATE attacker_identities SET merged_into_uuid = " + some(append(someIdentities, "i-gone")) + " WHERE uuid = " + quoted(pick("identity", someIdentities...))
	case 12:
		return "UPDATE campaigns SET merged_into_uuid = " + some(append(someCampaigns, "c-gone")) + " WHERE uuid = " + quoted(pick("campaign", someCampaigns...))
	case 13:
		return "UPDATE attackers SET deckies = " + quoted(pick("deckies", someLists...)) + " WHERE uuid IN (" + quoted(pick("attacker", someAttackers...)) + ", 'a2')"
	default:
		return pick("rows", "DELETE FROM campaigns WHERE uuid = 'c1'", b.campaign("c1"), b.attacker("a1"), b.attacker("a2"), b.identity("i1"), b.identity("i2"), b.identity("i3"))
	}
}

const instant = "'2026-05-01 07:00:00.000000'"

func (b summing) attacker(uuid string) string {
	return "INSERT INTO attackers (uuid, ip, identity_id, first_seen, last_seen, event_count, service_count, decky_count, services, deckies, is_traversal, bounty_count," +
		" credential_count, fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES (" + quoted(uuid) + ", '" + uuid + "', " + quoted("i"+uuid[1:]) + ", " + instant +
		", " + instant + ", 1, 1, 1, '[]', '[]', false, 0, 0, '[]', '[]', 0, 0, " + instant + ")"
}

func (b summing) identity(uuid string) string {
	return "INSERT INTO attacker_identities (uuid, schema_version, campaign_id, created_at, updated_at, observation_count) VALUES (" + quoted(uuid) + ", 1, " + quoted("c"+uuid[1:]) +
		", " + instant + ", " + instant + ", 0)"
}

func (b summing) campaign(uuid string) string {
	return "INSERT INTO campaigns (uuid, schema_version, created_at, updated_at, identity_count) VALUES (" + quoted(uuid) + ", 1, " + instant + ", " + instant + ", 0)"
}

// start empties the database and adds anchors.
func (b summing) start() {
	for _, statement := range []string{"DELETE FROM ttp_tag", "DELETE FROM attackers", "DELETE FROM attacker_identities", "DELETE FROM campaigns"} {
		execute(b.T, b.db, statement)
	}
	for _, uuid := range someCampaigns {
		execute(b.T, b.db, b.campaign(uuid))
	}
	for _, uuid := range someIdentities {
		execute(b.T, b.db, b.identity(uuid))
	}
	for _, uuid := range someAttackers {
		execute(b.T, b.db, b.attacker(uuid))
	}
}

// owners are all that may be asked for in a scope, with some that are not there.
func ownersOf(scope storage.Scope) []string {
	switch scope.Of {
	case storage.KindCampaign:
		return append([]string{"c-gone"}, someCampaigns...)
	case storage.KindIdentity:
		return append([]string{"i-gone"}, someIdentities...)
	case storage.KindAttacker:
		return someAttackers
	case storage.KindRule:
		return someRules
	case storage.KindDecky:
		return someDeckies
	default:
		return []string{""}
	}
}

var summedScopes = []storage.Scope{
	{Of: storage.KindFleet, Membership: storage.Resolved},
	{Of: storage.KindFleet, Membership: storage.Literal},
	{Of: storage.KindCampaign, Membership: storage.Resolved},
	{Of: storage.KindCampaign, Membership: storage.Literal},
	{Of: storage.KindIdentity, Membership: storage.Resolved},
	{Of: storage.KindIdentity, Membership: storage.Literal},
	{Of: storage.KindAttacker, Membership: storage.Resolved},
}

// rollups are all answers of a store about a scope: the rows with every field, their distinct counts, and the days.
func rollups(ctx context.Context, t require.TestingT, s *storage.Store, scope storage.Scope) []string {
	var lines []string
	rows, err := s.Techniques(scope, nil)(ctx, ownersOf(scope))
	require.NoError(t, err)
	var keys []string
	for owner, of := range rows {
		for _, row := range of {
			keys = append(keys, row.ID().Key)
			content := *row
			content.SubTechniqueID = nil // the key has it; a pointer prints as an address
			lines = append(lines, fmt.Sprintf("%s %s: %+v", owner, row.ID().Key, content))
		}
	}
	for _, count := range []storage.RollupCount{storage.RollupIdentities, storage.RollupAttackers} {
		counts, err := s.RollupCounts(count)(ctx, keys)
		require.NoError(t, err)
		for key, n := range counts {
			lines = append(lines, fmt.Sprintf("%s of %s: %d", count, key, n))
		}
	}
	if scope.Of == storage.KindIdentity {
		lines = append(lines, memberRollups(ctx, t, s, scope.Membership)...)
	}
	days, err := s.TagsByDay(scope, nil, nil)(ctx, ownersOf(scope))
	require.NoError(t, err)
	for owner, of := range days {
		for _, day := range of {
			lines = append(lines, fmt.Sprintf("%s on %s: %d", owner, day.Day.Format(time.DateOnly), day.Tags))
		}
	}
	slices.Sort(lines)
	return lines
}

// check compares what is read from sums with what is counted from the tags.
func (b summing) check(r *rapid.T) {
	selection := rapid.SampledFrom(countedSelections()).Draw(r, "selection")
	for _, scope := range summedScopes {
		require.Equal(r, rollups(b.Context(), r, b.store.OfTags(), scope), rollups(b.Context(), r, b.store, scope), scope)
		require.Equal(r, countings(b.Context(), r, b.store.OfTags(), scope, selection), countings(b.Context(), r, b.store, scope, selection), scope)
	}
	for _, scope := range namedScopes {
		require.Equal(r, rollups(b.Context(), r, b.store.OfTags(), scope), rollups(b.Context(), r, b.store, scope), scope)
	}
	require.Equal(r, namesOf(b.Context(), r, b.store.OfTags()), namesOf(b.Context(), r, b.store))
	b.checkFilters(r)
	var differences []string
	require.NoError(r, b.store.VerifyRollups(b.Context(), func(d storage.RollupDifference) { differences = append(differences, d.String()) }))
	require.Empty(r, differences)
}

func TestRollupsEqualTheTagsAfterAnyWrite(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, b := range ownBackends() {
		if b.direct != nil { // rows are the same behind a pooler
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newSumming(t, b)
			const enough = 15 // each asks every scope after every step
			passed := 0
			rapid.Check(t, func(r *rapid.T) {
				if passed++; passed > enough {
					return
				}
				defer func() {
					if r.Failed() { // so that it can be made smaller
						passed = 0
					}
				}()
				s.start()
				serial := 0
				for range rapid.IntRange(1, 8).Draw(r, "steps") {
					switch rapid.IntRange(0, 5).Draw(r, "step") {
					case 0, 1:
						_, err := s.store.RefreshRollups(t.Context())
						require.NoError(r, err)
						if rapid.Bool().Draw(r, "recount") {
							_, err := s.store.RecountRollups(t.Context())
							require.NoError(r, err)
						}
					case 2: // several at once, and perhaps never
						tx, err := s.db.BeginTx(t.Context(), nil)
						require.NoError(r, err)
						for range rapid.IntRange(2, 4).Draw(r, "statements") {
							if _, err = tx.ExecContext(t.Context(), s.someChange(r, &serial)); err != nil {
								break
							}
						}
						if err != nil || rapid.Bool().Draw(r, "rolled back") {
							require.NoError(r, tx.Rollback())
						} else {
							require.NoError(r, tx.Commit())
						}
					default:
						text := s.someChange(r, &serial)
						if _, err := s.db.ExecContext(t.Context(), text); err != nil {
							require.Regexp(r, "(?i)foreign key|unique|duplicate", err.Error(), text)
						}
					}
					s.check(r)
				}
				if rapid.IntRange(0, 9).Draw(r, "rebuild") == 0 {
					require.NoError(r, s.store.RebuildRollups(t.Context()))
					s.check(r)
				}
			})
		})
	}
}
