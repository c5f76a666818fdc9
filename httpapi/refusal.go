package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/resolvers"
)

// refusal answers a request that never reaches the executor.
type refusal struct {
	status  int
	code    resolvers.Code
	message string
}

// badInput refuses a request that is malformed.
func badInput(message string) *refusal {
	return &refusal{http.StatusBadRequest, resolvers.CodeBadUserInput, message}
}

// write sends the refusal as a GraphQL response without data.
func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", typeJSON)
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": gqlerror.List{{
		Message: r.message, Extensions: map[string]any{"code": string(r.code)},
	}}})
}
