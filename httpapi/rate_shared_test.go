package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/ratelimit"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

// storeSpender is what serve makes of a store whose costs several servers count.
type storeSpender struct{ *storage.Store }

func (s storeSpender) Spend(ctx context.Context, key string, window time.Time, cost int) (int, error) {
	return s.SpendCost(ctx, key, window, cost)
}

// limitedServer is one of several servers on a database.
type limitedServer struct {
	handler http.Handler
	store   *storage.Store
	clock   *atomic.Int64 // seconds since the period began; all servers have it
	log     bytes.Buffer
}

const (
	sharedUnits = 2_000
	sharedRate  = "2000/24h"
)

// sharedDay is when the first period of these tests begins.
var sharedDay = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func newLimitedServer(t *testing.T, source string, clock *atomic.Int64) *limitedServer {
	t.Helper()
	store, err := storage.Open(t.Context(), source, storage.Options{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() }) // a test may have closed it
	s := &limitedServer{store: store, clock: clock}
	rates, err := ratelimit.ParseRates([]string{sharedRate})
	require.NoError(t, err)
	limiter := ratelimit.New(ratelimit.Options{
		Rates: rates, Spender: storeSpender{store}, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Now: func() time.Time { return sharedDay.Add(time.Duration(clock.Load()) * time.Second) },
	})
	resolver := &resolvers.Resolver{Store: store, Charge: limiter.Charge}
	s.handler = httpapi.NewHandler(resolvers.NewExecutor(resolver, resolvers.DefaultLimits, slog.New(slog.DiscardHandler)), resolvers.DefaultLimits)
	return s
}

// run asks for something as a principal, and returns what it has cost; admitted is false if the rate did not allow it. The clock
// then moves on, because servers remember a refusal for a second.
func (s *limitedServer) run(t *testing.T, query string) (cost int, admitted bool) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	ctx := auth.With(t.Context(), &auth.Principal{Name: "alice", Way: auth.ByToken, Role: auth.Viewer})
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Graphql-Cost", "1")
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	if recorder.Code == http.StatusTooManyRequests {
		assert.NotEmpty(t, recorder.Header().Get("Retry-After"))
		s.clock.Add(2)
		return 0, false
	}
	var answer struct {
		Errors     []any
		Extensions struct {
			Cost struct{ Requested, Actual int }
		}
	}
	assert.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &answer)) //nolint:testifylint // several goroutines call this, which must not end
	assert.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	assert.Empty(t, answer.Errors)
	assert.LessOrEqual(t, answer.Extensions.Cost.Actual, answer.Extensions.Cost.Requested)
	return answer.Extensions.Cost.Actual, true
}

// sharedQuery has given back most of what it was charged when it has ended, because there are no rows.
const (
	sharedQuery      = "{ campaigns(first: 10) { nodes { uuid } } }"
	sharedQueryAsked = 50 // at least what it is charged before
)

// TestServersShareARateThroughTheirDatabase has two servers spend the rate of one principal from all sides, on each database that
// may have our tables.
func TestServersShareARateThroughTheirDatabase(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func() string{
		"SQLite":     func() string { return filepath.Join(t.TempDir(), "own.db") },
		"MariaDB":    func() string { return dbserver.MariaDB(t).Database(t) },
		"PostgreSQL": func() string { return dbserver.Postgres(t).Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := create()
			parsed, err := engine.Parse(source)
			require.NoError(t, err)
			_, err = transfer.Migrate(t.Context(), parsed)
			require.NoError(t, err)
			clock := &atomic.Int64{}
			servers := [2]*limitedServer{newLimitedServer(t, source, clock), newLimitedServer(t, source, clock)}
			var spent atomic.Int64
			var wait sync.WaitGroup
			for _, s := range servers {
				for range 3 {
					wait.Go(func() {
						for refusals := 0; refusals < 3; {
							cost, admitted := s.run(t, sharedQuery)
							if spent.Add(int64(cost)); !admitted {
								refusals++
							}
						}
					})
				}
			}
			wait.Wait()
			assert.Positive(t, spent.Load())
			require.Eventually(t, func() bool { // what was given back arrives a little later
				for _, s := range servers {
					if cost, admitted := s.run(t, sharedQuery); admitted {
						spent.Add(int64(cost))
						return false
					}
				}
				return true
			}, time.Minute, time.Millisecond)
			assert.LessOrEqual(t, spent.Load(), int64(sharedUnits), "together they admit no more than the rate")
			assert.Greater(t, spent.Load(), int64(sharedUnits-len(servers)*sharedQueryAsked), "and each leaves less than an operation")
			booked, err := servers[0].store.SpendCost(t.Context(), "TOKEN:alice", sharedDay, 0)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, int64(booked), spent.Load(), "no cost is lost")
			assert.LessOrEqual(t, booked, sharedUnits)

			clock.Store(int64(24 * time.Hour / time.Second)) // the next period
			require.NoError(t, servers[1].store.Close())
			alone := 0
			for {
				cost, admitted := servers[1].run(t, "{ __schema { directives { name } } }") // which reads no row
				if !admitted {
					break
				}
				alone += cost
			}
			assert.LessOrEqual(t, alone, sharedUnits, "a database that fails does not lift the limit")
			assert.Greater(t, alone, sharedUnits/2, "nor does it stop the server")
			assert.Contains(t, servers[1].log.String(), "this server counts alone until the period ends")
			_, admitted := servers[0].run(t, sharedQuery)
			assert.True(t, admitted, "the other server goes on")
			assert.Empty(t, servers[0].log.String())
		})
	}
}
