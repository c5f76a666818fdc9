package exec_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/exec"
)

// TestALongArgumentIsNotCopied plans a document whose one long argument stands above thousands of fields.
func TestALongArgumentIsNotCopied(t *testing.T) {
	document := func(length int) string {
		var text strings.Builder
		text.WriteString(`{getHero{askedGreeting(to:"` + strings.Repeat("x", length) + `") getRanked(by:"` + strings.Repeat("x", length) + `"){`)
		for i := range 4000 {
			fmt.Fprintf(&text, " a%d: getSteps{name}", i)
		}
		return text.String() + "}}}"
	}
	allocated := func(text string) uint64 {
		s := serve(newWorld(of("", "getHero", hero("a", "getRanked", of("Rank"))), wide))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, errs := s.ask(t.Context(), text, nil)
		require.Empty(t, errs)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	const length = 50_000
	short, long := allocated(document(10)), allocated(document(length))
	require.Less(t, long, short+100*length, "4,000 copies would be 200 MB")
}

// TestAPayloadThatIsTooLargeKeepsNoWriteFromRunning shows that the writes after it run and answer with their payloads.
func TestAPayloadThatIsTooLargeKeepsNoWriteFromRunning(t *testing.T) {
	options := wide
	options.AnswerBytes = 1 << 20
	heroes := make(things, 3000)
	for i := range heroes {
		heroes[i] = hero(strings.Repeat("x", 500))
	}
	w := newWorld(of("", "getFirst", hero("a", "friends", heroes), "getSecond", hero("b"), "getThird", hero("c")), options)
	data, errs := serve(w).ask(t.Context(), `mutation{getFirst{friends{name}} getSecond{name} getThird{name}}`, nil)
	require.JSONEq(t, `{"getFirst":null,"getSecond":{"name":"b"},"getThird":{"name":"c"}}`, data)
	require.Len(t, errs, 1)
	require.Equal(t, []string{"getFirst(1)", "getSecond(1)", "getThird(1)"}, w.calls)
}

func TestManySmallFieldsOfTheRootAreCountedTogether(t *testing.T) {
	options := wide
	options.AnswerBytes = 1 << 20
	s := serve(newWorld(of("", "getHero", hero(strings.Repeat("x", 50_000))), options))
	data, errs := s.ask(t.Context(), "{"+repeated(15, "getHero{name}")+"}", nil)
	require.Empty(t, errs)
	require.Greater(t, len(data), 700_000)
	_, errs = s.ask(t.Context(), "{"+repeated(40, "getHero{name}")+"}", nil)
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], new(exec.LimitError))
}

// repeated writes a field under many aliases.
func repeated(times int, field string) string {
	var text strings.Builder
	for i := range times {
		fmt.Fprintf(&text, " a%d:%s", i, field)
	}
	return text.String()
}

// TestDerivedObjectsAreCounted asks for a list that costs nothing to read under many aliases.
func TestDerivedObjectsAreCounted(t *testing.T) {
	friends := make(things, 1000)
	for i := range friends {
		friends[i] = hero("x")
	}
	s := serve(newWorld(of("", "getHero", hero("a", "friends", friends)), wide))
	for _, aliases := range []int{20, 21} {
		budget := &exec.Budget{MaxEdges: 10, MaxObjects: 2000}
		data, errs := s.ask(exec.WithBudget(t.Context(), budget), "{getHero{"+repeated(aliases, "friends{name}")+"}}", nil)
		if aliases == 20 {
			require.Empty(t, errs)
			require.Greater(t, len(data), 10_000)
			continue
		}
		require.Len(t, errs, 1)
		require.Contains(t, errs[0].Message, "more than 20000 objects")
		require.JSONEq(t, `{"getHero":null}`, data)
	}
}

