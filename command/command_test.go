package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// command runs the program as a person does and returns what it printed and its exit code.
func command(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(t.Context(), args, Streams{Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), code
}

// sampleContent is the content of a sample database, which is made once for all tests.
var sampleContent = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "sample")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "sample.db")
	var log bytes.Buffer
	if Main(context.Background(), []string{"sample", "--db", path}, Streams{Out: &log, Err: &log}) != exitOK {
		return nil, errors.New(log.String())
	}
	return os.ReadFile(path)
})

// sampleFile makes a sample database.
func sampleFile(t *testing.T) string {
	t.Helper()
	content, err := sampleContent()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "sample.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func TestHelpExplainsEachCommand(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}} {
		out, _, code := command(t, args...)
		assert.Equal(t, exitOK, code)
		for _, word := range []string{"serve", "sample", "version", "Try it:"} {
			assert.Contains(t, out, word)
		}
	}
	out, _, code := command(t, "serve", "--help")
	assert.Equal(t, exitOK, code)
	for _, word := range []string{"--db", "DECNET_DB_URL", "--listen", "127.0.0.1:8080", "--timeout", "--max-objects", "--write", "DECNET_GRAPH_WRITE"} {
		assert.Contains(t, out, word)
	}
	out, _, code = command(t, "version")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "decnet-graph")
}

func TestMistakesAreOneClearLineAndExitCode2(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600))
	empty := filepath.Join(dir, "empty.db")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	db := sampleFile(t)
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"unknown command":        {[]string{"sreve"}, "sreve"},
		"typo in a flag":         {[]string{"serve", "--bd", db}, "--bd"},
		"no database named":      {[]string{"serve"}, "--db"},
		"missing file":           {[]string{"serve", "--db", filepath.Join(dir, "none.db")}, "no such database file"},
		"a folder":               {[]string{"serve", "--db", dir}, "directory"},
		"not a database":         {[]string{"serve", "--db", text}, "not a SQLite database"},
		"an empty database":      {[]string{"serve", "--db", empty}, "none of its tables"},
		"another kind":           {[]string{"serve", "--db", "oracle://x"}, "oracle"},
		"public address":         {[]string{"serve", "--db", db, "--listen", "0.0.0.0:8080"}, "without authentication"},
		"all addresses":          {[]string{"serve", "--db", db, "--listen", ":8080"}, "without authentication"},
		"no address":             {[]string{"serve", "--db", db, "--listen", "8080"}, "not an address"},
		"port out of range":      {[]string{"serve", "--db", db, "--listen", "127.0.0.1:99999"}, "cannot listen"},
		"metrics for everybody":  {[]string{"serve", "--db", db, "--admin-listen", ":9090"}, "--admin-open"},
		"no admin address":       {[]string{"serve", "--db", db, "--admin-listen", "9090"}, "--admin-listen"},
		"more than all traces":   {[]string{"serve", "--db", db, "--trace-sample", "2"}, "from 0 to 1"},
		"no collector":           {[]string{"serve", "--db", db, "--trace-endpoint", "localhost:4318"}, "http://127.0.0.1:4318"},
		"limit out of range":     {[]string{"serve", "--db", db, "--max-tokens", "1"}, "token limit"},
		"no number":              {[]string{"serve", "--db", db, "--max-tokens", "many"}, "--max-tokens"},
		"sample over a file":     {[]string{"sample", "--db", db}, "exists already"},
		"sample nowhere":         {[]string{"sample", "--db", filepath.Join(dir, "no", "folder", "x.db")}, "cannot create"},
		"sample of no size":      {[]string{"sample", "--db", filepath.Join(dir, "x.db"), "--scale", "0"}, "--scale"},
		"unknown level of words": {[]string{"version", "--log-level", "loud"}, "--log-level"},
	} {
		t.Run(fact, func(t *testing.T) {
			_, errOut, code := command(t, c.args...)
			assert.Equal(t, exitUsage, code)
			lines := strings.Split(strings.TrimSpace(errOut), "\n")
			assert.Len(t, lines, 1, errOut)
			assert.Contains(t, errOut, c.says)
		})
	}
}

func TestSampleIsWholeOrAbsent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sample.db")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	Main(ctx, []string{"sample", "--db", path}, Streams{Out: &out, Err: &out})
	left, err := filepath.Glob(filepath.Dir(path) + "/*")
	require.NoError(t, err)
	assert.Empty(t, left, "a sample that was stopped leaves nothing")

	require.NoError(t, os.WriteFile(path+".unfinished", []byte("of a run that was killed"), 0o600))
	stdout, errOut, code := command(t, "sample", "--db", path, "--seed", "7")
	require.Equal(t, exitOK, code, errOut)
	assert.Regexp(t, `Made .* 12 campaigns, \d+ identities, \d+ attackers, \d+ tags`, stdout)
}

// start serves a sample database on a free port until the test ends, and returns its base URL and
// a function that stops it as Ctrl-C does.
func start(t *testing.T, args ...string) (base string, stop func() int) {
	t.Helper()
	return startLogged(t, io.Discard, args...)
}

