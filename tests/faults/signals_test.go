package faults_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// longQuery has an answer that does not fit into one packet.
const longQuery = `{ attackers(first: 200) { nodes { uuid ip firstSeen lastSeen eventCount identity { uuid } } } }`

// guarded is a server with TLS, DECNET's logins, API tokens and trusted documents, whose files the test replaces.
type guarded struct {
	*program

	certificate, key, secret, documents string // paths
	pairs                               [2]pair
	trusted                             *x509.CertPool
	token, user                         string // an API token, and the id of one of DECNET's users
}

// pair is a certificate with its key, as the files hold them.
type pair struct{ certificate, key string }

// newPair makes a certificate for 127.0.0.1 that has signed itself.
func newPair(t *testing.T, serial int64) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: fmt.Sprint("server ", serial)}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	content, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return pair{text("CERTIFICATE", content), text("PRIVATE KEY", private)}
}

func launchGuarded(t *testing.T, more ...string) *guarded {
	t.Helper()
	directory := t.TempDir()
	g := &guarded{
		certificate: filepath.Join(directory, "cert.pem"), key: filepath.Join(directory, "key.pem"), secret: filepath.Join(directory, "secret"),
		documents: filepath.Join(directory, "documents"), pairs: [2]pair{newPair(t, 1), newPair(t, 2)}, trusted: x509.NewCertPool(),
	}
	for _, p := range g.pairs {
		require.True(t, g.trusted.AppendCertsFromPEM([]byte(p.certificate)))
	}
	require.NoError(t, os.Mkdir(g.documents, 0o700))
	replaceFile(t, filepath.Join(g.documents, "Long.graphql"), "query Long "+longQuery)
	g.replace(t, 0)
	db := sampleFile(t)
	g.token = run(t, "token", "create", "--db", db, "--name", "load", "--role", "VIEWER")
	require.NoError(t, openDatabase(t, db).QueryRowContext(t.Context(), "SELECT uuid FROM users WHERE role = 'viewer' AND NOT must_change_password LIMIT 1").Scan(&g.user))
	g.program = launch(t, append([]string{
		"--db", db, "--api-tokens", "--decnet-jwt-secret-file", g.secret, "--trusted-documents", g.documents, "--trusted-documents-mode", "log",
		"--tls-cert", g.certificate, "--tls-key", g.key,
	}, more...)...)
	return g
}

// secretOf is the secret of DECNET's tokens after a number of replacements.
func secretOf(n int) string { return fmt.Sprint(decnetSecret, n) }

// replace replaces all files for the nth time.
func (g *guarded) replace(t *testing.T, n int) {
	t.Helper()
	p := g.pairs[n%len(g.pairs)]
	replaceFile(t, g.certificate, p.certificate)
	replaceFile(t, g.key, p.key)
	replaceFile(t, g.secret, secretOf(n))
	replaceFile(t, filepath.Join(g.documents, "Turn.graphql"), fmt.Sprintf("query Turn { turn%d: __typename }", n))
}

// client makes a client that keeps its connections or opens one for each request.
func (g *guarded) client(t *testing.T, keeps bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: g.trusted, MinVersion: tls.VersionTLS13}, DisableKeepAlives: !keeps}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// fate is what became of a request.
type fate struct {
	reply

	start    time.Time
	err      error
	accepted bool // the handshake had ended, so that the request was sent
	reused   bool // on a connection that has answered before
	closes   bool // the answer says that the connection ends
}

// follow sends a body, and returns what became of it.
func (g *guarded) follow(t *testing.T, client *http.Client, body string) (f fate) {
	t.Helper()
	var mu sync.Mutex
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { mu.Lock(); defer mu.Unlock(); f.accepted, f.reused = false, false }, // also where the client tries again
		GotConn: func(c httptrace.GotConnInfo) { mu.Lock(); defer mu.Unlock(); f.accepted, f.reused = true, c.Reused },
	}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.WithoutCancel(t.Context()), trace),
		http.MethodPost, g.base+"/graphql", strings.NewReader(body))
	if err != nil {
		return fate{err: err}
	}
	f.start = time.Now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+g.token)
	response, err := client.Do(request)
	var text []byte
	if err == nil {
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
	}
	mu.Lock()
	defer mu.Unlock()
	f.err = err
	if err == nil {
		f.closes = response.Close
		f.status, f.data = response.StatusCode, string(text)
	}
	return f
}

