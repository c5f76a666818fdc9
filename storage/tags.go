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

var tags = table[TTPTag]{name: "ttp_tag", list: "tags", sorted: newestTags, fields: []field[TTPTag]{
	{"uuid", func(t *TTPTag) cell { return text(&t.UUID) }, "", use{kind: textValues, filter: "UUID", index: keyIndex, open: true}},
	{"source_kind", func(t *TTPTag) cell { return text(&t.SourceKind) }, "SourceKind|Source", use{kind: textValues, filter: "SourceKind", open: true, index: noIndex}},
	{"source_id", func(t *TTPTag) cell { return text(&t.SourceID) }, "SourceID|Source", use{kind: textValues, filter: "SourceID", index: noIndex}},
	{"attacker_uuid", func(t *TTPTag) cell { return optionalText(&t.AttackerUUID) }, "AttackerUUID|Attacker|Source", use{}},
	{"identity_uuid", func(t *TTPTag) cell { return optionalText(&t.IdentityUUID) }, "IdentityUUID|Identity", use{}},
	{"session_id", func(t *TTPTag) cell { return optionalText(&t.SessionID) }, "SessionID|Session|Source", use{kind: textValues, filter: "SessionID", open: true, index: "ix_ttp_tag_session_id"}},
	{"decky_id", func(t *TTPTag) cell { return optionalText(&t.Decky) }, "Decky|Source", use{kind: textValues, filter: "Decky", open: true, index: "ix_ttp_tag_decky_created"}},
	{"tactic", func(t *TTPTag) cell { return text(&t.TacticID) }, "TacticID|Tactic", use{kind: textValues, filter: "Tactic", open: true, index: "ix_ttp_tag_tactic"}},
	{"technique_id", func(t *TTPTag) cell { return text(&t.TechniqueID) }, "TechniqueID|Technique", use{}},
	{"sub_technique_id", func(t *TTPTag) cell { return optionalText(&t.SubTechniqueID) }, "SubTechniqueID|SubTechnique", use{}},
	{"confidence", func(t *TTPTag) cell { return finite(&t.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", order: "CONFIDENCE", index: "ix_ttp_tag_confidence_key"}},
	{"rule_id", func(t *TTPTag) cell { return text(&t.RuleID) }, "RuleID|RuleState|Rule", use{kind: textValues, filter: "RuleID", open: true, index: "ix_ttp_tag_rule_created"}},
	{"rule_version", func(t *TTPTag) cell { return whole(&t.RuleVersion) }, "RuleVersion", use{kind: wholeValues, filter: "RuleVersion", index: noIndex}},
	{"evidence", func(t *TTPTag) cell { return anyJSON(&t.Evidence) }, "Evidence|Source", use{}},
	{"attack_release", func(t *TTPTag) cell { return text(&t.AttackRelease) }, "AttackRelease", use{kind: textValues, filter: "AttackRelease", open: true, index: noIndex}},
	{"mitre_url", func(t *TTPTag) cell { return optionalText(&t.MitreURL) }, "MitreURL", use{}},
	{"created_at", func(t *TTPTag) cell { return instant(&t.CreatedAt) }, "CreatedAt|Source", use{kind: instantValues, filter: "CreatedAt", order: "CREATED_AT", since: true, index: "ix_ttp_tag_created_key"}},
}}

// Tags finds tags by uuid.
func (s *Store) Tags(ctx context.Context, uuids []string) (map[string]*TTPTag, error) {
	return lookup(ctx, s, tags, uuids)
}

// TTPTagOrder is a sort key of tags.
type TTPTagOrder string

// Sort keys of tags.
const (
	TTPTagCreatedAt  TTPTagOrder = "CREATED_AT"
	TTPTagConfidence TTPTagOrder = "CONFIDENCE"
)

// newestTags is the own order of lists of tags.
var newestTags = []SortKey{{By: string(TTPTagCreatedAt), Descending: true}}

// AllTags lists the tags of the fleet, newest first; ListOptions.Since bounds the time of creation.
func (s *Store) AllTags(o ListOptions) List[TTPTag] {
	return tagsOf(s, Scope{KindFleet, Resolved}, unowned(tags.name, ""), o)
}

// ScopeTags lists the tags of each owner of the scope, newest first; ListOptions.Since bounds the time of
// creation.
func (s *Store) ScopeTags(scope Scope, o ListOptions) List[TTPTag] {
	l := tagsOf(s, scope, s.dialect.tags(scope), o)
	if scope.Of == KindTechnique {
		return techniqueTags{l}
	}
	return l
}

// techniqueTags are the tags of techniques and sub-techniques. There are no totals of these: they are counted from those of
// the fleet, which tell techniques apart.
type techniqueTags struct{ query[TTPTag] }

// Count implements List.
func (l techniqueTags) Count(ctx context.Context, techniques []string) (map[string]int, error) {
	all := l.query
	all.scope, all.rel = &Scope{KindFleet, Resolved}, unowned(tags.name, "")
	if l.err != nil || all.countable(inSpan).from == fromTags {
		return l.query.Count(ctx, techniques)
	}
	groups, err := all.Groups(ctx, []string{""}, []string{string(TagsByParent), string(TagsByTechnique)})
	if err != nil {
		return nil, err
	}
	found := empties[int](techniques)
	for _, g := range groups[""] {
		parent, technique := textOr(g.Keys[0], noValue), textOr(g.Keys[1], noValue)
		if _, wanted := found[parent]; wanted {
			found[parent] += g.Count
		}
		if _, wanted := found[technique]; wanted && technique != parent {
			found[technique] += g.Count
		}
	}
	return found, nil
}

// tagsOf lists the tags of a relation, which are all tags of the scope.
func tagsOf(s *Store, scope Scope, rel relation, o ListOptions) query[TTPTag] {
	l := listOf(s, tags, rel, o)
	l.scope = &scope
	return l
}
