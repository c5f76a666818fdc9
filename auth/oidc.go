package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"

	"decnetgraph/storage"
)

// asymmetric are the algorithms of tokens of an OpenID Connect issuer. There is none among them that verifies with a secret,
// so a public key can never be taken for one.
var asymmetric = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// MaxClockSkew is the most that the clock of an issuer may differ from ours.
const MaxClockSkew = 5 * time.Minute

// OIDCSettings say whose tokens are valid and what their claims mean.
type OIDCSettings struct {
	Issuer   string // exactly as in the claim iss
	Audience string // one that the claim aud must hold
	// RoleClaim is the name of the claim with the user's groups or roles, a text or a list of texts; for one inside of
	// others, their names joined by dots.
	RoleClaim string
	NameClaim string // the claim with the user's name; sub is taken if a token has none
	Roles     []string
	ClockSkew time.Duration
	Now       func() time.Time
	Log       *slog.Logger
	Transport http.RoundTripper // nil for that of package http
}

// OIDC is the way in by tokens of an OpenID Connect issuer: ID tokens, and access tokens that are signed tokens.
type OIDC struct {
	settings OIDCSettings
	roles    []nameRole // the one that may do most first
	issuer   *issuer
}

// NewOIDC returns the way in for an issuer's tokens. It does not connect to the issuer. It fails with storage.ErrInvalid for
// settings that are incomplete or unsafe.
func NewOIDC(settings OIDCSettings) (*OIDC, error) {
	at, err := url.Parse(settings.Issuer)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return nil, storage.Invalid("the OIDC issuer %q is no URL such as https://login.example.org/realms/decnet", settings.Issuer)
	case at.Scheme == "http" && !isLoopbackName(at.Hostname()):
		return nil, storage.Invalid("the OIDC issuer %q would send its keys in clear text; give its https:// URL", settings.Issuer)
	case settings.Audience == "":
		return nil, storage.Invalid("without an audience, a token for any other program of the issuer would be valid here; name this one with --oidc-audience")
	case len(settings.Roles) == 0:
		return nil, storage.Invalid("no user of the OIDC issuer would have a role; give one or more with --oidc-role VALUE=ROLE")
	case settings.RoleClaim == "" || settings.NameClaim == "":
		return nil, storage.Invalid("the claims with the role and the name of a user must have names")
	case settings.ClockSkew < 0 || settings.ClockSkew > MaxClockSkew:
		return nil, storage.Invalid("the clock skew %s is not between 0s and %s", settings.ClockSkew, MaxClockSkew)
	}
	o := &OIDC{settings: settings, issuer: newIssuer(settings)}
	for _, text := range settings.Roles {
		value, role, err := ParseRoleRule(text)
		if err != nil {
			return nil, err
		}
		o.roles = append(o.roles, nameRole{value, role})
	}
	slices.SortStableFunc(o.roles, func(a, b nameRole) int { return rank(a.role) - rank(b.role) })
	return o, nil
}

// Connect learns the keys of the issuer, which otherwise the first token does.
func (o *OIDC) Connect(ctx context.Context) error { return o.issuer.connect(ctx) }

// verify verifies a token. Its claims are checked first, so that nothing but a token that claims to be valid has the issuer
// asked for keys.
func (o *OIDC) verify(ctx context.Context, token string, parts jwtParts) (*proof, error) {
	expires, err := o.checkClaims(parts)
	if err != nil {
		return nil, err
	}
	if err := o.issuer.verify(ctx, token); err != nil {
		return nil, err
	}
	name := parts.text(o.settings.NameClaim)
	if name == "" {
		name = parts.text("sub")
	}
	if !isName(name) {
		return nil, refused("an OIDC token: it names no user")
	}
	if verified, isSet := parts.claims["email_verified"]; o.settings.NameClaim == "email" && isSet && verified != true {
		return nil, refused("an OIDC token: the issuer has not verified its user's address")
	}
	p := &proof{principal: &Principal{Name: name, Way: ByOIDC, ExpiresAt: expires}}
	values := textsAt(parts.claims, o.settings.RoleClaim)
	for _, rule := range o.roles {
		if slices.Contains(values, rule.name) {
			p.principal.Role = rule.role
			return p, nil
		}
	}
	p.forbidden = &ForbiddenError{"your login is valid, but it gives you no role here"}
	return p, nil
}

// checkClaims checks what does not depend on the signature, by exact names, and returns when the token expires.
func (o *OIDC) checkClaims(parts jwtParts) (expires time.Time, err error) {
	now, skew := float64(o.settings.Now().UnixMilli())/1e3, o.settings.ClockSkew.Seconds()
	until, hasEnd := parts.second("exp")
	issued, hasIssued := parts.second("iat")
	from, hasStart := parts.second("nbf")
	_, nbf := parts.claims["nbf"]
	_, iat := parts.claims["iat"]
	switch {
	case parts.text("iss") != o.settings.Issuer:
		return expires, refused("an OIDC token: of another issuer")
	case !slices.Contains(textsAt(parts.claims, "aud"), o.settings.Audience):
		return expires, refused("an OIDC token: for another audience")
	case !hasEnd || nbf && !hasStart || iat && !hasIssued:
		return expires, refused("an OIDC token: exp, nbf or iat is no time")
	case until+skew <= now:
		return expires, refused("an OIDC token: expired")
	case nbf && from-skew > now:
		return expires, refused("an OIDC token: not yet valid")
	case iat && issued-skew > now:
		return expires, refused("an OIDC token: issued in the future")
	case !isLoginToken(parts):
		return expires, refused("an OIDC token: a token for another purpose, or bound to a key")
	}
	return time.Unix(int64(until), 0).UTC().Add(o.settings.ClockSkew), nil
}

// isLoginToken reports whether a token is an ID token or an access token that its bearer may use. Issuers sign others with
// the same key: those of a logout have events, and tokens that are bound to a key of the client have cnf.
func isLoginToken(parts jwtParts) bool {
	kind, _ := parts.header["typ"].(string)
	kind = strings.TrimPrefix(strings.ToLower(kind), "application/")
	_, isLogout := parts.claims["events"]
	_, isBound := parts.claims["cnf"]
	return slices.Contains([]string{"", "jwt", "at+jwt"}, kind) && !isLogout && !isBound
}

// textsAt returns the texts of a claim, a text or a list. path is the name of the claim, which may have dots, or else the
// names of objects that hold it, joined by dots.
func textsAt(claims map[string]any, path string) []string {
	value, isSet := claims[path]
	if first, rest, nested := strings.Cut(path, "."); !isSet && nested {
		inner, _ := claims[first].(map[string]any)
		return textsAt(inner, rest)
	}
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		texts := make([]string, 0, len(value))
		for _, element := range value {
			if text, isText := element.(string); isText {
				texts = append(texts, text)
			}
		}
		return texts
	default:
		return nil
	}
}

// isName reports whether a text may be a principal's name in logs and audits.
func isName(text string) bool {
	const longest = 255
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// errIssuer is the error of tokens that cannot be verified until the issuer answers.
var errIssuer = errors.New("the OIDC issuer does not answer")

func issuerFault(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errIssuer, fmt.Errorf(format, args...))
}
