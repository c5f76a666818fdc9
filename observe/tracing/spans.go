package tracing

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"decnetgraph/graph/exec"
	"decnetgraph/observe"
	"decnetgraph/storage"
)

// mostDocument is the length of the longest document in a span, in bytes.
const mostDocument = 4_000

// responseHeader tells the client which span answered it, in the form of W3C's Trace Context, level 2.
const responseHeader = "Traceresponse" // in the form in which net/http stores it

// Begin begins the span of a request to the API, which continues the trace that headers name, if any. It implements
// observe.Observer.Trace.
func (t *Tracer) Begin(ctx context.Context, r *observe.Request, headers, answer http.Header) context.Context {
	if headers.Get("Traceparent") != "" {
		ctx = w3c.Extract(ctx, propagation.HeaderCarrier(headers))
	}
	ctx, span := t.tracer.Start(ctx, "GraphQL", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(r.Start))
	at := span.SpanContext()
	r.Trace = at.TraceID().String()
	answer[responseHeader] = []string{"00-" + r.Trace + "-" + at.SpanID().String() + "-" + at.TraceFlags().String()}
	if span.IsRecording() {
		r.OnEnd(func(r *observe.Request) { end(span, r) })
	}
	return ctx
}

// end ends the span of a request.
func end(span trace.Span, r *observe.Request) {
	outcome := r.Outcome()
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", r.Method), attribute.Int("http.response.status_code", r.Status),
		attribute.String("decnet_graph.request_id", r.ID), attribute.String("enduser.id", r.Principal),
	}
	if r.Operation != nil {
		name := strings.TrimSpace(r.Operation.Type + " " + r.Operation.Name)
		if r.Operation.Type != "" { // otherwise the name is any text
			span.SetName(name)
			attributes = append(attributes, attribute.String("graphql.operation.name", r.Operation.Name), attribute.String("graphql.operation.type", r.Operation.Type))
		}
		attributes = append(attributes,
			attribute.String("graphql.document", observe.Normalize(r.Operation.Document, mostDocument)), attribute.Int64("decnet_graph.cost", r.Cost()),
			attribute.Int64("decnet_graph.statements", r.Statements()), attribute.Int64("decnet_graph.rows", r.Rows()),
			attribute.String("decnet_graph.outcome", outcome))
	}
	if outcome != "ok" {
		span.SetStatus(codes.Error, outcome)
	}
	span.SetAttributes(attributes...)
	span.End()
}

// WantsLevels implements exec.Options.WantsLevels: levels are observed in traces that are recorded.
func (t *Tracer) WantsLevels(ctx context.Context) bool {
	return trace.SpanFromContext(ctx).IsRecording()
}

// Level implements exec.Options.Level. Its context ends only with that of the operation.
func (t *Tracer) Level(ctx context.Context, level exec.Level) (context.Context, func(exec.Outcome)) {
	ctx, span := t.tracer.Start(ctx, level.Coordinate, trace.WithAttributes( //nolint:spancheck // the function that is returned ends it
		attribute.String("graphql.field.path", level.Path), attribute.String("graphql.field.coordinate", level.Coordinate),
		attribute.Int("decnet_graph.parents", level.Parents)))
	return ctx, func(o exec.Outcome) { //nolint:spancheck // as above
		span.SetAttributes(attribute.Int("decnet_graph.objects", o.Objects), attribute.Int("decnet_graph.statements", o.Statements),
			attribute.Int("decnet_graph.rows", o.Rows))
		if o.Err != nil { // whose text may quote values
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Statement implements storage.Options.Observe. A statement that was sent together with others took as long as all of those
// before it.
func (t *Tracer) Statement(ctx context.Context, s storage.Statement) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	exec.CountStatement(ctx, s.Rows)
	now := time.Now()
	_, span := t.tracer.Start(ctx, "SQL", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(now.Add(-s.Took)), trace.WithAttributes(
		t.engine, attribute.String("db.query.text", observe.NormalizeSQL(s.SQL)), attribute.Int("db.response.returned_rows", s.Rows)))
	if s.Err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(now))
}
