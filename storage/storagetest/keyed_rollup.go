package storagetest

import (
	"context"
	"strings"
	"time"

	"decnetgraph/storage"
)

// This file has the keyed queries that depend on more than their keys.
type (
	activityQuery   = func(context.Context, []string) (map[string]*storage.Activity, error)
	techniquesQuery = func(context.Context, []string) (map[string][]*storage.TechniqueRollup, error)
	daysQuery       = func(context.Context, []string) (map[string][]storage.TagDay, error)
	countsQuery     = func(context.Context, []string) (map[string]int, error)
	statesQuery     = func(context.Context, []string) (map[string][]*storage.AttributionState, error)
	stateRowsQuery  = func(context.Context, []string) (map[string]*storage.AttributionState, error)
)

// rollupCases roll tags up in every scope and count the distinct actors of the rows.
func (m *model) rollupCases() []keyedCase {
	cases := m.memberCases()
	for _, scope := range scopes() {
		techniques := func(s *storage.Store) techniquesQuery { return s.Techniques(scope, nil) }
		cases = append(cases, keyedOf("techniques of "+nameOf(scope), techniques, m.owners(scope.Of), always(func(key string) []*storage.TechniqueRollup {
			rows := []*storage.TechniqueRollup{}
			for _, group := range m.rollup(scope, key) {
				rows = append(rows, &group.row)
			}
			return rows
		})))
		for _, span := range spans {
			days := func(s *storage.Store) daysQuery { return s.TagsByDay(scope, span.from, span.to) }
			cases = append(cases, keyedOf("tags by day of "+nameOf(scope)+span.name, days, m.owners(scope.Of), always(func(key string) []storage.TagDay {
				return m.days(scope, key, span.from, span.to)
			})))
		}
		tagCounts := func(s *storage.Store) countsQuery { return s.TagCounts(scope) }
		cases = append(cases, keyedOf("tag counts of "+nameOf(scope), tagCounts, m.owners(scope.Of), always(func(key string) int { return len(m.tags(scope, key)) })))
		groups := m.rollups(scope)
		keys := append(sortedKeys(groups), rollupKeys(scope)...)
		for _, count := range []storage.RollupCount{storage.RollupIdentities, storage.RollupAttackers} {
			counts := func(s *storage.Store) countsQuery { return s.RollupCounts(count) }
			cases = append(cases, keyedOf(string(count)+" of rollup rows of "+nameOf(scope), counts, keys, func(key string) (int, bool) {
				group, found := groups[key]
				if !found {
					return 0, false
				}
				return m.count(group, count), true
			}))
		}
	}
	return cases
}

// memberCases roll the tags of identities up together with those of their attackers. The rows of attackers follow if they
// are not those of the model; those that were not read, as on tables without sums, are not compared.
func (m *model) memberCases() []keyedCase {
	rowsOf := func(scope storage.Scope, owner string) []*storage.TechniqueRollup {
		rows := []*storage.TechniqueRollup{}
		for _, group := range m.rollup(scope, owner) {
			rows = append(rows, &group.row)
		}
		return rows
	}
	var cases []keyedCase
	for _, membership := range memberships {
		ofAttackers := map[string][]*storage.TechniqueRollup{}
		for _, uuid := range m.owners(storage.KindAttacker) {
			ofAttackers[uuid] = rowsOf(storage.Scope{Of: storage.KindAttacker, Membership: membership}, uuid)
		}
		members := func(s *storage.Store) techniquesQuery {
			return func(ctx context.Context, keys []string) (map[string][]*storage.TechniqueRollup, error) {
				found, err := s.MemberTechniques(membership)(ctx, keys)
				answers := map[string][]*storage.TechniqueRollup{}
				for identity, rollups := range found {
					answers[identity] = rollups.Identity()
					for uuid, want := range ofAttackers {
						if rows, read := rollups.Attacker(uuid); read && textOf(rows) != textOf(want) {
							answers[identity] = append(append(answers[identity], &storage.TechniqueRollup{Owner: "wrong: " + uuid}), rows...)
						}
					}
				}
				return answers, err
			}
		}
		cases = append(cases, keyedOf("techniques of identities and their attackers, "+string(membership), members, m.owners(storage.KindIdentity), always(func(key string) []*storage.TechniqueRollup {
			return rowsOf(storage.Scope{Of: storage.KindIdentity, Membership: membership}, key)
		})))
	}
	return cases
}

