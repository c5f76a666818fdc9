package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"decnetgraph/graph/jsontext"
)

// decodeWithEncodingJSON says what decodeBody must say, with nothing but encoding/json.
func decodeWithEncodingJSON(body []byte) (*request, string) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		return nil, `the request body is not a JSON object such as {"query": "{ campaigns { totalCount } }"}`
	}
	into := func(value json.RawMessage, target any) bool {
		decoder := json.NewDecoder(bytes.NewReader(value))
		decoder.UseNumber()
		return value == nil || decoder.Decode(target) == nil
	}
	params := &request{}
	ids := [2]string{}
	idsAreTexts := into(object["documentId"], &ids[0]) && into(object["doc_id"], &ids[1])
	params.documentID = cmp.Or(ids[0], ids[1])
	isText := into(object["query"], &params.Query)
	var extensions map[string]any
	_ = into(object["extensions"], &extensions)
	_, hashed := extensions["persistedQuery"].(map[string]any)
	switch {
	case !idsAreTexts:
		return nil, `"documentId" is a text, if it is given`
	case !isText || params.Query == "" && params.documentID == "" && !hashed:
		return nil, `the request body has no text under "query"`
	case !into(object["variables"], &params.Variables) || !into(object["extensions"], &params.Extensions):
		return nil, `"variables" and "extensions" are objects, if they are given`
	case !into(object["operationName"], &params.OperationName):
		return nil, `"operationName" is a text, if it is given`
	}
	return params, ""
}

func requireSameDecoding(t assert.TestingT, body []byte) {
	want, wrong := decodeWithEncodingJSON(body)
	got, refused := decodeBody(body)
	message := ""
	if refused != nil {
		message = refused.message
	}
	if strings.HasPrefix(message, `the text under "query" has`) {
		var replaced struct{ Query string }
		assert.True(t, json.Unmarshal(body, &replaced) != nil || strings.Contains(replaced.Query, "\uFFFD"), "body %q", body)
		return
	}
	assert.Equal(t, wrong, message, "body %q", body)
	if got != nil && (repeats(got.Variables) || repeats(got.Extensions)) {
		return // encoding/json has kept the last value only
	}
	assert.Equal(t, plain(want), plain(got), "body %q", body)
	if want != nil && got != nil {
		assert.Equal(t, plainValue(want.documentID), plainValue(got.documentID), "body %q", body)
	}
}

var replacements = regexp.MustCompile("\uFFFD+")

// repeats reports whether an object in a value has a name several times.
func repeats(value any) bool {
	switch v := value.(type) {
	case jsontext.Repeated:
		return true
	case []any:
		return slices.ContainsFunc(v, repeats)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), repeats)
	}
	return false
}

// plain returns parameters as encoding/json would have decoded them: with U+FFFD for what is not a character, one for
// several.
func plain(params *request) *graphql.RawParams {
	if params == nil {
		return nil
	}
	variables, _ := plainValue(params.Variables).(map[string]any)
	extensions, _ := plainValue(params.Extensions).(map[string]any)
	return &graphql.RawParams{Query: params.Query, OperationName: plainValue(params.OperationName).(string), Variables: variables, Extensions: extensions}
}

func plainValue(value any) any {
	switch v := value.(type) {
	case string:
		return replacements.ReplaceAllString(strings.ToValidUTF8(v, "\uFFFD"), "\uFFFD")
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = plainValue(element)
		}
		return list
	case map[string]any:
		if v == nil {
			return v
		}
		object := map[string]any{}
		for name, member := range v {
			object[plainValue(name).(string)] = plainValue(member)
		}
		return object
	default:
		return value
	}
}

func FuzzDecodeBody(f *testing.F) {
	for _, seed := range []string{
		`{"query": "{ a }", "operationName": "A", "variables": {"a": [1.5e3, {"b": null}]}, "extensions": {}}`,
		`{"query": null, "qu\u0065ry": "\ud83d\ude00\n\"", "variables": null, "x": [true, "]}", {}]} `,
		`{"query":"a","variables":{"a":[1}],"x":""}`, `{"query":"a"x"b":1}`, `{"query":}`, `{"query":"a",}`, `{}`, `{"query":"\`, "{\"query\":\"\xff\"}",
		`{"query":"a","variables":{} {}}`, `{"query":"a" , "operationName" : 1 , "variables" : [ ] }`, `{"variables":{"a":01}}`, "\x00{}",
		`{"documentId":"sha256:a","variables":{}}`, `{"doc_id":"a","documentId":null}`, `{"documentId":7}`, `{"query":"","documentId":""}`, `{"query":1,"documentId":"a"}`, `{"extensions":{"persistedQuery":{}}}`,
		`[`, `{"query":"a","x":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + `}`, strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		`{"query":"a","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, `{"query":"a","variables":{"a":{"b":1,"b":[]}},"variables":{}}`, "{\"query\":\"\xf7\",\"variables\":[]}",
		`{"query":"a","variables":{"a":{"b":1,"b":2,"b":3}, "c":"\ud800x\udc00\ud83d\udd11"}}`, "{\"query\":\"a\",\"operationName\":\"\xff\",\"variables\":{\"a\xff\":\"\xed\xa0\x80\"}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { requireSameDecoding(t, body) })
}

// TestBodiesAreDecodedAsByEncodingJSON puts bodies together from parts that go wrong in every order.
func TestBodiesAreDecodedAsByEncodingJSON(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", " ", "\n", `"`, `\`, `"query"`, `"variables"`, `"extensions"`, `"operationName"`, `"documentId"`, `"doc_id"`, `"Query"`, `""`, `"a\nb"`,
		`"\u0071uery"`, `"é"`, "\"\xff\"", "\"\x01\"", `"}"`, "null", "nul", "1", "-0.5e+7", "01", "{}", `{"a":{"a":1e400}}`, `[]`, `{"query":"a",`, `"query":"{ a }",`, `"variables":`,
	})
	rapid.Check(t, func(t *rapid.T) {
		var body []byte
		for _, text := range rapid.SliceOfN(part, 0, 12).Draw(t, "parts") {
			body = append(body, text...)
		}
		requireSameDecoding(t, body)
		requireSameDecoding(t, append([]byte(`{"query":"a"`), body...))
		requireSameDecoding(t, append(append([]byte(`{"query":"a","variables":`), body...), '}'))
	})
}
