package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// introspectionQuery is the standard query of graphql-js 16 and 17 with all of its options, as GraphiQL and code generators
// send it.
func introspectionQuery(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/introspection.graphql")
	require.NoError(t, err)
	return string(text)
}

// TestIntrospectionIsGqlgens shows that introspection, run level by level, answers as gqlgen's executor does.
func TestIntrospectionIsGqlgens(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	both := bothOn(t, path, storage.Options{})
	for _, query := range []string{
		introspectionQuery(t),
		`{ __type(name: "Campaign") { kind name description fields(includeDeprecated: true) { name args { name defaultValue type { name ofType { name } } } } interfaces { name } } }`,
		`{ a: __type(name: "Node") { possibleTypes { name } enumValues { name } inputFields { name } ofType { name } } b: __type(name: "ConfidenceTier") { enumValues(includeDeprecated: true) { name } } }`,
		`{ __type(name: "no such type") { name } }`,
		`{ __schema { __typename queryType { name fields { name type { kind ofType { kind name } } } } mutationType { name } subscriptionType { name } directives { name isRepeatable locations args { name } } } }`,
		`{ __schema { types { ...T } } } fragment T on __Type { name ...U ... on __Type { kind } } fragment U on __Type { fields { name isDeprecated deprecationReason } isOneOf specifiedByURL }`,
	} {
		want, have := answerOf(t, both.gqlgens, operation{Query: query}), answerOf(t, both.ours, operation{Query: query})
		require.Equal(t, want, have)
		require.Empty(t, have.Errors)
	}
}

// cpu is the processor time of this process.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// aliased nests aliases of fields, so many of each.
func aliased(fields []string, counts []int, innermost string) string {
	if len(fields) == 0 {
		return innermost
	}
	var text strings.Builder
	inner := aliased(fields[1:], counts[1:], innermost)
	for i := range counts[0] {
		fmt.Fprintf(&text, " a%d:%s{%s}", i, fields[0], inner)
	}
	return text.String()
}

// withFragments is aliased with each level in a fragment, so that the document is short.
func withFragments(counts [3]int) string {
	var text strings.Builder
	level := func(field string, n int, fragment string) string {
		var aliases strings.Builder
		for i := range n {
			fmt.Fprintf(&aliases, " a%d:%s{...%s}", i, field, fragment)
		}
		return aliases.String()
	}
	fmt.Fprintf(&text, "{%s}", level("__schema", counts[0], "S"))
	fmt.Fprintf(&text, " fragment S on __Schema {%s}", level("types", counts[1], "T"))
	fmt.Fprintf(&text, " fragment T on __Type {%s}", level("fields", counts[2], "F"))
	text.WriteString(" fragment F on __Field {name}")
	return text.String()
}

// TestIntrospectionIsBounded sends documents that ask for millions of objects. Each is refused after about as much work
// as the limits allow, which is measured against the standard query in the same process.
func TestIntrospectionIsBounded(t *testing.T) {
	a := onSample(t)
	control := func() time.Duration {
		start := cpu(t)
		require.Empty(t, a.send(introspectionQuery(t), nil).Errors)
		return cpu(t) - start
	}
	control()
	usual := max(control(), 5*time.Millisecond)
	full := "fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { name description defaultValue type { kind name ofType { kind name } } } type { kind name ofType { kind name ofType { kind name } } } }"
	for fact, query := range map[string]string{
		"40 × 40 × 10 aliases":      withFragments([3]int{40, 40, 10}),
		"150 × 150 × 150 aliases":   withFragments([3]int{150, 150, 150}),
		"10 × 10 × 5 written out":   "{" + aliased([]string{"__schema", "types", "fields"}, []int{10, 10, 5}, "name") + "}",
		"200 aliases of all fields": "{ __schema { types {" + aliases(200, full) + "} } }",
	} {
		t.Run(fact, func(t *testing.T) {
			start := cpu(t)
			answer := a.send(query, nil)
			took := cpu(t) - start
			require.Len(t, answer.Errors, 1)
			require.Equal(t, "LIMIT_EXCEEDED", answer.Errors[0].Extensions["code"], answer.Errors[0].Message)
			requireNothing(t, answer)
			t.Logf("%v of CPU, %.1f times the standard query", took, float64(took)/float64(usual))
			require.Less(t, took, 40*usual)
		})
	}
}

func aliases(n int, field string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, " a%d: %s", i, field)
	}
	return text.String()
}

// TestIntrospectionEndsWithItsClient cancels a request whose objects the limits would allow.
func TestIntrospectionEndsWithItsClient(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	a := serve(t, path, resolvers.Limits{Timeout: time.Minute, Objects: 10_000_000, Tokens: 100_000})
	levels := 0
	ctx, cancel := context.WithCancel(t.Context())
	a.onLevel = func() {
		if levels++; levels == 3 {
			cancel()
		}
	}
	body, err := json.Marshal(operation{Query: "{" + aliased([]string{"__schema", "types", "fields"}, []int{4, 20, 20}, "name") + "}"})
	require.NoError(t, err)
	answer := a.postWith(ctx, string(body))
	require.NotEmpty(t, answer.Errors)
	require.Equal(t, "TIMEOUT", answer.Errors[0].Extensions["code"])
	requireNothing(t, answer)
}

// requireNothing shows that every field of the root is null.
func requireNothing(t *testing.T, answer response) {
	t.Helper()
	for name, value := range answer.Data {
		require.Nil(t, value, name)
	}
}
