package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// AttributionVerdict is the state of a behaviour of an identity.
type AttributionVerdict string

// The five states of DECNET's attribution engine.
const (
	VerdictUnknown    AttributionVerdict = "UNKNOWN"
	VerdictStable     AttributionVerdict = "STABLE"
	VerdictDrifting   AttributionVerdict = "DRIFTING"
	VerdictConflicted AttributionVerdict = "CONFLICTED"
	VerdictMultiActor AttributionVerdict = "MULTI_ACTOR"
)

var verdicts = []AttributionVerdict{VerdictUnknown, VerdictStable, VerdictDrifting, VerdictConflicted, VerdictMultiActor}

// stored returns the text that DECNET stores for the verdict.
func (v AttributionVerdict) stored() string { return strings.ToLower(string(v)) }

// AttributionState is a row of table attribution_state.
type AttributionState struct {
	IdentityUUID      string
	Primitive         string
	CurrentValue      JSON
	State             *AttributionVerdict // nil for a stored text that is none of the five
	Confidence        float64
	ObservationCount  int
	LastChangeAt      time.Time
	LastObservationAt time.Time
	SchemaVersion     int
	UpdatedAt         time.Time
}

var attributionStates = table[AttributionState]{name: "attribution_state", fields: []field[AttributionState]{
	{"identity_uuid", func(a *AttributionState) cell { return text(&a.IdentityUUID) }, "", use{}},
	{"primitive", func(a *AttributionState) cell { return text(&a.Primitive) }, "", use{kind: textValues, filter: "Primitive", open: true, index: noIndex}},
	{"current_value", func(a *AttributionState) cell { return anyJSON(&a.CurrentValue) }, "CurrentValue", use{}},
	{"state", func(a *AttributionState) cell { return verdict(&a.State) }, "State", use{}},
	{"confidence", func(a *AttributionState) cell { return finite(&a.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", index: noIndex}},
	{"observation_count", func(a *AttributionState) cell { return safeInt(&a.ObservationCount) }, "ObservationCount", use{kind: wholeValues, filter: "ObservationCount", index: noIndex}},
	{"last_change_ts", func(a *AttributionState) cell { return epoch(&a.LastChangeAt) }, "LastChangeAt", use{kind: epochValues, filter: "LastChangeAt", index: noIndex}},
	{"last_observation_ts", func(a *AttributionState) cell { return epoch(&a.LastObservationAt) }, "LastObservationAt", use{kind: epochValues, filter: "LastObservationAt", index: noIndex}},
	{"schema_version", func(a *AttributionState) cell { return whole(&a.SchemaVersion) }, "SchemaVersion", use{}},
	{"updated_at", func(a *AttributionState) cell { return instant(&a.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", index: noIndex}},
}}

func verdict(target **AttributionVerdict) cell { return wordOf(verdicts, target) }

// wordOf takes a text of an enumeration, which is stored in lower case.
func wordOf[W ~string](list []W, target **W) cell {
	return cellFunc(func(v *value) bool {
		word := string(v.Bytes())
		i := slices.IndexFunc(list, func(w W) bool { return strings.ToLower(string(w)) == word })
		if *target = nil; i >= 0 {
			*target = &list[i]
		}
		return i >= 0
	})
}

// AttributionStates finds the states of each identity, ordered by behaviour and identity; only those with one state
// unless it is nil. Resolved adds the rows of identities that were merged into it, which DECNET does not combine.
func (s *Store) AttributionStates(
	m Membership, state *AttributionVerdict,
) func(ctx context.Context, identities []string) (map[string][]*AttributionState, error) {
	return func(ctx context.Context, identities []string) (map[string][]*AttributionState, error) {
		q, err := s.keyed(identities, s.dialect.members(KindIdentity, m))
		if err != nil {
			return nil, err
		}
		t := attributionStates.only(ctx)
		q.add("SELECT m.owner, " + t.columns("t", s.dialect) + " FROM members m" + q.join("attribution_state t", "t.identity_uuid", "m.uuid"))
		if state != nil {
			q.add(" WHERE ")
			q.equal("t.state", state.stored())
		}
		q.add(" ORDER BY t.primitive, t.identity_uuid")
		return collect(ctx, s, q, t, identities)
	}
}

// StateKey is the key of a row of table attribution_state.
type StateKey struct{ IdentityUUID, Primitive string }

func (k StateKey) compare(other StateKey) int {
	return cmp.Or(strings.Compare(k.IdentityUUID, other.IdentityUUID), strings.Compare(k.Primitive, other.Primitive))
}

// AttributionStateRows finds states by their keys, without following merges.
func (s *Store) AttributionStateRows(ctx context.Context, keys []StateKey) (map[StateKey]*AttributionState, error) {
	wanted := make(map[StateKey]bool, len(keys))
	identities := make([]string, 0, len(keys))
	for _, key := range keys {
		wanted[key] = true
		identities = append(identities, key.IdentityUUID)
	}
	found := map[StateKey]*AttributionState{}
	states, err := s.AttributionStates(Literal, nil)(ctx, identities)
	for _, rows := range states {
		for _, row := range rows {
			if key := (StateKey{row.IdentityUUID, row.Primitive}); wanted[key] {
				found[key] = row
			}
		}
	}
	return found, err
}

// MultiActorIdentity is an identity with at least two behaviours in the state multi_actor.
type MultiActorIdentity struct {
	IdentityUUID string
}

func multiActors(d dialect) table[MultiActorIdentity] {
	return table[MultiActorIdentity]{
		// The column has the name that it has in cursors.
		name: "(SELECT identity_uuid AS identity FROM attribution_state WHERE " + d.Equal("state", "'multi_actor'") + " GROUP BY identity_uuid HAVING COUNT(*) >= 2)",
		list: "multiActorIdentities", sorted: []SortKey{{By: "IDENTITY"}}, fields: []field[MultiActorIdentity]{
			{"identity", func(m *MultiActorIdentity) cell { return text(&m.IdentityUUID) }, "", use{order: "IDENTITY", index: noIndex}},
		},
	}
}

// MultiActorIdentities lists the identities that look like more than one person, by key.
func (s *Store) MultiActorIdentities(o ListOptions) List[MultiActorIdentity] {
	rows := multiActors(s.dialect)
	return listOf(s, rows, unowned(rows.name, ""), o)
}

// MultiActorPrimitives lists the behaviours of each identity that are in the state multi_actor, by name.
func (s *Store) MultiActorPrimitives(ctx context.Context, identities []string) (map[string][]string, error) {
	state := VerdictMultiActor
	states, err := s.AttributionStates(Literal, &state)(ctx, identities)
	found := make(map[string][]string, len(states))
	for identity, rows := range states {
		names := make([]string, len(rows))
		for i, row := range rows {
			names[i] = row.Primitive
		}
		found[identity] = names
	}
	return found, err
}
