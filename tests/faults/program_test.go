package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// folder is where the program is built; TestMain makes and removes it.
var folder string

// build builds the program for the first test that needs it.
var build = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-o", filepath.Join(folder, "decnet-graph"), "../..").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "DECNET_") && !strings.HasPrefix(name, "DECNET_TEST") {
			_ = os.Unsetenv(name) // tests must not use the settings of the user's own server
		}
	}
	var err error
	if folder, err = os.MkdirTemp("", "decnet-graph-faults-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// programCommand returns a command of the built program.
func programCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	require.NoError(t, build())
	return exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(folder, "decnet-graph"), args...)
}

// run runs a command of the program to its end, and returns the first line of what it prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	command := programCommand(t, args...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	require.NoError(t, err, "%s: %s", args, errors.String())
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// program is our server as a process of its own.
type program struct {
	base    string
	log     *lockedBuffer
	process *exec.Cmd
	stop    func()        // sends SIGTERM, once: a second one would end the process at once
	ended   chan struct{} // closed when the process has ended
}

var servesAt = regexp.MustCompile(`GraphQL API +(https?://[^/]+)/graphql`)

// launch starts a server on a free port of loopback, and waits until it serves. When the test ends it is stopped.
func launch(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{log: &lockedBuffer{}, ended: make(chan struct{})}
	p.process = programCommand(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.process.Stderr = p.log
	out, writer := io.Pipe()
	p.process.Stdout = writer
	require.NoError(t, p.process.Start())
	p.stop = sync.OnceFunc(func() { _ = p.process.Process.Signal(syscall.SIGTERM) })
	go func() {
		_ = p.process.Wait()
		_ = writer.Close()
		close(p.ended)
	}()
	t.Cleanup(func() { p.end(t) })
	lines := bufio.NewScanner(out)
	for p.base == "" {
		require.True(t, lines.Scan(), "the server ended before it served: %s", p.log)
		if found := servesAt.FindStringSubmatch(lines.Text()); found != nil {
			p.base = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

// end asks the server to stop, and shows that it does so without an error.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.stop()
	select {
	case <-p.ended:
		require.Zero(t, p.process.ProcessState.ExitCode(), p.log.String())
	case <-time.After(patience):
		_ = p.process.Process.Kill()
		t.Error("the server does not stop")
	}
}

// alive shows that the process has not ended, so that it was not started again.
func (p *program) alive(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
		t.Fatalf("the server has ended: %s", p.log)
	default:
	}
}

// says waits until the log has a text a number of times.
func (p *program) says(t *testing.T, text string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(p.log.String(), text) >= times }, patience, time.Millisecond, "%d times %q in %s", times, text, p.log)
}

// reply is what a client of a program gets.
type reply struct {
	status int
	code   string // of the first error
	data   string // as it was sent
}

// send sends a document with a bearer token, if there is one.
func (p *program) send(t *testing.T, client *http.Client, token, query string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	require.NoError(t, err, p.log)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return read(t, response.StatusCode, text)
}

// read reads a response of GraphQL.
func read(t *testing.T, status int, text []byte) reply {
	t.Helper()
	var content struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	require.NoError(t, json.Unmarshal(text, &content), string(text))
	r := reply{status: status, data: string(content.Data)}
	if len(content.Errors) > 0 {
		r.code = content.Errors[0].Extensions.Code
	}
	return r
}

// sampleFile makes a sample database with a program.
func sampleFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "decnet.db")
	run(t, "sample", "--db", path)
	return path
}

const decnetSecret = "a-secret-that-only-this-test-knows-1"

// decnetLogin makes a token as DECNET does for one of its users.
func decnetLogin(secret, user string) string {
	now := time.Now().Unix()
	return signedHS256(secret, map[string]any{
		"uuid": user, "jti": fmt.Sprint("jti-", time.Now().UnixNano()), "exp": now + 3600, "iat": now, "iss": "decnet", "aud": "decnet-dashboard", "typ": "access",
	})
}

func signedHS256(secret string, claims map[string]any) string {
	text := unsigned(map[string]any{"alg": "HS256", "typ": "JWT"}, claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// unsigned is the part of a token that is signed.
func unsigned(header, claims map[string]any) string {
	first, _ := json.Marshal(header)
	second, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(first) + "." + base64.RawURLEncoding.EncodeToString(second)
}

// replaceFile puts a file in the place of another one at once, as administrators and Kubernetes do.
func replaceFile(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(content), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}