// bodies are the requests of a load.
func bodies(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, request := range []map[string]string{{"query": wideQuery}, {"documentId": "Long"}, {"query": longQuery}} {
		body, err := json.Marshal(request)
		require.NoError(t, err)
		all = append(all, string(body))
	}
	return all
}

// visitors are clients that send one request after the other, half of them on connections that they keep.
type visitors struct {
	wait     sync.WaitGroup
	stop     atomic.Bool
	answered [2 * eachKind]atomic.Int64 // by client
}

const eachKind = 4

// visit starts clients. judge is called with what became of each request, and ends its client if it returns false. A right
// answer has status 200 and the same bytes as before the load.
func (g *guarded) visit(t *testing.T, judge func(client int, f fate, isRight bool) bool) *visitors {
	t.Helper()
	requests := bodies(t)
	right := make([]string, len(requests))
	for n, body := range requests {
		f := g.follow(t, g.client(t, false), body)
		require.NoError(t, f.err)
		require.Equal(t, http.StatusOK, f.status, f.data)
		require.True(t, strings.HasPrefix(f.data, `{"data":{`) && !strings.Contains(f.data, `"errors"`), f.data)
		right[n] = f.data
	}
	v := &visitors{}
	for n := range v.answered {
		client := g.client(t, n%2 == 0)
		v.wait.Go(func() {
			for turn := n; !v.stop.Load(); turn++ {
				f := g.follow(t, client, requests[turn%len(requests)])
				isRight := f.err == nil && f.status == http.StatusOK && f.data == right[turn%len(requests)]
				if isRight {
					v.answered[n].Add(1)
				}
				if !judge(n, f, isRight) {
					return
				}
			}
		})
	}
	t.Cleanup(func() { v.stop.Store(true); v.wait.Wait() })
	return v
}

// progress waits until each client has got a number of further answers.
func (v *visitors) progress(t *testing.T, more int64) {
	t.Helper()
	var from [len(v.answered)]int64
	for n := range v.answered {
		from[n] = v.answered[n].Load()
	}
	require.Eventually(t, func() bool {
		for n := range v.answered {
			if v.answered[n].Load() < from[n]+more {
				return t.Failed()
			}
		}
		return true
	}, patience, time.Millisecond, "all clients should get answers")
}

// TestHangupsDropNoRequest replaces everything that SIGHUP reads, again and again, while clients ask.
func TestHangupsDropNoRequest(t *testing.T) {
	t.Parallel()
	g := launchGuarded(t)
	var failed atomic.Pointer[fate]
	v := g.visit(t, func(_ int, f fate, isRight bool) bool {
		if !isRight {
			failed.Store(&f)
			t.Errorf("a request got no right answer: %+v", f)
		}
		return isRight
	})
	login := g.client(t, true)
	const times = 25
	for n := 1; n <= times; n++ {
		g.replace(t, n)
		require.NoError(t, g.process.Process.Signal(syscall.SIGHUP))
		for _, what := range []string{"certificates", "logins", `"trusted documents"`} {
			g.says(t, `msg="read again" what=`+what, n)
		}
		v.progress(t, 1)
		require.False(t, t.Failed())
		if n%5 > 0 {
			continue
		}
		conn, err := tls.Dial("tcp", strings.TrimPrefix(g.base, "https://"), &tls.Config{RootCAs: g.trusted, MinVersion: tls.VersionTLS13}) //nolint:noctx // a handshake
		require.NoError(t, err)
		assert.Equal(t, int64(n%2+1), conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), "the certificate of the last file")
		require.NoError(t, conn.Close())
		assert.Equal(t, reply{status: http.StatusOK, data: `{"__typename":"Query"}`}, g.send(t, login, decnetLogin(secretOf(n), g.user), "{__typename}"))
		assert.Equal(t, http.StatusUnauthorized, g.send(t, login, decnetLogin(secretOf(n-1), g.user), "{__typename}").status)
		turn := g.follow(t, login, `{"documentId":"Turn"}`)
		assert.JSONEq(t, fmt.Sprintf(`{"data":{"turn%d":"Query"}}`, n), turn.data)
	}
	v.stop.Store(true)
	v.wait.Wait()
	assert.Nil(t, failed.Load())
	assert.NotContains(t, g.log.String(), "level=ERROR")
	g.end(t)
}

