package auth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	issuerTimeout = 5 * time.Second
	// mostAsked is how often an issuer is asked at most, whatever its answer was: a token with an unknown key has its keys
	// fetched again, and anybody can make one up.
	mostAsked = 5 * time.Second
	// keysAge is how long keys count until they are fetched again, so that a withdrawn one does not stay valid. If the
	// issuer does not answer then, they count until keysAgeWithout.
	keysAge        = 15 * time.Minute
	keysAgeWithout = 6 * time.Hour
	mostIssuerSays = 1 << 20 // bytes
)

// issuer verifies signatures with the keys of an OpenID Connect issuer. It finds them when they are first needed, and again
// after a failure, so that an issuer that does not answer needs no restart.
type issuer struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	keys *agingKeys // nil until the issuer has answered
}

func newIssuer(settings OIDCSettings) *issuer {
	asked := &sparingly{next: settings.Transport, now: settings.Now, answers: map[string]heldAnswer{}}
	if asked.next == nil {
		asked.next = http.DefaultTransport
	}
	return &issuer{url: settings.Issuer, now: settings.Now, client: &http.Client{Transport: asked, Timeout: issuerTimeout}}
}

// connect finds where the issuer has its keys.
func (i *issuer) connect(ctx context.Context) error {
	_, err := i.current(ctx)
	return err
}

// current returns the keys, of which it finds the URL first.
func (i *issuer) current(ctx context.Context) (*agingKeys, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.keys != nil {
		return i.keys, nil
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), i.client), issuerTimeout)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, i.url)
	if err != nil {
		return nil, issuerFault("%w", err)
	}
	var found struct {
		URL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&found); err != nil || found.URL == "" {
		return nil, issuerFault("it does not say where its keys are")
	}
	if strings.HasPrefix(i.url, "https:") && !strings.HasPrefix(found.URL, "https:") {
		return nil, issuerFault("it has its keys in clear text at %s", found.URL)
	}
	i.keys = &agingKeys{url: found.URL, client: i.client, now: i.now}
	return i.keys, nil
}

// verify checks the signature of a token, and by go-oidc its issuer once more. The other claims are checked already, by
// exact names and with the clock skew.
func (i *issuer) verify(ctx context.Context, token string) error {
	keys, err := i.current(ctx)
	if err != nil {
		return err
	}
	watched := &watchedKeys{keys: keys}
	_, err = oidc.NewVerifier(i.url, watched, &oidc.Config{
		SupportedSigningAlgs: asymmetric, SkipClientIDCheck: true, SkipExpiryCheck: true,
	}).Verify(ctx, token)
	switch {
	case watched.fault != nil:
		return watched.fault
	case err != nil:
		return refused("an OIDC token: the signature is wrong, or its key is none of the issuer's")
	}
	return nil
}

// watchedKeys remembers that keys could not be fetched, which the verifier's error does not say.
type watchedKeys struct {
	keys  oidc.KeySet
	fault error
}

// VerifySignature implements oidc.KeySet.
func (w *watchedKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, token)
	if err != nil && (errors.Is(err, errIssuer) || ctx.Err() != nil) {
		w.fault = issuerFault("%w", err)
	}
	return payload, err
}

// agingKeys are the keys of an issuer, fetched again from time to time.
type agingKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	known *oidc.RemoteKeySet // nil until a token was verified
	since time.Time          // when known was made
}

// VerifySignature implements oidc.KeySet. Known keys that are due to be fetched again are replaced by the first token that
// new ones verify.
func (k *agingKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	k.mu.Lock()
	known, age := k.known, k.now().Sub(k.since)
	k.mu.Unlock()
	if known != nil && age < keysAge {
		return known.VerifySignature(ctx, token)
	}
	fresh := oidc.NewRemoteKeySet(oidc.ClientContext(ctx, k.client), k.url)
	payload, err := fresh.VerifySignature(ctx, token)
	if err == nil {
		k.mu.Lock()
		k.known, k.since = fresh, k.now()
		k.mu.Unlock()
	}
	if errors.Is(err, errIssuer) && known != nil && age < keysAgeWithout {
		return known.VerifySignature(ctx, token)
	}
	return payload, err
}

// sparingly sends requests to an issuer, each URL at most once in mostAsked; in between it repeats the answer. Each answer
// that cannot be used is errIssuer; redirections are among them, because they could lead anywhere.
type sparingly struct {
	next http.RoundTripper
	now  func() time.Time

	mu      sync.Mutex
	answers map[string]heldAnswer
}

type heldAnswer struct {
	at   time.Time
	body []byte
	err  error
}

// RoundTrip implements http.RoundTripper.
func (s *sparingly) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock() // others would send the same request
	held, known := s.answers[req.URL.String()]
	if !known || s.now().Sub(held.at) >= mostAsked {
		body, err := s.send(req)
		held = heldAnswer{s.now(), body, err}
		s.answers[req.URL.String()] = held // for two URLs
	}
	if held.err != nil {
		return nil, held.err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: req.Proto, ProtoMajor: req.ProtoMajor, ProtoMinor: req.ProtoMinor, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(held.body)), ContentLength: int64(len(held.body)),
	}, nil
}

func (s *sparingly) send(req *http.Request) ([]byte, error) {
	response, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, issuerFault("%w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostIssuerSays+1))
	switch {
	case err != nil:
		return nil, issuerFault("%w", err)
	case response.StatusCode != http.StatusOK:
		return nil, issuerFault("status %s", response.Status)
	case len(body) > mostIssuerSays:
		return nil, issuerFault("its answer has more than %d bytes", mostIssuerSays)
	}
	if _, err := readObject(body); err != nil {
		return nil, issuerFault("its answer is no JSON object: %w", err)
	}
	return body, nil
}

// isLoopbackName reports whether a host is this machine.
func isLoopbackName(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}
