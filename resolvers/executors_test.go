package resolvers_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	_ "github.com/mattn/go-sqlite3" // broken below
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"decnetgraph/attack"
	"decnetgraph/graph"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// TestExecutorsAgree asks random documents of gqlgen's executor and of ours. Data must be the same
// byte for byte, and errors the same but for their order. Every other document meets a database that
// lost tables, so that edges at every depth fail; some arguments are wrong.
func TestExecutorsAgree(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	broken := sampleCopy(t)
	pairs := []executors{bothOn(t, path, storage.Options{}), bothOn(t, broken, storage.Options{})}
	loseTables(t, broken)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	generator := rapid.Custom(func(t *rapid.T) operation {
		d := document{t: t, schema: schema, wild: true}
		return d.operation("query", "{"+d.selection(schema.Query, 0)+"}")
	})
	seen := coverage{types: map[string]bool{}}
	for i := range documents {
		o := generator.Example(i)
		pair := pairs[i%len(pairs)]
		want, have := answerOf(t, pair.gqlgens, o), answerOf(t, pair.ours, o)
		if at := firstDifference(want.Data, have.Data); at >= 0 {
			t.Fatalf("document %d: data differ:\n%s\n%s\n%.3000s\n%v", i, around(want.Data, at), around(have.Data, at), o.Query, o.Variables)
		}
		requireSameErrors(t, want, have, o)
		seen.note(o, have)
	}
	seen.require(t, schema)
}

// executors are handlers on one database.
type executors struct{ gqlgens, ours http.Handler }

// bothOn serves a database.
func bothOn(t *testing.T, path string, options storage.Options) executors {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	options.MaxRows, options.Log = 2_000_000, quiet
	limits, err := resolvers.Limits{Timeout: 10 * time.Minute, Edges: 1_000_000, Objects: 2_000_000, Tokens: 100_000}.Verify()
	require.NoError(t, err)
	if !options.Write && options.Records == nil {
		options.Records = func(context.Context) (*storage.Store, error) { return nil, storage.ErrNoRecords }
	}
	store, err := storage.Open(t.Context(), path, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default(), StartedAt: time.Now(), RateLimit: someRate}
	return executors{
		gqlgens: resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewGqlgenExecutor(resolver, limits, quiet), limits)),
		ours:    resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, quiet), limits)),
	}
}

func requireSameErrors(t *testing.T, want, have answer, o operation) {
	t.Helper()
	wantErrors, haveErrors := strings.Join(want.sortedErrors(), "\n"), strings.Join(have.sortedErrors(), "\n")
	if at := firstDifference(wantErrors, haveErrors); at >= 0 {
		t.Fatalf("errors differ:\n%s\n\n%s\n%.3000s\n%v", around(wantErrors, at), around(haveErrors, at), o.Query, o.Variables)
	}
	places := map[string][]map[string]int{}
	for _, e := range have.Errors {
		places[fmt.Sprint(e.Path)] = e.Locations
	}
	for _, e := range want.Errors {
		locations, kept := places[fmt.Sprint(e.Path)]
		if kept && e.Locations != nil { // of many, others may be cut; gqlgen leaves places out where it resolves a list at once
			require.Equal(t, e.Locations, locations)
		}
	}
}

// coverage is what random documents met.
type coverage struct {
	types                                      map[string]bool
	withErrors, deepErrors, nulled             int
	fragments, inline, conditions, byVariables int
}

var typenames = regexp.MustCompile(`"__typename":"(\w+)"`)

func (c *coverage) note(o operation, have answer) {
	for _, name := range typenames.FindAllStringSubmatch(have.Data, -1) {
		c.types[name[1]] = true
	}
	for count, met := range map[*int]bool{
		&c.withErrors: len(have.Errors) > 0,
		&c.deepErrors: slices.ContainsFunc(have.Errors, func(e answerError) bool { return len(e.Path) >= 6 }),
		&c.nulled:     have.Data == "null",
		&c.fragments:  strings.Contains(o.Query, "fragment "),
		&c.inline:     strings.Contains(o.Query, "... on "),
		&c.conditions: strings.Contains(o.Query, "@skip") || strings.Contains(o.Query, "@include"),
		&c.byVariables: slices.ContainsFunc([]string{"@skip(if: $", "@include(if: $"}, func(condition string) bool {
			return strings.Contains(o.Query, condition)
		}),
	} {
		if met {
			*count++
		}
	}
}

// require holds the documents to what they are for: agreement on nothing shows nothing.
func (c *coverage) require(t *testing.T, schema *ast.Schema) {
	t.Helper()
	t.Logf("%d documents met %+v", documents, c)
	for what, met := range map[string]int{
		"errors": c.withErrors, "errors deep down": c.deepErrors * 4, "fragments": c.fragments, "inline fragments": c.inline,
		"conditions": c.conditions, "conditions by variables": c.byVariables,
	} {
		require.Greater(t, met, documents/10, what)
	}
	require.Less(t, c.nulled, documents/10)
	types := 0
	for _, definition := range schema.Types {
		if definition.Kind == ast.Object && !definition.BuiltIn {
			types++
		}
	}
	require.Greater(t, len(c.types), types/2)
}