// half is a request of which the server has read the beginning.
type half struct {
	conn net.Conn
	rest string
}

// begin sends the headers of a request and a part of its body.
func (g *guarded) begin(t *testing.T, body string) half {
	t.Helper()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: g.trusted, MinVersion: tls.VersionTLS13}}).DialContext(t.Context(), "tcp", strings.TrimPrefix(g.base, "https://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		g.token, len(body), body[:len(body)/2])
	require.NoError(t, err)
	return half{conn, body[len(body)/2:]}
}

// finish sends what is missing, and returns the answer.
func (h half) finish(t *testing.T) reply {
	t.Helper()
	require.NoError(t, h.conn.SetDeadline(time.Now().Add(patience)))
	_, err := io.WriteString(h.conn, h.rest)
	require.NoError(t, err)
	answer, err := io.ReadAll(h.conn) // the server closes the connection
	require.NoError(t, err)
	head, body, found := bytes.Cut(answer, []byte("\r\n\r\n"))
	require.True(t, found, "%s", answer)
	assert.Contains(t, string(head), "Connection: close")
	require.True(t, bytes.HasPrefix(head, []byte("HTTP/1.1 200 OK\r\n")), "%s", head)
	return read(t, http.StatusOK, body)
}

// TestTerminationLosesNoAdmittedRequest stops a server under load, with and without the time that balancers need. A client
// cannot know that a connection that it has kept was closed while its next request was on the way; HTTP has it send that
// one again. Apart from that, what is sent after a handshake is answered.
func TestTerminationLosesNoAdmittedRequest(t *testing.T) {
	t.Parallel()
	for fact, drain := range map[string]string{"at once": "0s", "after a drain": "1s"} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			g := launchGuarded(t, "--drain", drain)
			var signalled atomic.Bool
			var draining atomic.Pointer[time.Time] // when the server was known to drain
			var told [2 * eachKind]bool            // clients whose last answer has closed the connection that it came by
			var refused, kept atomic.Int64
			v := g.visit(t, func(n int, f fate, isRight bool) bool {
				switch {
				case isRight:
					told[n] = f.closes
					if since := draining.Load(); since != nil && f.start.After(*since) {
						assert.True(t, f.closes, "answers tell clients that their connections end")
					}
					return true
				case f.err == nil:
					t.Errorf("a wrong answer: %+v", f)
				case !signalled.Load():
					t.Errorf("lost before the signal: %v", f.err)
				case !f.accepted:
					refused.Add(1) // no connection, or none that was encrypted: nothing was sent
				case f.reused && !told[n]:
					kept.Add(1)
				default:
					t.Errorf("accepted, and lost: %v", f.err)
				}
				return false
			})
			v.progress(t, 3)
			long, err := json.Marshal(map[string]string{"query": longQuery})
			require.NoError(t, err)
			want := g.send(t, g.client(t, false), g.token, longQuery)
			var halves []half
			for range 3 {
				halves = append(halves, g.begin(t, string(long)))
			}
			signalled.Store(true)
			g.stop()
			if drain != "0s" {
				g.says(t, "still serving", 1)
				draining.Store(new(time.Now()))
			}
			g.says(t, "stopping; running requests may finish", 1)
			for _, h := range halves {
				assert.Equal(t, want, h.finish(t), "a request that has begun is read to its end")
			}
			v.wait.Wait()
			g.end(t)
			assert.NotContains(t, g.log.String(), "cut off")
			assert.Equal(t, int64(len(v.answered)), refused.Load()+kept.Load(), "each client was refused in the end")
			t.Logf("%d clients were refused a connection, and %d found that theirs was closed", refused.Load(), kept.Load())
		})
	}
}
