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

// wideQuery reads lists on three levels, two of them at the root, so that statements run side by side.
const wideQuery = `{ campaigns(first: 3) { totalCount nodes { uuid notes techniques { techniqueId count }
	identities(first: 3) { nodes { uuid notes attackers(first: 2) { nodes { uuid ip } } } } } } attackers(first: 3) { nodes { uuid identity { uuid } } } }`

// answer is what a client gets.
type answer struct {
	data    string   // JSON, in a form that can be compared
	codes   []string // of errors, each once
	problem string   // that there is no GraphQL answer at all
	start   time.Time
	took    time.Duration
}

var askClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

// ask puts a query as a client does.
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

// whole reports whether an answer is what it should be.
func (a answer) whole(want string) bool {
	return a.problem == "" && len(a.codes) == 0 && a.data == want
}

// check holds an answer to the rules: in time, and either right or right in part with errors of these codes.
func (a answer) check(t *testing.T, want string, limit time.Duration, codes ...string) {
	t.Helper()
	assert.Empty(t, a.problem)
	assert.LessOrEqual(t, a.took, limit, "an answer in time")
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

// within reports whether a part differs from the whole by nulls alone.
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

// health is the status of a health check.
func (s *served) health(t *testing.T, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

// load is clients who ask without a pause.
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
	for range clients {
		l.wait.Go(func() {
			for ctx.Err() == nil {
				a := s.ask(context.WithoutCancel(ctx), wideQuery) // an answer that is on its way is waited for
				l.mu.Lock()
				l.answers = append(l.answers, a)
				l.mu.Unlock()
				if len(a.codes) > 0 {
					time.Sleep(5 * time.Millisecond) // as a client should, and so that a loaded machine has time to start a server
				}
			}
		})
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop returns all answers.
func (l *load) stop() []answer {
	l.cancel()
	l.wait.Wait()
	return l.answers
}

// until waits for some answers of questions put from now on.
func (l *load) until(t *testing.T, text string, n int, is func(answer) bool) {
	t.Helper()
	from := time.Now()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		found := 0
		for _, a := range slices.Backward(l.answers) {
			if a.start.Before(from) {
				continue
			}
			if is(a) {
				found++
			}
		}
		return found >= n
	}, 30*time.Second, 5*time.Millisecond, text)
}

// recovery is the time from an instant to the last question that was put after it and failed.
func recovery(answers []answer, from time.Time, want string) (last time.Duration) {
	for _, a := range answers {
		if a.start.After(from) && !a.whole(want) {
			last = max(last, a.start.Add(a.took).Sub(from))
		}
	}
	return last
}

func longest(answers []answer) (longest time.Duration) {
	for _, a := range answers {
		longest = max(longest, a.took)
	}
	return longest
}
