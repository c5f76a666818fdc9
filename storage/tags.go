package storage

import (
	"context"
	"time"
)

// TTPTag is a row of table ttp_tag.
type TTPTag struct {
	UUID           string
	SourceKind     string
	SourceID       string
	AttackerUUID   *string
	IdentityUUID   *string
	SessionID      *string
	Decky          *string
	TacticID       string
	TechniqueID    string
	SubTechniqueID *string
	Confidence     float64
	RuleID         string
	RuleVersion    int
	Evidence       JSON
	AttackRelease  string
	MitreURL       *string
	CreatedAt      time.Time
}

// ID is the reference to the row.
func (t *TTPTag) ID() Ref { return Ref{KindTTPTag, t.UUID} }

var tags = table[TTPTag]{name: "ttp_tag", fields: []field[TTPTag]{
	{"uuid", func(t *TTPTag) cell { return text(&t.UUID) }, ""},
	{"source_kind", func(t *TTPTag) cell { return text(&t.SourceKind) }, "SourceKind"},
	{"source_id", func(t *TTPTag) cell { return text(&t.SourceID) }, "SourceID"},
	{"attacker_uuid", func(t *TTPTag) cell { return optionalText(&t.AttackerUUID) }, "AttackerUUID|Attacker"},
	{"identity_uuid", func(t *TTPTag) cell { return optionalText(&t.IdentityUUID) }, "IdentityUUID|Identity"},
	{"session_id", func(t *TTPTag) cell { return optionalText(&t.SessionID) }, "SessionID|Session"},
	{"decky_id", func(t *TTPTag) cell { return optionalText(&t.Decky) }, "Decky"},
	{"tactic", func(t *TTPTag) cell { return text(&t.TacticID) }, "TacticID|Tactic"},
	{"technique_id", func(t *TTPTag) cell { return text(&t.TechniqueID) }, "TechniqueID|Technique"},
	{"sub_technique_id", func(t *TTPTag) cell { return optionalText(&t.SubTechniqueID) }, "SubTechniqueID|SubTechnique"},
	{"confidence", func(t *TTPTag) cell { return finite(&t.Confidence) }, "Confidence"},
	{"rule_id", func(t *TTPTag) cell { return text(&t.RuleID) }, "RuleID|RuleState"},
	{"rule_version", func(t *TTPTag) cell { return whole(&t.RuleVersion) }, "RuleVersion"},
	{"evidence", func(t *TTPTag) cell { return anyJSON(&t.Evidence) }, "Evidence"},
	{"attack_release", func(t *TTPTag) cell { return text(&t.AttackRelease) }, "AttackRelease"},
	{"mitre_url", func(t *TTPTag) cell { return optionalText(&t.MitreURL) }, "MitreURL"},
	{"created_at", func(t *TTPTag) cell { return instant(&t.CreatedAt) }, "CreatedAt"},
}}

var newestTags = order{name: "tags.created_at", column: "created_at", descending: true}

// TTPTagFilter keeps tags that meet all conditions given; nil means any.
type TTPTagFilter struct {
	Technique, SubTechnique, Tactic, RuleID, SourceKind *string
	MinConfidence                                       *float64
}

func (f *TTPTagFilter) conditions() []condition {
	if f == nil {
		return nil
	}
	var where []condition
	where = equal(where, "t.technique_id", f.Technique)
	where = equal(where, "t.sub_technique_id", f.SubTechnique)
	where = equal(where, "t.tactic", f.Tactic)
	where = equal(where, "t.rule_id", f.RuleID)
	where = equal(where, "t.source_kind", f.SourceKind)
	if f.MinConfidence != nil {
		where = append(where, condition{text: "t.confidence >= ?", args: []any{*f.MinConfidence}, filter: true})
	}
	return where
}

// Tags finds tags by uuid.
func (s *Store) Tags(ctx context.Context, uuids []string) (map[string]*TTPTag, error) {
	return lookup(ctx, s, tags, uuids)
}

// TTPTagOrder is a sort key of tags.
type TTPTagOrder string

// TTPTagCreatedAt is the only sort key of tags.
const TTPTagCreatedAt TTPTagOrder = "CREATED_AT"

// AllTags lists the tags of the fleet; only those written since an instant if it is given.
func (s *Store) AllTags(filter *TTPTagFilter, descending bool, since *time.Time) List[TTPTag] {
	return listOf(s, tags, newestTags.directed(descending), s.dialect.tags(Scope{Of: KindFleet}), s.since(filter.conditions(), "t.created_at", since)...)
}

// ScopeTags lists the tags of each owner of the scope, newest first.
func (s *Store) ScopeTags(scope Scope, filter *TTPTagFilter) List[TTPTag] {
	return listOf(s, tags, newestTags, s.dialect.tags(scope), filter.conditions()...)
}

// Session is a session that at least one tag names.
type Session struct {
	SessionID string
}

// Session is the session that the tag names, or nil.
func (t *TTPTag) Session() *Session {
	if t.SessionID == nil {
		return nil
	}
	return &Session{SessionID: *t.SessionID}
}

// ID is the reference to the session.
func (s *Session) ID() Ref { return Ref{KindSession, s.SessionID} }

// Sessions finds the sessions that tags name.
func (s *Store) Sessions(ctx context.Context, ids []string) (map[string]*Session, error) {
	q, err := s.keyed(ids, "")
	if err != nil {
		return nil, err
	}
	q.add("SELECT asked.owner FROM asked WHERE EXISTS (SELECT 1 FROM ttp_tag t WHERE " + q.Equal("t.session_id", "asked.k") + ")")
	found := map[string]*Session{}
	var id string
	return found, s.each(ctx, q, []scanner{{Into: text(&id)}}, func() error {
		found[id] = &Session{SessionID: id}
		return nil
	})
}

// DeckyPhase is a tag as a step of an identity over the deckies.
type DeckyPhase struct {
	TagUUID  string
	Decky    string
	TacticID string
	At       time.Time
}

var deckyPhases = table[DeckyPhase]{name: "ttp_tag", fields: []field[DeckyPhase]{
	{"uuid", func(p *DeckyPhase) cell { return text(&p.TagUUID) }, ""},
	{"decky_id", func(p *DeckyPhase) cell { return text(&p.Decky) }, "Decky"},
	{"tactic", func(p *DeckyPhase) cell { return text(&p.TacticID) }, ""},
	{"created_at", func(p *DeckyPhase) cell { return instant(&p.At) }, "At"},
}}

var oldestPhases = order{name: "deckyPhases.created_at", column: "created_at"}

// DeckyPhases lists the tags of each identity that name a decky, oldest first; only those of one
// decky if it is given.
func (s *Store) DeckyPhases(m Membership, decky *string) List[DeckyPhase] {
	where := []condition{{text: "t.decky_id IS NOT NULL", filter: true}}
	if decky != nil {
		where = equal(nil, "t.decky_id", decky)
	}
	return listOf(s, deckyPhases, oldestPhases, s.dialect.tags(Scope{KindIdentity, m}), where...)
}
