package resolvers

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// decodeJSON decodes one value in one pass, to what encoding/json makes of it, with numbers as they
// are written. False says that the text is no JSON, or deeper than encoding/json takes it.
func decodeJSON(text []byte) (value any, ok bool) {
	d := jsonDecoder{text: text}
	value, ok = d.value()
	return value, ok && d.over()
}

// decodeObject is decodeJSON for an object whose members are taken as they come: the last one of a name
// is meant.
func decodeObject(text []byte, take func(name string, value any)) (ok bool) {
	d := jsonDecoder{text: text}
	d.skipSpace()
	return d.at < len(text) && text[d.at] == '{' && d.members(take) && d.over()
}

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
		return object, d.members(func(name string, value any) { object[name] = value })
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

// members steps over an object and hands its members over, in the order written.
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

// elements steps over an opening bracket and what follows it, up to the closing one.
func (d *jsonDecoder) elements(closing byte, element func() bool) bool {
	const deepest = 10_000
	if d.depth++; d.depth > deepest {
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

// name steps over a member's name and the colon.
func (d *jsonDecoder) name() (string, bool) {
	if d.skipSpace(); d.at == len(d.text) || d.text[d.at] != '"' {
		return "", false
	}
	name, ok := d.quoted()
	return name, ok && d.take(':')
}

// over steps over space and reports whether nothing else follows.
func (d *jsonDecoder) over() bool {
	d.skipSpace()
	return d.at == len(d.text)
}

func (d *jsonDecoder) skipSpace() {
	for d.at < len(d.text) && strings.IndexByte(" \t\r\n", d.text[d.at]) >= 0 {
		d.at++
	}
}

// take steps over the sign, if that comes next.
func (d *jsonDecoder) take(sign byte) bool {
	if d.skipSpace(); d.at == len(d.text) || d.text[d.at] != sign {
		return false
	}
	d.at++
	return true
}

// literal steps over a number, true, false or null.
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

// short are the escapes of one sign.
var short = [utf8.RuneSelf]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// quoted steps over a text in quotes and decodes it.
func (d *jsonDecoder) quoted() (string, bool) {
	start := d.at
	escapes, ascii, end := false, true, false
	for d.at++; d.at < len(d.text) && !end; d.at++ {
		switch sign := d.text[d.at]; {
		case sign == '"':
			end = true
		case sign == '\\':
			d.at++
			escapes = true
		case sign < ' ' || sign >= utf8.RuneSelf:
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
	var text string
	err := json.Unmarshal(quoted, &text)
	return text, err == nil
}

// unescape decodes a text of ASCII whose escapes are all short, as a query's are.
func unescape(text []byte) (string, bool) {
	var b strings.Builder
	b.Grow(len(text))
	for {
		plain, escaped, found := bytes.Cut(text, []byte{'\\'})
		b.Write(plain)
		if !found {
			return b.String(), true
		}
		if escaped[0] >= utf8.RuneSelf || short[escaped[0]] == 0 {
			return "", false
		}
		b.WriteByte(short[escaped[0]])
		text = escaped[1:]
	}
}
