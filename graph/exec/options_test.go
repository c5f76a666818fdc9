package exec_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/exec"
)

// TestLevelsAreObserved shows that the hook sees each level once, with what it took.
func TestLevelsAreObserved(t *testing.T) {
	var mu sync.Mutex
	seen := map[exec.Level]exec.Outcome{}
	options := wide
	options.Level = func(ctx context.Context, level exec.Level) (context.Context, func(exec.Outcome)) {
		return ctx, func(outcome exec.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			require.NotContains(t, seen, level)
			require.Positive(t, outcome.Took)
			outcome.Took = 0
			seen[level] = outcome
		}
	}
	broken := errors.New("broken")
	w := newWorld(of("", "getHeroes", things{
		hero("a", "getFriends", things{hero("b"), hero("c")}), hero("d", "getFriend", all{broken}, "getFriends", things{nil}),
	}), options)
	_, errs := serve(w).ask(t.Context(), `{h:getHeroes{name getFriends{askedText rank{title}} getFriend{name}} getOther{name}}`, nil)
	require.NotEmpty(t, errs)
	require.Equal(t, map[exec.Level]exec.Outcome{
		{Path: "h", Coordinate: "Query.getHeroes", Parents: 1}:                     {Objects: 2, Statements: 1, Rows: 1},
		{Path: "getOther", Coordinate: "Query.getOther", Parents: 1}:               {Objects: 1, Statements: 1, Rows: 1},
		{Path: "h.getFriends", Coordinate: "Hero.getFriends", Parents: 2}:          {Objects: 3, Statements: 1, Rows: 2},
		{Path: "h.getFriend", Coordinate: "Hero.getFriend", Parents: 2}:            {Statements: 1, Rows: 2, Err: broken},
		{Path: "h.getFriends.askedText", Coordinate: "Hero.askedText", Parents: 2}: {Objects: 2, Statements: 1, Rows: 2},
	}, seen)
}

// role is a fact of the tests' schema.
func role(coordinate, name string) exec.Fact {
	return exec.Fact{Coordinate: coordinate, Directive: "role", Args: map[string]any{"requires": name}}
}

// guarded is a world with facts on a type, an edge, a leaf, an argument and fields of input types.
func guarded(root *thing, check func(context.Context, exec.Use) error) *world {
	options := wide
	options.Check = check
	return newWorldWith(root, options, func(s *exec.Schema[*world]) {
		s.Types["Rank"].Facts = []exec.Fact{role("Rank", "RANKS")}
		s.Types["Robot"].Facts = []exec.Fact{role("Robot", "ROBOTS")}
		s.Types["Hero"].Fields["getFriend"].Facts = []exec.Fact{role("Hero.getFriend", "FRIENDS")}
		s.Types["Hero"].Fields["title"].Facts = []exec.Fact{role("Hero.title", "TITLES")}
		s.Types["Hero"].Fields["askedSearch"].Inputs = exec.Inputs{
			"by": {Type: "Search"}, "secret": {Facts: []exec.Fact{role("Hero.askedSearch(secret:)", "SECRETS")}},
		}
		s.Inputs = map[string]exec.Inputs{"Search": {
			"secret": {Facts: []exec.Fact{role("Search.secret", "SECRETS")}}, "and": {Type: "Search"},
		}}
	})
}

