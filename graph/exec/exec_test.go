package exec_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/exec"
)

const isNull = "the requested element is null which the schema does not allow"

// TestErrorsGoWhereTheSpecificationSends them: section 6.4.4, "Handling Execution Errors".
func TestErrorsHaveThePathsOfTheSpecification(t *testing.T) {
	broken := errors.New("broken")
	for fact, c := range map[string]struct {
		root     *thing
		document string
		data     string
		errs     []string
	}{
		"a nullable leaf is null": {
			of("", "getHero", hero("a")), `{getHero{name title}}`, `{"getHero":{"name":"a","title":null}}`, nil,
		},
		"a leaf that must not be null makes its object null": {
			of("", "getHero", of("Hero")), `{getHero{name}}`, `{"getHero":null}`, []string{"getHero.name: " + isNull + " (1:10)"},
		},
		"and so up to the next that may be": {
			of("", "getHero", hero("a", "getMust", hero("b", "mustRank", of("Rank", "level", 1)))),
			`{getHero{name friend{name} getMust{name mustRank{level title}}} askedText}`,
			`{"getHero":null,"askedText":null}`,
			[]string{"getHero.getMust.mustRank.title: " + isNull + " (1:56)"},
		},
		"up to data": {
			of("", "askedText", "x"), `{askedText getMust{name}}`, `null`, []string{"getMust: " + isNull + " (1:12)"},
		},
		"a list of what must not be null is null by one element": {
			of("", "getHeroes", things{hero("a"), of("Hero"), hero("c")}), `{getHeroes{name}}`, `{"getHeroes":null}`,
			[]string{"getHeroes[1].name: " + isNull + " (1:12)"},
		},
		"a null element alone does that, too": {
			of("", "getHeroes", things{hero("a"), nil}), `{getHeroes{name}}`, `{"getHeroes":null}`, []string{"getHeroes[1]: " + isNull + " (1:2)"},
		},
		"a list of what may be null keeps the others": {
			of("", "getSome", things{hero("a"), nil, of("Hero"), hero("d")}), `{getSome{name}}`,
			`{"getSome":[{"name":"a"},null,null,{"name":"d"}]}`,
			[]string{"getSome[2].name: " + isNull + " (1:10)"},
		},
		"a list that must not be null and its elements neither": {
			of("", "getSure", things{hero("a"), nil}), `{getSure{name}}`, `null`, []string{"getSure[1]: " + isNull + " (1:2)"},
		},
		"a list may be null": {
			of(""), `{getHeroes{name}}`, `{"getHeroes":null}`, nil,
		},
		"a list that must not be null is empty in Go's nil": {
			of(""), `{getSure{name}}`, `{"getSure":[]}`, nil,
		},
		"a resolver fails": {
			of("", "getHero", broken, "askedText", "x"), `{getHero{name} askedText}`, `{"getHero":null,"askedText":"x"}`, []string{"getHero: broken (1:2)"},
		},
		"a resolver of what must not be null fails": {
			of("", "getHero", hero("a", "getMust", broken)), `{getHero{getMust{name}}}`, `{"getHero":null}`, []string{"getHero.getMust: broken (1:10)"},
		},
		"a resolver fails for one parent": {
			of("", "getHeroes", things{hero("a", "getFriend", hero("x")), hero("b", "getFriend", broken), hero("c")}), `{getHeroes{f:getFriend{name}}}`,
			`{"getHeroes":[{"f":{"name":"x"}},{"f":null},{"f":null}]}`,
			[]string{"getHeroes[1].f: broken (1:12)"},
		},
		"a resolver fails for all parents": {
			of("", "getHeroes", things{hero("a"), hero("b", "getFriends", all{broken})}), `{getHeroes{name getFriends{name}}}`,
			`{"getHeroes":[{"name":"a","getFriends":null},{"name":"b","getFriends":null}]}`,
			[]string{"getHeroes[0].getFriends: broken (1:17)", "getHeroes[1].getFriends: broken (1:17)"},
		},
		"an error that gqlgen made is reported for each parent": {
			of("", "getHeroes", things{hero("a", "getFriend", all{gqlerror.Errorf("broken")}), hero("b")}), `{getHeroes{getFriend{name}}}`,
			`{"getHeroes":[{"getFriend":null},{"getFriend":null}]}`,
			[]string{"getHeroes[0].getFriend: broken (1:12)", "getHeroes[1].getFriend: broken (1:12)"},
		},
		"a leaf's resolver fails for one parent": {
			of("", "getHeroes", things{hero("a", "askedText", "x"), hero("b", "askedText", broken)}), `{getHeroes{askedText}}`,
			`{"getHeroes":[{"askedText":"x"},{"askedText":null}]}`,
			[]string{"getHeroes[1].askedText: broken (1:12)"},
		},
		"a leaf's resolver brings null where none may be": {
			of("", "getSome", things{hero("a", "askedMust", "x"), hero("b")}), `{getSome{askedMust}}`,
			`{"getSome":[{"askedMust":"x"},null]}`,
			[]string{"getSome[1].askedMust: " + isNull + " (1:10)"},
		},
		"all errors in one object are reported": {
			of("", "getHero", hero("a", "getFriend", broken, "askedText", broken)), `{getHero{getFriend{name} askedText mustRank{level} getMust{name}}}`,
			`{"getHero":null}`,
			[]string{
				"getHero.getFriend: broken (1:10)", "getHero.askedText: broken (1:26)",
				"getHero.mustRank: " + isNull + " (1:36)", "getHero.getMust: " + isNull + " (1:52)",
			},
		},
		"invalid arguments are reported with their path": {
			of("", "getHeroes", things{hero("a"), hero("b")}), `{getHeroes{name askedGreeting(to:"")}}`,
			`{"getHeroes":[{"name":"a","askedGreeting":null},{"name":"b","askedGreeting":null}]}`,
			[]string{"getHeroes[0].askedGreeting: greet somebody", "getHeroes[1].askedGreeting: greet somebody"},
		},
		"arguments arrive": {
			of("", "getHero", hero("a")), `{getHero{askedGreeting(to:"b")}}`, `{"getHero":{"askedGreeting":"hello b"}}`, nil,
		},
		"a resolver panics": {
			of("", "getHeroes", things{hero("a", "getFriend", panics("p")), hero("b")}), `{getHeroes{name getFriend{name}}}`,
			`{"getHeroes":[{"name":"a","getFriend":null},{"name":"b","getFriend":null}]}`,
			[]string{"getHeroes[0].getFriend: panic: p (1:17)", "getHeroes[1].getFriend: panic: p (1:17)"},
		},
		"an object panics where it is derived": {
			of("", "getHeroes", things{hero("a", "rank", panics("p")), hero("b", "rank", of("Rank", "level", 2, "title", "x"))}),
			`{getHeroes{name rank{level}}}`, `{"getHeroes":[{"name":"a","rank":null},{"name":"b","rank":{"level":2}}]}`,
			[]string{"getHeroes[0].rank: panic: p (1:17)"},
		},
		"a list panics where it is derived": {
			of("", "getHeroes", things{hero("a", "friends", things{hero("x")}), hero("b", "friends", panics("p")), hero("c", "friends", things{hero("z")})}),
			`{getHeroes{friends{name getFriend{name}}}}`,
			`{"getHeroes":[{"friends":[{"name":"x","getFriend":null}]},{"friends":null},{"friends":[{"name":"z","getFriend":null}]}]}`,
			[]string{"getHeroes[1].friends: panic: p (1:12)"},
		},
		"a leaf panics while it is written": {
			of("", "getHeroes", things{hero("a", "title", panics("p")), hero("b", "title", "x")}), `{getHeroes{name title}}`,
			`{"getHeroes":[{"name":"a","title":null},{"name":"b","title":"x"}]}`,
			[]string{"getHeroes[0].title: panic: p"},
		},
		"a leaf that must not be null panics while it is written": {
			of("", "getSome", things{of("Hero", "name", panics("p")), hero("b")}), `{getSome{name}}`, `{"getSome":[null,{"name":"b"}]}`,
			[]string{"getSome[0].name: panic: p"},
		},
		"a leaf that was brought panics while it is written": {
			of("", "getHero", hero("a", "askedText", heavy("p"))), `{getHero{name askedText}}`, `{"getHero":{"name":"a","askedText":null}}`,
			[]string{"getHero.askedText: panic: p"},
		},
		"an interface is what its object is": {
			of("", "getBeings", things{hero("a", "friend", hero("b", "title", "t")), of("Robot", "name", "r", "serial", 7, "friend", hero("c")), nil}),
			`{getBeings{__typename name friend{name ...on Hero{title}} ...on Robot{serial}}}`,
			`{"getBeings":[{"__typename":"Hero","name":"a","friend":{"name":"b","title":"t"}},` +
				`{"__typename":"Robot","name":"r","friend":{"name":"c","title":null},"serial":7},null]}`, nil,
		},
		"an object of no type of the interface is an error": {
			of("", "getBeing", of("Rank")), `{getBeing{__typename}}`, `{"getBeing":null}`,
			[]string{"getBeing: panic: *exec_test.thing is no type of Query.getBeing (1:2)"},
		},
		"selections of one name merge": {
			of("", "getHero", hero("a", "friend", hero("b", "title", "t"))),
			`{getHero{friend{name}} ...F getHero{...on Being{friend{__typename}}}} fragment F on Query{getHero{friend{title name}}}`,
			`{"getHero":{"friend":{"name":"b","title":"t","__typename":"Hero"}}}`, nil,
		},
		"and across interfaces that have nothing to do with each other": {
			of("", "getHero", hero("a", "getRank", of("Rank", "level", 1, "title", "x"))),
			`{getHero{...on Rated{getRank{level}} ...on Ranked{getRank{title}}}}`, `{"getHero":{"getRank":{"level":1,"title":"x"}}}`, nil,
		},
		"fields come in the order of the document": {
			of("", "askedMust", "m", "askedText", "x"), `{b:askedText __typename a:askedMust c:askedText}`,
			`{"b":"x","__typename":"Query","a":"m","c":"x"}`, nil,
		},
		"nothing is selected": {of(""), `{askedText @skip(if:true)}`, `{}`, nil},
		"a root without a value": {
			of(""), `{hero:getHero{name} b:askedText}`, `{"hero":null,"b":null}`, nil,
		},
	} {
		t.Run(fact, func(t *testing.T) {
			data, lines := answer(t, c.root, c.document)
			require.Equal(t, c.data, data)
			require.ElementsMatch(t, c.errs, lines)
		})
	}
}

