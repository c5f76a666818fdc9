package exec

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// plans keeps plans of operations, the least used of which go first. A plan depends on nothing but
// the document and the variables of its conditions.
type plans[E any] struct {
	kept *lru.Cache[planKey, *selection[E]]
}

type planKey struct {
	operation  *ast.OperationDefinition
	conditions string // the values of the variables of @skip and @include, in the order met
}

func newPlans[E any](_ int) *plans[E] {
	kept, _ := lru.New[planKey, *selection[E]](500)
	return &plans[E]{kept}
}

func (p *plans[E]) of(operation *graphql.OperationContext, plan func() (*selection[E], int)) *selection[E] {
	key := planKey{operation.Operation, conditions(operation)}
	if known, ok := p.kept.Get(key); ok {
		return known
	}
	fresh, _ := plan()
	p.kept.Add(key, fresh)
	return fresh
}

// conditions are the values of the variables that fields and fragments of an operation depend on.
func conditions(operation *graphql.OperationContext) string {
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
