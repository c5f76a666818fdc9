package resolverstest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/web"
)

// A Server answers operations on one database.
type Server struct {
	local *resolvers.Local
	run   *atomic.Int64 // statements so far
}

// Serve returns a server of a database, which may be written to. It ends with the test.
func Serve(tb testing.TB, source string) Server {
	tb.Helper()
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(tb, err)
	run := &atomic.Int64{}
	observe := func(context.Context, storage.Statement) { run.Add(1) }
	resolver := Open(tb, source, storage.Options{Write: true, Observe: observe, Log: slog.New(slog.DiscardHandler)})
	return Server{resolvers.NewLocal(resolver, limits, slog.New(slog.DiscardHandler)), run}
}

// Ask returns the answer to a document, which has no errors.
func (s Server) Ask(tb testing.TB, document string, variables map[string]any) map[string]any {
	tb.Helper()
	data, _ := s.Count(tb, document, variables)
	return data
}

// Count is Ask, with the number of statements that were run. Nobody else may ask meanwhile.
func (s Server) Count(tb testing.TB, document string, variables map[string]any) (data map[string]any, statements int) {
	tb.Helper()
	before := s.run.Load()
	require.NoError(tb, s.local.Ask(tb.Context(), document, asSent(tb, variables), &data), document)
	return data, int(s.run.Load() - before)
}

// Variables are the variables of an example, with the values that it finds in the database. Numbers are float64.
func (s Server) Variables(tb testing.TB, e web.Example) map[string]any {
	tb.Helper()
	variables, missing, err := e.Filled(func(document string) (any, error) { return s.Ask(tb, document, nil), nil })
	require.NoError(tb, err)
	require.Empty(tb, missing, "the answers have no value")
	text, err := json.Marshal(variables)
	require.NoError(tb, err)
	var plain map[string]any
	require.NoError(tb, json.Unmarshal(text, &plain))
	return plain
}

// asSent are variables as a request brings them: with numbers that keep their digits.
func asSent(tb testing.TB, variables map[string]any) map[string]any {
	tb.Helper()
	text, err := json.Marshal(variables)
	require.NoError(tb, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var sent map[string]any
	require.NoError(tb, decoder.Decode(&sent))
	return sent
}
