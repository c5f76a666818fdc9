package validate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"decnetgraph/graph/exec"
	"decnetgraph/graph/jsontext"
	"decnetgraph/graph/validate"
)

// allKinds has a variable of each kind of type.
const allKinds = `query q($int: Int, $float: Float, $id: ID, $text: String, $yes: Boolean, $color: Color, $json: JSON, $need: Int! = 7,
	$list: [Int!], $grid: [[Int]], $one: One, $in: In, $must: Must, $musts: [Must!]) {
	must(m: {id: 1}) { n(a: $int, o: $in, l: [$need]) human(by: {a: $need}) { name } } a: human(by: $one) { name } b: n(l: $list)
	c: must(m: $must, json: $json, color: $color) { name }
	d: must(m: {id: $ID, f: $float, text: $text, yes: $yes, grid: [[1]], json: [$list, $grid, $musts]}) { name } }`

// operation parses a document that is valid.
func operation(t require.TestingT, text string) *ast.OperationDefinition {
	document, errs := validate.Document(context.Background(), schema, text, tokens)
	require.Empty(t, errs)
	return document.Operations[0]
}

// decoded is JSON with its numbers as they are written.
func decoded(t require.TestingT, text string) map[string]any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var values map[string]any
	require.NoError(t, decoder.Decode(&values))
	return values
}

// kindsOfTypes is allKinds with its id as it may be.
var kindsOfTypes = strings.NewReplacer("$id: ID,", "$ID: ID!,").Replace(allKinds)

func TestAVariableThatIsGivenTwiceIsRefused(t *testing.T) {
	of := operation(t, kindsOfTypes)
	twice := jsontext.Repeated{Values: []any{json.Number("1"), json.Number("2")}}
	_, errs := validate.Variables(t.Context(), schema, of, map[string]any{"ID": "x", "int": twice, "in": map[string]any{"n": twice}})
	require.Len(t, errs, 2)
	assert.Contains(t, errs[0].Message, "the variable $int is given more than once")
	assert.Contains(t, errs[1].Message, "the variable $in.n is given more than once")
}

func TestVariablesAreCoercedToTheirTypes(t *testing.T) {
	of := operation(t, kindsOfTypes)
	for given, want := range map[string]map[string]any{
		`{}`:                              {},
		`{"unknown": 5}`:                  {},
		`{"int": null}`:                   {"int": nil},
		`{"int": -2147483648}`:            {"int": int64(-2147483648)},
		`{"int": 2147483647}`:             {"int": int64(2147483647)},
		`{"int": -0}`:                     {"int": int64(0)},
		`{"float": 5}`:                    {"float": 5.0},
		`{"float": 5e-1}`:                 {"float": 0.5},
		`{"ID": 12345678901234567890123}`: {"ID": "12345678901234567890123"},
		`{"ID": "x"}`:                     {"ID": "x"},
		`{"text": ""}`:                    {"text": ""},
		`{"yes": false}`:                  {"yes": false},
		`{"color": "RED"}`:                {"color": "RED"},
		`{"json": [1.50, {"a": 1e999}]}`:  {"json": []any{json.Number("1.50"), map[string]any{"a": json.Number("1e999")}}},
		`{"need": 3}`:                     {"need": int64(3)},
		`{"list": 3}`:                     {"list": []any{int64(3)}},
		`{"list": []}`:                    {"list": []any{}},
		`{"grid": 3}`:                     {"grid": []any{[]any{int64(3)}}},
		`{"grid": [[1, null], null]}`:     {"grid": []any{[]any{int64(1), nil}, nil}},
		`{"one": {"one": {"b": "x"}}}`:    {"one": map[string]any{"one": map[string]any{"b": "x"}}},
		`{"in": {"__typename": "In", "color": null, "list": {"n": 1}}}`: {"in": map[string]any{"color": nil, "list": []any{map[string]any{"n": int64(1)}}}},
	} {
		values := decoded(t, given)
		if _, isGiven := values["ID"]; !isGiven {
			values["ID"] = "i"
			want["ID"] = "i"
		}
		if _, isGiven := values["need"]; !isGiven {
			want["need"] = int64(7)
		}
		have, errs := validate.Variables(t.Context(), schema, of, values)
		require.Empty(t, errs, given)
		assert.Equal(t, want, have, given)
		again, errs := validate.Variables(t.Context(), schema, of, have)
		require.Empty(t, errs, "a coerced value is coerced to itself: %s", given)
		assert.Equal(t, want, again, given)
	}
}

