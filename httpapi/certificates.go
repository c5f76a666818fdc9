package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"decnetgraph/storage"
)

// CertificateFiles are the PEM files that TLS is configured with.
type CertificateFiles struct {
	Certificate string // with the chain that clients need
	Key         string
	ClientCA    string // authorities of client certificates; empty if none are asked for
}

// Certificates are the contents of CertificateFiles. They can be read again while connections are served: a new handshake
// gets the new certificate, and connections that are open stay so.
type Certificates struct {
	files CertificateFiles
	log   *slog.Logger

	mu     sync.Mutex // of reading
	last   [3][]byte  // contents that were tried last
	config atomic.Pointer[tls.Config]
}

// LoadCertificates reads the files. Its error is storage.ErrInvalid and names the file that must change.
func LoadCertificates(files CertificateFiles, log *slog.Logger) (*Certificates, error) {
	c := &Certificates{files: files, log: log}
	return c, c.Reload()
}

// Reload reads the files again. If they are no valid pair, its error is storage.ErrInvalid and says why, and the former
// contents stay in use.
func (c *Certificates) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	contents, err := c.files.read()
	if err != nil {
		return err
	}
	return c.use(contents)
}

// Watch reads the files at each tick and uses them if they have changed, as certbot and cert-manager change them. It logs
// an error once for contents that cannot be used. It returns when ctx ends.
func (c *Certificates) Watch(ctx context.Context, ticks <-chan time.Time) {
	unreadable := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		changed, err := c.reloadIfChanged()
		switch {
		case err == nil:
			unreadable = ""
		case err.Error() != unreadable:
			unreadable = err.Error()
			c.log.ErrorContext(ctx, "the TLS files have changed and cannot be used; the former ones stay in use", "cause", err)
		}
		if changed && err == nil {
			c.log.InfoContext(ctx, "the TLS files have changed and are in use", "certificate", c.files.Certificate, "expires", c.Leaf().NotAfter)
		}
	}
}

func (c *Certificates) reloadIfChanged() (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	contents, err := c.files.read()
	if err != nil {
		return false, err
	}
	for i, content := range contents {
		changed = changed || !bytes.Equal(content, c.last[i])
	}
	if !changed {
		return false, nil
	}
	return true, c.use(contents)
}

// read reads the files: certificate, key and authorities.
func (f CertificateFiles) read() (contents [3][]byte, err error) {
	for i, path := range []string{f.Certificate, f.Key, f.ClientCA} {
		if path == "" {
			continue
		}
		if contents[i], err = os.ReadFile(path); err != nil { //nolint:gosec // the operator names it
			return contents, storage.Invalid("cannot read a TLS file: %v", err)
		}
	}
	return contents, nil
}

// use makes the contents those of further handshakes.
func (c *Certificates) use(contents [3][]byte) error {
	c.last = contents
	pair, err := tls.X509KeyPair(contents[0], contents[1])
	if err != nil {
		return storage.Invalid("%s and %s are no certificate with its key: %v", c.files.Certificate, c.files.Key, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{pair}}
	if c.files.ClientCA != "" {
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(contents[2]) {
			return storage.Invalid("%s has no certificate in PEM form; name the authorities of client certificates", c.files.ClientCA)
		}
		config.ClientAuth = tls.VerifyClientCertIfGiven
		config.SessionTicketsDisabled = true // a resumed session would skip the check against the present authorities
	}
	c.config.Store(config)
	return nil
}

// Config is the configuration of a server that uses the files as they were read last.
func (c *Certificates) Config() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: c.files.ClientCA != "",
		GetConfigForClient:     func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.config.Load(), nil },
	}
}

// Leaf is the certificate of the server itself.
func (c *Certificates) Leaf() *x509.Certificate { return c.config.Load().Certificates[0].Leaf }

// Names reports whether the certificate is one for a host name or address.
func (c *Certificates) Names(host string) bool { return c.Leaf().VerifyHostname(host) == nil }

// Verify returns an error if the certificate is not valid at an instant.
func (c *Certificates) Verify(at time.Time) error {
	switch leaf := c.Leaf(); {
	case at.After(leaf.NotAfter):
		return fmt.Errorf("the certificate in %s expired at %s; clients will refuse it", c.files.Certificate, leaf.NotAfter.UTC().Format(time.RFC3339))
	case at.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate in %s is valid from %s on; clients refuse it until then", c.files.Certificate, leaf.NotBefore.UTC().Format(time.RFC3339))
	case len(leaf.DNSNames)+len(leaf.IPAddresses) == 0:
		return errors.New("the certificate in " + c.files.Certificate + " names no host (subjectAltName); clients will refuse it")
	}
	return nil
}
