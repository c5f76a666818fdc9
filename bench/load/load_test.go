package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server starts an HTTP server whose n-th answer has letters(n) letters; a negative number is status 500.
func server(t *testing.T, letters func(call int64) int) Address {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := letters(calls.Add(1))
		if n < 0 {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(strings.Repeat("x", n)))
	}))
	t.Cleanup(s.Close)
	return Address{Host: strings.TrimPrefix(s.URL, "http://")}
}

func run(t *testing.T, to Address, o Options) (Result, error) {
	t.Helper()
	return Run(t.Context(), to, InTurn([]*Request{NewRequest(to, "/", []byte("{}"))}), o)
}

func TestEveryAnswerCounts(t *testing.T) {
	host := server(t, func(int64) int { return 100_000 })
	result, err := run(t, host, Options{Clients: 4, Least: 40})
	require.NoError(t, err)
	require.GreaterOrEqual(t, result.Requests, 40)
	require.Positive(t, result.P50)
	require.GreaterOrEqual(t, result.P99, result.P50)
}

func TestAnAnswerOfAnotherLengthEndsTheRun(t *testing.T) {
	host := server(t, func(call int64) int { return 10 + int(call/20) })
	_, err := run(t, host, Options{Clients: 2, Least: 100})
	require.ErrorContains(t, err, "an earlier one 10")
}

func TestAFailureEndsTheRun(t *testing.T) {
	host := server(t, func(call int64) int { return 30 - int(call) })
	_, err := run(t, host, Options{Clients: 1, Least: 100})
	require.Error(t, err)
	host = server(t, func(int64) int { return -1 })
	_, err = run(t, host, Options{Clients: 1, Least: 1})
	require.ErrorContains(t, err, "status 500: broken")
}

func TestTheEndOfTheContextEndsTheRun(t *testing.T) {
	host := server(t, func(int64) int { return 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, host, InTurn([]*Request{NewRequest(host, "/", nil)}), Options{Clients: 1, Duration: time.Hour})
	require.ErrorIs(t, err, context.Canceled)
}

func TestQuantiles(t *testing.T) {
	times := make([]time.Duration, 100)
	for i := range times {
		times[i] = time.Duration(i + 1)
	}
	require.Equal(t, time.Duration(51), at(times, 0.5))
	require.Equal(t, time.Duration(100), at(times, 0.99))
	require.Zero(t, at(nil, 0.5))
}
