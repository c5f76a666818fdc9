package storage

import (
	"context"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// ModelRow is a row as plain Go data: its values by column, nil for NULL, and the related rows by table.
type ModelRow struct {
	Values  map[string]any
	Related map[string][]ModelRow
}

// RandomCondition is a random condition tree on attackers.
type RandomCondition struct{ tree condition }

// column is a column that random conditions are on.
type column struct {
	name string
	kind valueKind
}

// related is a table that random conditions ask for related rows in.
type related struct {
	table, column, key string
	columns            []column
	lists              []string // columns that hold JSON lists
	related            []related
}

var randomAttackers = related{table: "attackers", columns: []column{
	{"as_name", textValues},
	{"ptr_record", textValues},
	{"rpki_status", textValues},
	{"event_count", wholeValues},
	{"asn", wholeValues},
	{"is_traversal", truthValues},
	{"last_seen", instantValues},
	{"last_rotation_at", instantValues},
}, lists: []string{"services", "deckies"}, related: []related{
	{table: "ttp_tag", column: "attacker_uuid", key: "uuid", columns: []column{
		{"decky_id", textValues}, {"technique_id", textValues}, {"confidence", numberValues}, {"created_at", instantValues},
	}, related: []related{
		{table: "observations", column: "attacker_uuid", key: "attacker_uuid", columns: []column{{"primitive", textValues}, {"ts", epochValues}}},
	}},
	{table: "observations", column: "attacker_uuid", key: "uuid", columns: []column{{"primitive", textValues}, {"ts", epochValues}}},
}}

// RandomTexts are texts that collations may take for equal, and are not; some are in no row.
var RandomTexts = []string{"", "a", "A", "a ", "á", "a\u0301", "ab", "AB", "b", " a", "🔑", "'", "?"}

// unstorable are texts that no row has, or can have in some databases.
var unstorable = []string{"\xff", "a\x00", "absent", strings.Repeat("x", 200)}

// RandomInstant draws an instant, of whole seconds if the rows of every database shall hold it.
func RandomInstant(t *rapid.T, whole bool) time.Time {
	at := time.Date(2026, 5, 1, 0, 0, rapid.IntRange(0, 5).Draw(t, "second"), 0, time.UTC)
	if whole {
		return at
	}
	fraction := rapid.SampledFrom([]time.Duration{0, 0, 1, 1, time.Microsecond, time.Second / 2, time.Second - 1}).Draw(t, "fraction")
	far := rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2026, -2025, 7973, 7974, 8000}).Draw(t, "years")
	return at.Add(fraction).AddDate(far, 0, 0).In(time.FixedZone("", 3600*rapid.IntRange(-12, 12).Draw(t, "zone")))
}

// RandomEpoch draws an instant that 32 bits hold as seconds since 1970, as MySQL keeps DECNET's.
func RandomEpoch(t *rapid.T) time.Time {
	const step = 128 // seconds that such floats are apart
	return time.Date(2026, 5, 1, 0, 0, step*rapid.IntRange(0, 5).Draw(t, "step"), 0, time.UTC)
}

// DrawCondition draws a tree of at most some levels.
func DrawCondition(t *rapid.T) RandomCondition {
	return RandomCondition{drawTree(t, randomAttackers, 4)}
}

func drawTree(t *rapid.T, on related, depth int) condition {
	kinds := []string{"comparison", "list", "null", "between"}
	if len(on.lists) > 0 {
		kinds = append(kinds, "holds")
	}
	if on.table == attackers.name {
		kinds = append(kinds, "print")
	}
	if depth > 0 {
		kinds = append(kinds, "and", "or", "not", "not", "narrowing")
		if len(on.related) > 0 {
			kinds = append(kinds, "exists", "exists")
		}
	}
	parts := func() []condition {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) condition { return drawTree(t, on, depth-1) }), 0, 3).Draw(t, "parts")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "and":
		return and(parts())
	case "or":
		return or(parts())
	case "not":
		return not{drawTree(t, on, depth-1)}
	case "holds":
		return listHolds{rapid.SampledFrom(on.lists).Draw(t, "column"), drawTexts(t)}
	case "print":
		return hasPrint{Print{Kind: PrintJA3, Value: rapid.SampledFrom(slices.Concat(RandomTexts[1:], unstorable[1:])).Draw(t, "ja3")}}
	case "narrowing":
		return narrowing{drawTree(t, on, depth-1)}
	case "exists":
		to := rapid.SampledFrom(on.related).Draw(t, "table")
		e := exists{table: to.table, column: to.column, key: to.key}
		if rapid.Bool().Draw(t, "where") {
			e.where = and{drawTree(t, to, depth-1)}
		}
		return e
	default:
		return drawLeaf(t, on)
	}
}