// TestFactsAreCheckedBeforeAnythingRuns shows which facts a document uses, by literals and by variables.
func TestFactsAreCheckedBeforeAnythingRuns(t *testing.T) {
	for fact, c := range map[string]struct {
		document  string
		variables map[string]any
		want      []string
	}{
		"nothing with a fact":        {`{getHero{name friend{name}}}`, nil, nil},
		"an edge, a leaf and a type": {`{getHero{title getFriend{rank{level}}}}`, nil, []string{"Hero.title", "Hero.getFriend", "Rank"}},
		"each once":                  {`{a:getHero{title} b:getHero{title t:title}}`, nil, []string{"Hero.title"}},
		"in fragments":               {`{getHero{...F}} fragment F on Being{...on Hero{title}}`, nil, []string{"Hero.title"}},
		"not what is left out":       {`{getHero{title @skip(if:true) name}}`, nil, nil},
		"an argument":                {`{getHero{askedSearch(secret:"x")}}`, nil, []string{"Hero.askedSearch(secret:)"}},
		"an input field":             {`{getHero{askedSearch(by:{secret:"x"})}}`, nil, []string{"Search.secret"}},
		"an input field deep down":   {`{getHero{askedSearch(by:{and:[{and:[{secret:"x"}]}]})}}`, nil, []string{"Search.secret"}},
		"an input field that is not given": {
			`{getHero{askedSearch(by:{name:"x"})}}`, nil, nil,
		},
		"an input field in a variable": {
			`query($s:Search!){getHero{askedSearch(by:$s)}}`,
			map[string]any{"s": map[string]any{"and": []any{map[string]any{"secret": "x"}}}},
			[]string{"Search.secret"},
		},
		"a variable without it": {
			`query($s:Search!){getHero{askedSearch(by:$s)}}`, map[string]any{"s": map[string]any{"name": "x"}}, nil,
		},
		"one object where the variable has a list": {
			`query($s:Search!){getHero{askedSearch(by:$s)}}`,
			map[string]any{"s": map[string]any{"and": map[string]any{"secret": "x"}}},
			[]string{"Search.secret"},
		},
		"a type of which no field is selected": {`{getBeing{... on Hero{name}}}`, nil, nil},
		"a variable within a literal": {
			`query($s:Search!){getHero{askedSearch(by:{and:[$s]})}}`, map[string]any{"s": map[string]any{"secret": "x"}}, []string{"Search.secret"},
		},
	} {
		t.Run(fact, func(t *testing.T) {
			refused := errors.New("refused")
			var used []string
			var refuse error
			w := guarded(of("", "getHero", hero("a")), func(_ context.Context, use exec.Use) error {
				used = nil
				for _, f := range use.Facts() {
					require.Equal(t, "role", f.Directive)
					used = append(used, f.Coordinate)
				}
				return refuse
			})
			s := serve(w)
			for range 2 { // made anew, and from the cache of plans
				used = nil
				_, errs := s.ask(t.Context(), c.document, c.variables)
				require.Empty(t, errs)
				require.ElementsMatch(t, c.want, used)
			}
			if c.want == nil {
				return
			}
			refuse, w.calls = refused, nil
			data, errs := s.ask(t.Context(), c.document, c.variables)
			require.Empty(t, data)
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], refused)
			require.Empty(t, w.calls, "no resolver is called")
		})
	}
}

// TestAllFactsOfAnElementAreChecked: an element may have several directives, also of one name.
func TestAllFactsOfAnElementAreChecked(t *testing.T) {
	both := []exec.Fact{role("Hero.title", "A"), role("Hero.title", "B"), {Coordinate: "Hero.title", Directive: "cost"}}
	var seen []exec.Fact
	options := wide
	options.Check = func(_ context.Context, use exec.Use) error {
		seen = use.Facts()
		return nil
	}
	w := newWorldWith(of("", "getHero", hero("a")), options, func(s *exec.Schema[*world]) { s.Types["Hero"].Fields["title"].Facts = both })
	_, errs := serve(w).ask(t.Context(), `{a:getHero{title} b:getHero{t:title}}`, nil)
	require.Empty(t, errs)
	require.Equal(t, both, seen)
}

// keeper is an extension that keeps the last response.
type keeper struct{ last *graphql.Response }

func (*keeper) ExtensionName() string                   { return "keeper" }
func (*keeper) Validate(graphql.ExecutableSchema) error { return nil }
func (k *keeper) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	k.last = next(ctx)
	return k.last
}

// TestAnExtensionMayKeepAResponse shows that later answers do not overwrite a response that an extension kept.
func TestAnExtensionMayKeepAResponse(t *testing.T) {
	k := &keeper{}
	options := wide
	options.KeepAnswers = exec.KeepsAnswers(k)
	s := serve(newWorld(of("", "getHero", hero("first"), "getOther", hero("other")), options))
	s.engine.Use(k)
	_, errs := s.ask(t.Context(), `{getHero{name}}`, nil)
	require.Empty(t, errs)
	kept := k.last
	for range 20 {
		_, errs = s.ask(t.Context(), `{getOther{name}}`, nil)
		require.Empty(t, errs)
	}
	require.JSONEq(t, `{"getHero":{"name":"first"}}`, string(kept.Data))
}

// TestWithoutALeaseNothingIsRecycled shows that an answer that nobody leased is the caller's own.
func TestWithoutALeaseNothingIsRecycled(t *testing.T) {
	s := serve(newWorld(of("", "getHero", hero("first"), "getOther", hero("other")), wide))
	first := s.response(t.Context(), `{getHero{name}}`)
	for range 20 {
		s.response(t.Context(), `{getOther{name}}`)
	}
	require.JSONEq(t, `{"getHero":{"name":"first"}}`, string(first.Data))
	require.Equal(t, len(first.Data), cap(first.Data))
}

// rootKeeper wraps the value of a field of the root, and writes it later.
type rootKeeper struct{ keeper }

func (rootKeeper) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	value := next(ctx)
	return graphql.WriterFunc(value.MarshalGQL)
}

