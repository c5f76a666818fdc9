package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of JSON that is written.
const (
	maxJSON      = 1 << 20 // bytes; see jsonWalk.size
	maxJSONDepth = 31      // levels of nesting, as MariaDB limits them
)

// problem returns why a database might refuse or change the JSON, as the end of a sentence. It returns empty text if
// every database stores the JSON unchanged.
func (j JSON) problem() string {
	switch {
	case !utf8.Valid(j):
		return "is not valid UTF-8"
	case !json.Valid(j):
		return "is not valid JSON"
	case j.HasHalfCharacter():
		return "has an escape for one half of a character"
	}
	walk := jsonWalk{Decoder: json.NewDecoder(bytes.NewReader(j))}
	walk.UseNumber()
	if err := walk.value(1); err != nil {
		return err.Error()
	}
	if walk.size > maxJSON {
		return fmt.Sprintf("is longer than %d bytes", maxJSON)
	}
	return ""
}

// jsonWalk reads valid JSON token by token.
type jsonWalk struct {
	*json.Decoder

	size int // in bytes, without the space between tokens and with no character escaped, as every spelling has it
}

// value reads one value at a depth and returns its first problem as an error.
func (w *jsonWalk) value(depth int) error {
	token, err := w.Token()
	if err != nil {
		return errors.New("is not valid JSON")
	}
	switch v := token.(type) {
	case json.Number:
		w.size += len(v)
		if _, err := v.Float64(); err != nil {
			return errors.New("has a number that is too large")
		}
	case string:
		w.size += len(v) + len(`""`)
	case json.Delim:
		if depth > maxJSONDepth {
			return fmt.Errorf("is nested more than %d levels deep", maxJSONDepth)
		}
		return w.members(v == '{', depth)
	default: // true, false or null
		w.size += len("null")
	}
	return nil
}

// members reads the rest of an object or a list.
func (w *jsonWalk) members(object bool, depth int) error {
	w.size += len("{}")
	names := map[string]bool{}
	for first := true; w.More(); first = false {
		if !first {
			w.size += len(",")
		}
		if object {
			token, _ := w.Token() // the text is valid JSON
			name := token.(string)
			if names[name] {
				return errors.New("has the same name twice in one object")
			}
			names[name] = true
			w.size += len(name) + len(`"":`)
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
	_, _ = w.Token() // the end
	return nil
}

// HasHalfCharacter reports whether valid JSON has an escape for a lone surrogate, such as \ud800: MySQL refuses it,
// and Go decodes it to another character.
func (j JSON) HasHalfCharacter() bool {
	text := []byte(j)
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++ // to what is escaped
		half := escaped(text[i:])
		if !utf16.IsSurrogate(half) {
			continue
		}
		const length = len("u0000")
		rest := text[i+length:]
		if len(rest) < 1+length || rest[0] != '\\' || utf16.DecodeRune(half, escaped(rest[1:])) == utf8.RuneError {
			return true
		}
		i += length + length
	}
	return false
}

// escaped decodes the four digits of an escape that starts with u; -1 for any other escape.
func escaped(text []byte) rune {
	const length = len("u0000")
	if len(text) < length || text[0] != 'u' {
		return -1
	}
	code, err := strconv.ParseUint(string(text[1:length]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(code)
}

// isObject reports whether JSON text is an object.
func (j JSON) isObject() bool { return bytes.HasPrefix(bytes.TrimLeft(j, " \t\r\n"), []byte("{")) }

// text returns the JSON to store, without the space around it; nil becomes null.
func (j JSON) text() string {
	if j == nil {
		return "null"
	}
	return strings.Trim(string(j), " \t\r\n")
}