// TestAResolverAnswersForALevel shows that a resolver is called once for the parents in all lists of a level, and knows
// which fields are read.
func TestAResolverAnswersForALevel(t *testing.T) {
	rank := of("Rank", "level", 1, "title", "x")
	w := newWorld(of("", "getHeroes", things{
		hero("a", "getFriends", things{hero("b", "getRank", rank), hero("c")}), hero("d"), hero("e", "getFriends", things{hero("f")}),
	}), wide)
	data, errs := serve(w).ask(t.Context(), `{getHeroes{getFriends{name getRank{level} friend{title}}}}`, nil)
	require.Empty(t, errs)
	require.JSONEq(t, `{"getHeroes":[{"getFriends":[{"name":"b","getRank":{"level":1},"friend":null},{"name":"c","getRank":null,"friend":null}]},
		{"getFriends":null},{"getFriends":[{"name":"f","getRank":null,"friend":null}]}]}`, data)
	require.Equal(t, []string{"getHeroes(1)", "getFriends(3)", "getRank(3)"}, w.calls)
	require.Equal(t, map[string][]string{
		"getHeroes": {"getFriends"}, "getFriends": {"friend", "getRank", "name", "title"}, "getRank": {"level"},
	}, w.reads)
}

func TestFieldsOfAQueryRunSideBySide(t *testing.T) {
	w := newWorld(of("", "getHero", hero("a"), "getOther", hero("b"), "getHeroes", things{}), wide)
	w.meet = &sync.WaitGroup{}
	w.meet.Add(3) // each waits for the others
	data, errs := serve(w).ask(t.Context(), `{getHero{name} getOther{name} getHeroes{name}}`, nil)
	require.Empty(t, errs)
	require.JSONEq(t, `{"getHero":{"name":"a"},"getOther":{"name":"b"},"getHeroes":[]}`, data)
}

