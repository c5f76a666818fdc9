package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"go.opentelemetry.io/otel"

	"decnetgraph/auth"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/admission"
	"decnetgraph/observe"
	"decnetgraph/observe/metrics"
	"decnetgraph/observe/tracing"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/engine/dsn"
)

// observeFlags say what an operator sees of the server.
type observeFlags struct {
	AdminListen string `env:"DECNET_GRAPH_ADMIN_LISTEN" placeholder:"ADDR" help:"Address for operators, such as 127.0.0.1:9090: /metrics, /debug/pprof/ and /healthz, without authentication. Off by default."`
	AdminOpen   bool   `env:"DECNET_GRAPH_ADMIN_OPEN" help:"Allow --admin-listen to name an address that other machines reach, as Prometheus needs it in Kubernetes. Profiles remain for clients on this machine."`

	Slow        time.Duration `default:"1s" env:"DECNET_GRAPH_SLOW" help:"Time from which on an operation is slow, and logged as such (${default}); 0 logs none."`
	LogRequests bool          `env:"DECNET_GRAPH_LOG_REQUESTS" help:"Log a line for every request, not only for those that failed, were slow or were refused."`

	TraceEndpoint string   `env:"DECNET_GRAPH_TRACE_ENDPOINT" placeholder:"URL" help:"Collector of OpenTelemetry that traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318. OTEL_EXPORTER_OTLP_ENDPOINT does the same. Off by default."`
	TraceSample   *float64 `env:"DECNET_GRAPH_TRACE_SAMPLE" placeholder:"SHARE" help:"Share of the requests that are traced, from 0 to 1 (0.01). Requests of a trace that has begun elsewhere follow that one."`
}

// watch is what watches a server.
type watch struct {
	observeFlags

	log      *slog.Logger
	observer *observe.Observer
	tracer   *tracing.Tracer // nil without traces
}

// defaultSample is the share of requests that are traced.
const defaultSample = 0.01

// check refuses flags, and variables of OpenTelemetry, that cannot be followed.
func (f observeFlags) check() error {
	if f.AdminListen != "" {
		if err := checkAdminAddress(f.AdminListen, f.AdminOpen); err != nil {
			return err
		}
	}
	if f.Slow < 0 {
		return storage.Invalid("--slow is %s; it must not be negative", f.Slow)
	}
	if f.TraceSample != nil && !(*f.TraceSample >= 0 && *f.TraceSample <= 1) { // NaN is neither
		return storage.Invalid("--trace-sample is %v; it must be from 0 to 1", *f.TraceSample)
	}
	_, err := f.traced()
	return err
}

// watch checks the flags, and prepares to watch a server of a database.
func (f observeFlags) watch(ctx context.Context, source dsn.Source, log *slog.Logger) (*watch, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	w := &watch{observeFlags: f, log: log, observer: &observe.Observer{Log: log, Slow: f.Slow, LogRequests: f.LogRequests}}
	isTraced, err := f.traced()
	if err != nil || !isTraced {
		return w, err
	}
	if f.TraceSample == nil && os.Getenv("OTEL_TRACES_SAMPLER") == "" {
		sample := defaultSample
		f.TraceSample = &sample
	}
	bounded := slog.New(w.observer.Bounded(log.Handler()))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { bounded.WarnContext(ctx, "cannot send traces", "error", err) }))
	w.tracer, err = tracing.New(ctx, tracing.Options{
		Endpoint: f.TraceEndpoint, Sample: f.TraceSample, Version: buildVersion(), Engine: source.Form.Name,
	})
	if err != nil {
		return nil, storage.Invalid("cannot send traces: %v; check --trace-endpoint and the OTEL_ variables", err)
	}
	w.observer.Trace = w.tracer.Begin
	return w, nil
}

