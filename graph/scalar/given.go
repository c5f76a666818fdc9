package scalar

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/storage"
)

// Given is a value as the client sent it: a text, a json.Number, or any other decoded JSON, of which lists and objects may
// be storage.JSON instead; nil for null and for a field that was left out. Rows that are accepted or rejected one by one
// have fields of this type, because a scalar that refuses a value fails the whole request.
type Given struct{ Value any }

// UnmarshalGiven takes any value unchanged.
func UnmarshalGiven(value any) (Given, error) { return Given{value}, nil }

// MarshalGiven writes the value as JSON. gqlgen requires it, but no field returns a Given.
func MarshalGiven(g Given) graphql.Marshaler { return written(appendValue, g.Value) }

// String returns the value for a message: texts in quotes, numbers with their digits, both shortened to about 60 bytes.
func (g Given) String() string {
	const limit = 60
	switch v := g.Value.(type) {
	case nil:
		return "null"
	case string:
		if len(v) > limit {
			return strconv.Quote(strings.ToValidUTF8(v[:limit], "") + "…")
		}
		return strconv.Quote(v)
	case json.Number, bool, int, int64, float64:
		digits := string(appendValue(nil, v))
		if len(digits) > limit {
			return digits[:limit] + "…"
		}
		return digits
	case []any:
		return "a list"
	case storage.JSON:
		if v[0] == '[' {
			return "a list"
		}
		return "an object"
	default:
		return "an object"
	}
}
