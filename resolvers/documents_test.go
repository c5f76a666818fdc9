package resolvers_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"decnetgraph/graph"
	"decnetgraph/resolvers"
)

// TestAnyDocumentIsAnsweredLevelByLevel sends random documents and shows that each level is resolved once, for all of its
// parents. The sample has rows of every kind, merged, dangling and without links.
func TestAnyDocumentIsAnsweredLevelByLevel(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	a := serve(t, path, resolvers.Limits{Timeout: 2 * time.Minute})
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	rapid.Check(t, func(t *rapid.T) {
		d := document{t: t, schema: schema}
		query := "{" + d.selection(schema.Query, 0) + "}"
		a.forget()
		answer := a.send(query, nil)
		a.requireLevels(t)
		for _, e := range answer.Errors {
			if e.Extensions["code"] != "LIMIT_EXCEEDED" {
				t.Fatalf("%s: %s at %v\n%s", e.Extensions["code"], e.Message, e.Path, query)
			}
		}
	})
}

// document draws a random document from the schema.
type document struct {
	t       *rapid.T
	schema  *ast.Schema
	aliases int

	// wild brings variables, named fragments, conditions, fields given twice and wrong arguments.
	wild      bool
	variables []string // their definitions
	values    map[string]any
	fragments strings.Builder
	named     int
}

// widest is the number of fields drawn at most; wild documents are narrow below, since they nest more.
func (d *document) widest(depth int) int {
	if d.wild && depth > 2 {
		return 2
	}
	return 4
}

// deepest is the depth in objects; a connection takes two of them.
const deepest = 7

// selection draws fields of a type; deep down only leaves.
func (d *document) selection(of *ast.Definition, depth int) string {
	var text strings.Builder
	text.WriteString(" __typename")
	for range rapid.IntRange(1, d.widest(depth)).Draw(d.t, "fields") {
		field := rapid.SampledFrom(of.Fields).Draw(d.t, "field")
		result := d.schema.Types[field.Type.Name()]
		if strings.HasPrefix(field.Name, "__") || (result.IsCompositeType() && depth >= deepest) {
			continue
		}
		arguments, ok := d.arguments(field)
		if !ok {
			continue
		}
		d.aliases++
		selected := fmt.Sprintf(" a%d: %s%s%s", d.aliases, field.Name, arguments, d.condition())
		if result.IsCompositeType() {
			text.WriteString(selected + " {" + d.body(result, depth+1) + " }")
		}
		if !result.IsCompositeType() || d.chance("again", 10) { // the same field once more: selections merge
			text.WriteString(selected)
			if result.IsCompositeType() {
				text.WriteString(" {" + d.body(result, depth+1) + " }")
			}
		}
	}
	return text.String()
}

// body draws the selection of an object, sometimes inside a fragment, or of each type of an interface.
func (d *document) body(of *ast.Definition, depth int) string {
	if of.IsAbstractType() {
		var text strings.Builder
		text.WriteString(" __typename")
		for _, possible := range d.schema.GetPossibleTypes(of) {
			text.WriteString(" ... on " + possible.Name + d.condition() + " {" + d.selection(possible, depth+1) + " }")
		}
		return text.String()
	}
	if d.chance("in a named fragment", 5) {
		d.named++
		name := fmt.Sprintf("f%d", d.named)
		d.fragments.WriteString(" fragment " + name + " on " + of.Name + " {" + d.selection(of, depth) + " }")
		return " ..." + name + d.condition() + d.selection(of, depth)
	}
	if rapid.Bool().Draw(d.t, "in a fragment") {
		return " ... on " + of.Name + " {" + d.selection(of, depth) + " }" + d.selection(of, depth)
	}
	return d.selection(of, depth)
}

// chance is true once in so many times, if the document is wild.
func (d *document) chance(what string, in int) bool {
	return d.wild && rapid.IntRange(1, in).Draw(d.t, what) == 1
}

// condition draws @skip or @include, mostly none.
func (d *document) condition() string {
	if !d.chance("a condition", 8) {
		return ""
	}
	value := rapid.Bool().Draw(d.t, "value")
	text := fmt.Sprint(value)
	if rapid.Bool().Draw(d.t, "by a variable") {
		text = d.variable("Boolean!", value)
	}
	return " @" + rapid.SampledFrom([]string{"skip", "include"}).Draw(d.t, "directive") + "(if: " + text + ")"
}

// operation is the document with its variables and fragments.
func (d *document) operation(kind, selection string) operation {
	variables := ""
	if len(d.variables) > 0 {
		variables = " (" + strings.Join(d.variables, ", ") + ")"
	}
	return operation{Query: kind + variables + " " + selection + d.fragments.String(), Variables: d.values}
}

