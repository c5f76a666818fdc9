package storage

import "time"

// DeckyPhase is a tag as a step of an identity over the deckies.
type DeckyPhase struct {
	TagUUID  string
	Decky    string
	TacticID string
	At       time.Time
}

var deckyPhases = table[DeckyPhase]{name: "ttp_tag", list: "deckyPhases", sorted: []SortKey{{By: "AT"}}, fields: []field[DeckyPhase]{
	{"uuid", func(p *DeckyPhase) cell { return text(&p.TagUUID) }, "", use{}},
	{"decky_id", func(p *DeckyPhase) cell { return text(&p.Decky) }, "Decky", use{kind: textValues, filter: "Decky", open: true, index: noIndex}},
	{"tactic", func(p *DeckyPhase) cell { return text(&p.TacticID) }, "", use{kind: textValues, filter: "Tactic", open: true, index: "ix_ttp_tag_tactic"}},
	{"created_at", func(p *DeckyPhase) cell { return instant(&p.At) }, "At", use{kind: instantValues, filter: "At", order: "AT", index: "ix_ttp_tag_created_key"}},
}}

// DeckyPhases lists the tags of each identity that name a decky or, with a name, this one, oldest first.
func (s *Store) DeckyPhases(m Membership, decky *string, o ListOptions) List[DeckyPhase] {
	where := narrowing{not{isNull{"decky_id"}}}
	if decky != nil {
		where = narrowing{comparison{"decky_id", textValues, equalTo, *decky}}
	}
	return listOf(s, deckyPhases, s.dialect.tags(Scope{KindIdentity, m}), o, where)
}