// checkAdminAddress refuses an address that other machines could reach, unless that is allowed.
func checkAdminAddress(address string, open bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return storage.Invalid("--admin-listen: %q is not an address such as 127.0.0.1:9090", address)
	}
	if !open && !httpapi.IsLoopback(host) {
		return storage.Invalid("refusing to serve metrics on %s, which other machines may reach: name a loopback address such as 127.0.0.1:9090, "+
			"or add --admin-open if a firewall or network policy lets only Prometheus in", address)
	}
	return nil
}

// traced reports whether the flag or the environment names a collector of traces.
func (f observeFlags) traced() (bool, error) {
	endpoint := cmp.Or(f.TraceEndpoint, os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	exporter := cmp.Or(os.Getenv("OTEL_TRACES_EXPORTER"), "otlp")
	switch {
	case endpoint == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" || exporter == "none":
		return false, nil
	case exporter != "otlp":
		return false, storage.Invalid("OTEL_TRACES_EXPORTER is %q; traces are sent by otlp only", exporter)
	}
	const ours = "http/protobuf"
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), ours)
	if f.TraceEndpoint == "" && protocol != ours {
		return false, storage.Invalid("OTEL_EXPORTER_OTLP_PROTOCOL is %q; traces are sent by %s only, to port 4318 as a rule", protocol, ours)
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || !slices.Contains([]string{"http", "https"}, at.Scheme) {
		return false, storage.Invalid("the collector of traces must be a URL such as http://127.0.0.1:4318")
	}
	return true, nil
}

// statement is what observes the statements of the database.
func (w *watch) statement() func(context.Context, storage.Statement) {
	if w.tracer == nil {
		return observe.CountStatement
	}
	return observeBy(observe.CountStatement, w.tracer.Statement)
}

// attach has the operations of a resolver watched.
func (w *watch) attach(r *resolvers.Resolver) {
	r.Admit = observe.Admit(r.Admit)
	if w.tracer != nil {
		r.Level, r.WantsLevels = w.tracer.Level, w.tracer.WantsLevels
	}
}

// serveMetrics serves the admin address until ctx ends, if the flags name one.
func (w *watch) serveMetrics(ctx context.Context, sources metrics.Sources, rules *requestRules) error {
	if w.AdminListen == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", w.AdminListen)
	if err != nil {
		return codedError{exitFault, fmt.Errorf("cannot listen on %s for --admin-listen: %w", w.AdminListen, errors.Unwrap(err))}
	}
	build := BuildVersion()
	m := metrics.New(metrics.Build{Version: build.Version, Commit: build.Commit, GoVersion: build.Go}, sources)
	w.observer.Ended, w.observer.SlowClient = m.Ended, m.SlowClient
	rules.named = m.TrustNames
	rules.tellNames()
	go httpapi.ServeAdmin(ctx, listener, httpapi.Admin(m.Handler(), w.AdminOpen), w.log)
	w.log.InfoContext(ctx, "serving operators", "metrics", "http://"+listener.Addr().String()+"/metrics")
	return nil
}

// close logs and sends what is left. The server has ended.
func (w *watch) close(ctx context.Context) {
	w.observer.Close(ctx)
	if w.tracer != nil {
		if err := w.tracer.Close(ctx); err != nil {
			w.log.WarnContext(ctx, "the last traces could not be sent", "error", err)
		}
	}
}

// sources are the parts of a server whose state metrics show.
func sources(store *storage.Store, gate *admission.Gate, executor *resolvers.Executor, answers *memory.Budget, api http.Handler,
	access *access,
) metrics.Sources {
	budgets := map[string]*memory.Budget{"answers": answers}
	if bodies := httpapi.BodyMemory(api); bodies != nil {
		budgets["bodies"] = bodies
	}
	var authentications func() []auth.Count
	if access.ways != nil {
		authentications = access.ways.Counts
	}
	return metrics.Sources{
		Authentications: authentications,
		Pools:           store.PoolStats, Lanes: gate.State, Caches: executor.Caches, Memory: budgets,
		Ping: store.Ping, Backlog: store.Backlog, Replicas: store.ReplicaStates,
	}
}
