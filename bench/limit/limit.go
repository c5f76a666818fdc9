// Package limit answers the benchmark's nested questions with one SQL statement each, which brings the
// whole answer as JSON, and no GraphQL at all. It shows how near a GraphQL server comes to that.
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

// Serve answers on an address until ctx ends.
func Serve(ctx context.Context, dsn, address string) error {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.MaxConns = 32 // as decnet-graph
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

// ServeHTTP takes a GraphQL request and looks at the name of its operation only.
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
	var asked struct {
		OperationName string `json:"operationName"`
		Variables     struct {
			UUID string `json:"uuid"`
		} `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, err
	}
	statement, err := statements.ReadFile("sql/" + asked.OperationName + ".sql")
	if err != nil {
		return nil, err
	}
	var answer []byte
	if err := h.pool.QueryRow(r.Context(), string(statement), asked.Variables.UUID).Scan(&answer); err != nil {
		return nil, fmt.Errorf("%s: %w", asked.OperationName, err)
	}
	return answer, nil
}
