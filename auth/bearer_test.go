package auth

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzBearer checks that a header is either refused or gives a token that no other reader would read otherwise, and that no
// text makes the readers of tokens fail.
func FuzzBearer(f *testing.F) {
	secret, _ := NewSecret()
	for _, seed := range []string{"", "Bearer", "Bearer ", "bearer  a.b.c", "BEARER x==", "Bearer x=y", "Basic eA==", "Bearer a, Bearer b", "Bearer\ta", "Bearer ä", secret, "Bearer " + secret, "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/graphql", nil)
		req.Header["Authorization"] = []string{line}
		token, err := bearer(req)
		if err != nil {
			require.ErrorIs(t, err, ErrUnauthenticated)
			assert.Empty(t, token)
			return
		}
		assert.True(t, strings.EqualFold(line[:len("Bearer ")], "Bearer "))
		assert.Equal(t, token, strings.TrimLeft(line[len("Bearer "):], " "))
		assert.NotContains(t, token, " ")
		assert.NotContains(t, token, ",")
		assert.LessOrEqual(t, len(token), maxToken)
		_, isSecret := ParseSecret(token)
		assert.Equal(t, isSecret, isSecret && isAPIToken(token))
		if parts, err := readJWT(token); err == nil {
			assert.NotContains(t, parts.header, "crit")
		}
	})
}

// FuzzObject checks that what is read as an object has no name twice, and that nothing else makes the reader fail.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":2}`, `{"a":{"b":[1,{"c":null}]}}`, `[1]`, `{"a":1}{}`, `{"a":1} x`, "{\"\xff\":1}", `{"a":1e999}`, strings.Repeat(`{"a":`, 40)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		object, err := readObject(text)
		if err == nil {
			assert.NotNil(t, object)
		}
	})
}

func TestSecretsThatAnAttackerWouldTryAreRefused(t *testing.T) {
	for _, secret := range []string{
		"", "short", "changeme", "ADMIN", "fallback-secret-key-change-me", "Fallback-Secret-Key-Change-Me", strings.Repeat("x", 31), strings.Repeat("ab", 40), strings.Repeat(" ", 32),
		"a-string-secret-at-least-256-bits-long", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "ä" + strings.Repeat("äöü", 10),
	} {
		_, err := NewDECNET(secret, nil, nil)
		if assert.Error(t, err, secret) && secret != "" {
			assert.Contains(t, err.Error(), "openssl rand -hex 32")
			assert.NotContains(t, err.Error(), secret)
		}
	}
	d, err := NewDECNET("0123456789abcdef0123456789abcdef", nil, nil)
	require.NoError(t, err)
	require.Error(t, d.ReplaceSecret("secret"))
	assert.Equal(t, "0123456789abcdef0123456789abcdef", string(*d.secret.Load()), "a bad one replaces nothing")
}
