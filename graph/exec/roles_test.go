package exec_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/exec"
)

// The roles of the tests' schema.
const (
	reader exec.Roles = 1 << iota
	writer
	owner
	everybody = reader | writer | owner
)

// TestTheFirstElementThatARoleMayNotUseIsFound shows, for each role, which element of a document is refused.
func TestTheFirstElementThatARoleMayNotUseIsFound(t *testing.T) {
	for fact, c := range map[string]struct {
		document  string
		variables map[string]any
		reader    string // the element that excludes the role, or empty
		writer    string
	}{
		"what all may use":           {`{getHero{name}}`, nil, "", ""},
		"a field":                    {`{getHero{title name}}`, nil, "Hero.title", "Hero.title"},
		"the first of several":       {`{getHero{friend{name} title}}`, nil, "Hero.title", "Hero.friend"},
		"a field in a fragment":      {`{getHero{...F}} fragment F on Being{...on Hero{t:title}}`, nil, "Hero.title", "Hero.title"},
		"not what is left out":       {`{getHero{title @skip(if:true) name}}`, nil, "", ""},
		"an argument":                {`{getHero{askedSearch(secret:null)}}`, nil, "Hero.askedSearch(secret:)", "Hero.askedSearch(secret:)"},
		"an input field":             {`{getHero{askedSearch(by:{and:{and:[{secret:"x"}]}})}}`, nil, "Search.secret", ""},
		"an input field in a value":  {`query($s:Search!){getHero{askedSearch(by:$s)}}`, map[string]any{"s": map[string]any{"and": []any{map[string]any{"secret": nil}}}}, "Search.secret", ""},
		"a value without it":         {`query($s:Search!){getHero{askedSearch(by:$s)}}`, map[string]any{"s": map[string]any{"name": "x"}}, "", ""},
		"a value within a literal":   {`query($s:Search!){getHero{askedSearch(by:{and:[$s]})}}`, map[string]any{"s": map[string]any{"secret": "x"}}, "Search.secret", ""},
		"a variable that is missing": {`query($s:String){getHero{askedSearch(by:{secret:$s})}}`, nil, "Search.secret", ""},
	} {
		t.Run(fact, func(t *testing.T) {
			used := map[exec.Roles]string{}
			options := wide
			options.Check = func(_ context.Context, use exec.Use) error {
				for _, role := range []exec.Roles{0, reader, writer, owner} {
					denial, denied := use.Denied(role)
					require.Equal(t, denied, denial.Coordinate != "")
					require.True(t, !denied || role == 0 || denial.Needs&role == 0)
					used[role] = denial.Coordinate
				}
				return nil
			}
			w := newWorldWith(of("", "getHero", hero("a")), options, func(s *exec.Schema[*world]) {
				for _, of := range s.Types {
					for _, field := range of.Fields {
						field.Roles = everybody
					}
				}
				s.Types["Hero"].Fields["title"].Roles = owner
				s.Types["Hero"].Fields["friend"].Roles = owner | reader
				s.Types["Hero"].Fields["askedSearch"].Inputs = exec.Inputs{"by": {Type: "Search", Roles: everybody}, "secret": {Roles: owner}}
				s.Inputs = map[string]exec.Inputs{"Search": {"secret": {Roles: owner | writer}, "and": {Type: "Search", Roles: everybody}}}
			})
			s := serve(w)
			for range 2 { // made anew, and from the cache of plans
				_, errs := s.ask(t.Context(), c.document, c.variables)
				require.Empty(t, errs)
				require.Equal(t, [3]string{c.reader, c.writer, ""}, [3]string{used[reader], used[writer], used[owner]})
				require.NotEmpty(t, used[0], "whoever has no role may use nothing")
			}
		})
	}
}

// TestARoleThatMayUseAllInputsCostsNothing: the values of variables are not looked at for it.
func TestARoleThatMayUseAllInputsCostsNothing(t *testing.T) {
	var allocations float64
	options := wide
	options.Check = func(_ context.Context, use exec.Use) error {
		allocations = testing.AllocsPerRun(10, func() { use.Denied(owner) })
		return nil
	}
	w := newWorldWith(of("", "getHero", hero("a")), options, func(s *exec.Schema[*world]) {
		s.Types["Hero"].Fields["askedSearch"].Inputs = exec.Inputs{"by": {Type: "Search", Roles: everybody}}
		s.Inputs = map[string]exec.Inputs{"Search": {"secret": {Roles: owner}, "and": {Type: "Search", Roles: everybody}}}
	})
	list := make([]any, 1000)
	for i := range list {
		list[i] = map[string]any{"secret": "x"}
	}
	_, errs := serve(w).ask(t.Context(), `query($s:Search!){getHero{askedSearch(by:$s)}}`, map[string]any{"s": map[string]any{"and": list}})
	require.Empty(t, errs)
	require.Zero(t, allocations)
}
