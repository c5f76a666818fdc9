package validate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"decnetgraph/graph/validate"
)

func TestDocumentsPassABoundWithOneError(t *testing.T) {
	chain := func(length int) string {
		var text strings.Builder
		text.WriteString("{z{...f0}}")
		for i := range length - 1 {
			fmt.Fprintf(&text, "fragment f%d on Query{z{...f%d}}", i, i+1)
		}
		fmt.Fprintf(&text, "fragment f%d on Query{name}", length-1)
		return text.String()
	}
	const many = 20_000 // tokens, where others are not what is tested
	for message, c := range map[string]struct {
		tokens        int
		within, above string
	}{
		"the document has more than 4000 tokens; select less, or send values as variables": {
			tokens, "{" + strings.Repeat("name ", tokens-2) + "}", "{" + strings.Repeat("name ", tokens-1) + "}",
		},
		"the document nests more than 100 levels of braces, brackets and parentheses; nest less": {
			tokens, "{" + strings.Repeat("z{", 99) + "name" + strings.Repeat("}", 100), "{" + strings.Repeat("z{", 100) + "name" + strings.Repeat("}", 101),
		},
		"the document nests more than 100 levels of selections, with its fragments spread; nest less": {tokens, chain(49), chain(50)},
		"the document has a name or a number of 201 characters, more than the 200 that are allowed; shorten it": {
			tokens, "{" + strings.Repeat("x", 200) + ":name}", "{" + strings.Repeat("x", 201) + ":name}",
		},
		"the document has more than 100 operations; send fewer at once": {tokens, operations(100, "{name}"), operations(101, "{name}")},
		"the document has more than 1000 fragments; send fewer at once": {
			many, "{name" + fragments(1_000, "{name}"), "{name" + fragments(1_001, "{name}"),
		},
	} {
		_, errs := validate.Document(t.Context(), schema, c.within, c.tokens)
		require.Empty(t, errs, message)
		_, errs = validate.Document(t.Context(), schema, c.above, c.tokens)
		requireLimit(t, errs, message)
	}
}

func operations(count int, body string) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "query q%d %s ", i, body)
	}
	return text.String()
}

// fragments writes the spreads of fragments, the end of the selection that they are in, and the fragments.
func fragments(count int, body string) string {
	var spreads, text strings.Builder
	for i := range count {
		fmt.Fprintf(&spreads, " ...f%d", i)
		fmt.Fprintf(&text, " fragment f%d on Query %s", i, body)
	}
	return spreads.String() + "}" + text.String()
}

// TestStepsAreBounded validates documents that reach the same fields many times: short ones are valid, longer ones are
// given up.
func TestStepsAreBounded(t *testing.T) {
	document := func(operations, fields int) string {
		var text strings.Builder
		for i := range operations {
			fmt.Fprintf(&text, "query q%d{...F}", i)
		}
		return text.String() + "fragment F on Query{" + strings.Repeat("...{", 40) + strings.Repeat("name ", fields) + strings.Repeat("}", 41)
	}
	_, errs := validate.Document(t.Context(), schema, document(50, 700), tokens)
	require.Empty(t, errs)
	_, errs = validate.Document(t.Context(), schema, document(100, 3_000), tokens)
	require.Len(t, errs, 1)
	require.Contains(t, errs[0].Message, "it takes more than 220000 steps to validate the document")
}

func TestErrorsHaveTheirKind(t *testing.T) {
	for text, want := range map[string]struct{ code, message string }{
		"{":                          {errcode.ParseFailed, "Expected Name, found <EOF>"},
		"{name}}":                    {errcode.ParseFailed, "Unexpected }"},
		"":                           {errcode.ValidationFailed, "no operation provided"},
		"fragment f on Query {name}": {errcode.ValidationFailed, "no operation provided"},
		"{...f} fragment f($a: Int) on Query {name}": {errcode.ValidationFailed, `Fragment "f" defines variables; only operations may.`},
		"{nam}":                                  {errcode.ValidationFailed, `Cannot query field "nam" on type "Query". Did you mean "name", "cat", or "n"?`},
		"{n(a: 2147483648)}":                     {errcode.ValidationFailed, "Int cannot represent non 32-bit signed integer value: 2147483648"},
		"{n(a: 5.0)}":                            {errcode.ValidationFailed, "Int cannot represent non-integer value: 5.0"},
		`{n(a: "5")}`:                            {errcode.ValidationFailed, `Int cannot represent non-integer value: "5"`},
		"{n(a: {})}":                             {errcode.ValidationFailed, "Int cannot represent non-integer value: {}"},
		"{n(l: [1, 2147483648])}":                {errcode.ValidationFailed, "Int cannot represent non 32-bit signed integer value: 2147483648"},
		"{n(o: {list: [{n: 1.5}]})}":             {errcode.ValidationFailed, "Int cannot represent non-integer value: 1.5"},
		"{human(by: {a: 1, b: \"\"}) {name}}":    {errcode.ValidationFailed, `OneOf Input Object "One" must specify exactly one key.`},
		"{human(by: {b: null}) {name}}":          {errcode.ValidationFailed, `Field "One.b" must be non-null.`},
		"{must(color: BLUE, m: {id: 1}) {name}}": {errcode.ValidationFailed, `Value "BLUE" does not exist in "Color" enum.`},
		"{must(color: \"" + strings.Repeat("x", 100_000) + "\", m: {id: 1}) {name}}": {
			errcode.ValidationFailed, `Enum "Color" cannot represent non-enum value: "` + strings.Repeat("x", 199) + `….`,
		},
	} {
		_, errs := validate.Document(t.Context(), schema, text, tokens)
		require.NotEmpty(t, errs, text)
		assert.Equal(t, want.message, errs[0].Message)
		assert.Equal(t, want.code, errs[0].Extensions["code"], text)
	}
}

