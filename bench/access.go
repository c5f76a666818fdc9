package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

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
	endpoint, stopCollector, err := b.collector(ctx)
	if err != nil {
		return err
	}
	defer stopCollector()
	server := func(port int, name string, tlsConfig *tls.Config, token string, flags ...string) starter {
		return func(ctx context.Context, url string) (*contestant, error) {
			return b.serveProgram(ctx, b.Server, load.Address{Host: b.host(port), TLS: tlsConfig, Token: token}, name, url, flags...)
		}
	}
	all, stop, err := startAll(ctx, d.url, b.startOurs,
		server(portToken, withToken, nil, token, "--api-tokens"),
		server(portTLS, withTLS, trust, "", "--tls-cert", certificate, "--tls-key", key, "--admin-listen", b.host(portAdmin)),
		server(portTracing, withTracing, nil, "", "--trace-endpoint", endpoint))
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

// collector takes traces and forgets them.
func (b *bench) collector(ctx context.Context) (endpoint string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", b.host(portCollector))
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
	})}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/v1/traces", func() { _ = server.Close() }, nil
}

// certificate writes a certificate for loopback with its key, and returns the files and what a client needs to trust it.
func (b *bench) certificate() (certificate, key string, trust *tls.Config, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", nil, err
	}
	loopback := net.IPv4(127, 0, 0, 1)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, IPAddresses: []net.IP{loopback},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 1),
	}
	made, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		return "", "", nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", nil, err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	certificate, key = filepath.Join(b.Folder, "certificate.pem"), filepath.Join(b.Folder, "key.pem")
	return certificate, key, &tls.Config{RootCAs: pool, ServerName: loopback.String(), MinVersion: tls.VersionTLS13}, errors.Join(
		os.WriteFile(certificate, public, 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}
