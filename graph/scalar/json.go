package scalar

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/graph/jsontext"
	"decnetgraph/storage"
)

// AppendJSON appends JSON text unchanged.
func AppendJSON(to []byte, content storage.JSON) []byte { return append(to, content...) }

// MarshalJSON writes JSON text unchanged; nil, which stands for malformed content, is written as null.
func MarshalJSON(content storage.JSON) graphql.Marshaler {
	if content == nil {
		return graphql.Null
	}
	return written(AppendJSON, content)
}

// UnmarshalJSON reads any JSON value and returns its text. Numbers keep their digits. What no database should store, such
// as half of a surrogate pair or a name that an object has twice, stays in the text for package storage to refuse.
func UnmarshalJSON(value any) (storage.JSON, error) { return appendValue(nil, value), nil }

// appendValue appends decoded JSON. The members of an object are in the order of their names.
func appendValue(to []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(to, "null"...)
	case string:
		return jsontext.AppendExact(to, v)
	case json.Number:
		return append(to, v...)
	case bool:
		return strconv.AppendBool(to, v)
	case int64:
		return strconv.AppendInt(to, v, 10)
	case int:
		return strconv.AppendInt(to, int64(v), 10)
	case float64:
		return AppendFloat(to, v)
	case []any:
		to = append(to, '[')
		for i, element := range v {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendValue(to, element)
		}
		return append(to, ']')
	case map[string]any:
		to = append(to, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendMember(to, name, v[name])
		}
		return append(to, '}')
	case storage.JSON: // valid text
		var compact bytes.Buffer
		_ = json.Compact(&compact, v)
		return append(to, compact.Bytes()...)
	default: // variables of other types, which no request has
		text, err := json.Marshal(v)
		if err != nil {
			return append(to, "null"...)
		}
		return append(to, text...)
	}
}

// appendMember appends a member of an object, or all members of this name if there are several.
func appendMember(to []byte, name string, value any) []byte {
	values := []any{value}
	if several, ok := value.(jsontext.Repeated); ok {
		values = several.Values
	}
	for i, one := range values {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendValue(append(jsontext.AppendExact(to, name), ':'), one)
	}
	return to
}
