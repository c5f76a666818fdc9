package observe

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The lengths in bytes of what a line quotes of a client.
const (
	mostName     = 200
	mostDocument = 2_000
)

// ownFaults are the codes of errors that are no mistake of the client, with the level at which they are logged. The causes of
// the first two are logged.
var ownFaults = map[string]slog.Level{
	"INTERNAL":    slog.LevelError,
	"UNAVAILABLE": slog.LevelWarn, // with a cause, slog.LevelError; without one, the server is overloaded
	"TIMEOUT":     slog.LevelWarn,
}

// ordinaryStatuses are those of refusals that need no line: clients ask for what is not there, and probe methods.
var ordinaryStatuses = map[int]bool{http.StatusNotFound: true, http.StatusMethodNotAllowed: true, http.StatusNotAcceptable: true}

// lineOf decides which line a request gets. Without a text it gets none. kind is what the line counts as when lines are
// bounded.
func (o *Observer) lineOf(r *Request) (text, kind string, level slog.Level) {
	outcome := r.Outcome()
	fault, isOwn := ownFaults[outcome]
	switch {
	case r.failures > 0:
		return "operation failed", outcome, slog.LevelError
	case r.Operation != nil && outcome != "ok":
		if isOwn {
			return "operation failed", outcome, fault
		}
		return "operation failed", outcome, slog.LevelInfo
	case r.Status >= http.StatusInternalServerError:
		return "request failed", strconv.Itoa(r.Status), slog.LevelWarn
	case r.Status >= http.StatusBadRequest && !ordinaryStatuses[r.Status]:
		return "request refused", strconv.Itoa(r.Status), slog.LevelWarn
	case r.Operation != nil && o.Slow > 0 && r.Took >= o.Slow:
		return "operation was slow", "slow", slog.LevelWarn
	case !o.LogRequests:
		return "", "", 0
	case r.Route == "/healthz" || r.Route == "/readyz": // probes come every few seconds
		return "request", "", slog.LevelDebug
	default:
		return "request", "", slog.LevelInfo
	}
}

// log writes the line of a request that has ended.
func (o *Observer) log(ctx context.Context, r *Request) {
	text, kind, level := o.lineOf(r)
	if text == "" || !o.Log.Enabled(ctx, level) {
		return
	}
	var left int64
	if !o.LogRequests {
		var allowed bool
		if allowed, left = o.allow(kind); !allowed {
			return
		}
	}
	o.Log.Log(ctx, level, text, suppressed(r.attributes(text == "request"), left)...)
}

// attributes are what a line says of a request. brief leaves the document out.
func (r *Request) attributes(brief bool) []any {
	all := []any{"request", r.ID, "method", cut(r.Method, mostName), "route", r.Route, "status", r.Status, "client", r.Client}
	add := func(name, value string) {
		if value != "" {
			all = append(all, name, value)
		}
	}
	add("principal", cut(r.Principal, mostName))
	if r.Operation != nil {
		all = append(all, "operation", cut(r.Operation.Name, mostName), "type", r.Operation.Type, "outcome", r.Outcome(),
			"cost", r.Cost(), "statements", r.Statements(), "rows", r.Rows())
		if len(r.Operation.Codes) > 1 {
			add("codes", strings.Join(r.Operation.Codes, " "))
		}
	}
	all = append(all, "took_ms", milliseconds(r.Took), "bytes", r.Bytes)
	add("trace", r.Trace)
	add("reason", r.Reason)
	if r.failures > 0 {
		all = append(all, "failures", r.failures)
		add("path", r.firstPath)
		add("cause", strings.Join(r.causes, " | "))
	}
	if !brief && r.Operation != nil {
		add("document", Normalize(r.Operation.Document, mostDocument))
	}
	return all
}

// milliseconds is a duration as a number, to the microsecond: JSON would show a duration in nanoseconds.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1_000 }