// TestAStopEndsWhatOthersRead passes the limit in one root field while the resolver of another waits for its context.
func TestAStopEndsWhatOthersRead(t *testing.T) {
	options := wide
	options.AnswerBytes = 1 << 20
	heroes := make(things, 5000)
	for i := range heroes {
		heroes[i] = hero(strings.Repeat("x", 500))
	}
	options.Level = func(ctx context.Context, level exec.Level) (context.Context, func(exec.Outcome)) {
		if level.Path == "waits" {
			<-ctx.Done() // for ever, unless the operation is stopped
		}
		return ctx, func(exec.Outcome) {}
	}
	s := serve(newWorld(of("", "getHeroes", heroes, "getHero", hero("a")), options))
	_, errs := s.ask(t.Context(), `{getHeroes{name} waits:getHero{name}}`, nil)
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], new(exec.LimitError))
}

func TestALevelEndsThoughItsResolverPanics(t *testing.T) {
	var outcomes []exec.Outcome
	options := wide
	options.Level = func(ctx context.Context, _ exec.Level) (context.Context, func(exec.Outcome)) {
		return ctx, func(outcome exec.Outcome) { outcomes = append(outcomes, outcome) }
	}
	_, errs := serve(newWorld(of("", "getHero", panics("p")), options)).ask(t.Context(), `{getHero{name}}`, nil)
	require.Len(t, errs, 1)
	require.Len(t, outcomes, 1)
	require.EqualError(t, outcomes[0].Err, "the resolver panicked")
}

// retrying resolves each root field twice, as middleware that tries again does.
type retrying struct{ keeper }

func (retrying) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	next(ctx)
	return next(ctx)
}

func TestMiddlewareMayResolveARootFieldTwice(t *testing.T) {
	s := serve(newWorld(of("", "getHeroes", things{hero("a"), hero("b")}, "getHero", hero("c", "mustRank", nil)), wide))
	s.engine.Use(&retrying{})
	data, _ := s.ask(t.Context(), `{getHeroes{name} getHero{mustRank{level}}}`, nil)
	require.JSONEq(t, `{"getHeroes":[{"name":"a"},{"name":"b"}],"getHero":null}`, data)
}

// valueKeeper keeps the value of a root field.
type valueKeeper struct {
	keeper

	value graphql.Marshaler
}

func (k *valueKeeper) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	value := next(ctx)
	if graphql.GetRootFieldContext(ctx).Field.Name == "getHero" && k.value == nil { // root fields run in parallel
		k.value = value
	}
	return value
}

func TestAnExtensionMayKeepTheValueOfARootField(t *testing.T) {
	for _, document := range []string{`{getHero{name}}`, `{getHero{name} getOther{name}}`} {
		k := &valueKeeper{}
		options := wide
		options.KeepAnswers = exec.KeepsAnswers(k)
		s := serve(newWorld(of("", "getHero", hero("first"), "getOther", hero("other")), options))
		s.engine.Use(k)
		_, errs := s.ask(t.Context(), document, nil)
		require.Empty(t, errs)
		kept := k.value
		for range 20 {
			_, errs = s.ask(t.Context(), `{getOther{name} o:getOther{name}}`, nil)
			require.Empty(t, errs)
		}
		var text strings.Builder
		kept.MarshalGQL(&text)
		require.JSONEq(t, `{"name":"first"}`, text.String())
	}
}

// TestValuesOfArgumentsAreCounted uses one long text in many fields, in the document and in a variable: reading it for
// each of them costs many times its length. One field may have it however long it is.
func TestValuesOfArgumentsAreCounted(t *testing.T) {
	options := wide
	options.Fields = 1_000
	const most = "the arguments of the document have more than 4000 values"
	ask := func(document string, length int) gqlerror.List {
		w := newWorld(of("", "getHero", hero("a")), options)
		data, errs := serve(w).ask(t.Context(), document, map[string]any{"to": strings.Repeat("x", length)})
		if len(errs) > 0 {
			require.Empty(t, data, "no data, because nothing was executed")
			require.Empty(t, w.calls)
		}
		return errs
	}
	const variable = "query($to:String!){getHero{"
	require.Empty(t, ask(variable+repeated(10, "askedGreeting(to:$to)")+"}}", 20_000))
	require.Empty(t, ask(variable+repeated(1, "askedGreeting(to:$to)")+"}}", 10_000_000))
	for _, errs := range []gqlerror.List{
		ask(variable+repeated(20, "askedGreeting(to:$to)")+"}}", 20_000),
		ask("{getHero{...F "+repeated(20, "getFriend{...F}")+`}} fragment F on Hero{askedGreeting(to:"`+strings.Repeat("x", 20_000)+`")}`, 1),
	} {
		require.Len(t, errs, 1)
		require.ErrorAs(t, errs[0], new(exec.LimitError))
		require.Contains(t, errs[0].Message, most)
	}
}

