// Package auth decides who may use the server: it knows the ways in which a request proves who sent it, and the roles
// that this gives. What a role may do is written in the schema.
package auth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Role is what a principal may do. The schema says for each of its elements which roles may use it.
type Role string

// The roles. An administrator may do everything.
const (
	Viewer Role = "VIEWER" // reads the graph, without secrets
	Ingest Role = "INGEST" // writes what a detector finds, and reads only the answers to that
	Admin  Role = "ADMIN"
)

// Roles are all roles, the one that may do most first.
var Roles = []Role{Admin, Viewer, Ingest}

// Way is how a principal proved who it is.
type Way string

// The ways in.
const (
	ByNothing     Way = "NONE"        // the server runs on a loopback address without authentication
	ByDECNET      Way = "DECNET"      // a token of DECNET's own login
	ByToken       Way = "TOKEN"       // an API token of this server
	ByOIDC        Way = "OIDC"        // a token of an OpenID Connect issuer
	ByCertificate Way = "CERTIFICATE" // a client certificate
)

// Principal is who sent a request.
type Principal struct {
	// Name is for people, audits and logs: the name of a user, an API token or a certificate.
	Name string
	Way  Way
	Role Role
	// ExpiresAt is when the proof expires; zero if it does not.
	ExpiresAt time.Time
}

// Local is the principal of all requests where a server runs without authentication.
var Local = &Principal{Way: ByNothing, Role: Admin}

// Key distinguishes the principal from all others, of other ways in as well.
func (p *Principal) Key() string { return string(p.Way) + ":" + p.Name }

// ErrUnauthenticated is the error of every request that does not prove who sent it. It does not say why, so that nobody
// learns which tokens exist; the log does.
var ErrUnauthenticated = errors.New("could not validate credentials")

// Authenticator knows one or more ways in.
type Authenticator interface {
	// Authenticate returns who sent a request. Its error is ErrUnauthenticated, or another one if the proof could not be
	// checked, so that the same request may succeed later.
	Authenticate(req *http.Request) (*Principal, error)
}

// Everybody is the Authenticator of a server without authentication: it takes all requests for those of Local.
type Everybody struct{}

// Authenticate implements Authenticator.
func (Everybody) Authenticate(*http.Request) (*Principal, error) { return Local, nil }

type principalKey struct{}

// With returns a context for the requests of a principal.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal that With has set, or nil, which may do nothing.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}
