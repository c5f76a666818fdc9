package storagetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// NamedFilter is for deckies, rules and networks. Each of them has some of the fields.
type NamedFilter struct {
	And, Or                 []*NamedFilter
	Not                     *NamedFilter
	FirstSeen, LastSeen     *storage.InstantRange
	Tags                    *AttackerTagsFilter
	Attackers               *AttackersFilter
	TagCount, AttackerCount *storage.IntRange

	Name, RuleID, Value, Description, SourcePath, UpdatedBy *storage.TextFilter
	ASN, RuleVersion                                        *storage.IntFilter
	AppliesTo, Emits                                        *storage.ListFilter
	UpdatedAt                                               *storage.InstantRange
	HasState                                                *bool
	State                                                   *RuleStateFilter
}

// RuleStateFilter has fields of the GraphQL input of this name.
type RuleStateFilter struct {
	And, Or          []*RuleStateFilter
	Not              *RuleStateFilter
	RuleID, SetBy    *storage.TextFilter
	State            *storage.RuleSwitch
	ConfidenceMax    *storage.ConfidenceRange
	ExpiresAt, SetAt *storage.InstantRange
}

// addRules adds definitions and states of rules, with values that filters ask for.
func addRules(t *rapid.T, g *Graph) {
	for _, id := range []string{"R0001", "r0001", "R0003", "R0004", "R0005"} {
		if rapid.Bool().Draw(t, "has a definition") {
			g.Definitions = append(g.Definitions, drawDefinition(t, id))
		}
		if rapid.Bool().Draw(t, "has a state") && id != "r0001" { // which some databases take for the same
			state := storage.RuleState{RuleID: id, SetAt: at(upTo(t, "set", 3)), SetBy: maybeNot(t, "who", drawText)}
			state.State = maybeNot(t, "state", drawSwitch)
			state.ConfidenceMax = maybeNot(t, "bound", func(t *rapid.T) float64 { return float64(upTo(t, "quarters", 4)) / 4 })
			state.ExpiresAt = maybeNot(t, "expiry", func(t *rapid.T) time.Time { return at(upTo(t, "second", 3)) })
			g.Rules = append(g.Rules, state)
		}
	}
}

func drawSwitch(t *rapid.T) storage.RuleSwitch {
	return rapid.SampledFrom([]storage.RuleSwitch{storage.RuleEnabled, storage.RuleDisabled}).Draw(t, "switch")
}

// drawDefinition draws a rule with a text.
func drawDefinition(t *rapid.T, id string) DefinitionRow {
	row := DefinitionRow{Rule: storage.Rule{
		RuleID: id, RuleVersion: new(upTo(t, "version", 3)), SourcePath: new(drawText(t)), UpdatedAt: new(at(upTo(t, "updated", 3))), UpdatedBy: new(drawShort(t)),
		RuleDefinition: storage.RuleDefinition{AppliesTo: []string{}, Emits: []storage.RuleEmit{}},
	}}
	if upTo(t, "malformed", 4) == 0 {
		row.YAML = "name: ["
		return row
	}
	row.Name, row.Description, row.AppliesTo = maybeNot(t, "name", drawText), maybeNot(t, "description", drawText), drawTexts(t)
	for range upTo(t, "emits", 2) {
		row.Emits = append(row.Emits, storage.RuleEmit{
			TechniqueID: new(oneOf(t, "technique", []string{"T1110", "T1059"})), SubTechniqueID: link(oneOf(t, "sub", []string{"", "T1110.001"})),
		})
	}
	quoted := func(value any) string { text, _ := json.Marshal(value); return string(text) }
	row.YAML = fmt.Sprintf("name: %s\ndescription: %s\napplies_to: %s\nemits:\n", quoted(row.Name), quoted(row.Description), quoted(row.AppliesTo))
	for _, e := range row.Emits {
		row.YAML += fmt.Sprintf("  - {technique_id: %s, sub_technique_id: %s}\n", quoted(e.TechniqueID), quoted(e.SubTechniqueID))
	}
	return row
}

// namedRow is a decky, a rule or a network with its tags and attackers.
type namedRow struct {
	key         string
	number      int // of what the row counts itself: tags, or attackers of a network
	first, last *time.Time
	tags        []*storage.TTPTag
	attackers   []*storage.Attacker
	rule        storage.Rule // of a rule
}

func (m *model) namedHolds(f *NamedFilter, r *namedRow) bool {
	number, err := strconv.Atoi(r.key)
	return every(
		logical(f.And, f.Or, f.Not, func(f *NamedFilter) bool { return m.namedHolds(f, r) }),
		optionalInstantHolds(f.FirstSeen, r.first), optionalInstantHolds(f.LastSeen, r.last),
		f.Tags == nil || relatedHolds(r.tags, f.Tags.Some, f.Tags.None, f.Tags.Count, m.tagHolds),
		f.Attackers == nil || relatedHolds(r.attackers, f.Attackers.Some, f.Attackers.None, f.Attackers.Count, m.attackerHolds),
		rangeHolds(f.TagCount, r.number), rangeHolds(f.AttackerCount, r.number), textHolds(f.RuleID, &r.key), textHolds(f.Value, &r.key),
		f.ASN == nil || err == nil && intHolds(f.ASN, &number), m.ruleHolds(f, r),
	)
}

