package storage

import (
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

// stored is the word that DECNET writes for the verdict.
func (v AttributionVerdict) stored() string { return strings.ToLower(string(v)) }

// AttributionState is a row of table attribution_state.
type AttributionState struct {
	IdentityUUID      string
	Primitive         string
	CurrentValue      JSON
	State             *AttributionVerdict // nil for a word that is none of the five
	Confidence        float64
	ObservationCount  int
	LastChangeAt      time.Time
	LastObservationAt time.Time
	SchemaVersion     int
	UpdatedAt         time.Time
}

var attributionStates = table[AttributionState]{name: "attribution_state", fields: []field[AttributionState]{
	{"identity_uuid", func(a *AttributionState) cell { return text(&a.IdentityUUID) }, ""},
	{"primitive", func(a *AttributionState) cell { return text(&a.Primitive) }, ""},
	{"current_value", func(a *AttributionState) cell { return anyJSON(&a.CurrentValue) }, "CurrentValue"},
	{"state", func(a *AttributionState) cell { return verdict(&a.State) }, "State"},
	{"confidence", func(a *AttributionState) cell { return finite(&a.Confidence) }, "Confidence"},
	{"observation_count", func(a *AttributionState) cell { return whole(&a.ObservationCount) }, "ObservationCount"},
	{"last_change_ts", func(a *AttributionState) cell { return epoch(&a.LastChangeAt) }, "LastChangeAt"},
	{"last_observation_ts", func(a *AttributionState) cell { return epoch(&a.LastObservationAt) }, "LastObservationAt"},
	{"schema_version", func(a *AttributionState) cell { return whole(&a.SchemaVersion) }, "SchemaVersion"},
	{"updated_at", func(a *AttributionState) cell { return instant(&a.UpdatedAt) }, "UpdatedAt"},
}}

func verdict(target **AttributionVerdict) cell { return wordOf(verdicts, target) }

// wordOf takes a word out of a list, which is stored in lower case.
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

// AttributionStates lists the states of each identity, ordered by behaviour and identity; only those
// in one state if it is given. Resolved adds the rows of merged-in identities, which DECNET does
// not unite.
func (s *Store) AttributionStates(
	m Membership, state *AttributionVerdict,
) func(ctx context.Context, identities []string) (map[string][]*AttributionState, error) {
	return func(ctx context.Context, identities []string) (map[string][]*AttributionState, error) {
		q, err := s.keyed(identities, s.dialect.members(KindIdentity, m))
		if err != nil {
			return nil, err
		}
		t := attributionStates.only(ctx)
		q.add("SELECT m.owner, " + t.columns("t") + " FROM members m" + q.join("attribution_state t", "t.identity_uuid", "m.uuid"))
		if state != nil {
			q.add(" WHERE ")
			q.equal("t.state", state.stored())
		}
		q.add(" ORDER BY t.primitive, t.identity_uuid")
		return collect(ctx, s, q, t, identities)
	}
}

// StateKey names a row of table attribution_state.
type StateKey struct{ IdentityUUID, Primitive string }

// AttributionStateRows finds states by their keys, exactly the rows named.
func (s *Store) AttributionStateRows(ctx context.Context, keys []StateKey) (map[StateKey]*AttributionState, error) {
	asked := make(map[StateKey]bool, len(keys))
	identities := make([]string, 0, len(keys))
	for _, key := range keys {
		asked[key] = true
		identities = append(identities, key.IdentityUUID)
	}
	found := map[StateKey]*AttributionState{}
	states, err := s.AttributionStates(Literal, nil)(ctx, identities)
	for _, rows := range states {
		for _, row := range rows {
			if key := (StateKey{row.IdentityUUID, row.Primitive}); asked[key] {
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
		name:   "(SELECT identity_uuid FROM attribution_state WHERE " + d.Equal("state", "'multi_actor'") + " GROUP BY identity_uuid HAVING COUNT(*) >= 2)",
		fields: []field[MultiActorIdentity]{{"identity_uuid", func(m *MultiActorIdentity) cell { return text(&m.IdentityUUID) }, ""}},
	}
}

var multiActorsByKey = order{name: "multiActorIdentities.identity", column: "identity_uuid"}

// MultiActorIdentities lists the identities that look like more than one person.
func (s *Store) MultiActorIdentities() List[MultiActorIdentity] {
	rows := multiActors(s.dialect)
	return listOf(s, rows, multiActorsByKey, unowned(rows.name, ""))
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
