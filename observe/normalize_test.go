package observe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"decnetgraph/observe"
)

func TestDocumentsAreShownWithoutTheirValues(t *testing.T) {
	for document, want := range map[string]string{
		`{ a }`:                                  `{a}`,
		"query A {\n  a # secret\n  b\n}":        `query A {a b}`,
		`{ a(b: "secret", c: 12.5) { d } }`:      `{a(b:"" c:0) {d}}`,
		`{ a(b: """se"cret""") }`:                `{a(b:"")}`,
		`{ a(b: SECRET, c: true, d: null) }`:     `{a(b:_ c:_ d:_)}`,
		`{ a(b: {c: [SECRET, {d: "secret"}]}) }`: `{a(b:{c:[_{d:""}]})}`,
		`query A($n: Int = 7, $x: [E!]! = [SECRET] @d(r: SECRET)) { a(n: $n) }`: `query A($n:Int=0$x:[E!]!=[_]@d(r:_)) {a(n:$n)}`,
		`{ x: a @include(if: $y) ... on T { b } ...F } fragment F on T { c }`:   `{x:a@include(if:$y) ...on T {b} ...F} fragment F on T {c}`,
		`{ a(b: "secret`:       `{a(b:…`,
		`{ a(b: secret`:        `{a(b:_`,
		`secret: "x" 10.0.0.5`: `secret:"" 0…`,
		``:                     ``,
	} {
		assert.Equal(t, want, observe.Normalize(document, 1_000), document)
	}
	assert.Equal(t, `{a(b:["" "" ""…`, observe.Normalize(`{a(b:["secret" "secret" "secret" "secret"])}`, 11))
}

// FuzzNormalizedDocumentsHaveTheShapeOfTheOriginal compares what gqlparser reads.
func FuzzNormalizedDocumentsHaveTheShapeOfTheOriginal(f *testing.F) {
	for _, seed := range []string{
		`{ a(b: {c: [E, {d: "secret"}]}) { x: b @skip(if: true) } }`, `query A($n: [Int!] = [7, 8], $m: E = F @d) { a(n: $n, m: -1.5e3) ...F } fragment F on T { c }`,
		`mutation { a(b: """x""") { __typename } }`, "\ufeff{a,b}", `{ a(on: on, true: null) }`, `query($a: on) { on }`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		normalized := observe.Normalize(document, 10_000)
		parsed, err := parser.ParseQuery(&ast.Source{Input: document})
		if err != nil || len(document) > 5_000 {
			return
		}
		again, err := parser.ParseQuery(&ast.Source{Input: normalized})
		if assert.NoError(t, err, normalized) {
			assert.Equal(t, names(parsed), names(again), normalized)
		}
	})
}

// names are the names of a document in their order.
func names(document *ast.QueryDocument) (all []string) {
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selected := range set {
			switch s := selected.(type) {
			case *ast.Field:
				all = append(all, s.Alias, s.Name)
				for _, argument := range s.Arguments {
					all = append(all, argument.Name)
				}
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				all = append(all, s.TypeCondition)
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				all = append(all, s.Name)
			}
		}
	}
	for _, operation := range document.Operations {
		all = append(all, operation.Name, string(operation.Operation))
		for _, v := range operation.VariableDefinitions {
			all = append(all, v.Variable, v.Type.String())
		}
		walk(operation.SelectionSet)
	}
	for _, fragment := range document.Fragments {
		all = append(all, fragment.Name, fragment.TypeCondition)
		walk(fragment.SelectionSet)
	}
	return all
}

func TestStatementsAreShownWithoutTheirValues(t *testing.T) {
	for text, want := range map[string]string{
		`SELECT t.uuid FROM t1 t WHERE k = ? LIMIT 51`:         `SELECT t.uuid FROM t1 t WHERE k = ? LIMIT ?`,
		`WHERE v = '\x736563726574'::bytea AND at < '2026-01'`: `WHERE v = ?::bytea AND at < ?`,
		`SELECT 'it''s', "key", ` + "`a 1`" + `, $12, 1.5e3`:   `SELECT ?, "key", ` + "`a 1`" + `, $12, ?`,
		`'open`: `?`,
		``:      ``,
	} {
		assert.Equal(t, want, observe.NormalizeSQL(text))
	}
}
