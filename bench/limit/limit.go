// Package limit is a server without GraphQL. It answers each query of the benchmark with one SQL statement that
// returns the whole answer as JSON, which shows how close a GraphQL server comes to that.
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

//go:embed sql/*.sql
var statements embed.FS

// Serve answers requests on an address until ctx is done.
func Serve(ctx context.Context, dsn, address string) error {
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
	server := &http.Server{Addr: address, Handler: &handler{pool}, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

type handler struct{ pool *pgxpool.Pool }

// ServeHTTP accepts a GraphQL request but reads only the name of its operation and the variable uuid.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // the client may be gone
}

func (h *handler) answer(r *http.Request) ([]byte, error) {
	var request struct {
		OperationName string `json:"operationName"`
		Variables     struct {
			UUID string `json:"uuid"`
		} `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
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
