package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"decnetgraph/storage"
)

// Database is what the readiness check asks for the state of the database.
type Database interface {
	// Ping fails if the database does not answer.
	Ping(ctx context.Context) error
}

// pingTimeout is how long the readiness check waits for the database.
const pingTimeout = 2 * time.Second

// pingEvery is how long a database that has answered counts as ready without being asked again, so that checks that anybody
// may ask for are no load.
const pingEvery = time.Second

// live answers that the process runs.
func live(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "ok") }

// readiness answers whether the database answers: with status 200, or 503 if it does not. At most one request at a time
// asks the database, and those that wait meanwhile get the same answer. A failure serves no later ones, so that a database
// that is back is noticed at once.
type readiness struct {
	database Database
	stopping <-chan struct{} // closed when the server is about to stop

	mu    sync.Mutex
	asked time.Time
	fault error
}

// ServeHTTP implements http.Handler.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if isClosed(r.stopping) {
		writeStatus(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	if err := r.check(req.Context()); err != nil {
		writeStatus(w, http.StatusServiceUnavailable, reason(err))
		return
	}
	writeStatus(w, http.StatusOK, "ok")
}

// check returns the error of the last ping, which it repeats if it is old. A client that leaves does not end the ping.
func (r *readiness) check(ctx context.Context) error {
	arrived := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked.After(arrived) || r.fault == nil && time.Since(r.asked) < pingEvery {
		return r.fault
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTimeout)
	defer cancel()
	r.fault = r.database.Ping(ctx)
	r.asked = time.Now()
	return r.fault
}

// versionOf answers with the version of the server.
func versionOf(version string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeObject(w, http.StatusOK, "version", version) }
}

// reason is what clients may know of why the database does not answer.
func reason(err error) string {
	if known, ok := errors.AsType[*storage.Error](err); ok && errors.Is(known, storage.ErrUnavailable) {
		return known.Message
	}
	return "database unavailable"
}

// writeStatus writes an HTTP status with a JSON object that says why.
func writeStatus(w http.ResponseWriter, status int, text string) {
	writeObject(w, status, "status", text)
}

// writeObject writes a JSON object with one member. Nothing may store it: it is about this moment.
func writeObject(w http.ResponseWriter, status int, name, text string) {
	w.Header()["Content-Type"] = typeHeaders[typeJSON]
	w.Header()["Cache-Control"] = []string{"no-store"}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{name: text})
}
