package storage

import (
	"context"
	"time"
)

// ObservedValue is a value of a behaviour that the attackers of an identity showed.
type ObservedValue struct {
	Value            JSON
	ObservationCount int
	FirstAt          time.Time
	LastAt           time.Time
}

// mostValues is the most values of one behaviour of an identity that ObservedValues returns.
const mostValues = 20

// ObservedValues lists, for each behaviour of an identity, the distinct values that its attackers showed, at most
// mostValues of them: those observed last, last first. The attackers are those that name the identity themselves, as in
// the attribution engine.
func (s *Store) ObservedValues(ctx context.Context, keys []StateKey) (map[StateKey][]*ObservedValue, error) {
	found := make(map[StateKey][]*ObservedValue, len(keys))
	owners, primitives := make([]string, 0, len(keys)), make([]string, 0, len(keys))
	for _, key := range keys {
		found[key] = []*ObservedValue{}
		owners, primitives = append(owners, key.IdentityUUID), append(primitives, key.Primitive)
	}
	q, err := s.keyed(owners, "")
	if err != nil {
		return nil, err
	}
	primitive, shown := q.Bytewise("o.primitive"), q.Bytewise("o.value")
	q.add("SELECT r.owner, r.primitive, r.value, r.observations, r.first_ts, r.last_ts FROM" +
		" (SELECT c.owner, c.primitive, c.value, c.observations, c.first_ts, c.last_ts, ROW_NUMBER() OVER" +
		" (PARTITION BY c.owner, c.primitive ORDER BY c.last_ts DESC, c.value) AS place FROM (SELECT requested.owner, " + primitive +
		" AS primitive, " + shown + " AS value, COUNT(*) AS observations, MIN(o.ts) AS first_ts, MAX(o.ts) AS last_ts FROM requested" +
		q.join("attackers a", "a.identity_id", "requested.k") + q.join("observations o", "o.attacker_uuid", "a.uuid") + " WHERE ")
	q.condition(inList{"primitive", sorted(primitives)}, row{alias: "o", joined: true})
	q.add(" GROUP BY requested.owner, "+primitive+", "+shown+") c) r WHERE r.place <= ? ORDER BY r.owner, r.primitive, r.place", mostValues)
	var key StateKey
	var row ObservedValue
	dest := []scanner{
		{Into: text(&key.IdentityUUID)},
		{Into: text(&key.Primitive)},
		{Into: anyJSON(&row.Value)},
		{Into: safeInt(&row.ObservationCount)},
		{Into: epoch(&row.FirstAt)},
		{Into: epoch(&row.LastAt)},
	}
	return found, s.scanRows(ctx, q, dest, func() error {
		if _, wanted := found[key]; wanted {
			value := row
			found[key] = append(found[key], &value)
		}
		row = ObservedValue{}
		return nil
	})
}
