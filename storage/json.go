package storage

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

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
			if word := nonFiniteAt(content[i:]); word != "" {
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

func nonFiniteAt(content string) string {
	for _, word := range nonFinite {
		if strings.HasPrefix(content, word) {
			return word
		}
	}
	return ""
}

// tooLong is what statements select in place of a text that is longer than a wide column may be; see field.wide.
const tooLong = "too long"

// list takes the JSON text of a list and keeps the elements that convert accepts. NULL, JSON null and empty text are an empty list,
// and so is a text that is no list, which does not fit.
func list[V any](target *[]V, convert func(element string) (V, bool)) cell {
	return cellFunc(func(v *value) bool {
		*target = []V{}
		content, _ := v.Text()
		if content == "" || isJSONNull(strings.TrimSpace(content)) {
			return true
		}
		built, fits := []V{}, true
		s := jsonScanner{text: content, interrupted: v.Interrupted}
		whole := s.elements(func(_ int, element string) {
			if len(built) == v.MostElements && v.MostElements > 0 {
				v.Exceed("%d entries in one list", v.MostElements)
				return
			}
			converted, ok := convert(element)
			if fits = fits && ok; ok {
				built = append(built, converted)
			}
		})
		if whole {
			*target = built
		}
		return whole && fits
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
		content, _ := v.Text()
		trimmed := strings.TrimSpace(content)
		if trimmed == "" || trimmed[0] == '[' || trimmed[0] == '{' || isJSONNull(trimmed) || parseJSON(trimmed) == nil {
			return whole.Take(v)
		}
		one, ok := scalarText(trimmed)
		*target = []string{one}
		return ok
	})
}

// wholes takes a JSON list of integers of 32 bits.
func wholes(target *[]int) cell {
	return list(target, func(element string) (int, bool) { return jsonWhole(element, math.MaxInt32) })
}

// records takes a JSON list of objects and makes a value of each with build. Other elements are left out.
func records[V any](target *[]V, build func(*record) V) cell {
	return cellFunc(func(v *value) bool {
		unfit := false
		r := record{unfit: &unfit}
		fits := list(target, func(element string) (built V, ok bool) {
			if !r.read(element) {
				return built, false
			}
			return build(&r), true
		}).Take(v)
		return fits && !unfit
	})
}

// object takes a JSON object and makes a value of it with build. An empty object, NULL and empty text are nil.
func object[V any](target **V, build func(*record) V) cell {
	return cellFunc(func(v *value) bool {
		*target = nil
		content, _ := v.Text()
		if content == "" {
			return true
		}
		unfit := false
		r := record{unfit: &unfit}
		if isJSONNull(strings.TrimSpace(content)) {
			return true
		}
		if !r.read(content) {
			return false
		}
		if len(r.members) > 0 {
			built := build(&r)
			*target = &built
		}
		return !unfit
	})
}
