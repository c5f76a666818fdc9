package resolvers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cost asks for the cost of an operation, before it runs.
func (a *api) cost(query string, variables map[string]any) int {
	a.t.Helper()
	return a.costs(query, variables).Requested
}

// cost is what an operation costs.
type cost struct{ Requested, Actual int }

// costs asks for the cost of an operation.
func (a *api) costs(query string, variables map[string]any) cost {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(a.t, err)
	request := httptest.NewRequestWithContext(a.t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Graphql-Cost", "1")
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, request)
	var answer struct {
		Extensions struct{ Cost cost }
	}
	require.NoError(a.t, json.Unmarshal(recorder.Body.Bytes(), &answer), "not JSON: %s", recorder.Body)
	require.Positive(a.t, answer.Extensions.Cost.Requested, "no cost: %s", recorder.Body)
	return answer.Extensions.Cost
}

// TestCosts states what operations cost: 10 for each statement, the weight of the field for each parent, and 1 for each
// object.
func TestCosts(t *testing.T) {
	a := onSample(t)
	for _, c := range []struct {
		fact, query string
		cost        int
	}{
		{"a row costs its statement and itself", `{ campaign(by: {uuid: "0"}) { uuid notes } }`, 10 + 1 + 1},
		{"a page costs its items", `{ campaigns(first: 30) { nodes { uuid } } }`, 10 + 1 + 1 + 30},
		{"a page has 20 items unless it says", `{ campaigns { nodes { uuid } } }`, 10 + 1 + 1 + 20},
		{"edges cost twice, for the edge and its node", `{ campaigns(first: 5) { edges { node { uuid } } } }`, 10 + 1 + 1 + 5 + 5},
		{"a page larger than allowed costs the largest", `{ campaigns(first: 1000000) { nodes { uuid } } }`, 10 + 1 + 1 + 200},
		{
			"levels multiply", `{ campaigns(first: 5) { nodes { identities(last: 4) { nodes { uuid } } } } }`,
			10 + 1 + 1 + 5 + 10 + 5 + 5 + 20,
		},
		{"a weight counts for each parent", `{ campaigns(first: 5) { nodes { techniques { count } } } }`, 10 + 1 + 1 + 5 + 10 + 5*20 + 5*10},
		{"an argument's weight counts where it is given", `{ tags(first: 1, filter: {}) { nodes { uuid } } }`, 10 + 1 + 600 + 1 + 1},
		{"a list without a size has 10 objects", `{ campaigns(first: 1) { nodes { techniques { identityCount } } } }`, 10 + 1 + 1 + 1 + 10 + 20 + 10 + 10 + 10*5},
		{"nodes costs its ids", `{ nodes(ids: ["a", "b", "c"]) { id } }`, 10 + 1 + 3},
		{
			"where objects may be of several types, the dearest counts",
			`{ node(id: "x") { ... on Campaign { techniques { count } } ... on Identity { attackerCount } } }`, 10 + 1 + 1 + 10 + 20 + 10,
		},
		{"aliases add up", `{ a: campaigns(first: 5) { nodes { uuid } } b: campaigns(first: 7) { nodes { uuid } } }`, 2*(10+1+1) + 5 + 7},
	} {
		require.Equal(t, c.cost, a.cost(c.query, nil), c.fact)
	}
}

func TestCostIsTheSameInlineAndByVariable(t *testing.T) {
	a := onSample(t)
	const byVariable = `query ($first: Int = 7, $ids: [ID!]! = ["a"]) { campaigns(first: $first) { nodes { uuid } } nodes(ids: $ids) { id } }`
	inline := func(first, ids string) int {
		return a.cost(`{ campaigns(first: `+first+`) { nodes { uuid } } nodes(ids: `+ids+`) { id } }`, nil)
	}
	require.Equal(t, inline("7", `["a"]`), a.cost(byVariable, nil))
	require.Equal(t, inline("150", `["a", "b"]`), a.cost(byVariable, map[string]any{"first": 150, "ids": []string{"a", "b"}}))
	require.Equal(t, inline("null", `["a"]`), a.cost(byVariable, map[string]any{"first": nil}))
}

func TestCostIsShownOnlyIfAskedFor(t *testing.T) {
	a := onSample(t)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query": "{ campaigns { totalCount } }"}`))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, request)
	require.NotContains(t, recorder.Body.String(), "extensions")
}

// TestTheActualCostOnTheSample compares the actual costs on the sample with those that were computed before.
func TestTheActualCostOnTheSample(t *testing.T) {
	a := onSample(t)
	for _, c := range []struct {
		fact, query    string
		fewer, instead int // what is requested beyond the actual cost, and the other way round
	}{
		{"full pages cost what was requested", `{ attackers(first: 30) { nodes { uuid } edges { node { ip } } } }`, 0, 0},
		{"a page that is not full costs less", `{ campaigns(first: 50) { nodes { uuid } } }`, 50 - 8, 0},
		{"a row that does not exist is no object", `{ campaign(by: {uuid: "00000000-0000-4000-8000-000000000000"}) { uuid techniques { count } } }`, 1 + 10 + 20 + 10, 0},
		{"introspection costs its objects", `{ __type(name: "CampaignEdge") { fields { name } } }`, 10 - 2, 0},
	} {
		cost := a.costs(c.query, nil)
		require.Equal(t, c.fewer-c.instead, cost.Requested-cost.Actual, "%s: %v", c.fact, cost)
	}
	all := a.costs(`{ __schema { types { name fields { name args { name } } } } }`, nil)
	require.Greater(t, all.Requested, 1000, "introspection costs")
	require.Greater(t, all.Actual, 1000)
}
