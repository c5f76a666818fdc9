package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// entityTag is the ETag of an answer. It is weak, because compression may still change the bytes. Attackers
// write part of what is answered, so the hash is one for which they cannot make collisions.
func entityTag(parts [2][]byte) string {
	hash := sha256.New()
	for _, part := range parts {
		_, _ = hash.Write(part)
	}
	return `W/"` + base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:16]) + `"`
}

// matchesTag reports whether the lines of an If-None-Match header list the tag, or "*", which matches any.
// The comparison is the weak one of RFC 9110: W/ makes no difference.
func matchesTag(lines []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range lines {
		const between = " \t,"
		rest := strings.Trim(line, between)
		if rest == "*" {
			return true
		}
		for rest != "" {
			rest = strings.TrimPrefix(rest, "W/")
			listed, after, ok := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
			if !ok || rest[0] != '"' {
				break // the line is not a list of tags from here on
			}
			if `"`+listed+`"` == opaque {
				return true
			}
			rest = strings.TrimLeft(after, between)
		}
	}
	return false
}
