package tracing

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"decnetgraph/graph/exec"
	"decnetgraph/observe"
	"decnetgraph/storage"
)

// traced lets a request run that is sampled at a share, and returns its spans by name and the headers of its answer.
func traced(t *testing.T, share float64, headers http.Header) (spans map[string]tracetest.SpanStub, answer http.Header, levels int) {
	t.Helper()
	sent := tracetest.NewInMemoryExporter()
	tracer, err := newTracer(t.Context(), Options{Sample: &share, Version: "1.2.3", Engine: "sqlite"}, sdktrace.WithSyncer(sent))
	require.NoError(t, err)
	o := &observe.Observer{Log: slog.New(slog.DiscardHandler), Trace: tracer.Begin}
	r, answer := &observe.Request{}, http.Header{}
	o.Begin(r, "one")
	ctx := observe.BeginOperation(observe.With(t.Context(), r), headers, answer)
	if tracer.WantsLevels(ctx) {
		levels++
		level, end := tracer.Level(ctx, exec.Level{Path: "a.b", Coordinate: "A.b", Parents: 3})
		tracer.Statement(level, storage.Statement{SQL: "SELECT 'secret' WHERE k = ?", Args: []any{"secret"}, Rows: 7, Took: time.Second, Err: errors.New("secret")})
		require.NoError(t, level.Err())
		end(exec.Outcome{Objects: 5, Statements: 1, Rows: 7, Err: errors.New("secret")})
		require.NoError(t, level.Err(), "statements of several levels may be sent together")
	}
	tracer.Statement(ctx, storage.Statement{SQL: "SELECT 1"})
	r.SetOperation("Walk", "query", `query Walk { a(b: "secret") { b } }`)
	r.SetCodes([]string{"TIMEOUT"})
	o.End(ctx, r)
	spans = map[string]tracetest.SpanStub{}
	for _, span := range sent.GetSpans() {
		if span.Name == "SQL" && strings.Contains(attributes(span)["db.query.text"], "k = ?") {
			span.Name = "SQL of a level"
		}
		spans[span.Name] = span
	}
	require.NoError(t, tracer.Close(t.Context()))
	return spans, answer, levels
}

func attributes(span tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range span.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"

func TestATraceHasTheOperationItsLevelsAndTheirStatements(t *testing.T) {
	spans, answer, _ := traced(t, 1, nil)
	require.Len(t, spans, 4)
	operation, level, statement := spans["query Walk"], spans["A.b"], spans["SQL of a level"]
	assert.Equal(t, operation.SpanContext.SpanID(), level.Parent.SpanID())
	assert.Equal(t, level.SpanContext.SpanID(), statement.Parent.SpanID())
	assert.Equal(t, operation.SpanContext.SpanID(), spans["SQL"].Parent.SpanID())
	assert.Equal(t, "00-"+operation.SpanContext.TraceID().String()+"-"+operation.SpanContext.SpanID().String()+"-01", answer.Get("Traceresponse"))
	for span, want := range map[string]map[string]string{
		"query Walk": {
			"graphql.document": `query Walk {a(b:"") {b}}`, "graphql.operation.name": "Walk", "graphql.operation.type": "query",
			"decnet_graph.outcome": "TIMEOUT", "decnet_graph.request_id": "one",
		},
		"A.b":            {"graphql.field.path": "a.b", "decnet_graph.parents": "3", "decnet_graph.objects": "5", "decnet_graph.rows": "7"},
		"SQL of a level": {"db.query.text": "SELECT ? WHERE k = ?", "db.response.returned_rows": "7", "db.system.name": "sqlite"},
	} {
		assert.Subset(t, attributes(spans[span]), want, span)
	}
	assert.InDelta(t, time.Second, statement.EndTime.Sub(statement.StartTime), float64(time.Millisecond))
	for name, span := range spans {
		for _, value := range append(strings.Fields(span.Status.Description), attributes(span)["graphql.document"]) {
			assert.NotContains(t, value, "secret", name)
		}
		assert.Empty(t, span.Events, "errors may quote values")
	}
}

func TestATraceFollowsTheOneThatTheRequestIsPartOf(t *testing.T) {
	for flag, sampled := range map[string]bool{"01": true, "00": false} {
		for _, share := range []float64{0, 1} {
			spans, answer, levels := traced(t, share, http.Header{"Traceparent": {parent + flag}})
			assert.Equal(t, sampled, len(spans) > 0, "the parent decides")
			assert.Equal(t, sampled, levels > 0)
			assert.Regexp(t, "^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-"+flag+"$", answer.Get("Traceresponse"))
		}
	}
	for fact, header := range map[string]string{"another version": "zz" + parent[2:] + "01", "zeros": "00-00000000000000000000000000000000-0000000000000000-01", "too long": parent + "01" + strings.Repeat("0", 5_000), "text": "\r\nx"} {
		spans, answer, _ := traced(t, 1, http.Header{"Traceparent": {header}})
		assert.NotEmpty(t, spans, fact)
		assert.NotContains(t, answer.Get("Traceresponse"), "4bf92f35", fact)
	}
}

func TestARequestThatIsNotSampledHasNoSpans(t *testing.T) {
	spans, answer, levels := traced(t, 0, nil)
	assert.Empty(t, spans)
	assert.Zero(t, levels, "levels are not even observed")
	assert.Regexp(t, "-00$", answer.Get("Traceresponse"))
}

func TestStatementsOutsideOfRequestsHaveNoSpans(t *testing.T) {
	sent := tracetest.NewInMemoryExporter()
	one := 1.0
	tracer, err := newTracer(t.Context(), Options{Sample: &one}, sdktrace.WithSyncer(sent))
	require.NoError(t, err)
	tracer.Statement(context.Background(), storage.Statement{SQL: "SELECT 1"})
	assert.Empty(t, sent.GetSpans())
}
