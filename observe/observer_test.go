package observe_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"decnetgraph/observe"
)

// ended lets a request begin and end, and returns what it logs.
func ended(o *observe.Observer, during func(*observe.Request)) string {
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := &observe.Request{}
	o.Begin(r, "one")
	r.Status, r.Route = 200, "/graphql"
	during(r)
	o.End(context.Background(), r)
	return log.String()
}

func fails(code string) func(*observe.Request) {
	return func(r *observe.Request) {
		r.SetOperation("A", "query", "{ a }")
		r.SetCodes([]string{code})
	}
}

func TestLinesHaveALevelByWhoIsAtFault(t *testing.T) {
	for fact, c := range map[string]struct {
		observer *observe.Observer
		during   func(*observe.Request)
		want     string // empty for no line
	}{
		"success":             {&observe.Observer{}, func(*observe.Request) {}, ""},
		"success, all logged": {&observe.Observer{LogRequests: true}, func(*observe.Request) {}, `level=INFO msg=request `},
		"a probe, all logged": {&observe.Observer{LogRequests: true}, func(r *observe.Request) { r.Route = "/healthz" }, `level=DEBUG msg=request `},
		"a slow operation":    {&observe.Observer{Slow: 1}, func(r *observe.Request) { r.SetOperation("A", "query", "{ a }") }, `level=WARN msg="operation was slow"`},
		"no slow ones":        {&observe.Observer{}, func(r *observe.Request) { r.SetOperation("A", "query", "{ a }") }, ""},
		"a mistake":           {&observe.Observer{}, fails("BAD_USER_INPUT"), `level=INFO msg="operation failed"`},
		"an overload":         {&observe.Observer{}, fails("UNAVAILABLE"), `level=WARN msg="operation failed"`},
		"a timeout":           {&observe.Observer{}, fails("TIMEOUT"), `level=WARN msg="operation failed"`},
		"a fault":             {&observe.Observer{}, func(r *observe.Request) { fails("BAD_USER_INPUT")(r); r.Fail("UNAVAILABLE", "a.b", errors.New("gone")) }, `level=ERROR msg="operation failed" request=one`},
		"a cause":             {&observe.Observer{}, func(r *observe.Request) { r.Fail("INTERNAL", "a.b", errors.New("gone")) }, `failures=1 path=a.b cause=gone`},
		"many causes": {&observe.Observer{}, func(r *observe.Request) {
			for _, c := range "abacd" {
				r.Fail("INTERNAL", "p", errors.New(string(c)))
			}
		}, `failures=5 path=p cause="a | b | c"`},
		"a refusal":      {&observe.Observer{}, func(r *observe.Request) { r.Status = 401; r.Refuse("who?") }, `level=WARN msg="request refused"`},
		"a missing page": {&observe.Observer{}, func(r *observe.Request) { r.Status = 404 }, ""},
		"no database":    {&observe.Observer{}, func(r *observe.Request) { r.Status = 503 }, `level=WARN msg="request failed"`},
		"text of clients": {&observe.Observer{}, func(r *observe.Request) {
			r.SetOperation("a\nb=\"", "", "{ a }")
			r.SetCodes([]string{"BAD_USER_INPUT"})
		}, `operation="a\nb=\""`},
		"text that is too long": {&observe.Observer{}, func(r *observe.Request) { r.Fail("INTERNAL", "p", errors.New(strings.Repeat("é", 5_000))) }, `é…`},
	} {
		t.Run(fact, func(t *testing.T) {
			line := ended(c.observer, c.during)
			if c.want == "" {
				assert.Empty(t, line)
				return
			}
			assert.Contains(t, line, c.want)
			assert.Equal(t, 1, strings.Count(line, "\n"))
			assert.Less(t, len(line), 4_000)
		})
	}
}

func TestAFloodOfRefusalsIsLoggedAtABoundedRate(t *testing.T) {
	var log bytes.Buffer
	o := &observe.Observer{Log: slog.New(slog.NewTextHandler(&log, nil))}
	flood := func(status int) {
		for range 10_000 {
			r := &observe.Request{}
			o.Begin(r, "")
			r.Status = status
			o.End(t.Context(), r)
		}
	}
	flood(401)
	flood(413)
	lines := strings.Count(log.String(), "\n")
	assert.Less(t, lines, 1_000)
	for _, status := range []string{"status=401", "status=413"} {
		assert.GreaterOrEqual(t, strings.Count(log.String(), status), 50, "each kind has a share of its own")
	}
	log.Reset()
	o.Close(t.Context())
	assert.Contains(t, log.String(), "left out")
}

func TestARequestThatIsNotObservedNeedsNoCare(t *testing.T) {
	var r *observe.Request
	r.SetOperation("A", "query", "{ a }")
	r.SetCodes([]string{"INTERNAL"})
	r.Refuse("no")
	r.SetRoute("/")
	_, recorded := r.Fail("INTERNAL", "", errors.New("x"))
	assert.False(t, recorded)
	assert.Nil(t, observe.From(t.Context()))
	assert.Equal(t, t.Context(), observe.BeginOperation(t.Context(), nil, nil))
}
