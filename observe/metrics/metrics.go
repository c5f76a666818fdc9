// Package metrics counts requests and shows the state of the server in the format of Prometheus.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"decnetgraph/observe"
)

// namespace begins the names of all metrics apart from those of Go and of the process.
const namespace = "decnet_graph"

// Metrics are the metrics of a server. Its methods may be called at the same time.
type Metrics struct {
	registry   *prometheus.Registry
	operations *operations
	requests   *prometheus.CounterVec
	slow       prometheus.Counter
}

// Build says which program runs.
type Build struct{ Version, Commit, GoVersion string }

// New returns metrics of a server that starts now. The state of its parts is asked of sources when it is collected.
func New(build Build, sources Sources) *Metrics {
	started := time.Now()
	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		operations: newOperations(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_total",
			Help: "HTTP requests by the route that served them and the status of the answer. " +
				"The route is empty if the request was refused before, the status none if the client left before.",
		}, []string{"route", "status"}),
		slow: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "slow_clients_total", Help: "Clients that were cut off because they took their answer too slowly.",
		}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels say which program runs.",
		ConstLabels: prometheus.Labels{"version": build.Version, "commit": build.Commit, "go_version": build.GoVersion},
	})
	info.Set(1)
	uptime := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "uptime_seconds", Help: "Time since the server started.",
	}, func() float64 { return time.Since(started).Seconds() })
	m.registry.MustRegister(m.requests, m.slow, info, uptime, m.operations, newState(sources),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// scrapes is how many answers may be made at a time.
const scrapes = 4

// Handler answers with the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: scrapes, EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError, Registry: m.registry,
	})
}

// Ended counts a request that has ended.
func (m *Metrics) Ended(r *observe.Request) {
	status := "none"
	if r.Status > 0 {
		status = strconv.Itoa(r.Status)
	}
	m.requests.WithLabelValues(r.Route, status).Inc()
	if r.Operation != nil {
		m.operations.count(r)
	}
}

// SlowClient counts a client that was cut off.
func (m *Metrics) SlowClient() { m.slow.Inc() }

// TrustNames gives the operations of trusted documents labels of their own. Later calls add names.
func (m *Metrics) TrustNames(names []string) { m.operations.trust(names) }
