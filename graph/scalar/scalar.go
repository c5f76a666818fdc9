// Package scalar reads and writes the schema's scalars. Reading is strict: what a scalar cannot be is
// refused with a message for the person who wrote it.
package scalar

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/attack"
	"decnetgraph/storage"
)

var uuidForm = regexp.MustCompile(`^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$`)

// MarshalUUID writes a key as stored.
func MarshalUUID(uuid string) graphql.Marshaler { return graphql.MarshalString(uuid) }

// UnmarshalUUID reads 32 hexadecimal digits with or without hyphens.
func UnmarshalUUID(value any) (string, error) {
	return matching(value, "a UUID: 32 hexadecimal digits, with or without hyphens", uuidForm.MatchString)
}

// MarshalTechniqueID writes a number as stored.
func MarshalTechniqueID(id string) graphql.Marshaler { return graphql.MarshalString(id) }

// UnmarshalTechniqueID reads T and four digits, or those, a point and three digits.
func UnmarshalTechniqueID(value any) (string, error) {
	return matching(value, "an ATT&CK technique number such as T1110 or T1110.001", attack.ValidTechniqueID)
}

// MarshalIPAddress writes an address as stored.
func MarshalIPAddress(ip string) graphql.Marshaler { return graphql.MarshalString(ip) }

// UnmarshalIPAddress reads an IPv4 or IPv6 address in any of its spellings.
func UnmarshalIPAddress(value any) (string, error) {
	return matching(value, "an IPv4 or IPv6 address", func(content string) bool {
		_, err := netip.ParseAddr(content)
		return err == nil
	})
}

func matching(value any, wanted string, matches func(string) bool) (string, error) {
	content, ok := value.(string)
	if !ok || !matches(content) {
		return "", storage.Invalid("%s is not %s", shown(value), wanted)
	}
	return content, nil
}

// shown quotes what a person wrote, but not all of it.
func shown(value any) string {
	const limit = 60
	content, ok := value.(string)
	if !ok {
		return "the value"
	}
	if len(content) > limit {
		content = strings.ToValidUTF8(content[:limit], "") + "…"
	}
	return strconv.Quote(content)
}

// MarshalDateTime writes RFC 3339 in UTC, with microseconds if there are any.
func MarshalDateTime(at time.Time) graphql.Marshaler {
	layout := "2006-01-02T15:04:05.000000Z"
	if at.Nanosecond() == 0 {
		layout = "2006-01-02T15:04:05Z"
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, at.UTC().Format(`"`+layout+`"`)) })
}

// UnmarshalDateTime reads RFC 3339 with a zone.
func UnmarshalDateTime(value any) (time.Time, error) {
	content, _ := value.(string)
	at, err := time.Parse(time.RFC3339Nano, content)
	if err != nil {
		return time.Time{}, storage.Invalid("%s is not an RFC 3339 instant such as 2026-05-01T07:21:37Z", shown(value))
	}
	return at.UTC(), nil
}

// MarshalFloat writes a number without an exponent where JSON's own style has none.
func MarshalFloat(n float64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		digits, err := json.Marshal(n)
		if err != nil { // an infinity, which storage lets nobody have
			digits = []byte("null")
		}
		_, _ = w.Write(digits)
	})
}

// UnmarshalFloat reads a finite number.
func UnmarshalFloat(value any) (float64, error) {
	n, err := graphql.UnmarshalFloat(value)
	if _, isText := value.(string); err != nil || isText || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, storage.Invalid("%s is not a number", shown(value))
	}
	return n, nil
}

// MarshalJSON writes JSON text as it is; what was not JSON is null.
func MarshalJSON(content storage.JSON) graphql.Marshaler {
	if content == nil {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(content) })
}

// UnmarshalJSON reads any JSON value.
func UnmarshalJSON(value any) (storage.JSON, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return nil, storage.Invalid("the value is not JSON")
	}
	return content, nil
}

// MarshalID writes a reference as an opaque text.
func MarshalID(ref storage.Ref) graphql.Marshaler {
	return graphql.MarshalString(base64.RawURLEncoding.EncodeToString([]byte(string(ref.Kind) + ":" + ref.Key)))
}

// UnmarshalID reads what MarshalID wrote.
func UnmarshalID(value any) (storage.Ref, error) {
	content, _ := value.(string)
	decoded, err := base64.RawURLEncoding.DecodeString(content)
	kind, key, found := strings.Cut(string(decoded), ":")
	if err != nil || !found || kind == "" {
		return storage.Ref{}, storage.Invalid("%s is not an id that this server gave out", shown(value))
	}
	return storage.Ref{Kind: storage.Kind(kind), Key: key}, nil
}

// MarshalInt writes an integer.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads an integer of 32 bits.
func UnmarshalInt(value any) (int, error) {
	n, err := graphql.UnmarshalInt64(value)
	if _, isText := value.(string); err != nil || isText || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, storage.Invalid("the value is not an integer of 32 bits")
	}
	return int(n), nil
}
