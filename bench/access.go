package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"decnetgraph/bench/load"
)

// access compares our server with itself: without authentication, in clear text and without telemetry against an API token,
// against TLS and metrics, and against traces of the share of requests that is traced by default.
func (b *bench) access(ctx context.Context, d database) (err error) {
	token, revoke, err := b.token(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, revoke()) }()
	certificate, key, trust, err := b.certificate()
	if err != nil {
		return err
	}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
	}))
	defer collector.Close()
	server := func(port int, name string, tlsConfig *tls.Config, token string, flags ...string) starter {
		return func(ctx context.Context, url string) (*contestant, error) {
			return b.serveProgram(ctx, b.Server, load.Address{Host: b.host(port), TLS: tlsConfig, Token: token}, name, url, flags...)
		}
	}
	all, stop, err := startAll(ctx, d.url, b.startOurs,
		server(portToken, withToken, nil, token, "--api-tokens"),
		server(portTLS, withTLS, trust, "", "--tls-cert", certificate, "--tls-key", key, "--admin-listen", b.host(portAdmin)),
		server(portTracing, withTracing, nil, "", "--trace-endpoint", collector.URL+"/v1/traces"))
	if err != nil {
		return err
	}
	defer stop()
	return b.compareNested(ctx, d, all, 16)
}

// token makes an API token in a database of our own, and returns how to revoke it.
func (b *bench) token(ctx context.Context, url string) (token string, revoke func() error, err error) {
	name := fmt.Sprintf("bench-%d", os.Getpid())
	out, err := exec.CommandContext(ctx, b.Server, "token", "create", "--db", url, "--name", name, "--role", "VIEWER", "--expires", "1d").Output()
	if err != nil {
		return "", nil, fmt.Errorf("token create: %w", err)
	}
	return strings.TrimSpace(string(out)), func() error {
		return b.decnetGraph(context.WithoutCancel(ctx), "token", "revoke", "--db", url, name)
	}, nil
}

// certificate writes a certificate for loopback with its key, and returns the files and what a client needs to trust it.
func (b *bench) certificate() (certificate, key string, trust *tls.Config, err error) {
	made := httptest.NewTLSServer(http.NotFoundHandler())
	made.Close()
	private, err := x509.MarshalPKCS8PrivateKey(made.TLS.Certificates[0].PrivateKey)
	if err != nil {
		return "", "", nil, err
	}
	certificate, key = filepath.Join(b.Folder, "certificate.pem"), filepath.Join(b.Folder, "key.pem")
	pool := x509.NewCertPool()
	pool.AddCert(made.Certificate())
	host, _, _ := strings.Cut(b.host(portTLS), ":")
	return certificate, key, &tls.Config{RootCAs: pool, ServerName: host}, errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate().Raw}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}