func TestAtMostFiftyErrorsAreMade(t *testing.T) {
	for fact, text := range map[string]string{
		"unknown fields":    "{" + strings.Repeat("a ", 10) + fields(1_000, "x%d ") + "}",
		"conflicting pairs": "{" + strings.Repeat("a:name a:n ", 600) + "}",
		"unused variables":  "query(" + fields(300, "$v%d:Int ") + "){name}",
	} {
		_, errs := validate.Document(t.Context(), schema, text, tokens)
		require.Len(t, errs, validate.MaxErrors, fact)
		require.Contains(t, errs[validate.MaxErrors-1].Message, "there may be more errors")
	}
	_, errs := validate.Document(t.Context(), schema, operations(30, "{...F}")+" fragment F on Query {x y name}", tokens)
	require.Len(t, errs, 2, "an error is made once, however often its place is reached")
}

func fields(count int, format string) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

func TestValidationEndsWithItsContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, text := range []string{
		"{" + strings.Repeat("name ", 3_000) + "}", "{pet{" + strings.Repeat("...on Dog{x}", 500) + "}}",
	} {
		_, errs := validate.Document(ended, schema, text, tokens)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], context.Canceled)
		require.Empty(t, errs[0].Extensions)
	}
}

// countdown is a context that ends when it has been asked a number of times whether it has.
type countdown struct {
	context.Context //nolint:containedctx // it is one

	left int
}

// Err implements context.Context.
func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestValidationEndsInItsMiddle ends the context of a long validation after each of the times that it is looked at.
func TestValidationEndsInItsMiddle(t *testing.T) {
	text := operations(50, "{...F}") + "fragment F on Query{" + strings.Repeat("name a:n(a:1) ", 300) + "}"
	_, errs := validate.Document(t.Context(), schema, text, tokens)
	require.Empty(t, errs)
	ctx := &countdown{t.Context(), 1 << 20}
	_, errs = validate.Document(ctx, schema, text, tokens)
	require.Empty(t, errs)
	checks := 1<<20 - ctx.left
	require.Greater(t, checks, 100, "it is looked at often")
	for left := range checks {
		ctx := &countdown{t.Context(), left}
		_, errs = validate.Document(ctx, schema, text, tokens)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], context.Canceled)
		require.GreaterOrEqual(t, ctx.left, -2, "nothing goes on")
	}
}

// hugeNumber matches texts that may have a number which no float or integer of 64 bits holds.
var hugeNumber = regexp.MustCompile(`\d[eE]|\d{18}`)

// FuzzDocuments compares the verdict on any document with gqlparser's.
func FuzzDocuments(f *testing.F) {
	examples, err := filepath.Glob("../../web/examples/*.graphql")
	require.NoError(f, err)
	for _, name := range examples {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	for _, seed := range []string{
		"{...f} fragment f on Query{...g} fragment g on Query{...f}", "query($a:[Int!]!=[1]){n(l:$a)@skip(if:false)}", kindsOfTypes,
		"{pet{...on Dog{a:x}...on Cat{a:x}}}", "{a:n(o:{n:1}) a:n(o:{n:2})}", "mutation{set(list:[{id:1 json:1e999}]){name}}",
		"{__schema{types{fields{type{fields{name}}}}}}", `"described" query q @mark(n:1)@mark{name@mark}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1_000 {
			return // the judge takes the square of it
		}
		document, have := validate.Document(t.Context(), schema, text, tokens)
		for _, e := range have {
			if e.Unwrap() != nil || strings.Contains(e.Message, "Int cannot represent") ||
				strings.Contains(e.Message, "defines variables") || e.Rule == rules.ValuesOfCorrectTypeRule.Name {
				return // of a bound, or of values, which are judged more strictly here
			}
		}
		if document == nil && len(have) == 0 {
			t.Fatal("neither a document nor an error")
		}
		judge, want := judged(text)
		if judge != nil && len(judge.Operations) == 0 || hugeNumber.MatchString(text) { // the judge refuses such numbers in JSON, too
			return
		}
		require.Equal(t, len(want) == 0, len(have) == 0, "want %v\nhave %v", want, have)
	})
}
