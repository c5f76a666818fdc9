package validate_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"decnetgraph/graph/validate"
)

const tokens = 4_000

// judged returns what gqlparser finds wrong with a document.
func judged(text string) (*ast.QueryDocument, gqlerror.List) {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	return document, validator.ValidateWithRules(schema, document, rules.NewDefaultRules())
}

// TestOverlappingFieldsAreJudgedAsByGqlparser validates random documents whose fields often have one name.
func TestOverlappingFieldsAreJudgedAsByGqlparser(t *testing.T) {
	form := regexp.MustCompile(`^Fields "\w+" conflict because (subfields "\w+" conflict because )*` +
		`("\w+" and "\w+" are different fields|they have differing arguments|they return conflicting types "[\w!\[\]]+" and "[\w!\[\]]+")` +
		`\. Use different aliases on the fields to fetch both if this was intentional\.( \(there may be more errors, which were not looked for\))?$`)
	generator := rapid.Custom(func(t *rapid.T) string { return (&documents{t: t}).document() })
	met := map[string]int{}
	for i := range 5_000 {
		text := generator.Example(i)
		_, want := judged(text)
		_, have := validate.Document(t.Context(), schema, text, tokens)
		require.Equal(t, len(want) == 0, len(have) == 0, "%s\nwant %v\nhave %v", text, want, have)
		if len(have) == 0 {
			met["valid"]++
			continue
		}
		overlapping := rules.OverlappingFieldsCanBeMergedRule.Name
		for _, fault := range have {
			met[fault.Rule]++
			if fault.Rule == overlapping {
				require.Regexp(t, form, fault.Message)
				require.Len(t, fault.Locations, 1)
				if strings.Contains(fault.Message, "subfields") {
					met["subfields"]++
				}
			}
		}
		if have[0].Rule == overlapping {
			for _, fault := range want {
				require.Equal(t, overlapping, fault.Rule, text)
			}
		}
	}
	t.Log(met)
	for _, of := range []string{"valid", "OverlappingFieldsCanBeMerged", "subfields"} {
		require.Greater(t, met[of], 500, of)
	}
}

// TestArgumentsAreComparedByWhatTheyMean shows which arguments let two fields merge.
func TestArgumentsAreComparedByWhatTheyMean(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"(a: 1, l: 1)", "(l: 1, a: 1)", true},
		{"(o: {n: 1, in: {n: 2, color: RED}})", "(o: {in: {color: RED, n: 2}, n: 1})", true},
		{"(l: [1 2])", "(l: [1, 2])", true},
		{"(l: [1 2])", "(l: [2 1])", false},
		{"(l: [1])", "(l: 1)", false},
		{"(l: [12])", "(l: [1 2])", false},
		{"(a: 1)", "(a: 2)", false},
		{"(a: 1)", "", false},
		{"(a: 1)", "(a: $n)", false},
		{"(a: $n)", "(a: $n)", true},
		{"(a: $n)", "(a: $m)", false},
		{"(o: {n: 1})", "(o: {n: 2})", false},
		{"(o: {list: [{n: 1}, {n: 2}]})", "(o: {list: [{n: 1, need: 2}]})", false},
	} {
		for _, text := range []string{"n%s ... {n%s}", "a: z {n%s} a: z {n%s}", "pet {... on Dog {n%s} ... on Pet {n%s}}"} {
			text = "query($n: Int, $m: Int) {x: n(a: $n) y: n(a: $m) " + fmt.Sprintf(text, c.a, c.b) + "}"
			_, errs := validate.Document(t.Context(), schema, text, tokens)
			if c.same {
				require.Empty(t, errs, text)
				continue
			}
			require.Len(t, errs, 1, text)
			require.Contains(t, errs[0].Message, "they have differing arguments")
		}
	}
}

// documents draws a document that is valid but for overlapping fields.
type documents struct {
	t         *rapid.T
	fragments []string // their types
}

// composite are the types that fragments may be on.
var composite = []string{"Pet", "Wild", "Dog", "Cat", "Wolf", "Human", "Any", "Query"}