func TestFieldsOfAMutationRunOneAfterTheOther(t *testing.T) {
	one := hero("a", "getFriends", things{hero("b", "askedText", "x")})
	w := newWorld(of("", "getFirst", one, "getSecond", errors.New("broken"), "getThird", one), wide)
	data, errs := serve(w).ask(t.Context(),
		`mutation {getThird{getFriends{askedText}} getSecond{getFriends{askedText}} getFirst{getFriends{askedText}}}`, nil)
	require.Equal(t, []string{"getSecond: broken (1:43)"}, errorLines(errs))
	require.JSONEq(t, `{"getThird":{"getFriends":[{"askedText":"x"}]},"getSecond":null,"getFirst":{"getFriends":[{"askedText":"x"}]}}`, data)
	require.Equal(t, []string{
		"getThird(1)", "getFriends(1)", "askedText(1)", "getSecond(1)", "getFirst(1)", "getFriends(1)", "askedText(1)",
	}, w.calls)
}

// TestConditionsHoldForTheirVariables: one document, whose plans differ by the variables.
func TestConditionsHoldForTheirVariables(t *testing.T) {
	s := serve(newWorld(of("", "getHero", hero("a", "title", "t", "askedText", "x")), wide))
	const document = `query ($a: Boolean!, $b: Boolean = true, $to: String = "b") {
		getHero { ...F @include(if: $a) name @skip(if: $b) g: askedGreeting(to: $to) @skip(if: $a) } }
		fragment F on Hero { title @skip(if: $b) ... @include(if: $b) { askedText } }`
	for range 2 {
		for variables, want := range map[string]string{
			`{"a":true}`:                    `{"askedText":"x"}`,
			`{"a":true,"b":false}`:          `{"title":"t","name":"a"}`,
			`{"a":false,"b":false}`:         `{"name":"a","g":"hello b"}`,
			`{"a":false,"b":true}`:          `{"g":"hello b"}`,
			`{"a":false,"b":true,"to":"c"}`: `{"g":"hello c"}`,
		} {
			var given map[string]any
			require.NoError(t, json.Unmarshal([]byte(variables), &given))
			data, errs := s.ask(t.Context(), document, given)
			require.Empty(t, errs)
			require.Equal(t, `{"getHero":`+want+`}`, data, variables)
		}
	}
}

