package storage

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// JSON is valid JSON text, or nil where the stored text is not JSON.
type JSON []byte

// anyJSON takes a JSON column with a value of any type. SQLite returns a bare number as a number, not as text.
func anyJSON(target *JSON) cell { return anyJSONCell{target} }

type anyJSONCell struct{ target *JSON }

// Take implements engine.Cell.
func (c anyJSONCell) Take(v *value) bool {
	switch v.Kind() {
	case engine.Null:
		*c.target = JSON("null")
	case engine.Integer:
		*c.target = strconv.AppendInt(nil, v.Int(), 10)
	case engine.Float64:
		*c.target = appendNumber(nil, v.Float())
	case engine.Boolean:
		*c.target = strconv.AppendBool(nil, v.Int() != 0)
	default:
		content := v.Bytes()
		parsed := validJSON(content)
		if v.Borrowed() {
			parsed = bytes.Clone(parsed)
		}
		*c.target = parsed
	}
	return *c.target != nil
}

func appendNumber(to []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(to, "null"...)
	}
	return strconv.AppendFloat(to, v, 'g', -1, 64)
}

// parseJSON parses what Python writes: JSON that may contain NaN and infinities, which become null. It returns nil if
// the text is not JSON.
func parseJSON(content string) JSON { return validJSON([]byte(content)) }

// validJSON is parseJSON, but what it returns may share the memory of content.
func validJSON(content []byte) JSON {
	if json.Valid(content) {
		return content
	}
	replaced := replaceNonFinite(string(content))
	if replaced == string(content) || !json.Valid([]byte(replaced)) {
		return nil
	}
	return JSON(replaced)
}

// replaceNonFinite writes null for NaN, Infinity and -Infinity outside of strings.
func replaceNonFinite(content string) string {
	var out strings.Builder
	inString := false
	for i := 0; i < len(content); {
		switch c := content[i]; {
		case inString && c == '\\' && i+1 < len(content):
			out.WriteString(content[i : i+2])
			i += 2
			continue
		case c == '"':
			inString = !inString
		case !inString:
			if word := nonFinite(content[i:]); word != "" {
				out.WriteString("null")
				i += len(word)
				continue
			}
		}
		out.WriteByte(content[i])
		i++
	}
	return out.String()
}

func nonFinite(content string) string {
	for _, word := range []string{"NaN", "-Infinity", "Infinity"} {
		if strings.HasPrefix(content, word) {
			return word
		}
	}
	return ""
}

// list takes the JSON text of a list and keeps the elements that convert accepts. NULL and empty text are an empty list.
func list[V any](target *[]V, convert func(json.RawMessage) (V, bool)) cell {
	return cellFunc(func(v *value) bool {
		content := v.Bytes()
		*target = []V{}
		if len(content) == 0 {
			return true
		}
		var elements []json.RawMessage
		if json.Unmarshal(validJSON(content), &elements) != nil {
			return false
		}
		fits := true
		for _, element := range elements {
			converted, ok := convert(element)
			if !ok {
				fits = false
				continue
			}
			*target = append(*target, converted)
		}
		return fits
	})
}

// texts takes a JSON list of texts; other scalars become texts as they are written.
func texts(target *[]string) cell {
	return list(target, scalarText)
}

// textsOrOne takes a JSON list of texts, or one bare value as a list of one, as DECNET reads it.
func textsOrOne(target *[]string) cell {
	whole := texts(target)
	return cellFunc(func(v *value) bool {
		content := v.Bytes()
		trimmed := bytes.TrimSpace(validJSON(content))
		if len(trimmed) == 0 || trimmed[0] == '[' || trimmed[0] == '{' || string(trimmed) == "null" {
			return whole.Take(v)
		}
		one, ok := scalarText(json.RawMessage(trimmed))
		*target = []string{one}
		return ok
	})
}

func scalarText(element json.RawMessage) (string, bool) {
	var content string
	switch {
	case len(element) == 0 || element[0] == '{' || element[0] == '[' || string(element) == "null":
		return "", false
	case element[0] == '"':
		return content, json.Unmarshal(element, &content) == nil && setText(&content)
	default:
		return string(element), true
	}
}

func setText(content *string) bool {
	*content = strings.ToValidUTF8(*content, "\uFFFD")
	return true
}

// wholes takes a JSON list of integers.
func wholes(target *[]int) cell {
	return list(target, func(element json.RawMessage) (int, bool) {
		var n int
		return n, json.Unmarshal(element, &n) == nil && math.Abs(float64(n)) <= math.MaxInt32
	})
}

// record is a decoded JSON object whose members are read by name. A member that is missing or of another type is nil.
type record map[string]json.RawMessage

// records takes a JSON list of objects and makes a value of each with build. Other elements are left out.
func records[V any](target *[]V, build func(record) V) cell {
	return list(target, func(element json.RawMessage) (V, bool) {
		var members record
		if json.Unmarshal(element, &members) != nil || members == nil {
			var none V
			return none, false
		}
		return build(members), true
	})
}

// object takes a JSON object and makes a value of it with build. An empty object, NULL and empty text are nil.
func object[V any](target **V, build func(record) V) cell {
	return cellFunc(func(v *value) bool {
		content := v.Bytes()
		*target = nil
		if len(content) == 0 {
			return true
		}
		var members record
		if json.Unmarshal(validJSON(content), &members) != nil {
			return false
		}
		if len(members) > 0 {
			built := build(members)
			*target = &built
		}
		return true
	})
}

func (r record) text(name string) *string {
	content, ok := scalarText(r[name])
	if !ok {
		return nil
	}
	return &content
}

func (r record) number(name string) *float64 {
	var n *float64
	if json.Unmarshal(r[name], &n) != nil {
		return nil
	}
	return n
}

func (r record) whole(name string) *int {
	n := r.number(name)
	if n == nil || *n != math.Trunc(*n) || math.Abs(*n) > math.MaxInt32 {
		return nil
	}
	whole := int(*n)
	return &whole
}

func (r record) flag(name string) *bool {
	var b *bool
	if json.Unmarshal(r[name], &b) != nil {
		return nil
	}
	return b
}

func (r record) instant(name string) *time.Time {
	content := r.text(name)
	var at time.Time
	if content == nil || !parseInstant(*content, &at) {
		return nil
	}
	return &at
}

// value returns the text of a member unchanged, or nil if there is none.
func (r record) value(name string) JSON { return JSON(r[name]) }
