package storage

import (
	"context"
	"time"
)

// Observation is a row of table observations.
type Observation struct {
	ObservationID   string
	Primitive       string
	Value           JSON
	Confidence      float64
	At              time.Time
	WindowStart     time.Time
	WindowEnd       time.Time
	Source          string
	EvidenceRef     string
	IdentityRef     *string
	EnvelopeVersion int
}

var observations = table[Observation]{name: "observations", list: "observations", sorted: []SortKey{{By: "AT"}}, fields: []field[Observation]{
	{"id", func(o *Observation) cell { return text(&o.ObservationID) }, "", use{}},
	{"primitive", func(o *Observation) cell { return text(&o.Primitive) }, "Primitive", use{}},
	{"value", func(o *Observation) cell { return anyJSON(&o.Value) }, "Value", use{}},
	{"confidence", func(o *Observation) cell { return finite(&o.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", order: "CONFIDENCE", index: noIndex}},
	{"ts", func(o *Observation) cell { return epoch(&o.At) }, "At", use{kind: epochValues, filter: "At", order: "AT", index: "ix_observations_ts"}},
	{"window_start_ts", func(o *Observation) cell { return epoch(&o.WindowStart) }, "WindowStart", use{}},
	{"window_end_ts", func(o *Observation) cell { return epoch(&o.WindowEnd) }, "WindowEnd", use{}},
	{"source", func(o *Observation) cell { return text(&o.Source) }, "Source", use{kind: textValues, filter: "Source", open: true, index: noIndex}},
	{"evidence_ref", func(o *Observation) cell { return text(&o.EvidenceRef) }, "EvidenceRef", use{}},
	{"identity_ref", func(o *Observation) cell { return optionalText(&o.IdentityRef) }, "IdentityRef", use{}},
	{"envelope_v", func(o *Observation) cell { return whole(&o.EnvelopeVersion) }, "EnvelopeVersion", use{}},
}}

// ObservationSeries lists the observations of one behaviour of each attacker, oldest first.
func (s *Store) ObservationSeries(primitive string, o ListOptions) List[Observation] {
	return listOf(s, observations, child("observations", "attacker_uuid"), o, comparison{"primitive", textValues, equalTo, primitive})
}

// LatestObservations finds, for each attacker, the latest observation of each behaviour, ordered by behaviour. Of
// several at one instant it takes the one with the largest id; DECNET does not say which.
func (s *Store) LatestObservations(ctx context.Context, attackers []string) (map[string][]*Observation, error) {
	q, err := s.keyed(attackers, "")
	if err != nil {
		return nil, err
	}
	t := observations.only(ctx)
	q.add(`SELECT r.owner, ` + t.columns("t", s.dialect) + ` FROM (
  SELECT requested.owner, o.id, ROW_NUMBER() OVER (PARTITION BY requested.owner, ` + q.Bytewise("o.primitive") + ` ORDER BY o.ts DESC, o.id DESC) AS place
  FROM requested` + q.join("observations o", "o.attacker_uuid", "requested.k") + `) r` +
		q.join("observations t", "t.id", "r.id") + ` WHERE r.place = 1 ORDER BY ` + q.Bytewise("t.primitive"))
	return collect(ctx, s, q, t, attackers)
}
