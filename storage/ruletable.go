package storage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Rule is a detection rule that DECNET has a row or a state of, or that tags name.
type Rule struct {
	RuleID      string
	RuleVersion *int // nil without a row in ttp_rule
	SourcePath  *string
	RuleDefinition
	UpdatedAt *time.Time
	UpdatedBy *string
	TagCount  int
	FirstSeen *time.Time // of its tags; nil if it has none
	LastSeen  *time.Time
}

// ID is the reference to the rule.
func (r *Rule) ID() Ref { return Ref{KindRule, r.RuleID} }

// RuleDefinition is what the YAML text of a rule says. A value that it does not have, or that is malformed, is nil.
type RuleDefinition struct {
	Name        *string
	Description *string
	AppliesTo   []string
	Emits       []RuleEmit
}

// RuleEmit is a technique that a rule tags.
type RuleEmit struct {
	TacticID       *string
	TechniqueID    *string
	SubTechniqueID *string
	Confidence     *float64
}

// ruleSources are the places where ids of rules are.
var ruleSources = []nameSource{
	{table: "ttp_tag", name: "rule_id", tags: true},
	{table: "ttp_rule", name: "rule_id"},
	{table: "ttp_rule_state", name: "rule_id"},
}

// rules reads the expression that rulesCTE makes.
var rules = table[Rule]{name: "rules", named: placesOf(ruleSources), list: "rules", sorted: []SortKey{{By: string(RuleByID)}}, fields: []field[Rule]{
	{"name", func(r *Rule) cell { return text(&r.RuleID) }, "", use{kind: textValues, filter: "RuleID", open: true, order: "RULE_ID", index: noIndex}},
	{"rule_version", func(r *Rule) cell { return optional(whole, &r.RuleVersion) }, "RuleVersion", use{kind: wholeValues, filter: "RuleVersion", index: noIndex}},
	{"source_path", func(r *Rule) cell { return optionalText(&r.SourcePath) }, "SourcePath", use{kind: textValues, filter: "SourcePath", index: noIndex}},
	{"yaml_content", func(r *Rule) cell { return ruleDefinition(&r.RuleDefinition) }, "Name|Description|AppliesTo|Emits", use{wide: true}},
	{"updated_at", func(r *Rule) cell { return optional(instant, &r.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", index: noIndex}},
	{"updated_by", func(r *Rule) cell { return optionalText(&r.UpdatedBy) }, "UpdatedBy", use{kind: textValues, filter: "UpdatedBy", index: noIndex}},
	{"tags", func(r *Rule) cell { return safeInt(&r.TagCount) }, "TagCount", use{kind: wholeValues, filter: "TagCount", order: "TAGS", index: noIndex}},
	{"first_seen", func(r *Rule) cell { return optional(instant, &r.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", index: noIndex}},
	{"last_seen", func(r *Rule) cell { return optional(instant, &r.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", index: noIndex}},
	{"attackers", func(*Rule) cell { return unread() }, "attackers", use{kind: wholeValues, order: string(RuleByAttackers), index: noIndex}},
	{"latest", func(*Rule) cell { return unread() }, "latest", use{kind: instantValues, order: "LAST_SEEN", index: noIndex}},
}}

// RuleOrder is a sort key of rules.
type RuleOrder string

// Sort keys of rules.
const (
	RuleByID     RuleOrder = "RULE_ID"
	RuleTags     RuleOrder = "TAGS"
	RuleLastSeen RuleOrder = "LAST_SEEN"
	// RuleByAttackers is the number of attackers of the tags, which is counted if it is asked for.
	RuleByAttackers RuleOrder = "ATTACKERS"
)

// rulesCTE has a row for each rule: the number of its tags, and its row in ttp_rule if there is one. If sums is set, tags are
// counted from the sums by rule.
func (d dialect) rulesCTE(among, withAttackers, sums bool) string {
	names, counts := d.namesCTE("rule_names", ruleSources, among), d.attackerCounts(ruleNames, ruleAttackers, withAttackers, sums)
	if sums {
		names = d.summedNamesCTE("rule_names", ruleNames, ruleSources[1:], among)
	}
	return names + `,
` + d.countedCTE("counted_rules", "rule_names", nameColumns, "attackers", ruleAttackers, counts) + `,
rules AS (
  SELECT n.name, n.tags, n.first_seen, n.last_seen, n.latest, n.attackers, r.rule_version, r.source_path, r.yaml_content, r.updated_at, r.updated_by
  FROM counted_rules n LEFT JOIN ttp_rule r ON ` + d.Equal("r.rule_id", "n.name") + `)`
}

// Rules finds rules by id.
func (s *Store) Rules(ctx context.Context, ids []string) (map[string]*Rule, error) {
	sums := s.usesNameSums(KindRule)
	return namedRows(ctx, s, rules, s.dialect.rulesCTE(true, false, sums), ids, sums)
}

// AllRules lists rules by id.
func (s *Store) AllRules(o ListOptions) List[Rule] {
	sums := s.usesNameSums(KindRule)
	return ruleList{listOf(s, rules, namedOf(rules.name, s.dialect.rulesCTE(false, ordersBy(o.Order, string(RuleByAttackers)), sums), sums), o)}
}

// RuleDecky is a decky that tags of a rule name.
type RuleDecky struct {
	Name     string
	TagCount int
}

// RuleDeckies lists the deckies that tags of each rule name, those with most of its tags first and then by name.
func (s *Store) RuleDeckies(ctx context.Context, ids []string) (map[string][]*RuleDecky, error) {
	q, err := s.keyed(ids, "")
	if err != nil {
		return nil, err
	}
	if name := q.GroupKey("t.decky_id"); !s.facts().names {
		q.add("SELECT requested.owner, " + name + ", COUNT(*) FROM requested" + q.lastJoin("ttp_tag t", "t.rule_id", "requested.k") +
			" WHERE t.decky_id IS NOT NULL GROUP BY requested.owner, " + name)
	} else {
		q.sums = true
		name = q.GroupKey("c.decky_id")
		q.add("SELECT c.owner, " + name + ", SUM(c.tags) FROM ")
		q.rowsOf(q.summedDeckies(), "t.decky_id, t.tags", nil)
		q.add(" c GROUP BY c.owner, " + name + " HAVING SUM(c.tags) <> 0")
	}
	found := emptyLists[*RuleDecky](ids)
	var rule string
	var row RuleDecky
	err = s.scanRows(ctx, q, []scanner{{Into: text(&rule)}, {Into: text(&row.Name)}, {Into: safeInt(&row.TagCount)}}, func() error {
		if _, wanted := found[rule]; wanted {
			found[rule] = append(found[rule], &RuleDecky{row.Name, row.TagCount})
		}
		return nil
	})
	for _, rows := range found {
		slices.SortFunc(rows, func(a, b *RuleDecky) int {
			return cmp.Or(cmp.Compare(b.TagCount, a.TagCount), strings.Compare(a.Name, b.Name))
		})
	}
	return found, err
}

// mostYAML is the largest text of a rule that is parsed, in bytes. DECNET's have a few kilobytes.
const mostYAML = 1 << 20

// ruleDefinition takes the YAML text of a rule.
func ruleDefinition(target *RuleDefinition) cell {
	return cellFunc(func(v *value) bool {
		*target = RuleDefinition{AppliesTo: []string{}, Emits: []RuleEmit{}}
		content, _ := v.Text()
		if v.IsNull() || content == "" {
			return true
		}
		if len(content) > mostYAML {
			return false
		}
		var read ruleText
		err := yaml.Unmarshal([]byte(content), &read) // reads what fits even if it fails
		*target = read.definition()
		return err == nil
	})
}

// ruleText is the YAML text of a rule, as far as it is read.
type ruleText struct {
	Name        yaml.Node   `yaml:"name"`
	Description yaml.Node   `yaml:"description"`
	AppliesTo   []yaml.Node `yaml:"applies_to"`
	Emits       []struct {
		Tactic       yaml.Node `yaml:"tactic"`
		Technique    yaml.Node `yaml:"technique_id"`
		SubTechnique yaml.Node `yaml:"sub_technique_id"`
		Confidence   yaml.Node `yaml:"confidence"`
	} `yaml:"emits"`
}

func (r ruleText) definition() RuleDefinition {
	d := RuleDefinition{Name: scalarNode(r.Name), Description: scalarNode(r.Description), AppliesTo: []string{}, Emits: []RuleEmit{}}
	for _, kind := range r.AppliesTo {
		if text := scalarNode(kind); text != nil {
			d.AppliesTo = append(d.AppliesTo, *text)
		}
	}
	for _, e := range r.Emits {
		emit := RuleEmit{TacticID: scalarNode(e.Tactic), TechniqueID: scalarNode(e.Technique), SubTechniqueID: scalarNode(e.SubTechnique)}
		if text := scalarNode(e.Confidence); text != nil {
			if n, err := strconv.ParseFloat(*text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
				emit.Confidence = &n
			}
		}
		d.Emits = append(d.Emits, emit)
	}
	return d
}

// scalarNode is the text of a scalar; nil for null and anything else.
func scalarNode(n yaml.Node) *string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || !utf8.ValidString(n.Value) {
		return nil
	}
	return &n.Value
}