// ruleHolds judges the fields that rules have, and the name, which for a decky is its key.
func (m *model) ruleHolds(f *NamedFilter, r *namedRow) bool {
	if r.rule.RuleID == "" {
		return textHolds(f.Name, &r.key)
	}
	emits := []string{}
	for _, e := range r.rule.Emits {
		emits = append(emits, deref(e.TechniqueID), deref(e.SubTechniqueID))
	}
	states := keep(choose(m.Rules, everything), func(s *storage.RuleState) bool { return s.RuleID == r.key })
	return every(
		textHolds(f.Name, r.rule.Name), textHolds(f.Description, r.rule.Description), textHolds(f.SourcePath, r.rule.SourcePath), textHolds(f.UpdatedBy, r.rule.UpdatedBy),
		intHolds(f.RuleVersion, r.rule.RuleVersion), listHolds(f.AppliesTo, r.rule.AppliesTo), listHolds(f.Emits, emits), optionalInstantHolds(f.UpdatedAt, r.rule.UpdatedAt),
		is(f.HasState, len(states) > 0), f.State == nil || slices.ContainsFunc(states, func(s *storage.RuleState) bool { return ruleStateHolds(f.State, s) }),
	)
}

func ruleStateHolds(f *RuleStateFilter, s *storage.RuleState) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *RuleStateFilter) bool { return ruleStateHolds(f, s) }), textHolds(f.RuleID, &s.RuleID), textHolds(f.SetBy, s.SetBy),
		f.State == nil || s.State != nil && *s.State == *f.State, confidenceHolds(f.ConfidenceMax, s.ConfidenceMax), optionalInstantHolds(f.ExpiresAt, s.ExpiresAt),
		instantHolds(f.SetAt, s.SetAt),
	)
}

// drawNamedFilter draws a filter of deckies, rules or networks of a kind.
func drawNamedFilter(of string) func(t *rapid.T, depth int) *NamedFilter {
	var draw func(t *rapid.T, depth int) *NamedFilter
	draw = func(t *rapid.T, depth int) *NamedFilter {
		f := &NamedFilter{
			And: drawParts(t, "and", depth, draw), Or: drawParts(t, "or", depth, draw), Not: drawInner(t, "not", depth, draw),
			FirstSeen: maybe(t, "first", drawInstants), LastSeen: maybe(t, "last", drawInstants), Tags: drawInner(t, "tags", depth, drawTagsFilter),
			Attackers: drawInner(t, "attackers", depth, drawAttackersFilter),
		}
		switch of {
		case "deckies":
			f.Name, f.TagCount = maybe(t, "name", drawTextFilter("decky-1", "Decky-1", "decky-2")), maybe(t, "tags", drawRange)
		case "rules":
			f.TagCount = maybe(t, "tags", drawRange)
			drawRuleFields(t, depth, f)
		default:
			f.AttackerCount = maybe(t, "attackers", drawRange)
			f.Value = maybe(t, "value", drawTextFilter("0", "1", "2", "RU", "ru", "203.0.113.0/24", "203.0"))
			if of == string(storage.NetworkASN) {
				f.ASN = maybe(t, "ASN", drawInts)
			}
		}
		return f
	}
	return draw
}

func drawRuleFields(t *rapid.T, depth int, f *NamedFilter) {
	f.RuleID, f.Name = maybe(t, "id", drawTextFilter("R0001", "r0001", "R0003")), maybe(t, "name", drawTextFilter())
	f.Description, f.SourcePath, f.UpdatedBy = maybe(t, "description", drawTextFilter()), maybe(t, "path", drawTextFilter()), maybe(t, "by", drawTextFilter())
	f.RuleVersion, f.AppliesTo, f.UpdatedAt = maybe(t, "version", drawInts), maybe(t, "applies to", drawListFilter), maybe(t, "updated", drawInstants)
	f.Emits = maybe(t, "emits", func(t *rapid.T) storage.ListFilter {
		numbers := rapid.SliceOfN(rapid.SampledFrom([]string{"T1110", "T1059", "T1110.001", "T9999"}), 0, 2).Draw(t, "numbers")
		return rapid.SampledFrom([]storage.ListFilter{{AnyOf: numbers}, {AllOf: numbers}, {NoneOf: numbers}}).Draw(t, "kind of emits")
	})
	f.HasState, f.State = maybe(t, "has state", drawTruth), drawInner(t, "state", depth, drawRuleStateFilter)
}

func drawRuleStateFilter(t *rapid.T, depth int) *RuleStateFilter {
	return &RuleStateFilter{
		And: drawParts(t, "and", depth, drawRuleStateFilter), Or: drawParts(t, "or", depth, drawRuleStateFilter), Not: drawInner(t, "not", depth, drawRuleStateFilter),
		RuleID: maybe(t, "rule", drawTextFilter("R0001", "r0001")), SetBy: maybe(t, "by", drawTextFilter()), State: maybe(t, "state", drawSwitch),
		ConfidenceMax: maybe(t, "bound", drawConfidence), ExpiresAt: maybe(t, "expires", drawInstants), SetAt: maybe(t, "set", drawInstants),
	}
}