func TestAnExtensionMayWrapARootField(t *testing.T) {
	s := serve(newWorld(of("", "getHero", hero("first"), "getOther", hero("other")), wide))
	s.engine.Use(&rootKeeper{})
	for range 20 {
		data, errs := s.ask(t.Context(), `{a:getHero{name} b:getOther{name} c:getHero{name}}`, nil)
		require.Empty(t, errs)
		require.JSONEq(t, `{"a":{"name":"first"},"b":{"name":"other"},"c":{"name":"first"}}`, data)
	}
}

func TestPlanningEndsWithItsContext(t *testing.T) {
	var document strings.Builder
	document.WriteString("{getHero{...F0}}")
	for i := range 14 { // 32,768 fields
		document.WriteString(strings.NewReplacer("#", string(rune('a'+i)), "%", string(rune('a'+i+1))).Replace(
			" fragment F# on Hero {a:friend{...F%} b:friend{...F%}}"))
	}
	text := strings.Replace(document.String(), "F0", "Fa", 1) + " fragment Fo on Hero {name}"
	s := serve(newWorld(of("", "getHero", hero("a")), wide))
	ctx, cancel := context.WithCancel(t.Context())
	s.engine.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		cancel()
		return next(ctx)
	})
	_, errs := s.ask(ctx, text, nil)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], context.Canceled)
	_, errs = s.ask(t.Context(), text, nil)
	require.Empty(t, errs, "the plan of a request that ended is not kept")
}

// TestFieldsWithTheSameEdgeAreMarked shows which fields of an operation may share what they read.
func TestFieldsWithTheSameEdgeAreMarked(t *testing.T) {
	for fact, c := range map[string]struct {
		document     string
		edges, links string // calls of which the edge, or the link, is shared
	}{
		"one field":                      {`{getHeroes{getFriend{name}}}`, "", ""},
		"aliases":                        {`{getHeroes{a:getFriend{name} b:getFriend{title}}}`, "2*getFriend", "2*getFriend"},
		"aliases with other arguments":   {`{getHero{a:askedGreeting(to:"a") b:askedGreeting(to:"b")}}`, "", ""},
		"aliases with the same argument": {`{getHero{a:askedGreeting(to:"a") b:askedGreeting(to:"a")}}`, "2*askedGreeting", ""},
		"levels below each other":        {`{getHero{getFriends{getFriends{name}}}}`, "2*getFriends", ""},
		"links to one type":              {`{getHeroes{getFriend{name} getMust{title}}}`, "", "getFriend getMust"},
		"fields of a mutation's root":    {`mutation{a:getFirst{getFriends{name}} b:getFirst{getFriends{name}}}`, "", ""},
		"one field of a mutation's root": {`mutation{a:getFirst{x:getFriends{name} y:getFriends{name}}}`, "2*getFriends", ""},
		"what has no key below one edge": {`{getHeroes{getRank{getSteps{name}} r:getRank{getSteps{name}}}}`, "2*getRank 2*getSteps", "2*getRank"},
		"what has no key below two":      {`{getHeroes{getRank{getSteps{name}}} getOther{rank{getSteps{name}}}}`, "", ""},
	} {
		t.Run(fact, func(t *testing.T) {
			friend := hero("x", "getFriends", things{hero("y")}, "getRank", of("Rank"), "rank", of("Rank"))
			with := hero("a", "getFriend", friend, "getMust", friend, "getFriends", things{friend}, "getRank", of("Rank", "getSteps", things{friend}))
			w := newWorldWith(of("", "getHero", with, "getHeroes", things{with}, "getOther", friend, "getFirst", with), wide, func(s *exec.Schema[*world]) {
				s.Types["Hero"].Keyed = true
			})
			_, errs := serve(w).ask(t.Context(), c.document, nil)
			require.Empty(t, errs)
			require.ElementsMatch(t, calls(c.edges), w.edgeShared)
			require.ElementsMatch(t, calls(c.links), w.linkShared)
		})
	}
}

// calls are the names of resolvers; "2*" stands before one that is called twice.
func calls(names string) []string {
	var all []string
	for name := range strings.FieldsSeq(names) {
		once, twice := strings.CutPrefix(name, "2*")
		if all = append(all, once); twice {
			all = append(all, once)
		}
	}
	return all
}

// TestFieldsThatShareReadTheUnionOfTheirColumns shows that an edge is read with the columns of all fields that share it.
func TestFieldsThatShareReadTheUnionOfTheirColumns(t *testing.T) {
	w := newWorld(of("", "getHeroes", things{hero("a", "getFriend", hero("b", "title", "t"))}), wide)
	data, errs := serve(w).ask(t.Context(), `{getHeroes{x:getFriend{name} y:getFriend{title}}}`, nil)
	require.Empty(t, errs)
	require.JSONEq(t, `{"getHeroes":[{"x":{"name":"b"},"y":{"title":"t"}}]}`, data)
	require.Equal(t, []string{"name", "title"}, w.reads["getFriend"])
}
