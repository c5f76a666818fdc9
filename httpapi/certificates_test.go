package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// issued is a certificate with its key, both in PEM form too.
type issued struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem, keyPEM []byte
}

// issue makes a certificate for names, signed by an authority, or by itself if that is nil.
func issue(t *testing.T, by *issued, names ...string) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: strings.Join(names, " ")}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, key
	if by == nil {
		template.IsCA, template.KeyUsage = true, template.KeyUsage|x509.KeyUsageCertSign
	} else {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &issued{
		certificate, key,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
}

func (i *issued) pair(t *testing.T) tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(i.pem, i.keyPEM)
	require.NoError(t, err)
	return pair
}

func (i *issued) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(i.certificate)
	return pool
}

// encrypted is a server on TLS with the files that it reads.
type encrypted struct {
	files        CertificateFiles
	certificates *Certificates
	address      string
	log          *bytes.Buffer // may be read after Watch has returned
	seen         chan *tls.ConnectionState
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	fresh := path + ".new" // replaced at once, as certbot and cert-manager do
	require.NoError(t, os.WriteFile(fresh, content, 0o600))
	require.NoError(t, os.Rename(fresh, path))
}

func serveEncrypted(t *testing.T, own, clientCA *issued, handler http.Handler, p pace) *encrypted {
	t.Helper()
	folder := t.TempDir()
	s := &encrypted{
		files: CertificateFiles{Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")},
		log:   &bytes.Buffer{}, seen: make(chan *tls.ConnectionState, 100),
	}
	s.write(t, own)
	if clientCA != nil {
		s.files.ClientCA = filepath.Join(folder, "ca.pem")
		writeFile(t, s.files.ClientCA, clientCA.pem)
	}
	var err error
	s.certificates, err = LoadCertificates(s.files, slog.New(slog.NewTextHandler(s.log, nil)))
	require.NoError(t, err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Protocols: http1, ReadTimeout: p.period, ConnContext: withConnection, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		s.seen <- req.TLS
		handler.ServeHTTP(w, req)
	})
	wrapped := wrapConnections(listener, s.certificates.Config(), p)
	go func() { _ = server.Serve(wrapped) }()
	t.Cleanup(func() { _ = server.Close() })
	s.address = listener.Addr().String()
	return s
}

func (s *encrypted) write(t *testing.T, own *issued) {
	t.Helper()
	writeFile(t, s.files.Certificate, own.pem)
	writeFile(t, s.files.Key, own.keyPEM)
}

func (s *encrypted) dial(t *testing.T, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(bound)))
	return conn.(*tls.Conn), nil
}

// exchange sends a request on a connection and returns the body of the answer.
func exchange(t *testing.T, conn net.Conn, answers *bufio.Reader, request string) string {
	t.Helper()
	_, err := io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

const query = `{"query":"{a}"}`

func TestACertificateIsReplacedUnderOpenConnections(t *testing.T) {
	authority := issue(t, nil, "authority")
	first, second := issue(t, authority, "first.example"), issue(t, authority, "second.example")
	s := serveEncrypted(t, first, nil, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), patient)
	old, err := s.dial(t, &tls.Config{RootCAs: authority.pool(), ServerName: "first.example"})
	require.NoError(t, err)
	answers := bufio.NewReader(old)
	assert.Equal(t, `{"data":1}`, exchange(t, old, answers, posting(len(query))+query))
	assert.True(t, s.certificates.Names("first.example"))
	assert.False(t, s.certificates.Names("second.example"))

	s.write(t, second)
	require.NoError(t, s.certificates.Reload())
	assert.Equal(t, `{"data":1}`, exchange(t, old, answers, posting(len(query))+query), "the connection stays open")
	_, err = s.dial(t, &tls.Config{RootCAs: authority.pool(), ServerName: "first.example"})
	require.Error(t, err)
	_, err = s.dial(t, &tls.Config{RootCAs: authority.pool(), ServerName: "second.example"})
	require.NoError(t, err)
	assert.True(t, s.certificates.Names("second.example"))
}

