// Package limit is a server without GraphQL, which shows how close a GraphQL server comes to that. It has two forms: one
// SQL statement for each query of the benchmark that returns the whole answer as JSON, and one that returns rows, which
// is faster for large answers, because PostgreSQL takes longer to build JSON than to send rows.
package limit

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed sql/*.sql sql/rows/*.sql
var statements embed.FS

// Serve answers requests on an address until ctx is done, in the form that reads rows or in the one that reads JSON.
func Serve(ctx context.Context, dsn, address string, rows bool) error {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.MaxConns = 32 // the default of decnet-graph
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	var handler http.Handler = &jsonHandler{pool}
	if rows {
		handler = &rowsHandler{pool: pool}
	}
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

// jsonHandler answers each query with one statement that returns JSON.
type jsonHandler struct{ pool *pgxpool.Pool }

// ServeHTTP accepts a GraphQL request but reads only the name of its operation and the variable uuid.
func (h *jsonHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) //nolint:gosec // it is JSON of the database's rows; the client may be gone
}

func (h *jsonHandler) answer(r *http.Request) ([]byte, error) {
	request, err := readRequest(r)
	if err != nil {
		return nil, err
	}
	statement, err := statements.ReadFile("sql/" + request.OperationName + ".sql")
	if err != nil {
		return nil, err
	}
	var answer []byte
	if err := h.pool.QueryRow(r.Context(), string(statement), request.Variables.UUID).Scan(&answer); err != nil {
		return nil, fmt.Errorf("%s: %w", request.OperationName, err)
	}
	return answer, nil
}

// request is what the server reads of a GraphQL request.
type request struct {
	OperationName string `json:"operationName"`
	Variables     struct {
		UUID string `json:"uuid"`
	} `json:"variables"`
}

func readRequest(r *http.Request) (asked request, err error) {
	err = json.NewDecoder(r.Body).Decode(&asked)
	return asked, err
}
