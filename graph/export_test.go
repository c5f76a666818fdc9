package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"decnetgraph/graph/exec"
)

// NewSchemaWithFacts is NewSchema with a fact on each of some fields, named by their coordinates, as if the schema had
// directives there.
func NewSchemaWithFacts(config Config, options exec.Options, facts map[string]exec.Fact) graphql.ExecutableSchema {
	types := objectTypes()
	for name, of := range types {
		for field, f := range of.Fields {
			if fact, there := facts[name+"."+field]; there {
				f.Facts = append(f.Facts, fact)
			}
		}
	}
	return newSchema(config, options, types)
}
