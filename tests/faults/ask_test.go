package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wideQuery reads lists on three levels and two lists at the root, so that statements run concurrently.
const wideQuery = `{ campaigns(first: 3) { totalCount nodes { uuid notes techniques { techniqueId count }
	identities(first: 3) { nodes { uuid notes attackers(first: 2) { nodes { uuid ip } } } } } } attackers(first: 3) { nodes { uuid identity { uuid } } } }`

// patience bounds every wait for an event. Clocks do not judge: a test keeps its fault (a lock, a frozen
// server) until it has seen the event, so that an event that a defect prevents never comes. One that
// does come takes seconds, even on a machine that is busy with other work.
const patience = time.Minute

// finish runs a call that must return by itself while a fault lasts.
func finish(t *testing.T, name string, call func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal(name + " does not return")
	}
}

// answer is the result of a request, as a client sees it.
type answer struct {
	client  int      // number of the client in a load
	data    string   // JSON in canonical form
	codes   []string // error codes, each once
	problem string   // why there is no GraphQL response at all
	start   time.Time
	took    time.Duration
}

// askClient gives up after the patience; its answer then has a problem.
var askClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: patience}

// ask sends a query and waits for the answer.
func (s *served) ask(ctx context.Context, query string) (a answer) {
	a.start = time.Now()
	defer func() { a.took = time.Since(a.start) }()
	body, _ := json.Marshal(map[string]string{"query": query})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		a.problem = err.Error()
		return a
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := askClient.Do(request)
	if err != nil {
		a.problem = err.Error()
		return a
	}
	defer response.Body.Close()
	var content struct {
		Data   any
		Errors []struct{ Extensions struct{ Code string } }
	}
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(text, &content)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		a.problem = fmt.Sprintf("status %d, %v: %s", response.StatusCode, err, text)
		return a
	}
	for _, e := range content.Errors {
		if !slices.Contains(a.codes, e.Extensions.Code) {
			a.codes = append(a.codes, e.Extensions.Code)
		}
	}
	data, _ := json.Marshal(content.Data)
	a.data = string(data)
	return a
}

// whole reports whether an answer is the wanted one, without errors.
func (a answer) whole(want string) bool {
	return a.problem == "" && len(a.codes) == 0 && a.data == want
}

// check asserts that there is a response, and that it is the wanted one or, with errors of these codes, has null
// in place of a part of it.
func (a answer) check(t *testing.T, want string, codes ...string) {
	t.Helper()
	require.Empty(t, a.problem)
	for _, code := range a.codes {
		assert.Contains(t, codes, code)
	}
	if len(a.codes) == 0 {
		assert.Equal(t, want, a.data)
		return
	}
	var part, whole any
	require.NoError(t, json.Unmarshal([]byte(a.data), &part))
	require.NoError(t, json.Unmarshal([]byte(want), &whole))
	assert.True(t, within(part, whole), "%s is no part of %s", a.data, want)
}

// within reports whether a part equals the whole but for nulls.
func within(part, whole any) bool {
	switch part := part.(type) {
	case nil:
		return true
	case map[string]any:
		all, ok := whole.(map[string]any)
		if !ok || len(all) != len(part) {
			return false
		}
		for name, value := range part {
			if !within(value, all[name]) {
				return false
			}
		}
		return true
	case []any:
		all, ok := whole.([]any)
		if !ok || len(all) != len(part) {
			return false
		}
		for n, value := range part {
			if !within(value, all[n]) {
				return false
			}
		}
		return true
	default:
		return part == whole
	}
}

// health returns the HTTP status of a health check.
func (s *served) health(t *testing.T, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

// load is a number of clients that send one request after the other.
type load struct {
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex
	answers []answer
}

const clients = 12

func (s *served) load(t *testing.T) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	l := &load{cancel: cancel}
	for n := range clients {
		l.wait.Go(func() {
			for ctx.Err() == nil {
				a := s.ask(context.WithoutCancel(ctx), wideQuery) // stop waits for answers that are outstanding
				a.client = n
				l.mu.Lock()
				l.answers = append(l.answers, a)
				l.mu.Unlock()
				if len(a.codes) > 0 {
					time.Sleep(5 * time.Millisecond) // clients should back off, and a busy machine needs time to start a database server
				}
			}
		})
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop ends the load and returns all answers.
func (l *load) stop() []answer {
	l.cancel()
	l.wait.Wait()
	return l.answers
}

// until waits until each client has n answers of a kind to requests that it sent after the call.
func (l *load) until(t *testing.T, name string, n int, is func(answer) bool) {
	t.Helper()
	from := time.Now()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		var found [clients]int
		for _, a := range l.answers {
			if a.start.After(from) && is(a) {
				found[a.client]++
			}
		}
		return slices.Min(found[:]) >= n
	}, patience, 5*time.Millisecond, name)
}

// checkAfter asserts that all requests that were sent after an instant succeeded.
func checkAfter(t *testing.T, answers []answer, from time.Time, want string) {
	t.Helper()
	for _, a := range answers {
		if a.start.After(from) {
			a.check(t, want)
		}
	}
}

// longest returns the time of the slowest answer, for the log.
func longest(answers []answer) (longest time.Duration) {
	for _, a := range answers {
		longest = max(longest, a.took)
	}
	return longest
}