func (d *documents) document() string {
	for range rapid.IntRange(0, 4).Draw(d.t, "fragments") {
		d.fragments = append(d.fragments, rapid.SampledFrom(composite).Draw(d.t, "type"))
	}
	var text strings.Builder
	for i := range rapid.IntRange(1, 3).Draw(d.t, "operations") {
		fmt.Fprintf(&text, "query q%d {%s} ", i, d.selections(schema.Query, 0, 0))
	}
	for i, of := range d.fragments {
		fmt.Fprintf(&text, "fragment f%d on %s {%s} ", i, of, d.selections(schema.Types[of], 2, i+1))
	}
	for i := range d.fragments { // all are used, and those of one type together
		fmt.Fprintf(&text, "query u%d { pet { ... on Dog { mate { name } } } any { __typename } %s } ", i, d.use(i))
	}
	return text.String()
}

// use spreads a fragment where it fits, below a field of the root.
func (d *documents) use(i int) string {
	of := d.fragments[i]
	spread := fmt.Sprintf("...f%d", i)
	return map[string]string{
		"Query": spread, "Pet": "pet {" + spread + "}", "Wild": "wild {" + spread + "}", "Dog": "dog {" + spread + "}",
		"Cat": "pet {" + spread + "}", "Wolf": "wild {" + spread + "}", "Human": "human {" + spread + "}", "Any": "any {" + spread + "}",
	}[of]
}

// selections draws the selections of a type. Fragments from a number on may be spread, so that there are no cycles.
func (d *documents) selections(of *ast.Definition, depth, from int) string {
	var text strings.Builder
	text.WriteString(" ")
	for range rapid.IntRange(1, 3).Draw(d.t, "selections") {
		switch kind := rapid.IntRange(0, 9).Draw(d.t, "kind"); {
		case kind < 2:
			other := schema.Types[rapid.SampledFrom(composite).Draw(d.t, "condition")]
			if canBe(of, other) && depth < 6 {
				fmt.Fprintf(&text, "... on %s {%s} ", other.Name, d.selections(other, depth+1, from))
			}
		case kind < 3 && depth < 6:
			fmt.Fprintf(&text, "... {%s} ", d.selections(of, depth+1, from))
		case kind < 5 && from < len(d.fragments):
			i := rapid.IntRange(from, len(d.fragments)-1).Draw(d.t, "spread")
			if canBe(of, schema.Types[d.fragments[i]]) {
				fmt.Fprintf(&text, "...f%d ", i)
			}
		default:
			text.WriteString(d.field(of, depth, from))
		}
	}
	if strings.TrimSpace(text.String()) == "" {
		return " __typename "
	}
	return text.String()
}

func (d *documents) field(of *ast.Definition, depth, from int) string {
	alias := rapid.SampledFrom([]string{"", "", "a: ", "b: ", "name: "}).Draw(d.t, "alias")
	if len(of.Fields) == 0 || rapid.IntRange(0, 9).Draw(d.t, "meta") == 0 {
		return alias + "__typename "
	}
	field := rapid.SampledFrom(of.Fields).Draw(d.t, "field")
	result := schema.Types[field.Type.Name()]
	if strings.HasPrefix(field.Name, "__") || field.Name == "must" || (result.IsCompositeType() && depth > 5) {
		return alias + "__typename "
	}
	text := alias + field.Name
	if field.Name == "n" {
		text += rapid.SampledFrom([]string{
			"", "(a: 1)", "(a: 2)", "(l: [1 2])", "(l: [2 1])", "(l: 1, a: 1)", "(a: 1, l: 1)",
			"(o: {n: 1, in: {n: 2}})", "(o: {in: {n: 2}, n: 1})", "(o: {in: {n: 1}, n: 2})", "(o: {list: [{n: 1}]})",
		}).Draw(d.t, "arguments")
	}
	if result.IsCompositeType() {
		text += " {" + d.selections(result, depth+1, from) + "}"
	}
	return text + " "
}

// canBe reports whether an object of one type may be of another.
func canBe(a, b *ast.Definition) bool {
	for _, x := range schema.GetPossibleTypes(a) {
		if slices.Contains(schema.GetPossibleTypes(b), x) {
			return true
		}
	}
	return false
}