// variable adds a variable and gives its name.
func (d *document) variable(kind string, value any) string {
	name := fmt.Sprintf("$v%d", len(d.variables))
	d.variables = append(d.variables, name+": "+kind)
	if d.values == nil {
		d.values = map[string]any{}
	}
	d.values[name[1:]] = value
	return name
}

// knownArguments are values that fields have an answer for.
var knownArguments = map[string]string{
	"text": `"wget"`, "primitive": `"motor.keystroke_cadence"`, "attackId": `"T1059"`, "since": `"2026-01-01T00:00:00Z"`,
	"id": `"VGVjaG5pcXVlOlQxMTEw"`, "ids": `["VGVjaG5pcXVlOlQxMTEw", "VGFjdGljOlRBMDAwMQ", "Q2FtcGFpZ246eA"]`, // Technique:T1110, Tactic:TA0001, Campaign:x
}

// knownTypes are values of required arguments by their type, for those that knownArguments has no value of.
var knownTypes = map[string]string{
	"TimeBucket": "WEEK", "TagFacet": "TACTIC", "AttackerFacet": "COUNTRY", "IdentityFacet": "HASSH", "NetworkKind": "ASN",
	"NetworkLookup": `{asn: 65542}`, "FingerprintLookup": `{keystrokeSimhash: {value: "eb8b6f0a28ee7a08", within: 16}}`, "DateTime": `"2026-05-15T00:00:00Z"`,
}

// knownValue is a value of a required argument; empty if there is none.
func knownValue(argument *ast.ArgumentDefinition) string {
	if argument.Name == "from" {
		return `"2026-05-01T00:00:00Z"`
	}
	return cmp.Or(knownArguments[argument.Name], knownTypes[argument.Type.Name()])
}

// orderBy draws an order of one sort key.
func (d *document) orderBy(argument *ast.ArgumentDefinition) string {
	keys := d.schema.Types[d.schema.Types[argument.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues
	return fmt.Sprintf("{field: %s, direction: %s}", rapid.SampledFrom(keys).Draw(d.t, "sort key").Name, rapid.SampledFrom([]string{"ASC", "DESC"}).Draw(d.t, "direction"))
}

// arguments draws small pages and either membership; it gives up on fields that need a real key,
// but for those below.
func (d *document) arguments(field *ast.FieldDefinition) (string, bool) {
	var given []string
	for _, argument := range field.Arguments {
		switch {
		case argument.Name == "first" && d.chance("a page that cannot be", 15):
			given = append(given, "first: 0")
		case argument.Name == "first" && d.chance("a page by a variable", 4):
			given = append(given, "first: "+d.variable("Int", rapid.IntRange(1, 3).Draw(d.t, "first")))
		case argument.Name == "after" && d.chance("a cursor that cannot be", 30):
			given = append(given, `after: "nonsense"`)
		case argument.Name == "first":
			given = append(given, fmt.Sprintf("first: %d", rapid.IntRange(1, 3).Draw(d.t, "first")))
		case argument.Name == "membership" && rapid.Bool().Draw(d.t, "literal"):
			given = append(given, "membership: LITERAL")
		case argument.Name == "includeMerged" && rapid.Bool().Draw(d.t, "merged"):
			given = append(given, "includeMerged: true")
		case argument.Type.Name() == "Date" && rapid.Bool().Draw(d.t, "a bound"):
			day := map[string]string{"from": "2026-03-20", "to": "2026-05-20"}[argument.Name]
			if argument.Name == "to" && d.chance("days that cannot be", 5) {
				day = "2026-03-01"
			}
			given = append(given, argument.Name+`: "`+day+`"`)
		case argument.Name == "offset" && !field.Type.NonNull && d.chance("a page by its number", 10):
			given = append(given, "offset: 1")
		case argument.Name == "filter" && rapid.IntRange(1, 8).Draw(d.t, "a filter") == 1:
			given = append(given, "filter: "+rapid.SampledFrom(valuesOf(d.schema, argument.Type, 2)).Draw(d.t, "filter"))
		case argument.Name == "orderBy" && rapid.IntRange(1, 8).Draw(d.t, "an order") == 1:
			given = append(given, "orderBy: "+d.orderBy(argument))
		case argument.Type.NonNull && argument.DefaultValue == nil && knownValue(argument) != "":
			given = append(given, argument.Name+": "+knownValue(argument))
		case argument.Type.NonNull && argument.DefaultValue == nil:
			return "", false
		}
	}
	if len(given) == 0 {
		return "", true
	}
	return "(" + strings.Join(given, ", ") + ")", true
}