// TestAnswersStayApart shows that recycled buffers never mix the bytes of two answers.
func TestAnswersStayApart(t *testing.T) {
	var askers sync.WaitGroup
	for i := range 8 {
		name := strings.Repeat(fmt.Sprint(i), 1+i*i*i*300)
		s := serve(newWorld(of("", "getHero", hero(name), "askedText", name), wide))
		askers.Go(func() {
			for range 50 {
				for document, want := range map[string]string{
					`{getHero{name}}`:                                   `{"getHero":{"name":"` + name + `"}}`,
					`{askedText}`:                                       `{"askedText":"` + name + `"}`,
					`{a:askedText __typename getHero{name}}`:            `{"a":"` + name + `","__typename":"Query","getHero":{"name":"` + name + `"}}`,
					`{__typename}`:                                      `{"__typename":"Query"}`,
					`{askedText @skip(if:true)}`:                        `{}`,
					`{getHero{getMust{name}} askedText getOther{name}}`: `{"getHero":null,"askedText":"` + name + `","getOther":null}`,
				} {
					data, _ := s.ask(t.Context(), document, nil)
					if data != want {
						t.Errorf("%s: %.100s", document, data)
					}
				}
			}
		})
	}
	askers.Wait()
}

func TestFragmentsDoNotMultiplyWithoutEnd(t *testing.T) {
	var document strings.Builder
	document.WriteString("{getHero{...F0}}")
	for i := range 40 {
		fmt.Fprintf(&document, " fragment F%d on Hero {a:getFriend{...F%d} b:getFriend{...F%d}}", i, i+1, i+1)
	}
	document.WriteString(" fragment F40 on Hero {name}")
	bounds := wide
	bounds.Fields = 1000
	data, errs := serve(newWorld(of(""), bounds)).ask(t.Context(), document.String(), nil)
	require.Empty(t, data)
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], new(exec.LimitError))
	require.Contains(t, errs[0].Message, "more than 1000 fields")
}

