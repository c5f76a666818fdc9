package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
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

// narrowValues are values of the input fields that refuse some of their type's.
var narrowValues = map[string][]string{
	"FingerprintLookup.payloadSimhash":   {`{value: "00ff7fc3280a90fe", within: 16}`},
	"FingerprintLookup.keystrokeSimhash": {`{value: "00ff7fc3280a90fe"}`},
	"AddressFilter.cidr":                 {`"198.51.100.0/24"`, `"2001:db8::/32"`},
	"SearchFilter.fields":                {`["Attacker.ip"]`, `["Identity.notes", "Command.command"]`},
	"SearchFilter.match":                 {`[EXACT]`, `[BEGINNING, PART]`},
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
		examples, narrow := narrowValues[definition.Name+"."+field.Name]
		if !narrow {
			examples = valuesOf(schema, field.Type, levels-1)
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

// filteredList is a list of the schema with a place for its filter or order.
type filteredList struct {
	name     string
	document string
}

// filteredLists returns a list for each type of filters and orders, of the root if there is one.
func (a *api) filteredLists(schema *ast.Schema, name string) map[string]filteredList {
	lists := map[string]filteredList{}
	places := a.places(schema)
	for _, of := range append([]string{schema.Query.Name}, slices.Sorted(maps.Keys(places))...) {
		for _, list := range schema.Types[of].Fields {
			argument := list.Arguments.ForName(name)
			if argument == nil || !strings.HasSuffix(list.Type.Name(), "Connection") || lists[argument.Type.Name()].document != "" {
				continue
			}
			needed := "first: 2"
			for _, other := range list.Arguments {
				if other.Type.NonNull && other.DefaultValue == nil {
					needed += ", " + other.Name + ": " + knownValue(other)
				}
			}
			document := places[of].query(list.Name + "(" + needed + ", " + name + ": %s) { totalCount nodes { __typename } }")
			lists[argument.Type.Name()] = filteredList{list.Name, strings.ReplaceAll(document, "first: 50", "first: 2")}
		}
	}
	return lists
}

// TestEveryFilterAndOrderOfTheSchemaIsDeclared asks a list with each field of its filter and each value of its order: a table of
// storage, or computed rows, must declare them all.
func TestEveryFilterAndOrderOfTheSchemaIsDeclared(t *testing.T) {
	onceWithoutDetector(t)
	a := onSample(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	asked := map[string]bool{"SearchFilter": true} // of hits, which no table declares: TestASearchTakesAFilterOfItsHits asks with it
	for filter, list := range a.filteredLists(schema, "filter") {
		if asked[filter] {
			continue
		}
		asked[filter] = true
		levels := 2 // what further filters of related rows ask for is asked of the root's lists
		if schema.Query.Fields.ForName(list.name) != nil {
			levels = 3
		}
		for _, value := range valuesOf(schema, ast.NamedType(filter, nil), levels) {
			a.ask(fmt.Sprintf(list.document, value))
		}
	}
	for order, list := range a.filteredLists(schema, "orderBy") {
		asked[order] = true
		for _, value := range schema.Types[schema.Types[order].Fields.ForName("field").Type.Name()].EnumValues {
			a.ask(fmt.Sprintf(list.document, "{field: "+value.Name+", direction: ASC}"))
		}
	}
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			for _, name := range []string{"filter", "orderBy"} {
				if argument := field.Arguments.ForName(name); argument != nil && strings.HasSuffix(field.Type.Name(), "Connection") {
					assert.True(t, asked[argument.Type.Name()], "%s.%s(%s:) was not asked", definition.Name, field.Name, name)
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
		`{ip: {cidr: "198.51.100.0/33"}}`:                                                          `filter.ip.cidr: "198.51.100.0/33" is no block of addresses`,
		`{ip: {cidr: "198.51.100.7/24"}}`:                                                          `filter.ip.cidr: "198.51.100.7/24" has bits after its prefix; the block is 198.51.100.0/24`,
		`{or: [{}, {ip: {range: {from: "1.2.3.4", to: "::1"}}}]}`:                                  `filter.or[1].ip.range: from, 1.2.3.4, and to, ::1, are not both IPv4 or both IPv6`,
		`{eventCount: {from: 3, to: 2}}`:                                                           `filter.eventCount.to: 2 is less than from, 3`,
		`{tags: {some: {confidence: {from: 80}}}}`:                                                 `filter.tags.some.confidence.from: 80 is no confidence`,
		`{techniques: {anyOf: ["T1110"], minConfidence: 1.5}}`:                                     `filter.techniques.minConfidence: 1.5 is no confidence`,
		`{asName: {contains: ""}}`:                                                                 `filter.asName.contains: a text to look for has 1 to 200 characters, not 0`,
		`{lastSeen: {from: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z"}}`:                `filter.lastSeen.until: 2026-01-01T00:00:00Z is before from`,
		`{not: {fingerprint: {ja3: ""}}}`:                                                          `filter.not.fingerprint.ja3: an empty text is no fingerprint`,
		`{and: [{fingerprint: {payloadSimhash: {value: "00FF7FC3280A90F"}}}]}`:                     `filter.and[0].fingerprint.payloadSimhash: "00FF7FC3280A90F" is no SimHash`,
		`{fingerprint: {keystrokeSimhash: {value: "00ff7fc3280a90fe", within: 17}}}`:               `filter.fingerprint.keystrokeSimhash: within must be from 0 to 16, not 17`,
		`{and: [` + strings.Repeat(`{fingerprint: {c2Endpoint: "198.51.100.7:443"}}, `, 11) + `]}`: `filter.and[10].fingerprint: the filter has more than 10 fingerprints`,
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

// TestNetworksAreFilteredByTheirValue shows that a number is a text for value and a number for asn, which other networks refuse.
func TestNetworksAreFilteredByTheirValue(t *testing.T) {
	a := onSample(t)
	all := a.ask(`{ networks(by: ASN, first: 3, orderBy: [{field: NAME, direction: ASC}]) { nodes { value } } }`)
	first, last := at(all, "networks", "nodes", 0, "value").(string), at(all, "networks", "nodes", 2, "value").(string)
	for filter, count := range map[string]float64{
		`{value: {in: ["` + first + `", "` + last + `", "AS1"]}}`: 2,
		`{value: {startsWith: "` + first + `"}}`:                  1,
		`{asn: {from: ` + first + `, to: ` + last + `}}`:          3,
		`{asn: {in: [` + last + `]}}`:                             1,
	} {
		require.InDelta(t, count, at(a.ask(`{ networks(by: ASN, filter: `+filter+`) { totalCount } }`), "networks", "totalCount"), 0, filter)
	}
	answer := a.send(`{ networks(by: COUNTRY, filter: {or: [{asn: {equals: 64500}}]}) { nodes { value } } }`, nil)
	require.Len(t, answer.Errors, 1)
	require.Contains(t, answer.Errors[0].Message, "filter.or[0].asn: only networks by ASN have a number; filter by value")
	require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"])
}

// TestEmptyListsWarnOfValuesThatOccurNowhere shows that nobody takes a misspelt value for an answer.
func TestEmptyListsWarnOfValuesThatOccurNowhere(t *testing.T) {
	a := onSample(t)
	for asked, want := range map[string]string{
		`{countryCode: {equals: "XX"}}`:                               `filter.countryCode.equals "XX"`,
		`{asn: {in: [4294967295]}}`:                                   `filter.asn.in[0] "4294967295"`,
		`{tags: {some: {ruleId: {equals: "R9999"}}}}`:                 `filter.tags.some.ruleId.equals "R9999"`,
		`{techniques: {allOf: ["T9999"]}}`:                            `filter.techniques.allOf[0] "T9999"`,
		`{and: [{tags: {some: {tactic: "TA9999"}}}]}`:                 `filter.and[0].tags.some.tactic "TA9999"`,
		`{not: {}, tags: {none: {ruleId: {equals: "R9"}}}}`:           "",
		`{services: {anyOf: ["no such service"]}}`:                    `filter.services.anyOf[0] "no such service"`,
		`{firstSeen: {until: "1990-01-01T00:00:00Z"}}`:                "",
		`{countryCode: {equals: "XX"}, eventCount: {to: -1}}`:         `filter.countryCode.equals "XX"`,
		"deckies {name: {equals: \"no such\"}}":                       `filter.name.equals "no such"`,
		"rules {ruleId: {in: [\"R9999\"]}}":                           `filter.ruleId.in[0] "R9999"`,
		"rules {name: {equals: \"no such\"}}":                         `filter.name.equals "no such"`,
		"rules {emits: {anyOf: [\"T9999\"]}}":                         `filter.emits.anyOf[0] "T9999"`,
		"rules {appliesTo: {allOf: [\"no such\"]}}":                   `filter.appliesTo.allOf[0] "no such"`,
		"rules {ruleVersion: {from: 1000000}}":                        "",
		"networks(by: ASN) {value: {in: [\"4294967295\"]}}":           `filter.value.in[0] "4294967295"`,
		"networks(by: ASN) {value: {equals: \"AS1\"}}":                `filter.value.equals "AS1"`,
		"networks(by: ASN) {asn: {equals: 4294967295}}":               `filter.asn.equals "4294967295"`,
		"networks(by: PREFIX) {value: {equals: \"198.51.100.0/33\"}}": `filter.value.equals "198.51.100.0/33"`,
		"networks(by: COUNTRY) {not: {value: {startsWith: \"\"}}}":    "",
	} {
		list, filter, named := strings.Cut(asked, " {")
		if filter = "{" + filter; !named || strings.HasPrefix(asked, "{") {
			list, filter = "attackers", asked
		}
		list, arguments, _ := strings.Cut(list, "(")
		answer := a.send("{ "+list+"("+strings.ReplaceAll(arguments, ")", ", ")+"filter: "+filter+") { nodes { id } } }", nil)
		require.Empty(t, answer.Errors, filter)
		require.Empty(t, at(answer.Data, list, "nodes"), filter)
		if want == "" {
			require.Empty(t, answer.Extensions["warnings"], filter)
			continue
		}
		warnings := answer.Extensions["warnings"].([]any)
		require.Len(t, warnings, 1, filter)
		require.Equal(t, []any{list}, at(warnings, 0, "path"), filter)
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