func drawLeaf(t *rapid.T, on related) condition {
	c := rapid.SampledFrom(on.columns).Draw(t, "column")
	operators := []operator{equalTo, differsFrom, lessThan, atMost, greaterThan, atLeast}
	if c.kind == truthValues {
		operators = operators[:2]
	}
	switch rapid.IntRange(0, 5).Draw(t, "leaf") {
	case 0:
		return isNull{c.name}
	case 1:
		if c.kind == textValues {
			return inList{c.name, drawTexts(t)}
		}
		fallthrough
	case 2:
		if c.kind != truthValues {
			var least, most any
			if rapid.Bool().Draw(t, "least") {
				least = drawValue(t, c.kind)
			}
			if rapid.Bool().Draw(t, "most") {
				most = drawValue(t, c.kind)
			}
			return between(c.name, c.kind, least, most)
		}
		fallthrough
	default:
		drawn := comparison{c.name, c.kind, rapid.SampledFrom(operators).Draw(t, "operator"), drawValue(t, c.kind)}
		if c.kind == textValues && (drawn.operator == equalTo || drawn.operator == differsFrom) {
			drawn.value = rapid.SampledFrom(slices.Concat(RandomTexts, unstorable[1:])).Draw(t, "any text")
		}
		return drawn
	}
}

func drawTexts(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(slices.Concat(RandomTexts, unstorable)), 0, 6).Draw(t, "texts")
}

func drawValue(t *rapid.T, kind valueKind) any {
	switch kind {
	case textValues:
		return rapid.SampledFrom(append(slices.Clone(RandomTexts), "absent")).Draw(t, "text")
	case wholeValues:
		return rapid.IntRange(-1, 4).Draw(t, "whole")
	case numberValues:
		return rapid.SampledFrom([]float64{-1, 0, 0.25, 0.3, 0.5, 0.75, 1}).Draw(t, "number")
	case truthValues:
		return rapid.Bool().Draw(t, "truth")
	case epochValues:
		return RandomEpoch(t).Add(rapid.SampledFrom([]time.Duration{0, time.Second / 2}).Draw(t, "fraction"))
	default:
		return RandomInstant(t, false)
	}
}

// Holds evaluates the tree in Go.
func (c RandomCondition) Holds(row ModelRow) bool { return holds(c.tree, row) }

func holds(c condition, row ModelRow) bool {
	matches := func(part condition) bool { return holds(part, row) }
	switch c := c.(type) {
	case and:
		return !slices.ContainsFunc(c, func(part condition) bool { return !matches(part) })
	case or:
		return slices.ContainsFunc(c, matches)
	case not:
		return !matches(c.inner)
	case narrowing:
		return matches(c.inner)
	case isNull:
		return row.Values[c.column] == nil
	case inList:
		held, some := row.Values[c.column].(string)
		return some && slices.Contains(c.texts, held)
	case listHolds:
		held, _ := row.Values[c.column].([]string)
		return slices.ContainsFunc(c.texts, func(text string) bool { return slices.Contains(held, text) })
	case hasPrint:
		return slices.ContainsFunc(row.Values["ja3"].([]string), func(ja3 string) bool { return ja3 == c.Value || ja3 == strings.ToLower(c.Value) })
	case exists:
		return slices.ContainsFunc(row.Related[c.table], func(r ModelRow) bool { return c.where == nil || holds(c.where, r) })
	case comparison:
		held := row.Values[c.column]
		return held != nil && compared(held, c.operator, c.value)
	default:
		panic("not in the model")
	}
}

func compared(held any, operator operator, value any) bool {
	order := 0
	switch h := held.(type) {
	case string:
		order = strings.Compare(h, value.(string))
	case int:
		order = h - value.(int)
	case float64:
		if order = -1; h == value.(float64) {
			order = 0
		} else if h > value.(float64) {
			order = 1
		}
	case bool:
		if h != value.(bool) {
			order = 1
		}
	case time.Time:
		order = h.Compare(value.(time.Time))
	default:
		panic("no value of a model")
	}
	switch operator {
	case equalTo:
		return order == 0
	case differsFrom:
		return order != 0
	case lessThan:
		return order < 0
	case atMost:
		return order <= 0
	case greaterThan:
		return order > 0
	default:
		return order >= 0
	}
}

// AttackersWhere lists the attackers that match a condition: all or, with nested, those of each identity.
func (s *Store) AttackersWhere(c RandomCondition, o ListOptions, nested bool) List[Attacker] {
	rel := unowned("attackers", "")
	if nested {
		rel = child("attackers", "identity_id")
	}
	return listOf(s, attackers, rel, o, c.tree)
}

// Text is the SQL of a condition, for messages.
func (s *Store) Text(_ context.Context, c RandomCondition) string {
	q := &statement{dialect: s.dialect}
	q.condition(c.tree, row{alias: "t"})
	return q.text.String()
}
