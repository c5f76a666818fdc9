package exec_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
	"decnetgraph/graph/exec"
	"decnetgraph/graph/jsontext"
)

// schemaText is a schema for tests. A field whose name begins with "get" has a resolver, and so has a leaf
// whose name begins with "asked"; others are read from the object.
const schemaText = `
type Query {
  hero: Hero
  getHero: Hero
  getOther: Hero
  getMust: Hero!
  getHeroes: [Hero!]
  getSome: [Hero]
  getSure: [Hero!]!
  getBeing: Being
  getBeings: [Being]
  askedText: String
  askedMust: String!
}
type Mutation { getFirst: Hero getSecond: Hero getThird: Hero }
interface Being { name: String! friend: Being }
interface Rated { getRank: Rank }
interface Ranked { getRank: Rank }
type Rank { level: Int title: String! getSteps: [Hero!] }
input Search { name: String secret: String and: [Search!] }
type Hero implements Being & Rated & Ranked {
  name: String!
  title: String
  friend: Hero
  rank: Rank
  mustRank: Rank!
  friends: [Hero!]
  getFriend: Hero
  getMust: Hero!
  getFriends: [Hero!]
  getSome: [Hero]!
  getRank: Rank
  getRanked(by: String): Rank
  askedText: String
  askedMust: String!
  askedGreeting(to: String!): String
  askedSearch(by: Search, secret: String): String
}
type Robot implements Being { name: String! friend: Being serial: Int }
`

// thing is an object of any type. What a field is missing is null.
type thing struct {
	kind string
	has  map[string]any // text, number, *thing, things, error, panics
}

type things = []*thing

// panics is a value that cannot be read, heavy one that cannot be written.
type (
	panics string
	heavy  string
)

// all is an error of all parents at once.
type all struct{ error }

// stopping are things whose asking ends the request.
type stopping struct {
	stop   func()
	things things
}

// hero makes one of names and values.
func hero(name string, pairs ...any) *thing {
	return of("Hero", append([]any{"name", name}, pairs...)...)
}

func of(kind string, pairs ...any) *thing {
	t := &thing{kind, map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		t.has[pairs[i].(string)] = pairs[i+1]
	}
	return t
}

// world is an executable schema: the types of schemaText over things.
type world struct {
	schema   *ast.Schema
	executor *exec.Executor[*world]
	root     *thing

	mu                     sync.Mutex
	calls                  []string // of resolvers, with the number of parents
	edgeShared, linkShared []string // resolvers that may share what they read
	reads                  map[string][]string
	meet                   *sync.WaitGroup // resolvers of the root wait until so many are there, if it is set
}

var wide = exec.Options{PlanBytes: 1 << 20, Fields: 100_000, AnswerBytes: 1 << 30}

func newWorld(root *thing, options exec.Options) *world {
	return newWorldWith(root, options, func(*exec.Schema[*world]) {})
}

// newWorldWith makes a world whose schema was changed.
func newWorldWith(root *thing, options exec.Options, change func(*exec.Schema[*world])) *world {
	w := &world{schema: gqlparser.MustLoadSchema(&ast.Source{Input: schemaText}), root: root, reads: map[string][]string{}}
	types := map[string]*exec.Type[*world]{}
	for _, definition := range w.schema.Types {
		if definition.Kind != ast.Object || definition.BuiltIn {
			continue
		}
		t := &exec.Type[*world]{Name: definition.Name, Fields: map[string]*exec.Field[*world]{}}
		t.Satisfies = append(append(t.Satisfies, definition.Name), definition.Interfaces...)
		for _, field := range definition.Fields {
			t.Fields[field.Name] = w.field(definition, field)
		}
		types[definition.Name] = t
	}
	schema := exec.Schema[*world]{Types: types}
	change(&schema)
	w.executor = exec.New(schema, options)
	return w
}

func (w *world) field(owner *ast.Definition, field *ast.FieldDefinition) *exec.Field[*world] {
	result := w.schema.Types[field.Type.Name()]
	f := &exec.Field[*world]{Reads: field.Name, NonNull: field.Type.NonNull}
	if len(field.Arguments) > 0 {
		f.Args = func(_ *world, _ context.Context, raw map[string]any) (map[string]any, error) {
			if raw["to"] == "" {
				return nil, errors.New("greet somebody")
			}
			return raw, nil
		}
	}
	if !result.IsCompositeType() {
		if strings.HasPrefix(field.Name, "asked") {
			f.Leaves = func(ctx context.Context, _ *world, parents []any, args map[string]any, into *exec.Objects) error {
				values, err := ask[any](ctx, w, field.Name, parents)
				if args["to"] != nil {
					values[0] = "hello " + args["to"].(string)
				}
				return exec.AddAnswers(into, len(parents), values, err, exec.Any)
			}
			f.AppendLeaf = appendLeaf
		} else {
			f.Append = func(to []byte, obj any) ([]byte, bool) { return appendLeaf(to, obj.(*thing).has[field.Name]) }
		}
		return f
	}
	f.List = field.Type.Elem != nil
	f.Elements = f.List && field.Type.Elem.NonNull
	for _, possible := range w.schema.GetPossibleTypes(result) {
		f.Of = append(f.Of, possible.Name)
	}
	if result.IsAbstractType() {
		f.TypeOf = func(obj any) string { return obj.(*thing).kind }
	}
	if strings.HasPrefix(field.Name, "get") {
		f.Resolve = func(ctx context.Context, _ *world, parents []any, _ map[string]any, into *exec.Objects) error {
			if w.meet != nil && owner == w.schema.Query {
				w.meet.Done()
				w.meet.Wait()
			}
			if f.List {
				lists, err := ask[things](ctx, w, field.Name, parents)
				return exec.AddAnswers(into, len(parents), lists, err, exec.Pointers)
			}
			one, err := ask[*thing](ctx, w, field.Name, parents)
			return exec.AddAnswers(into, len(parents), one, err, exec.One)
		}
		return f
	}
	f.Derive = func(obj any, _ map[string]any, into *exec.Objects) {
		value := read(obj, field.Name)
		if f.List {
			list, _ := value.(things)
			exec.Pointers(into, list)
			return
		}
		one, _ := value.(*thing)
		exec.One(into, one)
	}
	return f
}

