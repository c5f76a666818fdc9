package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a token's JSON. Tokens that issuers make have 3 levels.
const maxDepth = 16

var errMalformed = errors.New("malformed JSON, a name that occurs twice in an object, or text that is not UTF-8")

// readObject reads a JSON object. Unlike package json it refuses a name that occurs twice in an object, because programs
// disagree about which value counts, and text that is not UTF-8.
func readObject(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) {
		return nil, errMalformed
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	value, err := readValue(decoder, maxDepth)
	if err != nil {
		return nil, errMalformed
	}
	object, isObject := value.(map[string]any)
	if _, err := decoder.Token(); !isObject || !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	return object, nil
}

func readValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	switch {
	case err != nil:
		return nil, err
	case depth == 0:
		return nil, errMalformed
	case token == json.Delim('{'):
		return readMembers(decoder, depth-1)
	case token == json.Delim('['):
		list := []any{}
		for decoder.More() {
			element, err := readValue(decoder, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		_, err = decoder.Token()
		return list, err
	default:
		return token, nil
	}
}

func readMembers(decoder *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, twice := object[name]; twice {
			return nil, errMalformed
		}
		if object[name], err = readValue(decoder, depth); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return object, err
}

// jwtParts are the header and the claims of a signed token (JWT) before its signature has been checked.
type jwtParts struct {
	header, claims map[string]any
}

var segmentEncoding = base64.RawURLEncoding.Strict()

// readJWT reads a token of the compact form, with three segments. It refuses what RFC 7515 has every reader refuse:
// a critical header that it does not know, which is any, because none is known.
func readJWT(token string) (parts jwtParts, err error) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return parts, errors.New("not three segments")
	}
	for i, into := range []*map[string]any{&parts.header, &parts.claims} {
		text, err := segmentEncoding.DecodeString(segments[i])
		if err != nil {
			return parts, errors.New("a segment is not URL-safe base64")
		}
		if *into, err = readObject(text); err != nil {
			return parts, err
		}
	}
	if _, isSet := parts.header["crit"]; isSet {
		return parts, errors.New("critical header")
	}
	if kid, isSet := parts.header["kid"]; isSet {
		if _, isText := kid.(string); !isText {
			return parts, errors.New("the key id is not a text")
		}
	}
	return parts, nil
}

// text is the claim with a name as a text; empty if it is another value.
func (p jwtParts) text(name string) string {
	text, _ := p.claims[name].(string)
	return text
}

// latestSecond is the end of the year 9999. Numbers above it are no times, and may not fit an integer.
const latestSecond = 253402300799

// second is the claim with a name as seconds since 1970.
func (p jwtParts) second(name string) (float64, bool) {
	number, isNumber := p.claims[name].(float64)
	return number, isNumber && number >= 0 && number <= latestSecond
}
