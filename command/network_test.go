package command

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// tlsFiles writes a certificate for example.com and 127.0.0.1 with its key.
func tlsFiles(t *testing.T) (certificate, key string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certificate, key
}

func TestUnsafeAddressesAreRefused(t *testing.T) {
	certificate, key := tlsFiles(t)
	both := func(f networkFlags) networkFlags {
		f.TLSCert, f.TLSKey = certificate, key
		return f
	}
	on := func(addresses ...string) networkFlags { return networkFlags{Listen: addresses, SocketMode: "0600"} }
	with := func(f networkFlags, change func(*networkFlags)) networkFlags {
		change(&f)
		return f
	}
	proxied := func(f networkFlags, networks ...string) networkFlags {
		f.BehindProxy, f.TrustedProxy = true, networks
		return f
	}
	for _, c := range []struct {
		fact          string
		flags         networkFlags
		authenticated bool
		says          string // part of the problem; empty if there is none
	}{
		{"loopback", on("127.0.0.1:8080"), false, ""},
		{"loopback of IPv6", on("[::1]:8080"), false, ""},
		{"another loopback address", on("127.9.9.9:0"), false, ""},
		{"localhost", on("localhost:8080"), false, ""},
		{"a socket of the owner", on("unix:/run/x.sock"), false, ""},
		{"a socket of a group", with(on("unix:/run/x.sock"), func(f *networkFlags) { f.SocketMode = "660" }), false, ""},
		{"a socket of everybody", with(on("unix:/run/x.sock"), func(f *networkFlags) { f.SocketMode = "0666" }), false, "--socket-mode 0600"},
		{"a socket that everybody may write", with(on("unix:/run/x.sock"), func(f *networkFlags) { f.SocketMode = "0602" }), false, "--socket-mode 0600"},
		{"a socket of everybody with logins", with(on("unix:/run/x.sock"), func(f *networkFlags) { f.SocketMode = "0666" }), true, ""},

		{"all addresses", on(":8080"), false, "without authentication"},
		{"all addresses of IPv4", on("0.0.0.0:8080"), false, "without authentication"},
		{"all addresses of IPv6", on("[::]:8080"), false, "without authentication"},
		{"an address of IPv4 inside of IPv6", on("[::ffff:192.0.2.1]:8080"), false, "without authentication"},
		{"loopback as IPv4 inside of IPv6", on("[::ffff:127.0.0.1]:8080"), false, ""},
		{"an address", on("192.0.2.1:8080"), false, "without authentication"},
		{"a name", on("graph.example.org:8080"), false, "without authentication"},
		{"a name like a loopback name", on("localhost.example.org:8080"), false, "without authentication"},
		{"the second address", on("127.0.0.1:8080", "0.0.0.0:8081"), false, "0.0.0.0:8081"},
		{"all addresses with TLS", both(on(":8443")), false, "without authentication"},
		{"a proxy without logins", proxied(on("127.0.0.1:8080")), false, "without authentication"},
		{"a proxy on a socket without logins", proxied(on("unix:/run/x.sock")), false, "without authentication"},

		{"clear text", on(":8080"), true, "--tls-cert and --tls-key, or --behind-proxy"},
		{"clear text on the second address", on("127.0.0.1:1", "192.0.2.1:80"), true, "192.0.2.1:80 in clear text"},
		{"clear text for headers of proxies alone", with(on(":8080"), func(f *networkFlags) { f.TrustedProxy = []string{"10.0.0.1"} }), true, "in clear text"},
		{"TLS", both(on(":8443")), true, ""},
		{"a proxy", proxied(on(":8080"), "10.0.0.1"), true, ""},
		{"a proxy that nobody names", proxied(on(":8080")), true, "--trusted-proxy"},
		{"a proxy on this machine", proxied(on("127.0.0.1:8080", "unix:/run/x.sock")), true, ""},
		{"everybody is a proxy", proxied(on(":8080"), "0.0.0.0/0"), true, "anybody could forge"},

		{"no address", on(), true, "--listen"},
		{"no port", on("127.0.0.1"), true, "not an address"},
		{"a port by name", on("127.0.0.1:http"), true, "port"},
		{"a port beyond all", on("127.0.0.1:65536"), true, "port"},
		{"a relative socket", on("unix:x.sock"), true, "absolute path"},
		{"a socket with a long path", on("unix:/" + strings.Repeat("x", 100)), true, "shorter"},
		{"a mode that is none", with(on("127.0.0.1:1"), func(f *networkFlags) { f.SocketMode = "rw" }), true, "octal"},
		{"a mode that nobody may write", with(on("127.0.0.1:1"), func(f *networkFlags) { f.SocketMode = "0400" }), true, "octal"},
		{"a certificate without a key", with(on("127.0.0.1:1"), func(f *networkFlags) { f.TLSCert = certificate }), true, "--tls-key"},
		{"an authority without a certificate", with(on("127.0.0.1:1"), func(f *networkFlags) { f.TLSClientCA = certificate }), true, "--tls-cert"},
		{"a certificate that is none", with(both(on("127.0.0.1:1")), func(f *networkFlags) { f.TLSCert = key }), true, key},
		{"a certificate that is missing", with(both(on("127.0.0.1:1")), func(f *networkFlags) { f.TLSCert = "/none.pem" }), true, "/none.pem"},
		{"an authority that is none", with(both(on("127.0.0.1:1")), func(f *networkFlags) { f.TLSClientCA = key }), true, "authorities"},
		{"a base path without a slash", with(on("127.0.0.1:1"), func(f *networkFlags) { f.BasePath = "x" }), true, "slash"},
		{"any origin", with(on("127.0.0.1:1"), func(f *networkFlags) { f.CORSOrigin = []string{"*"} }), true, "single site"},
		{"a negative time of HSTS", with(on("127.0.0.1:1"), func(f *networkFlags) { f.HSTS = -1 }), true, "--hsts"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			_, problems := c.flags.read(c.authenticated, slog.New(slog.DiscardHandler))
			if c.says == "" {
				assert.Empty(t, problems)
				return
			}
			require.NotEmpty(t, problems)
			require.ErrorIs(t, problems[0], storage.ErrInvalid)
			require.ErrorContains(t, problems[0], c.says)
			assert.NotContains(t, problems[0].Error(), "\n")
		})
	}
}

