package auth

import (
	"net/http"
	"strings"
)

// maxToken is the length of the longest token. Those of issuers that list hundreds of groups have about 10,000 characters.
const maxToken = 16 << 10

// bearer returns the token of a request's Authorization header, as RFC 6750 defines it; empty if there is no such header.
// It refuses any other header of that name, and tokens in the URL, which browsers remember and proxies log.
func bearer(req *http.Request) (token string, err error) {
	if strings.Contains(req.URL.RawQuery, "token=") {
		if query := req.URL.Query(); query.Has("token") || query.Has("access_token") {
			return "", refused("a token in the URL")
		}
	}
	lines := req.Header["Authorization"]
	switch {
	case len(lines) == 0:
		return "", nil
	case len(lines) > 1:
		return "", refused("several Authorization headers")
	case len(lines[0]) > maxToken:
		return "", refused("an Authorization header that is too long")
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || !isBearerToken(token) {
		return "", refused("an Authorization header without a bearer token")
	}
	return token, nil
}

// isBearerToken reports whether a text has only the characters of a bearer token, of which "=" is at the end.
func isBearerToken(text string) bool {
	text = strings.TrimRight(text, "=")
	for i := range len(text) {
		c := text[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !isLetter && (c < '0' || c > '9') && strings.IndexByte("-._~+/", c) < 0 {
			return false
		}
	}
	return text != ""
}