func TestVariablesThatDoNotFitAreNamedWithTheirValues(t *testing.T) {
	of := operation(t, kindsOfTypes)
	const noInt = ", which is no Int; give a number of digits alone, from -2147483648 to 2147483647"
	for given, want := range map[string]string{
		`"int": 5.0`:                  "$int is 5.0" + noInt,
		`"int": 1e3`:                  "$int is 1e3" + noInt,
		`"int": "5"`:                  `$int is "5"` + noInt,
		`"int": 2147483648`:           "$int is 2147483648" + noInt,
		`"int": -2147483649`:          "$int is -2147483649" + noInt,
		`"int": true`:                 "$int is true" + noInt,
		`"int": [1]`:                  "$int is a list" + noInt,
		`"int": {}`:                   "$int is an object" + noInt,
		`"need": null`:                "$need is null, which its type Int! does not allow",
		`"float": "0.5"`:              `$float is "0.5", which is no Float; give a number, without quotes`,
		`"float": 1e999`:              "$float is 1e999, which is no Float; give a number, without quotes",
		`"ID": 5.0`:                   "$ID is 5.0, which is no ID; give an id as this server has given it out",
		`"ID": true`:                  "$ID is true, which is no ID; give an id as this server has given it out",
		`"text": 5`:                   "$text is 5, which is no String; give a text in quotes",
		`"yes": "true"`:               `$yes is "true", which is no Boolean; give true or false, without quotes`,
		`"yes": 1`:                    "$yes is 1, which is no Boolean; give true or false, without quotes",
		`"color": "red"`:              `$color is "red", which is no value of Color; give one of RED, GREEN`,
		`"list": [1, null]`:           "$list[1] is null, which its type Int! does not allow",
		`"list": [1, "2"]`:            `$list[1] is "2"` + noInt,
		`"grid": [[1], [2, 3.5]]`:     "$grid[1][1] is 3.5" + noInt,
		`"one": {}`:                   "$one has 0 fields; give exactly one field of One",
		`"one": {"a": 1, "b": "x"}`:   "$one has 2 fields; give exactly one field of One",
		`"one": {"a": 1, "b": null}`:  "$one has 2 fields; give exactly one field of One",
		`"one": {"a": null}`:          `$one has null in its field "a"; give exactly one field of One, and not null`,
		`"one": {"one": {"one": {}}}`: "$one.one.one has 0 fields; give exactly one field of One",
		`"in": {"list": [{"list": {"color": "X"}}]}`: `$in.list[0].list.color is "X", which is no value of Color; give one of RED, GREEN`,
		`"in": {"need": null}`:                       "$in.need is null, which its type Int! does not allow",
		`"in": {"b": 1, "a": 1}`:                     `$in has the field "a", which In does not define; leave it out`,
		`"in": 5`:                                    "$in is 5; give an object of type In",
		`"must": {}`:                                 "$must.id is missing; give a value of type ID!",
		`"musts": [{"id": 1}, {"id": 2, "ones": [{"a": 1}, {"a": 1, "b": "x"}]}]`: "$musts[1].ones[1] has 2 fields; give exactly one field of One",
		`"musts": {"id": 1, "grid": [1, ["x"]]}`:                                  `$musts.grid[1][0] is "x"` + noInt,
	} {
		values := decoded(t, "{"+given+"}")
		if _, isGiven := values["ID"]; !isGiven {
			values["ID"] = "i"
		}
		_, errs := validate.Variables(t.Context(), schema, of, values)
		require.Len(t, errs, 1, given)
		assert.Equal(t, "the variable "+want, errs[0].Message)
		assert.Equal(t, errcode.ValidationFailed, errs[0].Extensions["code"])
		assert.NotEmpty(t, errs[0].Locations)
	}
	_, errs := validate.Variables(t.Context(), schema, of, nil)
	require.Len(t, errs, 1)
	assert.Equal(t, "the variable $ID is missing; give a value of type ID!", errs[0].Message)
}

func TestCoercionIsBounded(t *testing.T) {
	of := operation(t, kindsOfTypes)
	list := func(length int, element any) map[string]any {
		elements := make([]any, length)
		for i := range elements {
			elements[i] = element
		}
		return map[string]any{"ID": "i", "list": elements}
	}
	_, errs := validate.Variables(t.Context(), schema, of, list(validate.MaxList, int64(1)))
	require.Empty(t, errs)
	_, errs = validate.Variables(t.Context(), schema, of, list(validate.MaxList+1, int64(1)))
	requireLimit(t, errs, "the variable $list has a list of 10001 elements, more than the 10000 that are allowed; send shorter lists")
	_, errs = validate.Variables(t.Context(), schema, of, list(1_000, strings.Repeat("x", 100_000)))
	require.Len(t, errs, validate.MaxErrors)
	for _, e := range errs {
		require.Less(t, len(e.Message), 500)
	}
	require.Contains(t, errs[validate.MaxErrors-1].Message, "there may be more errors")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, errs = validate.Variables(ended, schema, of, list(9_000, int64(1)))
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], context.Canceled)
}

// requireLimit shows that a request was refused for a limit alone.
func requireLimit(t *testing.T, errs gqlerror.List, message string) {
	t.Helper()
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], new(exec.LimitError))
	require.Equal(t, message, errs[0].Message)
	require.Equal(t, errcode.ValidationFailed, errs[0].Extensions["code"])
}

// FuzzVariables coerces any values: what comes out is coerced to itself, and gqlparser accepts it, which accepts more.
func FuzzVariables(f *testing.F) {
	for _, seed := range []string{
		`{"int": 5.0, "list": ["5"], "grid": 1}`, `{"one": {"one": {"a": 1}}, "in": {"list": {"n": 2147483648}}}`,
		`{"musts": [{"id": 1, "f": 1e999, "ones": [{}], "grid": [[1]]}], "json": {"a": [1, {"b": null}]}}`, `{"must": {"id": "", "yes": true, "text": "x"}}`,
		`{"color": "RED", "need": null, "ID": 1e2}`,
	} {
		f.Add(seed)
	}
	of := operation(f, kindsOfTypes)
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var given map[string]any
		if decoder.Decode(&given) != nil {
			return
		}
		coerced, errs := validate.Variables(t.Context(), schema, of, given)
		if len(errs) > 0 {
			require.LessOrEqual(t, len(errs), validate.MaxErrors)
			return
		}
		before := fmt.Sprintf("%#v", coerced)
		again, errs := validate.Variables(t.Context(), schema, of, coerced)
		require.Empty(t, errs)
		require.Equal(t, before, fmt.Sprintf("%#v", again))
		_, err := validator.VariableValues(schema, of, again)
		require.NoError(t, err)
	})
}
