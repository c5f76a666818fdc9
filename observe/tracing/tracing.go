// Package tracing sends traces of requests to a collector of OpenTelemetry: a span for each operation, each of its levels and
// each of its statements. Spans have no variables and no values: documents are normalised, and statements are texts with
// placeholders.
package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say where traces go, and of which requests.
type Options struct {
	// Endpoint is the URL of the collector, such as http://127.0.0.1:4318. Without it, the variables of OpenTelemetry in the
	// environment say it, as they say headers, certificates and the like in any case.
	Endpoint string
	// Sample is the share of requests that are traced, from 0 to 1; nil leaves it to OTEL_TRACES_SAMPLER. A request that is
	// part of a trace is traced if that is.
	Sample *float64
	// Version is that of the program, and Engine the engine of its database.
	Version, Engine string
}

// Tracer makes spans. Its methods may be called at the same time.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	engine   attribute.KeyValue
}

// New returns a Tracer that sends its spans to a collector. It does not wait for the collector, which may come later.
func New(ctx context.Context, o Options) (*Tracer, error) {
	var settings []otlptracehttp.Option
	if o.Endpoint != "" {
		settings = append(settings, otlptracehttp.WithEndpointURL(o.Endpoint))
	}
	exporter, err := otlptracehttp.New(ctx, settings...)
	if err != nil {
		return nil, err
	}
	return newTracer(ctx, o, sdktrace.WithBatcher(exporter))
}

func newTracer(ctx context.Context, o Options, export sdktrace.TracerProviderOption) (*Tracer, error) {
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "decnet-graph"), attribute.String("service.version", o.Version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	settings := []sdktrace.TracerProviderOption{export, sdktrace.WithResource(about)}
	if o.Sample != nil {
		settings = append(settings, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*o.Sample))))
	}
	provider := sdktrace.NewTracerProvider(settings...)
	return &Tracer{provider, provider.Tracer("decnetgraph"), attribute.String("db.system.name", o.Engine)}, nil
}

// closeTimeout is how long Close waits for the collector.
const closeTimeout = 3 * time.Second

// Close sends the spans that wait.
func (t *Tracer) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// w3c is how traces are passed on between programs: the header traceparent of W3C.
var w3c = propagation.TraceContext{}
