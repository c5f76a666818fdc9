package httpapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"decnetgraph/graph/jsontext"
)

// decodeJSON decodes one JSON value in one pass. It returns what encoding/json would, with numbers as json.Number, except
// that nothing is lost: texts are decoded by jsontext.Unquote, and a name that an object has several times has a
// jsontext.Repeated. ok is false if the text is not JSON, or nested deeper than encoding/json allows.
func decodeJSON(text []byte) (value any, ok bool) {
	d := jsonDecoder{text: text}
	value, ok = d.value()
	return value, ok && d.atEnd()
}

// decodeObject decodes a JSON object and calls take for each member, in the order written. If a name occurs
// twice, the last value counts, as in encoding/json. ok is false as for decodeJSON.
func decodeObject(text []byte, take func(name string, value any)) (ok bool) {
	d := jsonDecoder{text: text}
	d.skipSpace()
	return d.at < len(text) && text[d.at] == '{' && d.members(take) && d.atEnd()
}

// jsonDecoder reads a text from left to right; at is the next byte.
type jsonDecoder struct {
	text  []byte
	at    int
	depth int
}

func (d *jsonDecoder) value() (any, bool) {
	if d.skipSpace(); d.at == len(d.text) {
		return nil, false
	}
	switch d.text[d.at] {
	case '{':
		object := map[string]any{}
		return object, d.members(func(name string, value any) { addMember(object, name, value) })
	case '[':
		list := []any{}
		ok := d.elements(']', func() bool {
			element, ok := d.value()
			list = append(list, element)
			return ok
		})
		return list, ok
	case '"':
		return d.quoted()
	default:
		return d.literal()
	}
}

// addMember sets a member of an object. If the object has the name already, all of its values are kept.
func addMember(object map[string]any, name string, value any) {
	first, found := object[name]
	if !found {
		object[name] = value
		return
	}
	several, ok := first.(jsontext.Repeated)
	if !ok {
		several.Values = []any{first}
	}
	object[name] = jsontext.Repeated{Values: append(several.Values, value)}
}

// members reads an object and calls take for each member, in the order written.
func (d *jsonDecoder) members(take func(name string, value any)) bool {
	return d.elements('}', func() bool {
		name, ok := d.name()
		if !ok {
			return false
		}
		value, ok := d.value()
		take(name, value)
		return ok
	})
}

// elements reads from an opening bracket to the closing one, and calls element at the start of each element.
func (d *jsonDecoder) elements(closing byte, element func() bool) bool {
	const maxDepth = 10_000 // as in encoding/json
	if d.depth++; d.depth > maxDepth {
		return false
	}
	d.at++
	for closed := d.take(closing); !closed; {
		if !element() {
			return false
		}
		if closed = d.take(closing); !closed && !d.take(',') {
			return false
		}
	}
	d.depth--
	return true
}

// name reads a member's name and the colon.
func (d *jsonDecoder) name() (string, bool) {
	if d.skipSpace(); d.at == len(d.text) || d.text[d.at] != '"' {
		return "", false
	}
	name, ok := d.quoted()
	return name, ok && d.take(':')
}

// atEnd skips white space and reports whether nothing else follows.
func (d *jsonDecoder) atEnd() bool {
	d.skipSpace()
	return d.at == len(d.text)
}

func (d *jsonDecoder) skipSpace() {
	for d.at < len(d.text) && strings.IndexByte(" \t\r\n", d.text[d.at]) >= 0 {
		d.at++
	}
}

// take skips white space and then this character, and reports whether the character was there.
func (d *jsonDecoder) take(character byte) bool {
	if d.skipSpace(); d.at == len(d.text) || d.text[d.at] != character {
		return false
	}
	d.at++
	return true
}

// literal reads a number, true, false or null.
func (d *jsonDecoder) literal() (any, bool) {
	start := d.at
	for d.at < len(d.text) && strings.IndexByte(" \t\r\n,:{}[]\"", d.text[d.at]) < 0 {
		d.at++
	}
	switch text := d.text[start:d.at]; string(text) {
	case "null":
		return nil, true
	case "true":
		return true, true
	case "false":
		return false, true
	default:
		return json.Number(text), json.Valid(text)
	}
}

// shortEscapes are the characters that the escapes of one letter stand for.
var shortEscapes = [utf8.RuneSelf]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// quoted reads a text in quotes.
func (d *jsonDecoder) quoted() (string, bool) {
	start := d.at
	escapes, ascii, end := false, true, false
	for d.at++; d.at < len(d.text) && !end; d.at++ {
		switch character := d.text[d.at]; {
		case character == '"':
			end = true
		case character == '\\':
			d.at++
			escapes = true
		case character < ' ' || character >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !end {
		return "", false
	}
	quoted := d.text[start:d.at]
	inside := quoted[1 : len(quoted)-1]
	switch {
	case ascii && !escapes:
		return string(inside), true
	case ascii:
		if text, ok := unescape(inside); ok {
			return text, true
		}
	}
	return jsontext.Unquote(quoted)
}

// unescape decodes an ASCII text whose escapes are all of one letter, as in most queries. ok is false for others.
func unescape(text []byte) (decoded string, ok bool) {
	var b strings.Builder
	b.Grow(len(text))
	for {
		plain, escaped, found := bytes.Cut(text, []byte{'\\'})
		b.Write(plain)
		if !found {
			return b.String(), true
		}
		if escaped[0] >= utf8.RuneSelf || shortEscapes[escaped[0]] == 0 {
			return "", false
		}
		b.WriteByte(shortEscapes[escaped[0]])
		text = escaped[1:]
	}
}
