package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph/lru"
)

// plans caches the plans used last. A plan depends only on the document and on the variables of its conditions.
type plans[E any] struct {
	cache *lru.Cache[planKey, *plan[E]]
}

// plan is an operation, planned.
type plan[E any] struct {
	*selection[E]

	bytes     int      // its approximate size
	elements  elements // that the document itself uses
	arguments argumentUse
}

type planKey struct {
	operation  *ast.OperationDefinition
	conditions string // the values of the variables of @skip and @include, in the order met
}

func newPlans[E any](maxBytes int) *plans[E] {
	return &plans[E]{lru.New(maxBytes, func(key planKey, p *plan[E]) int { return len(key.conditions) + p.bytes })}
}

// of returns the plan of an operation, from the cache if it is there. The number of fields is limited, because fragments
// that spread fragments can select any number of fields with few tokens.
func (p *plans[E]) of(
	ctx context.Context, operation *graphql.OperationContext, schema Schema[E], inputs *inputSchema, root string, options *Options,
) (*plan[E], error) {
	key := planKey{operation.Operation, conditions(operation)}
	if cached, ok := p.cache.Get(key); ok {
		return cached, nil
	}
	planner := planner[E]{
		ctx: ctx, schema: schema, operation: operation, root: root, maxFields: options.Fields, paging: options.Paging, covers: options.Covers,
		elements: elementCollector{inputs: inputs},
	}
	fresh, err := planner.plan()
	if err != nil {
		return nil, err
	}
	p.cache.Add(key, fresh)
	return fresh, nil
}

// fieldBytes is the approximate memory of a field in a plan: itself, its maps and slices, and the part of the parsed
// document that it keeps alive.
const fieldBytes = 2_000

// conditions are the values of the variables that fields and fragments of an operation depend on.
func conditions(operation *graphql.OperationContext) string {
	isCondition := func(v *ast.VariableDefinition) bool { return v.Type.NamedType == "Boolean" }
	if !slices.ContainsFunc(operation.Operation.VariableDefinitions, isCondition) {
		return ""
	}
	var values strings.Builder
	visited := map[string]bool{}
	var walk func(ast.SelectionSet)
	note := func(directives ast.DirectiveList) {
		for _, directive := range directives {
			for _, argument := range directive.Arguments {
				if argument.Value.Kind == ast.Variable && operation.Variables[argument.Value.Raw] == true {
					values.WriteByte('1')
				} else {
					values.WriteByte('0')
				}
			}
		}
	}
	walk = func(set ast.SelectionSet) {
		for _, selected := range set {
			switch s := selected.(type) {
			case *ast.Field:
				note(s.Directives)
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				note(s.Directives)
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				note(s.Directives)
				if !visited[s.Name] {
					visited[s.Name] = true
					walk(s.Definition.SelectionSet)
				}
			}
		}
	}
	walk(operation.Operation.SelectionSet)
	return values.String()
}
