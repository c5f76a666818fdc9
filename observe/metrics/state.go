package metrics

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"decnetgraph/auth"
	"decnetgraph/graph/lru"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi/admission"
	"decnetgraph/storage"
)

// Sources are the parts of a server whose state is shown. A part that is nil is not there.
type Sources struct {
	Pools  func() []storage.PoolStats
	Lanes  func() []admission.LaneState
	Caches func() map[string]lru.Stats // by name
	Memory map[string]*memory.Budget   // by what takes it
	// Authentications counts the requests that had to prove who sent them.
	Authentications func() []auth.Count

	// These may ask the database.

	Ping     func(ctx context.Context) error
	Backlog  func(ctx context.Context) (storage.Backlog, error)
	Replicas func(ctx context.Context) []storage.ReplicaState
}

const (
	// askTimeout is how long the database may take to say what state it is in.
	askTimeout = 2 * time.Second
	// answerAge is how long such an answer is shown, so that a scrape costs the database next to nothing however often it comes.
	answerAge = 5 * time.Second
)

// state collects the state of sources.
type state struct {
	sources Sources

	mu    sync.Mutex // held while the database is asked, so that scrapes share an answer
	asked time.Time
	known []prometheus.Metric
}

func newState(sources Sources) *state { return &state{sources: sources} }

func describe(subsystem, name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, subsystem, name), help, labels, nil)
}

var (
	laneRunning  = describe("admission", "running_units", "Cost of the operations that run, in units, by the lane for operations of their size.", "lane")
	laneWaiting  = describe("admission", "waiting_operations", "Operations that wait for others to end.", "lane")
	laneAdmitted = describe("admission", "admitted_total", "Operations that could run.", "lane")
	laneRefused  = describe("admission", "refused_total", "Operations that were refused because the server has too much to do.", "lane")

	poolConnections = describe("pool", "connections", "Connections to the database, by their pool and whether they are in use or idle.", "pool", "state")
	poolMost        = describe("pool", "max_connections", "Most connections that a pool opens.", "pool")
	poolWaits       = describe("pool", "waits_total", "Waits for a connection because all were in use.", "pool")
	poolWaited      = describe("pool", "wait_seconds_total", "Time of all these waits together.", "pool")

	cacheEntries   = describe("cache", "entries", "Entries of a cache.", "cache")
	cacheBytes     = describe("cache", "bytes", "Memory of a cache's entries, as estimated.", "cache")
	cacheMost      = describe("cache", "max_bytes", "Most memory that a cache's entries may take.", "cache")
	cacheHits      = describe("cache", "hits_total", "Look-ups that found an entry.", "cache")
	cacheMisses    = describe("cache", "misses_total", "Look-ups that found none.", "cache")
	cacheEvictions = describe("cache", "evictions_total", "Entries that gave way to others.", "cache")

	authentications = describe("", "authentications_total",
		"Requests that had to prove who sent them, by the way in that their proof looks like and its outcome.", "way", "outcome")

	memoryReserved = describe("memory", "reserved_bytes", "Memory that requests hold: for rows and answers, or for their bodies.", "of")
	memoryLimit    = describe("memory", "limit_bytes", "Memory that all requests together may hold.", "of")

	databaseUp    = describe("database", "up", "1 if the database answers, as /readyz asks it, otherwise 0.")
	rollupBacklog = describe("rollup", "unmerged_rows",
		"Rows that are not merged into the sums of rollups yet, up to "+strconv.Itoa(storage.MostBacklog)+"; only on tables of this program's own.")
	rollupRefreshed = describe("rollup", "last_refresh_timestamp_seconds",
		"Time at which rows were last merged into the sums of rollups, by any server or command: those that wait have come later.")
	searchBacklog = describe("search", "unindexed_changes",
		"Changes that the index for searches does not have yet, up to "+strconv.Itoa(storage.MostBacklog)+"; only on tables of this program's own.")
	replicaUp  = describe("replica", "up", "1 if a replica answers, so that it is read, otherwise 0; numbered from 1 in the order of --replica.", "replica")
	replicaLag = describe("replica", "lag_seconds", "How far the data of a replica are behind; missing if that is not known.", "replica")
)

