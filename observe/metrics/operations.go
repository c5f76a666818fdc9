package metrics

import (
	"sync"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"decnetgraph/observe"
)

const (
	// mostNames is how many names of operations have labels of their own: the first ones. Each client can send any name, and
	// each label takes memory, here and in Prometheus.
	mostNames = 64
	// mostTrusted is how many names of trusted documents have labels of their own.
	mostTrusted = 1_000
	// longestName is the length of the longest name that is a label, in bytes.
	longestName = 64
)

// Labels of operations without a name of their own.
const (
	anonymous = "anonymous" // those without a name
	other     = "other"     // those whose name came after the first ones
	invalid   = "invalid"   // those whose document was refused, so that the name is any text
)

// durations are the upper bounds of the histogram in seconds. The last one is the default of --timeout.
var durations = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// operations counts operations by their names.
type operations struct {
	duration                *prometheus.HistogramVec
	cost, statements, rows  *prometheus.CounterVec
	errors                  *prometheus.CounterVec
	all                     []prometheus.Collector
	mu                      sync.RWMutex
	known                   map[operationKey]*series
	names                   map[string]bool // that have labels of their own
	taken, trusted, mostOwn int
}

// operationKey is an operation as labels know it.
type operationKey struct{ name, kind string }

// series are the metrics of one label.
type series struct {
	label                  string
	duration               prometheus.Observer
	cost, statements, rows prometheus.Counter
}

func newOperations() *operations {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: "operation", Name: name, Help: help}, labels)
	}
	o := &operations{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "operation", Name: "duration_seconds", Buckets: durations,
			Help: "Time from the headers of a request to the end of its answer, by the name of the operation and its type.",
		}, []string{"operation", "type"}),
		cost:       counter("cost_units_total", "Cost of operations in the units of extensions.cost.", "operation"),
		statements: counter("statements_total", "Statements that operations have run.", "operation"),
		rows:       counter("rows_total", "Rows that the statements of operations have returned.", "operation"),
		errors:     counter("errors_total", "Operations whose answer has errors, by each code that it has.", "operation", "code"),
		known:      map[operationKey]*series{}, names: map[string]bool{}, mostOwn: mostNames,
	}
	o.all = []prometheus.Collector{o.duration, o.cost, o.statements, o.rows, o.errors}
	return o
}

// Describe implements prometheus.Collector.
func (o *operations) Describe(to chan<- *prometheus.Desc) {
	for _, c := range o.all {
		c.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (o *operations) Collect(to chan<- prometheus.Metric) {
	for _, c := range o.all {
		c.Collect(to)
	}
}

// count counts the operation of a request.
func (o *operations) count(r *observe.Request) {
	s := o.seriesOf(r.Operation)
	s.duration.Observe(r.Took.Seconds())
	s.cost.Add(float64(r.Cost()))
	s.statements.Add(float64(r.Statements()))
	s.rows.Add(float64(r.Rows()))
	for _, code := range r.Operation.Codes {
		o.errors.WithLabelValues(s.label, code).Inc()
	}
}

// seriesOf returns the metrics of an operation.
func (o *operations) seriesOf(operation *observe.Operation) *series {
	key := operationKey{operation.Name, operation.Type}
	switch {
	case operation.Type == "":
		key = operationKey{invalid, "none"}
	case operation.Name == "":
		key.name = anonymous
	case len(operation.Name) > longestName || !utf8.ValidString(operation.Name): // which no label may be
		key.name = other
	}
	o.mu.RLock()
	known := o.known[key]
	if known == nil && o.taken >= o.mostOwn && !o.names[key.name] && !isCommon(key.name) {
		key.name = other
		known = o.known[key]
	}
	o.mu.RUnlock()
	if known == nil {
		known = o.add(key)
	}
	return known
}

// add makes the metrics of an operation that has none yet.
func (o *operations) add(key operationKey) *series {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case isCommon(key.name) || o.names[key.name]:
	case o.taken >= o.mostOwn:
		key.name = other
	default:
		o.taken++
		o.names[key.name] = true
	}
	if known := o.known[key]; known != nil {
		return known
	}
	s := &series{
		label: key.name, duration: o.duration.WithLabelValues(key.name, key.kind), cost: o.cost.WithLabelValues(key.name),
		statements: o.statements.WithLabelValues(key.name), rows: o.rows.WithLabelValues(key.name),
	}
	o.known[key] = s
	return s
}

// isCommon reports whether a label stands for several operations.
func isCommon(label string) bool { return label == anonymous || label == other || label == invalid }

// trust gives names labels of their own, beside the first ones that clients send.
func (o *operations) trust(names []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range names {
		if o.trusted >= mostTrusted {
			return
		}
		if name != "" && len(name) <= longestName && !o.names[name] {
			o.names[name] = true
			o.trusted++
		}
	}
}