func TestFilesThatAreNoPairLeaveTheFormerOnesInUse(t *testing.T) {
	own := issue(t, nil, "first.example")
	s := serveEncrypted(t, own, own, http.NotFoundHandler(), patient)
	for fact, spoil := range map[string]func(){
		"the key of another certificate": func() { writeFile(t, s.files.Key, issue(t, nil, "x").keyPEM) },
		"half of a certificate":          func() { writeFile(t, s.files.Certificate, own.pem[:len(own.pem)/2]) },
		"an empty file":                  func() { writeFile(t, s.files.Certificate, nil) },
		"no file":                        func() { require.NoError(t, os.Remove(s.files.Key)) },
		"no authority":                   func() { writeFile(t, s.files.ClientCA, []byte("x")) },
	} {
		t.Run(fact, func(t *testing.T) {
			s.write(t, own)
			writeFile(t, s.files.ClientCA, own.pem)
			require.NoError(t, s.certificates.Reload())
			spoil()
			err := s.certificates.Reload()
			require.ErrorIs(t, err, storage.ErrInvalid)
			assert.NotContains(t, err.Error(), "BEGIN")
			_, err = s.dial(t, &tls.Config{RootCAs: own.pool(), ServerName: "first.example"})
			require.NoError(t, err)
		})
	}
}

func TestChangedFilesAreNoticed(t *testing.T) {
	first, second := issue(t, nil, "first.example"), issue(t, nil, "second.example")
	s := serveEncrypted(t, first, nil, http.NotFoundHandler(), patient)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() {
		s.certificates.Watch(ctx, ticks)
		close(ended)
	}()
	ticks <- time.Time{} // nothing has changed
	ticks <- time.Time{} // the tick before has been dealt with
	writeFile(t, s.files.Certificate, second.pem)
	ticks <- time.Time{} // the key does not fit yet
	ticks <- time.Time{}
	ticks <- time.Time{}
	assert.True(t, s.certificates.Names("first.example"))
	writeFile(t, s.files.Key, second.keyPEM)
	ticks <- time.Time{}
	ticks <- time.Time{}
	assert.True(t, s.certificates.Names("second.example"))
	require.NoError(t, os.Remove(s.files.Key))
	ticks <- time.Time{}
	ticks <- time.Time{}
	assert.True(t, s.certificates.Names("second.example"))
	cancel()
	<-ended
	assert.Equal(t, 2, strings.Count(s.log.String(), "level=ERROR"), s.log)
	assert.Equal(t, 1, strings.Count(s.log.String(), "are in use"), s.log)
}

func TestClientCertificatesReachTheHandler(t *testing.T) {
	authority, other := issue(t, nil, "authority"), issue(t, nil, "other")
	server := issue(t, authority, "graph.example")
	s := serveEncrypted(t, server, authority, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), patient)
	ask := func(config *tls.Config) (*tls.ConnectionState, error) {
		config.RootCAs, config.ServerName = authority.pool(), "graph.example"
		conn, err := s.dial(t, config)
		if err != nil {
			return nil, err
		}
		if _, err = io.WriteString(conn, posting(len(query))+query); err != nil {
			return nil, err
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil { // TLS 1.3 refuses a certificate after the handshake of the client
			return nil, err
		}
		defer answer.Body.Close()
		return <-s.seen, nil
	}
	sessions := tls.NewLRUClientSessionCache(8)
	for range 3 {
		state, err := ask(&tls.Config{Certificates: []tls.Certificate{issue(t, authority, "robot").pair(t)}, ClientSessionCache: sessions})
		require.NoError(t, err)
		require.Len(t, state.VerifiedChains, 1)
		assert.Equal(t, "robot", state.VerifiedChains[0][0].Subject.CommonName)
		assert.False(t, state.DidResume, "a resumed session would keep an authority that is no longer trusted")
	}
	state, err := ask(&tls.Config{})
	require.NoError(t, err, "other ways to log in need no certificate")
	assert.Empty(t, state.VerifiedChains)
	_, err = ask(&tls.Config{Certificates: []tls.Certificate{issue(t, other, "robot").pair(t)}})
	require.NoError(t, err, "Go sends no certificate of an authority that the server does not name")
	_, err = ask(&tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair := issue(t, other, "robot").pair(t)
		return &pair, nil
	}})
	require.Error(t, err)
}

