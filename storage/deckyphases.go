package storage

import "time"

// DeckyPhase is a tag as a step of an identity over the deckies.
type DeckyPhase struct {
	TagUUID  string
	Decky    string
	TacticID string
	At       time.Time
}

var deckyPhases = table[DeckyPhase]{name: "ttp_tag", list: "deckyPhases", sorted: []SortKey{{By: "CREATED_AT"}}, fields: []field[DeckyPhase]{
	{"uuid", func(p *DeckyPhase) cell { return text(&p.TagUUID) }, "", use{}},
	{"decky_id", func(p *DeckyPhase) cell { return text(&p.Decky) }, "Decky", use{kind: textValues, filter: "Decky", index: noIndex}},
	{"tactic", func(p *DeckyPhase) cell { return text(&p.TacticID) }, "", use{}},
	{"created_at", func(p *DeckyPhase) cell { return instant(&p.At) }, "At", use{kind: instantValues, order: "CREATED_AT", index: "ix_ttp_tag_created_key"}},
}}

// DeckyPhaseFilter narrows lists of phases to one decky.
type DeckyPhaseFilter struct {
	Decky *string
}

// DeckyPhases lists the tags of each identity that name a decky, oldest first.
func (s *Store) DeckyPhases(m Membership, o ListOptions) List[DeckyPhase] {
	return listOf(s, deckyPhases, s.dialect.tags(Scope{KindIdentity, m}), o, narrowing{not{isNull{"decky_id"}}})
}
