package resolvers

import (
	"context"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/validate"
)

// forbiddenError is the error of an operation that uses what the caller's role may not use.
type forbiddenError struct {
	exec.Denial

	role auth.Role
}

// Error implements error.
func (e forbiddenError) Error() string {
	needs := graph.RolesIn(e.Needs)
	names := make([]string, len(needs))
	for i, role := range needs {
		names[len(needs)-1-i] = string(role)
	}
	return fmt.Sprintf("%s needs the role %s, and yours is %s", e.Coordinate, strings.Join(names, " or "), e.role)
}

// checkAccess decides by the role of the caller whether an operation may run.
func checkAccess(ctx context.Context, use exec.Use) error {
	principal := auth.From(ctx)
	if principal == nil {
		return auth.ErrUnauthenticated
	}
	if denial, denied := use.Denied(graph.RoleOf(principal.Role)); denied {
		return forbiddenError{denial, principal.Role}
	}
	return nil
}

// faultsFor returns the errors of an invalid document as its sender may see them. They name elements of the schema, and suggest
// others, so that they are looked for again in the part of the schema that the sender's role may use.
func (e *Executor) faultsFor(ctx context.Context, text string, faults gqlerror.List) gqlerror.List {
	part := e.partFor(ctx)
	if part == e.schema || ctx.Err() != nil {
		return faults
	}
	if _, seen := validate.Document(ctx, part, text, e.limits.Tokens); len(seen) > 0 {
		return seen
	}
	return faults // the document is invalid whatever the schema is
}

// variableFaultsFor is faultsFor for variables that do not fit their types. It returns an error instead that refuses
// the operation if the role may not use a type of them. The values are read again, and may have been coerced in part.
func (e *Executor) variableFaultsFor(ctx context.Context, operation *ast.OperationDefinition, given map[string]any, faults gqlerror.List) gqlerror.List {
	part := e.partFor(ctx)
	if part == e.schema || ctx.Err() != nil {
		return faults
	}
	for _, variable := range operation.VariableDefinitions {
		if name := variable.Type.Name(); part.Types[name] == nil {
			return gqlerror.List{gqlerror.Wrap(forbiddenError{exec.Denial{Coordinate: name, Needs: rolesReaching(name)}, auth.From(ctx).Role})}
		}
	}
	if _, seen := validate.Variables(ctx, part, operation, given); len(seen) > 0 {
		return seen
	}
	return faults
}

// rolesReaching are the roles that may use a type.
func rolesReaching(name string) (roles exec.Roles) {
	for _, role := range auth.Roles {
		if graph.SchemaOf(role).Types[name] != nil {
			roles |= graph.RoleOf(role)
		}
	}
	return roles
}

// partFor returns the part of the schema that the caller may use.
func (e *Executor) partFor(ctx context.Context) *ast.Schema {
	if principal := auth.From(ctx); principal != nil {
		return graph.SchemaOf(principal.Role)
	}
	return graph.SchemaOf("")
}