// serving is a server that was started with flags of the network.
type serving struct {
	log     *sharedLog
	out     *sharedLog
	hangups chan os.Signal
	stop    func() int
}

// serve starts a server and waits until it serves.
func serve(t *testing.T, args ...string) serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := serving{log: &sharedLog{}, out: &sharedLog{}, hangups: make(chan os.Signal)}
	streams := Streams{Out: s.out, Err: s.log, Hangups: func() <-chan os.Signal { return s.hangups }}
	exit := make(chan int, 1)
	go func() { exit <- Main(ctx, append([]string{"serve"}, args...), streams) }()
	s.stop = func() int {
		cancel()
		code := <-exit
		exit <- code
		return code
	}
	t.Cleanup(func() { s.stop() })
	s.out.await(t, "Stop with Ctrl-C")
	return s
}

// overSocket is a client of a server on a unix socket.
func overSocket(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
}

func TestSocketsHaveTheirPermissionsAndAreRemoved(t *testing.T) {
	db, folder := sampleFile(t), t.TempDir()
	path := filepath.Join(folder, "graph.sock")
	s := serve(t, "--db", db, "--listen", "unix:"+path, "--socket-mode", "0660")
	assert.Contains(t, s.out.String(), "unix:"+path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o660), info.Mode().Perm())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/graphql", strings.NewReader(`{"query":"{__typename}"}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := overSocket(path).Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusOK, answer.StatusCode)

	out, errOut, code := command(t, "health", "--listen", "unix:"+path)
	assert.Equal(t, exitOK, code, errOut)
	assert.JSONEq(t, `{"status": "ok"}`, out)
	_, errOut, code = command(t, "serve", "--db", db, "--listen", "unix:"+path)
	assert.Equal(t, exitFault, code)
	assert.Contains(t, errOut, "another program uses this address")
	answer, err = overSocket(path).Get("http://localhost/healthz") //nolint:noctx // it answers at once
	require.NoError(t, err, "the second server has not taken the socket away")
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, exitOK, s.stop())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
	_, errOut, code = command(t, "health", "--listen", "unix:"+path)
	assert.Equal(t, exitFault, code)
	assert.Contains(t, errOut, "does not answer")
}

func TestOnlySocketsThatNobodyListensOnAreReplaced(t *testing.T) {
	folder := t.TempDir()
	stale := filepath.Join(folder, "stale.sock")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", stale)
	require.NoError(t, err)
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, listener.Close()) // as a server that was killed leaves it
	first, err := bind{"unix", stale}.listen(t.Context(), 0o600)
	require.NoError(t, err)
	_, err = bind{"unix", stale}.listen(t.Context(), 0o600)
	require.ErrorContains(t, err, "another program uses this address")

	require.NoError(t, os.Remove(stale)) // somebody makes room for another server
	second, err := bind{"unix", stale}.listen(t.Context(), 0o600)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	_, err = os.Stat(stale)
	require.NoError(t, err, "the socket of the second server stays")
	require.NoError(t, second.Close())

	text := filepath.Join(folder, "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte("notes"), 0o600))
	for path, says := range map[string]string{text: "is no socket", filepath.Join(folder, "none", "x.sock"): "no such file", folder: "is no socket"} {
		_, err = bind{"unix", path}.listen(t.Context(), 0o600)
		require.ErrorIs(t, err, storage.ErrInvalid)
		require.ErrorContains(t, err, says)
	}
	content, err := os.ReadFile(text)
	require.NoError(t, err)
	assert.Equal(t, "notes", string(content))
}

