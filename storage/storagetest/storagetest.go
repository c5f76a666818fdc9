// Package storagetest holds what every database under package storage must do alike: a suite of
// tests, and the test data as plain Go values. The answers are worked out by brute force from the
// definitions in the schema, not taken from a database.
//
// A new method of storage.Store gets a case in lists or keyed; everything else follows from there.
package storagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// Open makes a database that holds the graph, and opens it with Options. The rows come from
// Graph.Rows; the database must take links that lead nowhere.
type Open = func(t *testing.T, g Graph) *storage.Store

// MaxRows and MaxBytes are what Options set: small, so that passing them costs little.
const (
	MaxRows  = 2_000
	MaxBytes = 4 << 20
)

// Options are those that a store under test must be opened with.
func Options() storage.Options {
	return storage.Options{MaxRows: MaxRows, MaxBytes: MaxBytes, Log: slog.New(slog.DiscardHandler), Observe: observe}
}

// Run holds a database to the contract of package storage.
func Run(t *testing.T, open Open) {
	suite := func(name string, test func(*testing.T, Open)) {
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
	suite("limits", testLimits)
	suite("any graph", testAnyGraph)
	suite("any page", testAnyPage)
}

// recorder notes the statements of one context.
type recorder struct {
	mu         sync.Mutex
	statements []storage.Statement
}

type recorderKey struct{}

// recording is a context whose statements are noted.
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

// Statements runs ask and tells which statements it ran.
func Statements(ctx context.Context, ask func(context.Context) error) ([]storage.Statement, error) {
	ctx, r := recording(ctx)
	err := ask(ctx)
	return r.statements, err
}

// cancelled is a context that is over.
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
	_ = json.Indent(&out, []byte(text), "", "  ") // it was written by json.Marshal
	return out.String()
}