// TestExecutorsAgreeOnEveryField asks for all fields of each type at once.
func TestExecutorsAgreeOnEveryField(t *testing.T) {
	onceWithoutDetector(t)
	path, err := samplePath()
	require.NoError(t, err)
	options := storage.Options{Records: recorded(t)}
	pair := bothOn(t, path, options)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	places := serveWith(t, path, resolvers.Limits{Timeout: time.Minute}, options).places(schema)
	for _, definition := range schema.Types {
		if definition.Kind != ast.Object || definition.BuiltIn || definition == schema.Mutation || ofPayload(definition.Name) {
			continue
		}
		require.Contains(t, slices.Collect(maps.Keys(places)), definition.Name)
		o := operation{Query: places[definition.Name].query(all(selections(schema, definition)))}
		want, have := answerOf(t, pair.gqlgens, o), answerOf(t, pair.ours, o)
		require.Empty(t, have.Errors)
		if at := firstDifference(want.Data, have.Data); at >= 0 {
			t.Fatalf("%s: data differ:\n%s\n%s", definition.Name, around(want.Data, at), around(have.Data, at))
		}
	}
}

// ofPayload names the types that only mutations answer with.
func ofPayload(name string) bool {
	return strings.HasSuffix(name, "Payload") || strings.HasSuffix(name, "Result") || name == "UserError" || name == "TagWarning"
}

// firstDifference is where two texts differ first, or -1.
func firstDifference(a, b string) int {
	if a == b {
		return -1
	}
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	return at
}

// around is a part of a text.
func around(text string, at int) string { return text[max(0, at-300):min(len(text), at+300)] }

// sampleCopy is a copy of the sample.
func sampleCopy(t *testing.T) string {
	t.Helper()
	path, err := samplePath()
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	own := filepath.Join(t.TempDir(), "decnet.db")
	require.NoError(t, os.WriteFile(own, content, 0o600))
	return own
}

// loseTables takes tables away from a database that is open already: to open it, it must have them.
func loseTables(t *testing.T, own string) {
	t.Helper()
	db, err := sql.Open("sqlite3", own)
	require.NoError(t, err)
	defer db.Close()
	for _, table := range []string{"attribution_state", "smtp_targets", "canary_triggers", "attacker_intel"} {
		_, err := db.ExecContext(t.Context(), "DROP TABLE "+table)
		require.NoError(t, err)
	}
}

// operation is a request.
type operation struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
}

// answer is a response whose data is kept as it was written.
type answer struct {
	Data       string
	Extensions map[string]any
	Errors     []answerError
}

type answerError struct {
	Message    string
	Path       []any
	Locations  []map[string]int
	Extensions map[string]any
}

func answerOf(t *testing.T, handler http.Handler, o operation) answer {
	t.Helper()
	body, err := json.Marshal(o)
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	var raw struct {
		answer

		Data json.RawMessage
	}
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &raw), "not JSON: %s", recorder.Body)
	raw.answer.Data = string(raw.Data)
	return raw.answer
}

var requestID = regexp.MustCompile(`\(request [A-Z0-9]+\)`)

// sortedErrors returns the errors in sorted order. A long list is cut off, and then only its length counts.
func (a answer) sortedErrors() []string {
	sortedErrors := make([]string, len(a.Errors))
	for i, e := range a.Errors {
		if strings.HasSuffix(e.Message, "more errors)") {
			return []string{e.Message[strings.LastIndexByte(e.Message, '('):]}
		}
		sortedErrors[i] = fmt.Sprint(e.Path, requestID.ReplaceAllString(e.Message, ""), e.Extensions)
	}
	slices.Sort(sortedErrors)
	return sortedErrors
}

// TestExtensionsSeeTheSame counts what extensions see with either executor. One that intercepts fields is refused when
// the server is built.
func TestExtensionsSeeTheSame(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	store, err := storage.Open(t.Context(), path, storage.Options{})
	require.NoError(t, err)
	defer store.Close()
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default(), StartedAt: time.Now()}
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	asked := operation{Query: `{ a: campaigns(first: 2) { nodes { uuid identities(first: 2) { nodes { uuid } } } } b: campaigns(first: 1) { totalCount } tactics { name } }`}
	seen := [2]*watcher{{}, {}}
	judge := resolvers.NewGqlgenExecutor(resolver, limits, quiet, seen[0])
	ours, err := resolvers.NewExecutorWith(resolver, limits, quiet, seen[1])
	require.NoError(t, err)
	var answers [2]answer
	for i, executor := range []httpapi.Executor{judge, ours} {
		answers[i] = answerOf(t, resolverstest.AsLocal(httpapi.NewHandler(executor, limits)), asked)
	}
	require.Equal(t, answers[0], answers[1])
	require.Equal(t, "seen", answers[1].Extensions["watcher"])
	require.EqualValues(t, 1, seen[1].operations.Load())
	require.EqualValues(t, 3, seen[1].roots.Load(), "fields of the root")
	require.Equal(t, seen[0].roots.Load(), seen[1].roots.Load())
	_, err = resolvers.NewExecutorWith(resolver, limits, quiet, fieldWatcher{})
	require.EqualError(t, err,
		"the extension field watcher intercepts fields one by one, but fields are resolved level by level; use exec.Options.Level instead")
}

// watcher is an extension that counts.
type watcher struct{ operations, roots atomic.Int64 }

func (*watcher) ExtensionName() string                   { return "watcher" }
func (*watcher) Validate(graphql.ExecutableSchema) error { return nil }
func (w *watcher) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	w.operations.Add(1)
	return next(ctx)
}

func (*watcher) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	graphql.RegisterExtension(ctx, "watcher", "seen")
	return next(ctx)
}

func (w *watcher) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	w.roots.Add(1)
	return next(ctx)
}

// fieldWatcher is an extension that intercepts fields.
type fieldWatcher struct{}

func (fieldWatcher) ExtensionName() string                   { return "field watcher" }
func (fieldWatcher) Validate(graphql.ExecutableSchema) error { return nil }
func (fieldWatcher) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	return next(ctx)
}
