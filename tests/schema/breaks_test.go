package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/tests/schema"
)

// shop is a schema with elements of every kind.
const shop = `
directive @trace(level: Int = 1, note: String) repeatable on FIELD | QUERY
directive @cost(weight: Int!) on FIELD_DEFINITION
directive @semanticNonNull(levels: [Int] = [0]) on FIELD_DEFINITION
directive @access(roles: [Role!]!) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
enum Role { VIEWER INGEST ADMIN }
scalar Instant @specifiedBy(url: "https://example.org/instant")
scalar Note
enum Color { RED GREEN @deprecated(reason: "Use RED; to be removed on 2026-03-01.") }
interface Node { id: ID! }
interface Named { name: String }
type Shoe implements Node & Named { id: ID! name: String size: Int! color: Color laces: [String!]! bought: Instant }
type Hat implements Node { id: ID! brim(unit: String = "cm", exact: Boolean!): Float @cost(weight: 1) shoes: [Shoe] @semanticNonNull(levels: [0, 1]) }
type Glove { pair: Glove hat: Hat @semanticNonNull fingers: Int }
type Old { older: Older }
type Older { note: Note }
union Thing = Shoe | Hat
input Filter { name: String size: [Int] color: Color! = RED more: Filter gone: Int @deprecated(reason: "To no use; to be removed on 2026-03-01.") }
input By { id: ID name: String }
input One @oneOf { id: ID name: String }
type Query {
	node(id: ID!): Node
	things(filter: Filter, first: Int = 20, last: Int, by: By, one: One): [Thing!]
	glove(of: Color, size: Int @deprecated(reason: "To no use; to be removed on 2026-03-01.")): Glove
	old: Old @deprecated(reason: "Use glove; to be removed on 2026-03-01.")
	kept: Int @deprecated(reason: "Use glove.")
	given(id: ID! @access(roles: [INGEST]), by: Gift): Shoe @access(roles: [VIEWER, INGEST])
}
type Mutation { buy(id: ID!): Shoe }
input Gift { name: String @access(roles: [INGEST, ADMIN]) note: String @access(roles: INGEST) secret: Int @access(roles: [ADMIN]) }
`

// afterRemoval is a day after those that shop names, and beforeRemoval one before them.
var afterRemoval, beforeRemoval = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)

func load(t *testing.T, text string) *ast.Schema {
	t.Helper()
	loaded, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	require.NoError(t, err)
	return loaded
}

// changed returns the breaks after a replacement in shop.
func changed(t *testing.T, today time.Time, replacements ...string) []string {
	t.Helper()
	for i := 0; i < len(replacements); i += 2 {
		require.Contains(t, shop, replacements[i])
	}
	breaks := []string{}
	for _, b := range schema.Breaks(load(t, shop), load(t, strings.NewReplacer(replacements...).Replace(shop)), today) {
		breaks = append(breaks, b.String())
	}
	return breaks
}

