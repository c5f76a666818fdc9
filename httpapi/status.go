package httpapi

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/resolvers"
)

// refusedStatuses are the statuses of operations that did not start and are refused with these codes.
var refusedStatuses = map[string]int{
	string(resolvers.CodeBadUserInput):    http.StatusUnprocessableEntity,
	string(resolvers.CodeLimitExceeded):   http.StatusUnprocessableEntity,
	string(resolvers.CodeUnauthenticated): http.StatusUnauthorized,
	string(resolvers.CodeForbidden):       http.StatusForbidden,
	string(resolvers.CodeRateLimited):     http.StatusTooManyRequests,
	string(resolvers.CodeTimeout):         http.StatusServiceUnavailable,
	string(resolvers.CodeUnavailable):     http.StatusServiceUnavailable,
	string(resolvers.CodeInternal):        http.StatusInternalServerError,
}

// statusOf is the status of an operation that did not start. If its document or its variables are at fault, GraphQL
// over HTTP asks for 400 after a syntax error and 422 otherwise where the content type is its own; clients of plain
// JSON expect 200, and read the errors only then.
func statusOf(response *graphql.Response, isSyntaxError bool, contentType string) int {
	code := ""
	if len(response.Errors) > 0 {
		code, _ = response.Errors[0].Extensions["code"].(string)
	}
	status, ok := refusedStatuses[code]
	switch {
	case ok && status != http.StatusUnprocessableEntity:
		return status
	case contentType != typeGraphQL:
		return http.StatusOK
	case isSyntaxError:
		return http.StatusBadRequest
	default:
		return http.StatusUnprocessableEntity
	}
}

func isSyntaxError(faults gqlerror.List) bool {
	return faults[0].Extensions["code"] == errcode.ParseFailed
}
