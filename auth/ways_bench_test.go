package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

type oneUser struct{}

func (oneUser) UserOfToken(context.Context, string, string) (*storage.User, bool, error) {
	return &storage.User{ID: "u", Name: "one", Role: "viewer"}, false, nil
}

// BenchmarkKnownToken measures what a token adds to a request once it was verified.
func BenchmarkKnownToken(b *testing.B) {
	benchmarkToken(b, false)
}

// BenchmarkNewToken measures a verification, without the look-up in a database.
func BenchmarkNewToken(b *testing.B) {
	benchmarkToken(b, true)
}

func benchmarkToken(b *testing.B, forget bool) {
	b.Helper()
	const secret = "0123456789abcdef0123456789abcdef"
	decnet, err := NewDECNET(secret, oneUser{}, time.Now)
	require.NoError(b, err)
	ways := New(Config{DECNET: decnet, Address: func(*http.Request) netip.Addr { return netip.Addr{} }, Log: slog.New(slog.DiscardHandler)})
	b64, now := base64.RawURLEncoding.EncodeToString, time.Now().Unix()
	text := b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64(fmt.Appendf(nil,
		`{"uuid":"9c1b3f62-1f0e-4d7c-8a5e-0d9b6a3c2f11","jti":"0123456789abcdef0123456789abcdef","exp":%d,"iat":%d,"iss":"decnet","aud":"decnet-dashboard","typ":"access"}`, now+900, now))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", nil)
	req.Header.Set("Authorization", "Bearer "+text+"."+b64(mac.Sum(nil)))
	b.ReportAllocs()
	for b.Loop() {
		if forget {
			ways.Forget()
		}
		if _, err := ways.Authenticate(req); err != nil {
			b.Fatal(err)
		}
	}
}
