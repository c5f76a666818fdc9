// Package storagetest is the contract suite that every database engine of package storage must pass, with its test
// data as Go values. The expected answers are computed by brute force from the definitions in the schema; they do
// not come from a database.
//
// A new method of storage.Store needs one case in lists or keyed; all tests of the suite then apply to it.
package storagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// Open creates a database with the graph and opens it with Options. The rows come from Graph.Rows; the database must
// accept links to missing rows.
type Open = func(t *testing.T, g Graph) *storage.Store

// MaxRows and MaxBytes are the limits in Options. They are small, so that tests can exceed them quickly.
const (
	MaxRows  = 2_000
	MaxBytes = 4 << 20
)

// Options returns the options that a store under test must be opened with.
func Options() storage.Options {
	const few = 3 // so that conditions on related rows are answered in both ways
	return storage.Options{MaxRows: MaxRows, MaxBytes: MaxBytes, MostFound: few, Log: slog.New(slog.DiscardHandler), Observe: observe}
}

// Run tests that a database fulfils the contract of package storage for reads, but for the suites that are named.
func Run(t *testing.T, open Open, without ...string) {
	suite := func(name string, test func(*testing.T, Open)) {
		if slices.Contains(without, name) {
			return
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
	suite("the fixture", testFixture)
	suite("lists", testLists)
	suite("bulk reads", testBackfill)
	suite("keyed queries", testKeyed)
	suite("merges", testMerges)
	suite("tags", testTags)
	suite("rollups", testRollups)
	suite("fields asked for", testOnly)
	suite("references", testRefs)
	suite("exact texts", testExact)
	suite("addresses", testAddresses)
	suite("search", testSearch)
	suite("fingerprints", testPrints)
	suite("limits", testLimits)
	suite("sessions", testSessions)
	suite("any graph", testAnyGraph)
	suite("any page", testAnyPage)
	suite("series", testSeries)
	suite("limits of series", testSeriesLimits)
	suite("filters", testFilters)
	suite("commands", testCommands)
}

// recorder records the statements that run with one context.
type recorder struct {
	mu         sync.Mutex
	statements []storage.Statement
}

type recorderKey struct{}

// recording returns a context whose statements are recorded.
func recording(ctx context.Context) (context.Context, *recorder) {
	r := &recorder{}
	return context.WithValue(ctx, recorderKey{}, r), r
}

func observe(ctx context.Context, s storage.Statement) {
	if r, ok := ctx.Value(recorderKey{}).(*recorder); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.statements = append(r.statements, s)
	}
}

// Statements calls ask with a context and returns the statements that ran with it.
func Statements(ctx context.Context, ask func(context.Context) error) ([]storage.Statement, error) {
	ctx, r := recording(ctx)
	err := ask(ctx)
	return r.statements, err
}

// cancelled returns a context that is already cancelled.
func cancelled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// same compares values by their exported fields.
func same(t require.TestingT, want, got any, about string) {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	if wanted, gotten := textOf(want), textOf(got); wanted != gotten {
		require.Equal(t, indented(wanted), indented(gotten), about)
	}
}

func indented(text string) string {
	var out bytes.Buffer
	_ = json.Indent(&out, []byte(text), "", "  ") // json.Marshal wrote it, so it is valid
	return out.String()
}
