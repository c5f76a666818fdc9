package auth

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// Certificates is the way in by client certificates. That a certificate is signed by the operator's authority is checked
// when the connection is made; here its name gets a role.
type Certificates struct {
	rules []nameRole
	now   func() time.Time
}

type nameRole struct {
	name string
	role Role
}

// NewCertificates returns the way in for names with roles, each as NAME=ROLE. It fails with storage.ErrInvalid for a
// malformed one.
//
// The name of a certificate is one of its URIs, or of its DNS names, or, if it has neither, its common name. The common name
// of a certificate with other names is ignored, because authorities check those more carefully.
func NewCertificates(rules []string, now func() time.Time) (*Certificates, error) {
	c := &Certificates{now: now}
	for _, text := range rules {
		name, role, err := ParseRoleRule(text)
		if err != nil {
			return nil, err
		}
		c.rules = append(c.rules, nameRole{name, role})
	}
	slices.SortStableFunc(c.rules, func(a, b nameRole) int { return rank(a.role) - rank(b.role) })
	return c, nil
}

// rank orders roles by what they may do, the most first.
func rank(role Role) int { return slices.Index(Roles, role) }

// ParseRoleRule reads VALUE=ROLE. The value may contain "=".
func ParseRoleRule(text string) (value string, role Role, err error) {
	cut := strings.LastIndexByte(text, '=')
	if cut <= 0 {
		return "", "", storage.Invalid("%q is not of the form VALUE=ROLE, such as alice=VIEWER", text)
	}
	role = Role(strings.ToUpper(text[cut+1:]))
	if rank(role) < 0 {
		return "", "", storage.Invalid("%q names the role %q; the roles are ADMIN, VIEWER and INGEST", text, text[cut+1:])
	}
	return text[:cut], role, nil
}

// verify returns the principal of a connection, or nil if the client has shown no certificate. Of several names that have
// a role, the one counts whose role may do the most.
func (c *Certificates) verify(state *tls.ConnectionState) (*proof, error) {
	if c == nil || state == nil || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
		return nil, nil //nolint:nilnil // no certificate is no fault
	}
	certificate := state.VerifiedChains[0][0]
	if now := c.now(); now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) { // the connection may be old
		return nil, refused("a client certificate: expired, or not yet valid")
	}
	names := namesOf(certificate)
	p := &proof{principal: &Principal{Way: ByCertificate, ExpiresAt: certificate.NotAfter}}
	for _, rule := range c.rules {
		if slices.ContainsFunc(names, func(name certificateName) bool { return name.is(rule.name) }) {
			p.principal.Name, p.principal.Role = rule.name, rule.role
			return p, nil
		}
	}
	p.forbidden = &ForbiddenError{"your certificate is valid, but no role is given to its name"}
	return p, nil
}

// certificateName is a name of a certificate. DNS names are the same in capitals.
type certificateName struct {
	text  string
	isDNS bool
}

func (n certificateName) is(name string) bool {
	return n.text == name || n.isDNS && strings.EqualFold(n.text, name)
}

func namesOf(certificate *x509.Certificate) []certificateName {
	var names []certificateName
	for _, uri := range certificate.URIs {
		names = append(names, certificateName{text: uri.String()})
	}
	for _, name := range certificate.DNSNames {
		names = append(names, certificateName{text: name, isDNS: true})
	}
	if len(names) == 0 && certificate.Subject.CommonName != "" {
		names = append(names, certificateName{text: certificate.Subject.CommonName})
	}
	return names
}