// spans lists ranges of days: on the days of the test data and around them. The time of day of a bound is ignored.
var spans = []struct {
	name     string
	from, to *time.Time
}{
	{"", nil, nil},
	{" from the second day on", new(at(4)), nil},
	{" to the first day", nil, new(at(0))},
	{" of both days", new(at(1)), new(at(2))},
	{" before all", nil, new(at(-86_400))},
	{" after all", new(at(86_400 + 2)), nil},
	{" ever", new(time.Date(0, time.January, 1, 0, 0, 0, 0, time.UTC)), new(time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC))},
}

// rollupKeys lists keys of rollup rows that do not exist, in the given scope and in no scope.
func rollupKeys(scope storage.Scope) []string {
	gone := storage.TechniqueRollup{Scope: scope, Owner: unknown, TechniqueID: "T1110"}
	other := storage.TechniqueRollup{Scope: scope, Owner: "", TechniqueID: "T9999", SubTechniqueID: new("T9999.999")}
	return append([]string{gone.ID().Key, other.ID().Key}, garbageKeys...)
}

// garbageKeys lists texts that are not keys of rollup rows.
var garbageKeys = []string{
	"", "x", "null", "/", "////", "/////", "Campaign", "Campaign/RESOLVED/c/T1110", "Campaign/RESOLVED/c/T1110//more",
	"Campaign/SOMETIMES/c/T1110/", "Technique/RESOLVED/T1110/T1110/", "Nothing/RESOLVED/c/T1110/", "Fleet/RESOLVED/%/T1110/",
	"Fleet/RESOLVED/%zz/T1110/", "%46leet/RESOLVED//T1110/", "Fleet/RESOLVED/ /T1110/", "Fleet/RESOLVED//T1110/%2", "\x00\xff", `' OR 1=1 --`,
}

// stateCases returns the queries for attribution states.
func (m *model) stateCases() []keyedCase {
	owners := m.owners(storage.KindIdentity)
	var cases []keyedCase
	for _, membership := range memberships {
		for _, state := range []*storage.AttributionVerdict{nil, new(storage.VerdictMultiActor), new(storage.VerdictUnknown)} {
			name := "attribution states, " + string(membership)
			if state != nil {
				name += " " + string(*state)
			}
			states := func(s *storage.Store) statesQuery { return s.AttributionStates(membership, state) }
			cases = append(cases, keyedOf(name, states, owners, always(func(key string) []*storage.AttributionState {
				return m.states(membership, state, key)
			})))
		}
	}
	rows := pointers(m.States)
	stateKey := func(a *storage.AttributionState) string { return a.IdentityUUID + " " + a.Primitive }
	var keys []string
	for _, row := range rows {
		keys = append(keys, stateKey(row), row.IdentityUUID+" "+unknown, unknown+" "+row.Primitive)
	}
	cases = append(cases, keyedOf("rows of attribution states", stateRows, keys, byKey(rows, stateKey)))
	return append(cases, keyedOf("multi-actor primitives", method((*storage.Store).MultiActorPrimitives), owners, always(func(key string) []string {
		names := []string{}
		for _, s := range m.states(storage.Literal, new(storage.VerdictMultiActor), key) {
			names = append(names, s.Primitive)
		}
		return names
	})))
}

// stateRows adapts the query for rows whose key has two parts.
func stateRows(s *storage.Store) stateRowsQuery {
	return func(ctx context.Context, keys []string) (map[string]*storage.AttributionState, error) {
		pairs := make([]storage.StateKey, len(keys))
		for n, key := range keys {
			pairs[n].IdentityUUID, pairs[n].Primitive, _ = strings.Cut(key, " ")
		}
		rows, err := s.AttributionStateRows(ctx, pairs)
		found := map[string]*storage.AttributionState{}
		for key, row := range rows {
			found[key.IdentityUUID+" "+key.Primitive] = row
		}
		return found, err
	}
}