func TestEveryKindOfBreakIsFound(t *testing.T) {
	for _, c := range []struct{ old, replacement, want string }{
		{"type Mutation { buy(id: ID!): Shoe }", "", "schema has no mutation type any more, Mutation was removed"},
		{
			"type Mutation { buy(id: ID!): Shoe }", "schema { query: Query mutation: M } type M { buy(id: ID!): Shoe }",
			"schema has the mutation type M instead of Mutation, Mutation was removed",
		},
		{"hat: Hat @semanticNonNull fingers", "hat: Hat fingers", "Glove.hat may be null without an error"},
		{"(levels: [0, 1])", "", "Hat.shoes may be null without an error"},
		{"(levels: [0, 1])", "(levels: [1])", "Hat.shoes may be null without an error"},
		{`scalar Instant @specifiedBy(url: "https://example.org/instant")`, "enum Instant { NOON }", "Instant is ENUM instead of SCALAR"},
		{"type Glove {", "interface Glove {", "Glove is INTERFACE instead of OBJECT"},
		{"Shoe implements Node & Named {", "Shoe implements Named {", "Shoe no longer implements Node"},
		{"Thing = Shoe | Hat", "Thing = Shoe", "Thing no longer has the member Hat"},
		{"{ RED GREEN", "{ GREEN", "Color.RED was removed"},
		{"example.org/instant", "example.org/day", `Instant is specified by "https://example.org/day" instead of "https://example.org/instant"`},
		{`Instant @specifiedBy(url: "https://example.org/instant")`, "Instant", `Instant is specified by "" instead of "https://example.org/instant"`},
		{"laces: [String!]!", "", "Shoe.laces was removed"},
		{"size: Int! color", "size: Int color", "Shoe.size has the type Int instead of Int!"},
		{"size: Int! color", "size: Float! color", "Shoe.size has the type Float! instead of Int!"},
		{"size: Int! color", "size: [Int!]! color", "Shoe.size has the type [Int!]! instead of Int!"},
		{"laces: [String!]!", "laces: [String]!", "Shoe.laces has the type [String]! instead of [String!]!"},
		{"laces: [String!]!", "laces: String!", "Shoe.laces has the type String! instead of [String!]!"},
		{"fingers: Int }", "fingers(of: Int!): Int }", "Glove.fingers(of:) is new and required"},
		{"exact: Boolean!", "", "Hat.brim(exact:) was removed"},
		{`unit: String = "cm"`, `unit: String = "mm"`, `Hat.brim(unit:) has the default "mm" instead of the default "cm"`},
		{`unit: String = "cm"`, `unit: String`, `Hat.brim(unit:) has no default instead of the default "cm"`},
		{`unit: String = "cm"`, `unit: String! = "cm"`, "Hat.brim(unit:) has the type String! instead of String"},
		{"first: Int = 20", "first: Float = 20", "Query.things(first:) has the type Float instead of Int"},
		{"last: Int,", "last: Int!,", "Query.things(last:) has the type Int! instead of Int"},
		{"last: Int,", "last: [Int],", "Query.things(last:) has the type [Int] instead of Int"},
		{"input Filter { name: String", "input Filter {", "Filter.name was removed"},
		{"input Filter { name: String", "input Filter { name: ID", "Filter.name has the type ID instead of String"},
		{"size: [Int] color", "size: [Int!] color", "Filter.size has the type [Int!] instead of [Int]"},
		{"size: [Int] color", "size: Int color", "Filter.size has the type Int instead of [Int]"},
		{"more: Filter gone", "more: Filter another: Int! gone", "Filter.another is new and required"},
		{"input Filter { name: String", "input Filter { name: String!", "Filter.name has the type String! instead of String"},
		{"input By {", "input By @oneOf {", "By takes only one field at a time"},
		{"directive @trace(level: Int = 1, note: String) repeatable on FIELD | QUERY", "", "@trace was removed"},
		{"repeatable on FIELD", "on FIELD", "@trace may no longer be repeated"},
		{"FIELD | QUERY", "QUERY", "@trace may no longer stand on FIELD"},
		{", note: String)", ")", "@trace(note:) was removed"},
		{", note: String)", ", note: String, depth: Int!)", "@trace(depth:) is new and required"},
		{"@access(roles: [VIEWER, INGEST])", "@access(roles: [VIEWER])", "Query.given may no longer be used by the role INGEST"},
		{"@access(roles: [VIEWER, INGEST])", "@access(roles: ADMIN)", "Query.given may no longer be used by the role VIEWER, Query.given may no longer be used by the role INGEST"},
		{"id: ID! @access(roles: [INGEST])", "id: ID! @access(roles: [VIEWER])", "Query.given(id:) may no longer be used by the role INGEST"},
		{"@access(roles: [INGEST, ADMIN])", "@access(roles: [ADMIN, VIEWER])", "Gift.name may no longer be used by the role INGEST"},
		{"note: String @access(roles: INGEST)", "note: String @access(roles: [VIEWER])", "Gift.note may no longer be used by the role INGEST"},
		{"fingers: Int }", "fingers: Int @access(roles: [VIEWER]) }", "Glove.fingers may no longer be used by the role INGEST"},
		{"VIEWER INGEST ADMIN", "VIEWER ADMIN", "@access has no role INGEST any more"},
		{"pair: Glove hat", "hat", "Glove.pair was removed"},
		{"kept: Int @deprecated(reason: \"Use glove.\")", "", "Query.kept was removed"},
	} {
		assert.Equal(t, strings.Split(c.want, ", "), changed(t, afterRemoval, c.old, c.replacement), "%s becomes %s", c.old, c.replacement)
	}
}

