package resolvers

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/storage"
)

// readingGET is GET for queries alone: following a link must change nothing.
type readingGET struct{ transport.GET }

// Do implements graphql.Transport.
func (t readingGET) Do(w http.ResponseWriter, req *http.Request, exec graphql.GraphExecutor) {
	only := &onlyQueries{ResponseWriter: w, GraphExecutor: exec}
	t.GET.Do(only, req, only)
}

// onlyQueries refuses other operations before they run, with the status that tells to use POST.
type onlyQueries struct {
	http.ResponseWriter
	graphql.GraphExecutor

	refused bool
}

// CreateOperationContext implements graphql.GraphExecutor.
func (o *onlyQueries) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation, errs := o.GraphExecutor.CreateOperationContext(ctx, params)
	if len(errs) == 0 && operation.Operation.Operation != ast.Query {
		o.refused = true
		errs = gqlerror.List{gqlerror.Wrap(storage.Invalid("GET only reads; send mutations by POST"))}
	}
	return operation, errs
}

// WriteHeader implements http.ResponseWriter.
func (o *onlyQueries) WriteHeader(status int) {
	if o.refused {
		status = http.StatusMethodNotAllowed
		o.Header().Set("Allow", "POST")
	}
	o.ResponseWriter.WriteHeader(status)
}
