package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

const (
	// refusalTime is how long the refusal of a proof takes at least, so that its time does not tell the reason.
	refusalTime = 20 * time.Millisecond
	// verifyTimeout bounds a verification, which other requests with the same proof may wait for.
	verifyTimeout = 8 * time.Second
)

// Config has the ways in that are open; nil closes one.
type Config struct {
	DECNET       *DECNET
	Tokens       *Tokens
	OIDC         *OIDC
	Certificates *Certificates

	Address func(*http.Request) netip.Addr // the address of the client
	Now     func() time.Time               // nil means time.Now
	Log     *slog.Logger
}

// Ways is the Authenticator that knows all ways in.
//
// A bearer token decides if there is one, and a bad one never falls back to a certificate. The form of a token says which
// way it is for: API tokens by their prefix, and signed tokens by the algorithm, so that a secret verifies only DECNET's
// and a public key only those of the issuer. A verified proof counts for 10 seconds.
//
// Failures are counted by the client's address and by the public part of the token. After the tenth, an invalid proof is
// answered with TooManyFailuresError until some time has passed. A valid one is accepted always, because many clients may
// share an address, and one of them must not lock out the others. Guessing gains nothing by that: secrets have 256 bits. What it
// costs the database is bounded, see mostLookups.
type Ways struct {
	Config

	proofs    *proofs
	verifying singleflight.Group
	byAddress *failures[netip.Prefix]
	byToken   *failures[[sha256.Size]byte]
	lookups   *rate.Limiter
	counted   counts
}

// New returns the Authenticator for the ways of a Config.
func New(config Config) *Ways {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Ways{
		Config: config, proofs: newProofs(), byAddress: newFailures[netip.Prefix](), byToken: newFailures[[sha256.Size]byte](),
		lookups: rate.NewLimiter(mostLookups, mostLookups),
	}
}

// Counts are the outcomes of all requests since the server started.
func (w *Ways) Counts() []Count { return w.counted.list() }

// Forget has every proof verified again, for changes that take effect at once.
func (w *Ways) Forget() { w.proofs.forget() }

// Authenticate implements Authenticator. Further errors than ErrUnauthenticated are ForbiddenError and TooManyFailuresError;
// any other one is logged here, and means that the proof could not be checked.
func (w *Ways) Authenticate(req *http.Request) (*Principal, error) {
	began := time.Now()
	token, err := bearer(req)
	var found *proof
	way := ByNothing
	switch {
	case err != nil:
	case token == "":
		way = ByCertificate
		found, err = w.Certificates.verify(req.TLS)
	default:
		found, way, err = w.verified(req, token)
	}
	if found != nil && !found.admits(w.Address(req)) {
		found, err = nil, refused("the API token "+found.principal.Name+": used from a network that it is not for")
	}
	switch {
	case err != nil:
		return nil, w.failed(req, began, token, way, err)
	case found == nil:
		w.counted.add(ByNothing, Refused)
		return nil, ErrUnauthenticated
	case found.forbidden != nil:
		w.counted.add(way, Forbidden)
		return nil, *found.forbidden
	}
	w.counted.add(way, Accepted)
	if found.token != "" {
		w.Tokens.used(req.Context(), found.token)
	}
	return found.principal, nil
}

// verified returns the proof of a token, from memory if it was verified a short time ago.
func (w *Ways) verified(req *http.Request, token string) (found *proof, way Way, err error) {
	digest, now := digestOf(token), w.Now()
	found, hasCounted := w.proofs.get(digest, now)
	if found != nil {
		return found, found.principal.Way, nil
	}
	way, verify, err := w.wayOf(token)
	if err != nil {
		return nil, way, err
	}
	if way == ByToken && !hasCounted && w.byAddress.areTooMany(clientNetwork(w.Address(req)), now) && !w.lookups.AllowN(now, 1) {
		return nil, way, TooManyFailuresError{time.Second}
	}
	ctx := req.Context()
	done := w.verifying.DoChan(string(digest[:]), func() (any, error) { return w.remember(context.WithoutCancel(ctx), digest, verify) })
	select {
	case <-ctx.Done():
		return nil, way, ctx.Err()
	case result := <-done:
		found, _ = result.Val.(*proof)
		return found, way, result.Err
	}
}

// remember verifies a proof and remembers it if it is valid. It runs once for all requests that wait for the same proof, so it
// does not end with any of them. It recovers panics, because no request's goroutine would.
func (w *Ways) remember(ctx context.Context, digest [sha256.Size]byte, verify func(context.Context) (*proof, error)) (verified *proof, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			verified, err = nil, fmt.Errorf("panic: %v", fault)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	began := w.Now()
	verified, err = verify(ctx)
	switch {
	case err == nil:
		w.proofs.add(digest, verified, began)
	case errors.Is(err, ErrUnauthenticated):
		w.proofs.remove(digest)
	}
	return verified, err
}

// wayOf says which way in a token is for, and how it is verified.
func (w *Ways) wayOf(token string) (Way, func(context.Context) (*proof, error), error) {
	if isAPIToken(token) {
		if w.Tokens == nil {
			return ByToken, nil, refused("an API token, which are not accepted here")
		}
		return ByToken, func(ctx context.Context) (*proof, error) { return w.Tokens.verify(ctx, token) }, nil
	}
	parts, err := readJWT(token)
	if err != nil {
		return ByNothing, nil, refused("a bearer token: " + err.Error())
	}
	algorithm, _ := parts.header["alg"].(string)
	switch {
	case algorithm == decnetAlgorithm && w.DECNET != nil:
		return ByDECNET, func(ctx context.Context) (*proof, error) { return w.DECNET.verify(ctx, token, parts) }, nil
	case slices.Contains(asymmetric, algorithm) && w.OIDC != nil:
		return ByOIDC, func(ctx context.Context) (*proof, error) { return w.OIDC.verify(ctx, token, parts) }, nil
	default:
		return ByNothing, nil, refused("a signed token of an algorithm that is not accepted here")
	}
}

// failed counts and logs a failure, and returns the error for the client.
func (w *Ways) failed(req *http.Request, began time.Time, token string, way Way, err error) error {
	ctx, address, now := req.Context(), w.Address(req), w.Now()
	tooMany, isLimited := errors.AsType[TooManyFailuresError](err)
	reason, isRefused := errors.AsType[refused](err)
	if !isLimited && !isRefused {
		w.counted.add(way, Unavailable)
		if ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "cannot check who sent a request", "way", way, "client", address, "error", err)
		}
		return err
	}
	if !isLimited {
		tooMany.RetryAfter = w.byAddress.add(clientNetwork(address), now)
		if token != "" {
			tooMany.RetryAfter = max(tooMany.RetryAfter, w.byToken.add(publicPart(token), now))
		}
	}
	waitUntil(ctx, began.Add(refusalTime))
	if tooMany.RetryAfter > 0 {
		w.counted.add(way, Limited)
		return tooMany
	}
	w.counted.add(way, Refused)
	level, consequence := slog.LevelInfo, ""
	if w.byAddress.areTooMany(clientNetwork(address), now) {
		level, consequence = slog.LevelWarn, "; further failures of this address are answered with 429 for some time"
	}
	w.Log.Log(ctx, level, "refused a request"+consequence, "way", way, "client", address, "reason", string(reason))
	return ErrUnauthenticated
}

func waitUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
