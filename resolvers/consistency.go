package resolvers

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/storage"
)

const (
	// ConsistencyHeader is the header in which a request carries consistency tokens, and the response to a mutation one.
	ConsistencyHeader = "Graphql-Consistency" // in the form in which net/http stores it
	// consistencyExtension is the member of the extensions of requests and responses that does the same.
	consistencyExtension = "consistency"
)

// ConsistencyToken returns the token of a response, empty if it has none.
func ConsistencyToken(response *graphql.Response) string {
	token, _ := response.Extensions[consistencyExtension].(string)
	return token
}

// readAfter returns a context whose reads see what was written before the operation's tokens were returned. Without tokens it is
// the same context.
func readAfter(ctx context.Context, store *storage.Store) (context.Context, error) {
	operation := graphql.GetOperationContext(ctx)
	headers, extension := operation.Headers[ConsistencyHeader], operation.Extensions[consistencyExtension]
	if store == nil || len(headers) == 0 && extension == nil {
		return ctx, nil
	}
	var tokens []string
	for _, line := range headers {
		for token := range strings.SplitSeq(line, ",") {
			if token = strings.TrimSpace(token); token != "" {
				tokens = append(tokens, token)
			}
		}
	}
	given, isList := extension.([]any)
	if !isList && extension != nil {
		given = []any{extension}
	}
	for _, one := range given {
		token, isText := one.(string)
		if !isText {
			return ctx, storage.Invalid("extensions.%s is the text of a token, or a list of such texts", consistencyExtension)
		}
		tokens = append(tokens, token)
	}
	return store.ReadAfter(ctx, tokens...)
}

// addConsistency adds a token to the response of a mutation: of what it has written, even if it was stopped. A store that only
// reads has written nothing.
func addConsistency(ctx context.Context, response *graphql.Response, store *storage.Store) {
	if response == nil || response.Data == nil || graphql.GetOperationContext(ctx).Operation.Operation != ast.Mutation || store == nil || !store.Writable() {
		return
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions[consistencyExtension] = store.ConsistencyToken(ctx)
}
