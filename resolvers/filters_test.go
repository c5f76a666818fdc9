package resolvers_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
)

// filterValues are values of the leaf types that filters have.
var filterValues = map[string]string{
	"String": `"x"`, "TechniqueID": `"T1110"`, "TacticRef": `"credential-access"`, "Float": `0.5`, "SafeInt": `1`, "Boolean": `true`,
	"DateTime": `"2026-01-01T00:00:00Z"`, "IPAddress": `"198.51.100.7"`,
}

// filteredLists are documents with a place for the arguments of a list, for lists that the root does not have.
var filteredLists = map[string]string{
	"ObservationFilter": `{ attackers(first: 1) { nodes { observationSeries(primitive: "motor.keystroke_cadence", %s) { totalCount nodes { at } } } } }`,
	"SMTPTargetFilter":  `{ attackers(first: 1) { nodes { smtpTargets(%s) { totalCount nodes { domain } } } } }`,
}

// valuesOf returns values of a type of input: one for each field that it has, and for each value of that one. Filters of
// related rows go on for a number of levels.
func valuesOf(schema *ast.Schema, of *ast.Type, levels int) []string {
	if of.Elem != nil {
		var lists []string
		for _, value := range valuesOf(schema, of.Elem, levels) {
			lists = append(lists, "["+value+"]")
		}
		return append(lists, "[]")
	}
	definition := schema.Types[of.NamedType]
	switch {
	case definition.Kind == ast.Enum:
		return []string{definition.EnumValues[0].Name, definition.EnumValues[len(definition.EnumValues)-1].Name}
	case definition.Kind == ast.Scalar:
		if of.NamedType == "String" {
			return []string{filterValues["String"]}
		}
		return []string{filterValues[of.NamedType]}
	case of.NamedType == "AddressRange":
		return []string{`{from: "198.51.100.7", to: "198.51.100.9"}`}
	case levels == 0 && definition.Directives.ForName("oneOf") != nil:
		return nil
	case levels == 0:
		return []string{"{}"}
	}
	values := []string{}
	for _, field := range definition.Fields {
		examples := valuesOf(schema, field.Type, levels-1)
		if field.Name == "cidr" {
			examples = []string{`"198.51.100.0/24"`, `"2001:db8::/32"`}
		}
		for _, value := range examples {
			values = append(values, "{"+field.Name+": "+value+"}")
		}
	}
	if definition.Directives.ForName("oneOf") == nil {
		values = append(values, "{}")
	}
	return values
}

// needed are the arguments that a list must have.
func needed(list *ast.FieldDefinition) string {
	if list.Arguments.ForName("by") != nil {
		return "by: COUNTRY, "
	}
	return ""
}

// TestEveryFilterAndOrderOfTheSchemaIsDeclared asks a list with each field of its filter and each value of its order: a table of
// storage must declare them all.
func TestEveryFilterAndOrderOfTheSchemaIsDeclared(t *testing.T) {
	a := onSample(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	asked := map[string]bool{"SearchFilter": true} // of hits, which no table declares: TestASearchTakesAFilterOfItsHits asks with it
	lists := map[string]string{}
	maps.Copy(lists, filteredLists)
	for _, list := range schema.Query.Fields {
		if filter := list.Arguments.ForName("filter"); filter != nil && !asked[filter.Type.Name()] && strings.HasSuffix(list.Type.Name(), "Connection") {
			lists[filter.Type.Name()] = `{ ` + list.Name + `(` + needed(list) + `%s) { totalCount nodes { __typename } } }`
		}
		if order := list.Arguments.ForName("orderBy"); order != nil {
			asked[order.Type.Name()] = true
			for _, value := range schema.Types[schema.Types[order.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues {
				a.ask(`{ ` + list.Name + `(` + needed(list) + `orderBy: {field: ` + value.Name + `, direction: ASC}) { totalCount nodes { __typename } } }`)
			}
		}
	}
	for filter, document := range lists {
		asked[filter] = true
		for _, value := range valuesOf(schema, ast.NamedType(filter, nil), 3) {
			a.ask(fmt.Sprintf(document, "filter: "+value))
		}
	}
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			for _, name := range []string{"filter", "orderBy"} {
				if argument := field.Arguments.ForName(name); argument != nil && strings.HasSuffix(field.Type.Name(), "Connection") {
					assert.True(t, asked[argument.Type.Name()], "%s.%s(%s:) has no list of the root", definition.Name, field.Name, name)
				}
			}
		}
	})
}