func TestAnswersEnd(t *testing.T) {
	bounds := wide
	bounds.AnswerBytes = 1 << 20
	heroes := make(things, 1000)
	for i := range heroes {
		heroes[i] = hero(strings.Repeat("x", 500))
	}
	s := serve(newWorld(of("", "getHeroes", heroes, "getSure", heroes), bounds))
	data, errs := s.ask(t.Context(), `{getHeroes{name}}`, nil)
	require.Empty(t, errs)
	require.Greater(t, len(data), 500_000)
	data, errs = s.ask(t.Context(), `{askedText getHeroes{a:name b:name c:name}}`, nil)
	require.Equal(t, []string{"getHeroes: the answer is larger than 1048576 bytes; ask for smaller pages or fewer fields (1:12)"}, errorLines(errs))
	require.Equal(t, `{"askedText":null,"getHeroes":null}`, data)
	data, errs = s.ask(t.Context(), `{a:getHeroes{name} b:getHeroes{name} c:getHeroes{name}}`, nil)
	require.NotEmpty(t, errs, "all fields of the root together")
	require.Less(t, len(data), 2<<20)
	data, errs = s.ask(t.Context(), `{getSure{a:name b:name c:name}}`, nil)
	require.Len(t, errs, 1)
	require.Equal(t, "null", data)
	_, errs = s.ask(t.Context(), `{getHeroes{`+strings.Repeat("name ", 10)+`}}`, nil)
	require.Empty(t, errs, "merged")
}

func TestWritingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	heroes := make(things, 10_000)
	for i := range heroes {
		heroes[i] = hero(strings.Repeat("x", 50))
	}
	w := newWorld(of("", "getHeroes", heroes, "getBeing", nil), wide)
	s := serve(w)
	w.root.has["getHeroes"] = stopping{cancel, heroes}
	data, errs := s.ask(ctx, `{getHeroes{name}}`, nil)
	require.Equal(t, []string{"getHeroes: context canceled (1:2)"}, errorLines(errs))
	require.Equal(t, `{"getHeroes":null}`, data)
}

func TestDeepAndWide(t *testing.T) {
	const depth = 400
	last := hero("last")
	document, want := "name", `"name":"last"`
	for range depth {
		last = hero("a", "getFriend", last)
		document, want = "getFriend{"+document+"}", `"getFriend":{`+want+`}`
	}
	data, lines := answer(t, of("", "getHero", last), "{getHero{"+document+"}}")
	require.Empty(t, lines)
	require.Equal(t, `{"getHero":{`+want+`}}`, data)

	some := make(things, 20_000)
	for i := range some {
		if i%2 == 0 {
			some[i] = hero("x", "getSome", things{nil, hero("y")})
		}
	}
	w := newWorld(of("", "getSome", some), wide)
	data, errs := serve(w).ask(t.Context(), `{getSome{name getSome{name}}}`, nil)
	require.Empty(t, errs)
	require.Equal(t, []string{"getSome(1)", "getSome(10000)"}, w.calls)
	pair := `{"name":"x","getSome":[null,{"name":"y"}]},null`
	require.Equal(t, `{"getSome":[`+strings.Repeat(pair+",", len(some)/2-1)+pair+`]}`, data)
}
