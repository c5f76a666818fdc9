package storage

import (
	"context"
	"reflect"
	"slices"
)

// ruleDefinitions describes the values in the texts of rules, which only Go can read.
var ruleDefinitions = computed[Rule]{name: "rule definitions", values: []computedValue[Rule]{
	{name: "name", of: func(r *Rule) any { return textOrNone(r.Name) }, kind: textValues, filter: "Name", open: ruleValue("name", false)},
	{name: "description", of: func(r *Rule) any { return textOrNone(r.Description) }, kind: textValues, filter: "Description"},
	{name: "applies_to", of: func(r *Rule) any { return r.AppliesTo }, kind: textValues, filter: "AppliesTo", open: ruleValue("applies_to", true)},
	{name: "emits", of: func(r *Rule) any { return r.emitted() }, kind: textValues, filter: "Emits", open: ruleValue("emits", true)},
}}

// ruleValue is the place of an open value of ruleDefinitions, which unknownInRules looks for.
func ruleValue(name string, list bool) []openColumn {
	return []openColumn{{table: "rule definitions", column: name, list: list}}
}

// textOrNone is a text as a value of a computed row.
func textOrNone(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// emitted returns the numbers of the techniques and sub-techniques that the rule is defined to tag.
func (r *Rule) emitted() (numbers []string) {
	for _, e := range r.Emits {
		for _, number := range []*string{e.TechniqueID, e.SubTechniqueID} {
			if number != nil {
				numbers = append(numbers, *number)
			}
		}
	}
	return numbers
}

// definedAs matches the rules whose definition meets a condition. A list of rules puts a condition on ids in its place
// before it makes a statement; see ruleList. It is compared by its address.
type definedAs struct{ where and }

func (*definedAs) isCondition() {}

// inDefinition makes the condition of a field of filters that is about a value of ruleDefinitions.
func inDefinition(field string) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		c, _ := ruleDefinitions.filterColumn(field)
		where, err := given.Addr().Interface().(filterLeaf).conditions(w, c)
		return and{&definedAs{where}}, err
	}
}

// ruleList is a list of rules whose conditions may be on the texts of rules. Rules are few: before the statement of the list,
// another one reads all texts, if there are such conditions.
type ruleList struct{ query[Rule] }

// Page implements List.
func (l ruleList) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[Rule], error) {
	of, err := l.resolved(ctx)
	if err != nil {
		return nil, err
	}
	return of.Page(ctx, owners, p)
}

// Count implements List.
func (l ruleList) Count(ctx context.Context, owners []string) (map[string]int, error) {
	of, err := l.resolved(ctx)
	if err != nil {
		return nil, err
	}
	return of.Count(ctx, owners)
}

// UnknownValues implements Questioner.
func (l ruleList) UnknownValues(ctx context.Context) ([]UnknownValue, error) {
	if l.err != nil {
		return nil, l.err
	}
	var inTexts, inRows []openValue
	for _, value := range l.named {
		if value.places[0].table == ruleDefinitions.name {
			inTexts = append(inTexts, value)
		} else {
			inRows = append(inRows, value)
		}
	}
	unknown, err := l.store.unknownValues(ctx, inRows)
	if err != nil || len(inTexts) == 0 {
		return unknown, err
	}
	defined, err := l.store.definedRules(ctx)
	for _, value := range inTexts {
		if !slices.ContainsFunc(defined, func(r *Rule) bool { return r.meets(and{value.places[0].is}) }) {
			unknown = append(unknown, value.UnknownValue)
		}
	}
	return unknown, err
}

// resolved returns the list with conditions on ids in place of those on definitions.
func (l ruleList) resolved(ctx context.Context) (query[Rule], error) {
	asked := false
	each(l.where, func(c condition) {
		_, is := c.(*definedAs)
		asked = asked || is
	})
	if l.err != nil || !asked {
		return l.query, l.err
	}
	defined, err := l.store.definedRules(ctx)
	if err != nil {
		return l.query, err
	}
	of := l.query
	of.where = replaced(l.where, func(c condition) condition {
		if c, is := c.(*definedAs); is {
			return c.byID(defined)
		}
		return c
	}).(and)
	return of, nil
}

// byID is the condition on the ids of rules that means the same. A rule without a row has no definition, and may match, too.
func (c *definedAs) byID(defined []*Rule) condition {
	withoutRow := (&Rule{}).meets(c.where)
	ids := []string{}
	for _, r := range defined {
		if r.meets(c.where) != withoutRow {
			ids = append(ids, r.RuleID)
		}
	}
	if withoutRow {
		return not{inList{rules.key(), ids}}
	}
	return inList{rules.key(), ids}
}

// meets reports whether the definition of the rule meets a condition.
func (r *Rule) meets(where and) bool {
	return conditionHolds(where, computedRow{value: func(name string) any { return ruleDefinitions.value(r, name) }})
}

// definedRules reads the definitions of all rules that have a row.
func (s *Store) definedRules(ctx context.Context) ([]*Rule, error) {
	of := rules
	of.name, of.fields = "ttp_rule", []field[Rule]{
		{"rule_id", func(r *Rule) cell { return text(&r.RuleID) }, "", use{}},
		{"yaml_content", func(r *Rule) cell { return ruleDefinition(&r.RuleDefinition) }, "", use{wide: true}},
	}
	q := &statement{dialect: s.dialect}
	q.add("SELECT '' AS owner, " + of.columns("t", s.dialect) + " FROM ttp_rule t")
	var defined []*Rule
	err := read(ctx, s, q, of, func(_ string, r *Rule) { defined = append(defined, r) })
	return defined, err
}

// replaced returns a condition in which replace has changed each part. Conditions on related rows stay.
func replaced(c condition, replace func(condition) condition) condition {
	parts := func(conditions []condition) []condition {
		made := make([]condition, len(conditions))
		for i, part := range conditions {
			made[i] = replaced(part, replace)
		}
		return made
	}
	switch c := c.(type) {
	case and:
		return and(parts(c))
	case or:
		return or(parts(c))
	case not:
		return not{replaced(c.inner, replace)}
	case narrowing:
		return narrowing{replaced(c.inner, replace)}
	default:
		return replace(c)
	}
}