// TestPlanningCountsWhatItLooksAt selects one field a thousand times below each of many others.
func TestPlanningCountsWhatItLooksAt(t *testing.T) {
	options := wide
	options.Fields = 1_000
	ask := func(parents int) gqlerror.List {
		document := "{getHero{" + repeated(parents, "friend{...F}") + "}} fragment F on Hero{" + strings.Repeat("name ", 1_000) + "}"
		_, errs := serve(newWorld(of("", "getHero", hero("a")), options)).ask(t.Context(), document, nil)
		return errs
	}
	require.Empty(t, ask(20))
	errs := ask(30)
	require.Len(t, errs, 1)
	require.ErrorAs(t, errs[0], new(exec.LimitError))
	require.Contains(t, errs[0].Message, "more than 25000 times")
}

// TestALimitIsReportedOnce lets a level of many parents pass a limit.
func TestALimitIsReportedOnce(t *testing.T) {
	friends := things{}
	for range 100 {
		friends = append(friends, hero("x", "getFriend", all{exec.LimitError("too much")}, "getRank", all{errors.New("large")}))
	}
	options := wide
	options.Stops = func(err error) bool { return err.Error() == "large" }
	for field, message := range map[string]string{"getFriend{name}": "too much", "getRank{level}": "large"} {
		w := newWorld(of("", "getHero", hero("a", "friends", friends), "getFirst", hero("a", "friends", friends), "getSecond", hero("b")), options)
		data, errs := serve(w).ask(t.Context(), "{getHero{friends{name "+field+"}}}", nil)
		require.JSONEq(t, `{"getHero":null}`, data)
		require.Len(t, errs, 1)
		require.Equal(t, message, errs[0].Message)
		data, errs = serve(w).ask(t.Context(), "mutation{getFirst{name friends{"+field+"}} getSecond{name}}", nil)
		require.Contains(t, data, `{"getFirst":{"name":"a","friends":[{"get`)
		require.Contains(t, data, `"getSecond":{"name":"b"}`)
		require.Len(t, errs, 1)
		require.Contains(t, errs[0].Message, message)
	}
}

// TestNoMoreThanFiftyErrorsAreMade fails for each of many parents. The last error says how many there would have been.
func TestNoMoreThanFiftyErrorsAreMade(t *testing.T) {
	made, more := 0, 0
	for _, count := range []int{49, 50, 51, 5_000} {
		friends := things{}
		for range count {
			friends = append(friends, hero("x", "getFriend", errors.New("broken"), "askedText", errors.New("broken")))
		}
		s := serve(newWorld(of("", "getHero", hero("a", "friends", friends)), wide))
		s.engine.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
			made++
			if last, ok := errors.AsType[exec.LastError](err); ok {
				more = last.More
			}
			return graphql.DefaultErrorPresenter(ctx, err)
		})
		for _, field := range []string{"getFriend{name}", "askedText"} {
			made, more = 0, 0
			_, errs := s.ask(t.Context(), "{getHero{friends{name "+field+"}}}", nil)
			require.Len(t, errs, min(count, exec.MaxErrors))
			require.Equal(t, len(errs), made)
			require.Equal(t, max(0, count-exec.MaxErrors), more)
		}
	}
}

func TestAConditionThatIsNullIsAnErrorOfTheRequest(t *testing.T) {
	s := serve(newWorld(of("", "getHero", hero("a")), wide))
	data, errs := s.ask(t.Context(), "query($x:Boolean=true){getHero{name @skip(if:$x)}}", map[string]any{"x": nil})
	require.Empty(t, data)
	require.Len(t, errs, 1)
	require.Equal(t, "@skip needs true or false, but the variable $x is null", errs[0].Message)
}
