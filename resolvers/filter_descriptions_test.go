package resolvers_test

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
)

// indexSentence is how the description of a filter's field ends: it says whether an index serves the field.
var indexSentence = regexp.MustCompile(`(^|\. )(An index serves it` +
	`|An index of this program's own tables serves it; on DECNET's tables, every [a-z -]+ is read` +
	`|No index serves it: every [a-z -]+ is read)\.$`)

// saysIndex reports whether a description says whether an index serves a field.
func saysIndex(description string) bool { return indexSentence.MatchString(description) }

// TestEveryFilterFieldSaysWhetherAnIndexServesIt looks at the inputs that are trees of conditions: those with a field "and".
func TestEveryFilterFieldSaysWhetherAnIndexServesIt(t *testing.T) {
	ours(func(definition *ast.Definition) {
		if definition.Kind != ast.InputObject || definition.Fields.ForName("and") == nil {
			return
		}
		for _, field := range definition.Fields {
			switch field.Name {
			case "and", "or", "not":
			default:
				assert.True(t, saysIndex(field.Description), "%s.%s ends with none of the sentences in CONTRIBUTING.md: %q",
					definition.Name, field.Name, field.Description)
			}
		}
	})
}

// TestAFilterIsOnlyForThoseWhoMayReadItsValue compares the roles of each field of a filter with those of the field that it is about.
func TestAFilterIsOnlyForThoseWhoMayReadItsValue(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	compared := 0
	ours(func(definition *ast.Definition) {
		name, isFilter := strings.CutSuffix(definition.Name, "Filter")
		of := schema.Types[cmp.Or(map[string]string{"Behavior": "AttackerBehavior", "Intel": "AttackerIntel"}[name], name)]
		if !isFilter || of == nil || definition.Fields.ForName("and") == nil {
			return
		}
		for _, field := range definition.Fields {
			if about := of.Fields.ForName(field.Name); about != nil {
				compared++
				assert.Subset(t, rolesOf(about.Directives), rolesOf(field.Directives), "%s.%s is about %s.%s", definition.Name, field.Name, of.Name, field.Name)
			}
		}
	})
	require.Greater(t, compared, 100)
}

// rolesOf returns the roles of @access.
func rolesOf(directives ast.DirectiveList) (roles []string) {
	for _, role := range directives.ForName("access").Arguments.ForName("roles").Value.Children {
		roles = append(roles, role.Value.Raw)
	}
	return roles
}

func TestSentencesAboutIndexesAreRecognised(t *testing.T) {
	for description, says := range map[string]bool{
		"Tags of this rule. An index serves it.":                    true,
		"Tags of this rule. No index serves it: every tag is read.": true,
		"Tags of this rule. An index of this program's own tables serves it; on DECNET's tables, every tag of the attacker is read.": true,
		"An index serves it.":                    true,
		"Tags of this rule.":                     false,
		"Tags of this rule. An index serves it":  false,
		"Tags of this rule. No index serves it.": false,
		"Tags of this rule. No index serves it: every tag is read. Null is no condition.": false,
		"Tags of this rule, an index serves it.":                                          false,
	} {
		assert.Equal(t, says, saysIndex(description), description)
	}
}
