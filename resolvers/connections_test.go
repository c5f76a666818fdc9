package resolvers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/vektah/gqlparser/v2/ast"
)

// withoutFilter are connections without a filter or an order, and why.
var withoutFilter = map[string]string{
	"Query.search":                "text, kinds and seen choose the hits, which are of many types, and order is their order",
	"Query.attackerCommandsSince": "DECNET's own feed, in the one order that a client that reads on needs; since bounds it",
	"Query.canaryTriggersSince":   "DECNET's own feed, in the one order that a client that reads on needs; since bounds it; Query.canaryTriggers has a filter",
	"Query.multiActorIdentities":  "an identity with its verdicts, which DECNET's own view lists; IdentityFilter.attribution asks for the same of any list of identities",
	"Session.timeline":            "commands, events and tags in one list, which have no field in common but their time; each has a list of its own with a filter",
}

// withoutTagFilter are rollups of tags without a filter of them, and why.
var withoutTagFilter = map[string]string{
	"tagsByDay": "days that DECNET's dashboard shows; tagTimeSeries has a filter",
}

// TestEveryConnectionHasAFilterAndAnOrder holds each list, of the root or nested, to the same arguments.
func TestEveryConnectionHasAFilterAndAnOrder(t *testing.T) {
	exempt := map[string]bool{}
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			if definition.Kind != ast.Object || !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}
			name := definition.Name + "." + field.Name
			has := func(argument string) bool { return field.Arguments.ForName(argument) != nil }
			if withoutFilter[name] != "" {
				exempt[name] = true
				assert.False(t, has("filter") && has("orderBy"), "%s has both and needs no exemption", name)
				continue
			}
			for _, argument := range []string{"first", "after", "last", "before", "offset", "filter", "orderBy"} {
				assert.True(t, has(argument), "%s has no argument %s", name, argument)
			}
		}
	})
	for name := range withoutFilter {
		assert.True(t, exempt[name], "there is no connection %s", name)
	}
}

// TestListsOfOneTypeTakeTheSameFilter compares nested lists with each other and with those of the root.
func TestListsOfOneTypeTakeTheSameFilter(t *testing.T) {
	types := map[string]map[string]string{"filter": {}, "orderBy": {}}
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			if !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}
			for name, of := range types {
				argument := field.Arguments.ForName(name)
				if argument == nil {
					continue
				}
				if known := of[field.Type.Name()]; known != "" {
					assert.Equal(t, known, argument.Type.String(), "%s.%s(%s:)", definition.Name, field.Name, name)
				}
				of[field.Type.Name()] = argument.Type.String()
			}
		}
	})
}

// TestNoFilterOrOrderIsAboutASecret shows that nobody can find out a secret by filters or orders: they have no field for one.
func TestNoFilterOrOrderIsAboutASecret(t *testing.T) {
	secret := []string{"secretBase64", "secretPrintable", "secret", "rawLine", "fields", "payload", "message", "SECRET_BASE64", "SECRET_PRINTABLE"}
	ours(func(definition *ast.Definition) {
		if definition.Kind == ast.InputObject && strings.HasSuffix(definition.Name, "Filter") {
			for _, field := range definition.Fields {
				if definition.Name == "SearchFilter" && field.Name == "fields" { // names of fields
					continue
				}
				assert.False(t, slices.Contains(secret, field.Name), "%s.%s", definition.Name, field.Name)
			}
		}
		for _, value := range definition.EnumValues {
			assert.False(t, slices.Contains(secret, value.Name), "%s.%s", definition.Name, value.Name)
		}
	})
}

// TestEveryRollupHasAFilter holds each rollup and series of tags to a filter of the tags that it counts.
func TestEveryRollupHasAFilter(t *testing.T) {
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			switch field.Type.Name() {
			case "TechniqueRollup", "TagTimeSeries", "TechniqueChange", "TagDay":
				if definition.Kind == ast.Object && withoutTagFilter[field.Name] == "" && definition.Name != "Query" || field.Arguments.ForName("filter") != nil {
					assert.NotNil(t, field.Arguments.ForName("filter"), "%s.%s has no filter", definition.Name, field.Name)
				}
			}
		}
	})
}
