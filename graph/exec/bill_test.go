package exec_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
)

// charging are options that record what operations were charged and what they cost in the end.
func charging(charged, settled *[]int) exec.Options {
	options := wide
	options.Charge = func(_ context.Context, cost int) (func(int) exec.Balance, error) {
		*charged = append(*charged, cost)
		return func(actual int) exec.Balance {
			*settled = append(*settled, actual)
			return exec.Balance{Remaining: 1000 - actual}
		}, nil
	}
	return options
}

// TestTheActualCostIsThatOfTheObjectsThatThereWere states what operations cost when they have ended: 10 for each field with a
// resolver, 1 for each of its parents, and 1 for each object.
func TestTheActualCostIsThatOfTheObjectsThatThereWere(t *testing.T) {
	friends := func(n int) things {
		list := make(things, n)
		for i := range list {
			list[i] = hero("f")
		}
		return list
	}
	for fact, c := range map[string]struct {
		root            *thing
		document        string
		charged, actual int
	}{
		"an object":                 {of("", "getHero", hero("a")), `{getHero{name}}`, 12, 12},
		"null is no object":         {of(""), `{getHero{name}}`, 12, 11},
		"a list has its objects":    {of("", "getHeroes", friends(3)), `{getHeroes{name}}`, 21, 14},
		"more than was assumed":     {of("", "getHeroes", friends(25)), `{getHeroes{name}}`, 21, 36},
		"null elements are none":    {of("", "getSome", things{hero("a"), nil, nil}), `{getSome{name}}`, 21, 12},
		"nothing is below nothing":  {of("", "getHeroes", friends(0)), `{getHeroes{getFriends{name}}}`, 141, 11},
		"a leaf with a resolver":    {of("", "getHeroes", friends(4)), `{getHeroes{askedText}}`, 41, 11 + 4 + 10 + 4},
		"objects without resolvers": {of("", "getHero", hero("a", "friend", hero("b"), "friends", friends(2))), `{getHero{friend{name} friends{name}}}`, 23, 15},
		"an error of all parents":   {of("", "getHero", all{context.DeadlineExceeded}), `{getHero{getFriend{name}}}`, 24, 11},
		"a mutation":                {of("", "getFirst", hero("a"), "getSecond", hero("b")), `mutation{getFirst{name} getSecond{name}}`, 24, 24},
		"several types":             {of("", "getBeings", things{hero("a"), of("Robot", "name", "r"), nil}), `{getBeings{name ... on Hero{getRank{level}}}}`, 51, 11 + 2 + 10 + 1},
	} {
		var charged, settled []int
		_ = serve(newWorld(c.root, charging(&charged, &settled))).response(t.Context(), c.document)
		require.Equal(t, []int{c.charged}, charged, fact)
		require.Equal(t, []int{c.actual}, settled, fact)
	}
}

func TestTheCostIsShownWithWhatIsLeft(t *testing.T) {
	var charged, settled []int
	options := charging(&charged, &settled)
	options.ShowCost = func(*graphql.OperationContext) bool { return true }
	answer := serve(newWorld(of("", "getHeroes", things{hero("a")}), options)).response(t.Context(), `{getHeroes{name}}`)
	require.JSONEq(t, `{"requested": 21, "actual": 12, "remaining": 988, "resetAt": "0001-01-01T00:00:00Z"}`, asJSON(t, answer.Extensions["cost"]))
	options.Charge = nil
	answer = serve(newWorld(of("", "getHeroes", things{hero("a")}), options)).response(t.Context(), `{getHeroes{name}}`)
	require.JSONEq(t, `{"requested": 21, "actual": 12}`, asJSON(t, answer.Extensions["cost"]))
}

func TestAnOperationThatIsNotAdmittedCostsNothing(t *testing.T) {
	var charged, settled []int
	options := charging(&charged, &settled)
	options.Admit = func(context.Context, int) (func(), error) { return nil, exec.OverloadError{RetryAfter: time.Second} }
	w := newWorld(of("", "getHero", hero("a")), options)
	answer := serve(w).response(t.Context(), `{getHero{name}}`)
	require.Len(t, answer.Errors, 1)
	require.Equal(t, []int{12}, charged)
	require.Equal(t, []int{0}, settled)
	require.Empty(t, w.calls)
}

func TestWhoHasSpentAllRunsNothingAndSeesUntilWhen(t *testing.T) {
	reset := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	refusal := exec.RateError{Balance: exec.Balance{Remaining: 5, ResetAt: reset}, Requested: 24, Limit: "100/1m", RetryAfter: 7 * time.Second}
	admitted := false
	options := wide
	options.Charge = func(context.Context, int) (func(int) exec.Balance, error) { return nil, refusal }
	options.Admit = func(context.Context, int) (func(), error) { admitted = true; return func() {}, nil }
	w := newWorld(of("", "getFirst", hero("a"), "getSecond", hero("b")), options)
	answer := serve(w).response(buffer.WithLease(t.Context(), &buffer.Lease{}), `mutation{getFirst{name} getSecond{name}}`)
	require.Nil(t, answer.Data)
	require.Len(t, answer.Errors, 1)
	require.ErrorAs(t, answer.Errors[0], new(exec.RateError))
	require.EqualError(t, refusal, "the operation costs 24, and 5 of the rate limit of 100/1m are left; try again in 7s")
	require.JSONEq(t, `{"requested": 24, "actual": 0, "remaining": 5, "resetAt": "2026-03-01T12:00:00Z"}`, asJSON(t, answer.Extensions["cost"]))
	require.Empty(t, w.calls)
	require.False(t, admitted)
}

func TestAPanicSettlesTheCost(t *testing.T) {
	var charged, settled []int
	_ = serve(newWorld(of("", "getHero", panics("oh")), charging(&charged, &settled))).response(t.Context(), `{getHero{name}}`)
	require.Len(t, settled, 1)
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