// Describe implements prometheus.Collector.
func (s *state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		laneRunning, laneWaiting, laneAdmitted, laneRefused, poolConnections, poolMost, poolWaits, poolWaited,
		cacheEntries, cacheBytes, cacheMost, cacheHits, cacheMisses, cacheEvictions, authentications, memoryReserved, memoryLimit,
		databaseUp, rollupBacklog, rollupRefreshed, searchBacklog, replicaUp, replicaLag,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	if s.sources.Lanes != nil {
		for _, l := range s.sources.Lanes() {
			gauge(laneRunning, float64(l.Running), l.Name)
			gauge(laneWaiting, float64(l.Waiting), l.Name)
			counter(laneAdmitted, float64(l.Admitted), l.Name)
			counter(laneRefused, float64(l.Refused), l.Name)
		}
	}
	if s.sources.Pools != nil {
		for _, p := range s.sources.Pools() {
			gauge(poolConnections, float64(p.InUse), p.Name, "in_use")
			gauge(poolConnections, float64(p.Idle), p.Name, "idle")
			gauge(poolMost, float64(p.MostOpen), p.Name)
			counter(poolWaits, float64(p.Waits), p.Name)
			counter(poolWaited, p.Waited.Seconds(), p.Name)
		}
	}
	if s.sources.Caches != nil {
		for name, c := range s.sources.Caches() {
			gauge(cacheEntries, float64(c.Entries), name)
			gauge(cacheBytes, float64(c.Bytes), name)
			gauge(cacheMost, float64(c.MostBytes), name)
			counter(cacheHits, float64(c.Hits), name)
			counter(cacheMisses, float64(c.Misses), name)
			counter(cacheEvictions, float64(c.Evictions), name)
		}
	}
	if s.sources.Authentications != nil {
		for _, a := range s.sources.Authentications() {
			counter(authentications, float64(a.N), string(a.Way), string(a.Outcome))
		}
	}
	for _, of := range slices.Sorted(maps.Keys(s.sources.Memory)) {
		gauge(memoryReserved, float64(s.sources.Memory[of].Reserved()), of)
		gauge(memoryLimit, float64(s.sources.Memory[of].Limit()), of)
	}
	for _, m := range s.ofDatabase() {
		to <- m
	}
}

// ofDatabase returns the metrics that the database is asked for. The last answer is used again for a while.
func (s *state) ofDatabase() []prometheus.Metric {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asked.IsZero() && time.Since(s.asked) < answerAge {
		return s.known
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	s.known = s.ask(ctx)
	s.asked = time.Now()
	return s.known
}

// ask asks the database. What it does not answer is left out.
func (s *state) ask(ctx context.Context) (all []prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		all = append(all, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
	}
	isUp := true
	if s.sources.Ping != nil {
		isUp = s.sources.Ping(ctx) == nil
		gauge(databaseUp, number(isUp))
	}
	if s.sources.Backlog != nil && isUp {
		if backlog, err := s.sources.Backlog(ctx); err == nil {
			if backlog.RollupRows >= 0 {
				gauge(rollupBacklog, float64(backlog.RollupRows))
			}
			if backlog.RefreshedAt != nil {
				gauge(rollupRefreshed, float64(backlog.RefreshedAt.UnixMicro())/1e6)
			}
			if backlog.SearchMarks >= 0 {
				gauge(searchBacklog, float64(backlog.SearchMarks))
			}
		}
	}
	if s.sources.Replicas != nil {
		for i, r := range s.sources.Replicas(ctx) {
			gauge(replicaUp, number(r.Up), strconv.Itoa(i+1))
			if r.LagKnown {
				gauge(replicaLag, r.Lag.Seconds(), strconv.Itoa(i+1))
			}
		}
	}
	return all
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