// TestInvalidFiltersAreRefusedWithTheirPlace sends values that make no sense, inline and by variable.
func TestInvalidFiltersAreRefusedWithTheirPlace(t *testing.T) {
	a := onSample(t)
	deep := strings.Repeat(`{not: `, 9) + `{}` + strings.Repeat(`}`, 9)
	for filter, want := range map[string]string{
		`{ip: {cidr: "198.51.100.0/33"}}`:                                           `filter.ip.cidr: "198.51.100.0/33" is no block of addresses`,
		`{ip: {cidr: "198.51.100.7/24"}}`:                                           `filter.ip.cidr: "198.51.100.7/24" has bits after its prefix; the block is 198.51.100.0/24`,
		`{or: [{}, {ip: {range: {from: "1.2.3.4", to: "::1"}}}]}`:                   `filter.or[1].ip.range: from, 1.2.3.4, and to, ::1, are not both IPv4 or both IPv6`,
		`{eventCount: {from: 3, to: 2}}`:                                            `filter.eventCount.to: 2 is less than from, 3`,
		`{tags: {some: {confidence: {from: 80}}}}`:                                  `filter.tags.some.confidence.from: 80 is no confidence`,
		`{techniques: {anyOf: ["T1110"], minConfidence: 1.5}}`:                      `filter.techniques.minConfidence: 1.5 is no confidence`,
		`{asName: {contains: ""}}`:                                                  `filter.asName.contains: a text to look for has 1 to 200 characters, not 0`,
		`{lastSeen: {from: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z"}}`: `filter.lastSeen.until: 2026-01-01T00:00:00Z is before from`,
		deep: `the filter is nested deeper than 8 levels`,
		`{countryCode: {in: [` + strings.Repeat(`"x",`, 501) + `]}}`: `filter.countryCode: the filter has more than 500 fields and elements of lists`,
	} {
		answer := a.send(`{ attackers(filter: `+filter+`) { nodes { id } } }`, nil)
		require.Len(t, answer.Errors, 1, filter)
		require.Contains(t, answer.Errors[0].Message, want, filter)
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], filter)
		require.Equal(t, "filter", at(answer.Errors[0].Extensions["input"], 0), filter)
	}
}

// TestEmptyListsWarnOfValuesThatOccurNowhere shows that nobody takes a misspelt value for an answer.
func TestEmptyListsWarnOfValuesThatOccurNowhere(t *testing.T) {
	a := onSample(t)
	for filter, want := range map[string]string{
		`{countryCode: {equals: "XX"}}`:                       `filter.countryCode.equals "XX"`,
		`{asn: {in: [4294967295]}}`:                           `filter.asn.in[0] "4294967295"`,
		`{tags: {some: {ruleId: {equals: "R9999"}}}}`:         `filter.tags.some.ruleId.equals "R9999"`,
		`{techniques: {allOf: ["T9999"]}}`:                    `filter.techniques.allOf[0] "T9999"`,
		`{and: [{tags: {some: {tactic: "TA9999"}}}]}`:         `filter.and[0].tags.some.tactic "TA9999"`,
		`{not: {}, tags: {none: {ruleId: {equals: "R9"}}}}`:   "",
		`{services: {anyOf: ["no such service"]}}`:            `filter.services.anyOf[0] "no such service"`,
		`{firstSeen: {until: "1990-01-01T00:00:00Z"}}`:        "",
		`{countryCode: {equals: "XX"}, eventCount: {to: -1}}`: `filter.countryCode.equals "XX"`,
	} {
		answer := a.send(`{ attackers(filter: `+filter+`) { nodes { id } } }`, nil)
		require.Empty(t, answer.Errors, filter)
		require.Empty(t, at(answer.Data, "attackers", "nodes"), filter)
		if want == "" {
			require.Empty(t, answer.Extensions["warnings"], filter)
			continue
		}
		warnings := answer.Extensions["warnings"].([]any)
		require.Len(t, warnings, 1, filter)
		require.Equal(t, []any{"attackers"}, at(warnings, 0, "path"), filter)
		input, value, _ := strings.Cut(want, ` "`)
		require.Contains(t, at(warnings, 0, "message"), `"`+value+` occurs nowhere`, filter)
		path := ""
		for _, step := range at(warnings, 0, "input").([]any) {
			if n, ok := step.(float64); ok {
				path += fmt.Sprintf("[%d]", int(n))
			} else {
				path += "." + step.(string)
			}
		}
		require.Equal(t, input, path[1:], filter)
	}
}