func read(obj any, name string) any {
	value := obj.(*thing).has[name]
	if fault, ok := value.(panics); ok {
		panic(string(fault))
	}
	return value
}

// appendLeaf writes a value, part of it also if it cannot be written.
func appendLeaf(to []byte, value any) ([]byte, bool) {
	switch v := value.(type) {
	case string:
		return jsontext.Append(to, v), true
	case int:
		return fmt.Append(to, v), true
	case heavy:
		return appendLeaf(to, panics(v))
	case panics:
		_ = append(to, `"half a te`...)
		panic(string(v))
	default:
		return to, false
	}
}

// ask is what a resolver does: it answers for all parents, with an error for each that fails.
func ask[T any](ctx context.Context, w *world, name string, parents []any) ([]T, error) {
	w.mu.Lock()
	w.calls = append(w.calls, fmt.Sprintf("%s(%d)", name, len(parents)))
	w.reads[name] = exec.Reads(ctx)
	if exec.FieldUseOf(ctx).EdgeShared {
		w.edgeShared = append(w.edgeShared, name)
	}
	if exec.FieldUseOf(ctx).LinkShared {
		w.linkShared = append(w.linkShared, name)
	}
	exec.CountStatement(ctx, len(parents))
	w.mu.Unlock()
	answers, errs, failed := make([]T, len(parents)), make(graphql.BatchErrorList, len(parents)), false
	for i, parent := range parents {
		if parent == nil {
			parent = w.root
		}
		switch value := read(parent, name).(type) {
		case all:
			return nil, value.error
		case stopping:
			value.stop()
			answers[i] = any(value.things).(T)
		case error:
			errs[i], failed = value, true
		case T:
			answers[i] = value
		}
	}
	if failed {
		return answers, errs
	}
	return answers, nil
}

func (w *world) Schema() *ast.Schema { return w.schema }

func (w *world) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (w *world) Exec(ctx context.Context) graphql.ResponseHandler {
	root := w.schema.Query
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		root = w.schema.Mutation
	}
	return func(ctx context.Context) *graphql.Response { return w.executor.Run(ctx, root, w) }
}

// server answers documents of a world.
type server struct{ engine *executor.Executor }

func serve(w *world) server {
	s := server{executor.New(w)}
	s.engine.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	s.engine.SetRecoverFunc(func(_ context.Context, fault any) error { return fmt.Errorf("panic: %v", fault) })
	return s
}

// response answers a document as somebody does who leases no buffer.
func (s server) response(ctx context.Context, document string) *graphql.Response {
	ctx = graphql.StartOperationTrace(ctx)
	operation, _ := s.engine.CreateOperationContext(ctx, &graphql.RawParams{Query: document})
	respond, ctx := s.engine.DispatchOperation(ctx, operation)
	return respond(ctx)
}

func (s server) ask(ctx context.Context, document string, variables map[string]any) (data string, errs gqlerror.List) {
	ctx = graphql.StartOperationTrace(ctx)
	operation, faults := s.engine.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if len(faults) > 0 {
		return "refused", faults
	}
	var lease buffer.Lease
	defer lease.Release() // so that the next answer is written over this one
	respond, ctx := s.engine.DispatchOperation(buffer.WithLease(ctx, &lease), operation)
	answer := respond(ctx)
	return string(answer.Data), answer.Errors
}

// answer is the data of a document on a world of its own, and a line for each error.
func answer(t *testing.T, root *thing, document string) (data string, lines []string) {
	t.Helper()
	data, errs := serve(newWorld(root, wide)).ask(t.Context(), document, nil)
	require.NotEqual(t, "refused", data, "%v", errs)
	return data, errorLines(errs)
}

func errorLines(errs gqlerror.List) []string {
	var lines []string
	for _, e := range errs {
		line := e.Path.String() + ": " + e.Message
		for _, at := range e.Locations {
			line += fmt.Sprintf(" (%d:%d)", at.Line, at.Column)
		}
		lines = append(lines, line)
	}
	return lines
}
