package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of JSON that is written.
const (
	maxJSON      = 1 << 20 // bytes
	maxJSONDepth = 31      // levels of nesting, as MariaDB limits them
)

// problem returns why a database might refuse or change the JSON, as the end of a sentence. It returns empty text if
// every database stores the JSON unchanged.
func (j JSON) problem() string {
	switch {
	case len(j) > maxJSON:
		return fmt.Sprintf("is longer than %d bytes", maxJSON)
	case !utf8.Valid(j):
		return "is not valid UTF-8"
	case !json.Valid(j):
		return "is not valid JSON"
	case j.HasHalfCharacter():
		return "has an escape for one half of a character"
	}
	reader := json.NewDecoder(bytes.NewReader(j))
	reader.UseNumber()
	if err := walkJSON(reader, 1); err != nil {
		return err.Error()
	}
	return ""
}

// walkJSON reads one value at a depth and returns its first problem as an error.
func walkJSON(reader *json.Decoder, depth int) error {
	token, err := reader.Token()
	if err != nil {
		return errors.New("is not valid JSON")
	}
	switch v := token.(type) {
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return errors.New("has a number that is too large")
		}
	case json.Delim:
		if depth > maxJSONDepth {
			return fmt.Errorf("is nested more than %d levels deep", maxJSONDepth)
		}
		names := map[string]bool{}
		for reader.More() {
			if v == '{' {
				name, _ := reader.Token() // the text is valid JSON
				if names[name.(string)] {
					return errors.New("has the same name twice in one object")
				}
				names[name.(string)] = true
			}
			if err := walkJSON(reader, depth+1); err != nil {
				return err
			}
		}
		_, _ = reader.Token() // the end
	}
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

// scalar returns the text to store in a column that may hold a bare value. SQLite stores a bare number as a number and
// returns it in its own form, so numbers are written in that form to every database.
func (j JSON) scalar() string {
	trimmed := strings.Trim(j.text(), " \t\r\n")
	if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	n, err := strconv.ParseFloat(trimmed, 64)
	switch {
	case err != nil:
		return trimmed
	case n == math.Trunc(n) && math.Abs(n) < 1<<63:
		return strconv.FormatInt(int64(n), 10)
	default:
		return string(appendNumber(nil, n))
	}
}

// text returns the JSON to store; nil becomes null.
func (j JSON) text() string {
	if j == nil {
		return "null"
	}
	return string(j)
}
