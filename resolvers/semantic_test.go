package resolvers_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/vektah/gqlparser/v2/ast"
)

// onlyErrors is how the description of a field ends that is null only because of an error.
var onlyErrors = regexp.MustCompile(`\b[Nn]ull if (the (read|count|write|search) fails|the request exceeds a limit)\.$`)

// TestFieldsThatOnlyErrorsMakeNullSaySo compares @semanticNonNull, which programs read, with the descriptions, which
// people read.
func TestFieldsThatOnlyErrorsMakeNullSaySo(t *testing.T) {
	marked := 0
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			directive := field.Directives.ForName("semanticNonNull")
			assert.Equal(t, onlyErrors.MatchString(field.Description), directive != nil, "%s.%s has @semanticNonNull if its description ends with %q, "+
				"and only then: %q", definition.Name, field.Name, "Null if the read fails.", field.Description)
			if directive != nil {
				marked++
				assert.False(t, field.Type.NonNull, "%s.%s is never null", definition.Name, field.Name)
				assert.Empty(t, directive.Arguments, "%s.%s: its description says nothing about elements", definition.Name, field.Name)
			}
		}
	})
	assert.Greater(t, marked, 50)
}