func TestARemovedTypeIsFound(t *testing.T) {
	assert.Equal(t, []string{"Glove was removed", "Query.glove was removed"},
		changed(t, afterRemoval, "type Glove { pair: Glove hat: Hat @semanticNonNull fingers: Int }", "",
			`glove(of: Color, size: Int @deprecated(reason: "To no use; to be removed on 2026-03-01.")): Glove`, ""))
}

func TestWhatClientsDoNotNoticeIsNoBreak(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"type Glove {", `"Of leather." type Glove {`},
		{"directive @cost(weight: Int!) on FIELD_DEFINITION", "directive @cost(weight: Int!, of: String) on OBJECT | FIELD_DEFINITION"},
		{"input One @oneOf", "input One"},
		{"fingers: Int }", "fingers: Int! new(of: Int! = 1): Int }"},
		{"hat: Hat @semanticNonNull fingers", "hat: Hat! fingers"},
		{"shoes: [Shoe] @semanticNonNull(levels: [0, 1])", "shoes: [Shoe!] @semanticNonNull"},
		{"pair: Glove hat", "pair: Glove @deprecated hat"},
		{"{ RED GREEN", "{ BLUE RED GREEN"},
		{"Thing = Shoe | Hat", "Thing = Shoe | Hat | Glove"},
		{"exact: Boolean!", "exact: Boolean"},
		{"color: Color! = RED", "color: Color = RED"},
		{"more: Filter gone", "more: Filter another: Int! = 1 gone"},
		{"input By {", "input New { a: Int! } input By {"},
		{"Hat implements Node {", "Hat implements Node & Named { name: String"},
		{"@access(roles: [VIEWER, INGEST])", "@access(roles: [INGEST, ADMIN, VIEWER])"},
		{"@access(roles: [VIEWER, INGEST])", ""},
		{"VIEWER INGEST ADMIN", "VIEWER INGEST AUDITOR ADMIN"},
		{"@access(roles: [INGEST, ADMIN])", "@access(roles: INGEST)"},
		{"secret: Int @access(roles: [ADMIN])", "secret: Int @access(roles: [VIEWER])"},
	} {
		assert.Empty(t, changed(t, afterRemoval, c[0], c[1]), "%s becomes %s", c[0], c[1])
	}
}

func TestDeprecatedElementsMayGoOnTheirDay(t *testing.T) {
	for _, c := range []struct{ old, replacement, want string }{
		{`GREEN @deprecated(reason: "Use RED; to be removed on 2026-03-01.")`, "", "Color.GREEN was removed"},
		{`gone: Int @deprecated(reason: "To no use; to be removed on 2026-03-01.")`, "", "Filter.gone was removed"},
		{`size: Int @deprecated(reason: "To no use; to be removed on 2026-03-01.")`, "", "Query.glove(size:) was removed"},
		{"old: Old", "old: Int", "Query.old has the type Int instead of Old"},
		{`old: Old @deprecated(reason: "Use glove; to be removed on 2026-03-01.")`, "", "Query.old was removed"},
		{"note: Note }", "}", "Older.note was removed"},
	} {
		replacement := c.replacement
		if strings.HasPrefix(c.old, "note") {
			replacement = "text: Note }"
		}
		assert.Equal(t, []string{c.want}, changed(t, beforeRemoval, c.old, replacement), c.old)
		assert.Empty(t, changed(t, afterRemoval, c.old, replacement), c.old)
	}
}

func TestTypesThatOnlyRemovedElementsLeadToMayGo(t *testing.T) {
	gone := []string{
		`old: Old @deprecated(reason: "Use glove; to be removed on 2026-03-01.")`, "",
		"type Old { older: Older }", "", "type Older { note: Note }", "", "scalar Note", "",
	}
	assert.Empty(t, changed(t, afterRemoval, gone...))
	assert.Equal(t, []string{"Note was removed", "Old was removed", "Older was removed", "Query.old was removed"}, changed(t, beforeRemoval, gone...))
}