func TestOnlyTLS13AndHTTP1AreSpoken(t *testing.T) {
	own := issue(t, nil, "graph.example")
	s := serveEncrypted(t, own, nil, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), patient)
	_, err := s.dial(t, &tls.Config{RootCAs: own.pool(), ServerName: "graph.example", MaxVersion: tls.VersionTLS12})
	require.Error(t, err)
	_, err = s.dial(t, &tls.Config{RootCAs: own.pool(), ServerName: "graph.example", NextProtos: []string{"h2"}})
	require.Error(t, err)
	conn, err := s.dial(t, &tls.Config{RootCAs: own.pool(), ServerName: "graph.example", NextProtos: []string{"h2", "http/1.1"}})
	require.NoError(t, err)
	assert.Equal(t, "http/1.1", conn.ConnectionState().NegotiatedProtocol)
	plain := dial(t, s.address, "")
	assert.Contains(t, exchange(t, plain, bufio.NewReader(plain), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP request to an HTTPS server")
}

// TestAnswersOfEverySizeArriveUnderTLS: records of TLS are held back and sent together.
func TestAnswersOfEverySizeArriveUnderTLS(t *testing.T) {
	own := issue(t, nil, "graph.example")
	source := &changing{}
	s := serveEncrypted(t, own, nil, newHandler(source, resolvers.DefaultLimits), patient)
	conn, err := s.dial(t, &tls.Config{RootCAs: own.pool(), ServerName: "graph.example"})
	require.NoError(t, err)
	answers := bufio.NewReader(conn)
	for _, size := range []int{2, 100, 4_000, 4_096, 8_150, 8_192, 16_384, 65_000, 65_536, 70_000, 300_000, 3 << 20, 2} {
		for range 2 {
			data := []byte(`"` + strings.Repeat("a", size-2) + `"`)
			source.now.Store(&data)
			assert.Equal(t, fmt.Sprintf(`{"data":%s}`, data), exchange(t, conn, answers, posting(len(query))+query), "%d", size)
		}
	}
}

// TestSlowClientsAreCutOffUnderTLS: the guards of package httpapi see the connection below the encryption.
func TestSlowClientsAreCutOffUnderTLS(t *testing.T) {
	t.Parallel()
	own := issue(t, nil, "graph.example")
	trusting := &tls.Config{RootCAs: own.pool(), ServerName: "graph.example"}
	t.Run("half of a body", func(t *testing.T) {
		t.Parallel()
		s := serveEncrypted(t, own, nil, newHandler(&canned{data: []byte(`1`)}, resolvers.DefaultLimits), hurried)
		conn, err := s.dial(t, trusting)
		require.NoError(t, err)
		assert.Contains(t, exchange(t, conn, bufio.NewReader(conn), posting(100)+`{"query":`), `"code":"TIMEOUT"`)
	})
	t.Run("half of a handshake", func(t *testing.T) {
		t.Parallel()
		s := serveEncrypted(t, own, nil, http.NotFoundHandler(), hurried)
		_, err := io.Copy(io.Discard, dial(t, s.address, "\x16\x03\x01\x02\x00"))
		assert.True(t, err == nil || !isTimeout(err), "the connection is closed")
	})
	t.Run("an answer that is not read", func(t *testing.T) {
		t.Parallel()
		h := newHandler(&canned{data: incompressible(64 << 20)}, resolvers.DefaultLimits)
		returned := make(chan struct{})
		s := serveEncrypted(t, own, nil, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			h.ServeHTTP(w, req)
			close(returned)
		}), hurried)
		conn, err := s.dial(t, trusting)
		require.NoError(t, err)
		_, err = io.WriteString(conn, posting(len(query))+query)
		require.NoError(t, err)
		select {
		case <-returned:
		case <-time.After(bound):
			t.Fatal("the handler still writes")
		}
	})
	t.Run("an operation that takes longer", func(t *testing.T) {
		t.Parallel()
		executor := &slowly{canned{data: []byte(`1`)}, hurried.period * 3 / 2, make(chan bool, 1)}
		s := serveEncrypted(t, own, nil, newHandler(executor, resolvers.DefaultLimits), hurried)
		conn, err := s.dial(t, trusting)
		require.NoError(t, err)
		assert.Equal(t, `{"data":1}`, exchange(t, conn, bufio.NewReader(conn), posting(len(query))+query))
		assert.False(t, <-executor.cancelled)
	})
}