// startLogged is start with the log of the server.
func startLogged(t *testing.T, log io.Writer, args ...string) (base string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	exit := make(chan int, 1)
	db := sampleFile(t)
	go func() {
		exit <- Main(ctx, append([]string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, args...), Streams{Out: writer, Err: log})
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	address := regexp.MustCompile(`GraphiQL +(https?://\S+)/graphiql/`)
	require.True(t, lines.Scan(), "the server says what it serves")
	assert.Contains(t, lines.Text(), rights[slices.Contains(args, "--write")])
	for base == "" {
		require.True(t, lines.Scan(), "the server stopped before it said where it serves")
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			base = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	stop = func() int {
		cancel()
		select {
		case code := <-exit:
			exit <- code
			return code
		case <-time.After(time.Minute):
			t.Fatal("the server does not stop")
			return -1
		}
	}
	t.Cleanup(func() { stop() })
	return base, stop
}

// get asks the server, and says what it answered.
func get(t *testing.T, url string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if change != nil {
		change(request)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestServerAnswersAndStops(t *testing.T) {
	base, stop := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		response, body := get(t, base+path, nil)
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
		assert.JSONEq(t, `{"status": "ok"}`, body)
	}
	for _, path := range []string{"/", "/graphiql"} {
		response, _ := get(t, base+path, nil)
		assert.Equal(t, "/graphiql/", response.Header.Get("Location"), path)
	}
	page, _ := get(t, base+"/graphiql/", nil)
	assert.Equal(t, http.StatusOK, page.StatusCode)
	assert.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'")

	_, body := get(t, base+"/graphql?query={campaigns{totalCount}}", func(request *http.Request) {
		request.Header.Set("Graphql-Require-Preflight", "1")
	})
	var answer struct {
		Data struct{ Campaigns struct{ TotalCount int } }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer), body)
	assert.Positive(t, answer.Data.Campaigns.TotalCount)

	missing, _ := get(t, base+"/nothing/here", nil)
	assert.Equal(t, http.StatusNotFound, missing.StatusCode)
	assert.Equal(t, exitOK, stop(), "Ctrl-C is no failure")
}

func TestStatementsAreShownAtTheDebugLevelAlone(t *testing.T) {
	var shown bytes.Buffer
	at := func(level slog.Level) *slog.Logger {
		return slog.New(slog.NewTextHandler(&shown, &slog.HandlerOptions{Level: level}))
	}
	assert.Nil(t, logStatements(t.Context(), at(slog.LevelInfo)), "nothing is to be told of statements")
	logStatements(t.Context(), at(slog.LevelDebug))(t.Context(), storage.Statement{SQL: "SELECT 1"})
	assert.Contains(t, shown.String(), "SELECT ?", "values that stand in the text are left out")
}

func TestDatabaseMayBeNamedInEveryWay(t *testing.T) {
	db := sampleFile(t)
	t.Chdir(filepath.Dir(db))
	for _, dsn := range []string{db, "sample.db", "./sample.db", "sqlite:sample.db", "sqlite:" + db, "sqlite:///sample.db", "sqlite:///" + db, "sqlite+aiosqlite:///" + db} {
		store, err := storage.Open(t.Context(), dsn, storage.Options{})
		if assert.NoError(t, err, dsn) {
			assert.NoError(t, store.Close())
		}
	}
	t.Setenv("DECNET_DB_URL", "sqlite:///none.db")
	_, errOut, code := command(t, "serve")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errOut, "none.db", "the environment names the database where the flag does not")
}

func TestWritingIsAllowedByAFlag(t *testing.T) {
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"without it": {nil, `"FORBIDDEN"`},
		"with it":    {[]string{"--write"}, `{"data":{"setRuleState":{"ruleState":{"state":"DISABLED"}}},`},
	} {
		t.Run(fact, func(t *testing.T) {
			base, _ := start(t, c.args...)
			body := `{"query": "mutation { setRuleState(input: {ruleId: \"R0001\", state: DISABLED}) { ruleState { state } } }"}`
			_, answer := post(t, base, body)
			assert.Contains(t, answer, c.says)
			status, _ := post(t, base, body, func(r *http.Request) { r.Host = "attacker.example" })
			assert.Equal(t, http.StatusMisdirectedRequest, status)
		})
	}
}

func TestStrangersHostNamesAreRefused(t *testing.T) {
	base, _ := start(t, "--host", "graph.example.org")
	for host, status := range map[string]int{
		"attacker.example": http.StatusMisdirectedRequest, "graph.example.org": http.StatusOK, "graph.example.org:443": http.StatusOK,
		"localhost:8080": http.StatusOK, "[::1]:8080": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]": http.StatusOK,
		"localhost.": http.StatusOK, "GRAPH.example.org": http.StatusOK, "graph.example.org.evil.example": http.StatusMisdirectedRequest,
	} {
		response, _ := get(t, base+"/schema.graphql", func(r *http.Request) { r.Host = host })
		assert.Equal(t, status, response.StatusCode, host)
	}
}