// TestHangupReplacesTheCertificateAndDropsNoConnection also serves several addresses, one of them a socket.
func TestHangupReplacesTheCertificateAndDropsNoConnection(t *testing.T) {
	certificate, key := tlsFiles(t)
	socket := filepath.Join(t.TempDir(), "s")
	s := serve(t, "--db", sampleFile(t), "--listen", "127.0.0.1:0", "--listen", "unix:"+socket, "--tls-cert", certificate, "--tls-key", key, "--base-path", "/graph/")
	_, after, found := strings.Cut(s.out.String(), "GraphQL API  https://")
	require.True(t, found, s.out.String())
	address, path, _ := strings.Cut(strings.Fields(after)[0], "/")
	assert.Equal(t, "graph/graphql", path)
	content, err := os.ReadFile(certificate)
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(content))
	config := &tls.Config{RootCAs: trusted, ServerName: "example.com"}
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	answers := bufio.NewReader(conn)
	ask := func(host string) int {
		_, err := fmt.Fprintf(conn, "GET /graph/schema.graphql HTTP/1.1\r\nHost: %s\r\n\r\n", host)
		require.NoError(t, err)
		answer, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		return answer.StatusCode
	}
	assert.Equal(t, http.StatusOK, ask("example.com"), "a name of the certificate")
	assert.Equal(t, http.StatusMisdirectedRequest, ask("example.org"))

	hangUp := func(says string, times int) {
		s.hangups <- syscall.SIGHUP
		require.Eventually(t, func() bool { return strings.Count(s.log.String(), says) == times }, time.Minute, 5*time.Millisecond, s.log)
	}
	hangUp(`msg="read again" what=certificates`, 1)
	require.NoError(t, os.WriteFile(key, []byte("no key"), 0o600))
	hangUp(`msg="cannot read again; the former contents stay in use" what=certificates`, 1)
	assert.Equal(t, http.StatusOK, ask("example.com"))
	fresh, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err, "new connections get the former certificate")
	require.NoError(t, fresh.Close())
	assert.Equal(t, http.StatusOK, ask("example.com"), "the connection has lived through all of it")

	_, errOut, code := command(t, "health", "--listen", address, "--tls-cert", certificate, "--tls-key", key)
	assert.Equal(t, exitOK, code, errOut)
	_, errOut, code = command(t, "health", "--url", "https://"+address+"/graph")
	assert.Equal(t, exitFault, code, "a certificate of nobody known")
	assert.Contains(t, errOut, "certificate")
}

func TestReloadsGoOnAfterOneThatFails(t *testing.T) {
	var log bytes.Buffer
	var r reloads
	ran := ""
	r.add("one", func() error { ran += "1"; return storage.Invalid("broken") })
	r.add("two", func() error { ran += "2"; return nil })
	r.run(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	assert.Equal(t, "12", ran)
	assert.Contains(t, log.String(), `what=one cause=broken`)
	assert.Contains(t, log.String(), `msg="read again" what=two`)
}

func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", path)
	require.NoError(t, err)
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	s := serve(t, "--db", sampleFile(t), "--listen", "127.0.0.1:0", "--drain", "1ms")
	next := func() string {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
		var message [100]byte
		n, _, err := conn.ReadFrom(message[:])
		require.NoError(t, err)
		return string(message[:n])
	}
	assert.Equal(t, "READY=1", next())
	assert.Equal(t, exitOK, s.stop())
	assert.Equal(t, "STOPPING=1", next())
	assert.Contains(t, s.log.String(), "still serving")
}

func TestHealthSaysWhyNot(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		assert.Equal(t, "/base/readyz", req.URL.Path)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"status":"database unavailable"}`)
	}))
	defer broken.Close()
	_, errOut, code := command(t, "health", "--url", broken.URL+"/base/")
	assert.Equal(t, exitFault, code)
	assert.Equal(t, "decnet-graph: the server is not ready: 503 Service Unavailable {\"status\":\"database unavailable\"}\n", errOut)
	for _, wrong := range []string{"localhost:8080", "ftp://x", "http://"} {
		_, errOut, code = command(t, "health", "--url", wrong)
		assert.Equal(t, exitUsage, code, wrong)
		assert.Contains(t, errOut, "--url")
	}
	for address, want := range map[string]string{":80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "192.0.2.1:80": "192.0.2.1:80", "localhost:1": "localhost:1"} {
		assert.Equal(t, want, bind{"tcp", address}.reachable())
	}
}
