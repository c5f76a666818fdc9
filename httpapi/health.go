package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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

// live answers that the process runs.
func live(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "ok") }

// ready answers whether the database answers: with status 200, or 503 if it does not.
func ready(database Database) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		ctx, cancel := context.WithTimeout(req.Context(), pingTimeout)
		defer cancel()
		if err := database.Ping(ctx); err != nil {
			writeStatus(w, http.StatusServiceUnavailable, reason(err))
			return
		}
		writeStatus(w, http.StatusOK, "ok")
	}
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
	w.Header()["Content-Type"] = typeHeaders[typeJSON]
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text})
}
