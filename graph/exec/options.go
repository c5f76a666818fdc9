package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Options are the limits of operations, and hooks that check and observe them.
type Options struct {
	// PlanBytes is the memory of the cache of plans.
	PlanBytes int
	// Fields is the number of fields that an operation may select, with its fragments spread.
	Fields int
	// AnswerBytes is the approximate size that the data of a response may have.
	AnswerBytes int
	// Stops, if set, reports whether an error of a resolver says that the operation passes a limit, as LimitError does:
	// such an error stops the whole operation.
	Stops func(err error) bool
	// Check, if set, decides whether an operation may run, by the elements of the schema that it uses: the facts of them, and the
	// roles that may use them. It is called once, before any resolver. Its error refuses the operation.
	Check func(ctx context.Context, use Use) error
	// Paging names the arguments that limit how many objects a field returns. The cost of an operation is computed from
	// them.
	Paging Paging
	// Covers are the pairs of fields that one read can serve.
	Covers []Cover
	// Admit, if set, decides by the cost of an operation whether it may run now, and may wait before it does. It is called
	// before any resolver. Its error refuses the operation; otherwise release is called when the operation has ended.
	Admit func(ctx context.Context, cost int) (release func(), err error)
	// Charge, if set, takes the cost of an operation from what its sender may spend, before Admit is called. Its error
	// refuses the operation. Otherwise settle is called once with the actual cost when the operation has ended, or with 0
	// if Admit has refused it, and returns what the sender may spend after that;
	// nil means that the sender may spend any amount.
	Charge func(ctx context.Context, cost int) (settle func(actual int) Balance, err error)
	// ShowCost, if set, reports whether the client wants to see the cost of its operation in the response's extensions.
	ShowCost func(operation *graphql.OperationContext) bool
	// Level, if set, is called before each level is resolved. The context that it returns is the one that the
	// resolver gets, and the function is called when the resolver has returned. That must not end the context, because the
	// statements of several levels may be sent together.
	Level func(ctx context.Context, level Level) (context.Context, func(Outcome))
	// WantsLevels, if set, reports whether Level is called for the levels of an operation. It is asked once for each operation.
	WantsLevels func(ctx context.Context) bool
	// Branches, if set, is called when goroutines begin to resolve fields beside the one that runs the operation, with their
	// number, and when they end, with the negative number. A goroutine that waits for others that it started is not counted.
	Branches func(ctx context.Context, change int)
	// KeepAnswers says that extensions see responses and may keep them, so that their bytes are never recycled.
	KeepAnswers bool
}

// LimitError is the error of an operation that passes a limit. Its text is for the person who sent it. An operation
// reports one error of a limit, however many fields it is the reason of.
type LimitError string

// Error implements error.
func (l LimitError) Error() string { return string(l) }

// OverloadError is the error of an operation that was refused because the server has too much to do. Its text is for the
// person who sent the operation.
type OverloadError struct{ RetryAfter time.Duration }

// Error implements error.
func (e OverloadError) Error() string {
	return fmt.Sprintf("the server is overloaded; try again in %s", e.RetryAfter)
}

// Balance is what the sender of operations may spend until an instant.
type Balance struct {
	Remaining int // units of cost
	ResetAt   time.Time
}

// RateError is the error of an operation whose sender has spent what it may. Its text is for the person who sent it.
type RateError struct {
	Balance

	Requested  int    // the cost of the operation
	Limit      string // what may be spent, such as 600000/1m
	RetryAfter time.Duration
}

// Error implements error.
func (e RateError) Error() string {
	return fmt.Sprintf("the operation costs %d, and %d of the rate limit of %s are left; try again in %s", e.Requested, e.Remaining, e.Limit, e.RetryAfter)
}

// Level is a field at one path of an operation: all its parents are resolved at once.
type Level struct {
	Path       string // names in the answer from the root, with dots between them and without list indices
	Coordinate string // of the field in the schema, such as Identity.attackers
	Parents    int
}

// Outcome is what resolving a level took.
type Outcome struct {
	Objects    int // that the resolver returned, null included
	Statements int // calls of CountStatement
	Rows       int // that these statements returned
	Took       time.Duration
	Err        error // of all parents; nil if only some failed
}

// resolve calls the resolver of a level, within the hook if there is one.
func (x *execution[E]) resolve(ctx context.Context, at *graphql.FieldContext, f *planned[E], parents []any, c *column[E]) error {
	resolver := f.resolver()
	if x.level == nil {
		return resolver(ctx, x.ec, parents, at.Args, &c.Objects)
	}
	ctx, end := x.level(ctx, Level{Path: at.Path().String(), Coordinate: at.Object + "." + at.Field.Name, Parents: len(parents)})
	count := &statementCount{}
	start, err := time.Now(), errPanicked
	defer func() {
		end(Outcome{
			Objects: len(c.items), Statements: int(count.statements.Load()), Rows: int(count.rows.Load()), Took: time.Since(start), Err: err,
		})
	}()
	err = resolver(context.WithValue(ctx, countKey{}, count), x.ec, parents, at.Args, &c.Objects)
	return err
}

// errPanicked is the error of a level whose resolver panicked.
var errPanicked = errors.New("the resolver panicked")

// CheckExtension refuses an extension that this package's executor cannot honour: it resolves the fields of a level
// together, so that there is nothing to intercept a single field's resolver.
func CheckExtension(extension graphql.HandlerExtension) error {
	if _, intercepts := extension.(graphql.FieldInterceptor); intercepts {
		return fmt.Errorf("the extension %s intercepts fields one by one, but fields are resolved level by level; use exec.Options.Level instead",
			extension.ExtensionName())
	}
	return nil
}

// KeepsAnswers reports whether an extension sees responses, or values of root fields, and so may keep them.
func KeepsAnswers(extension graphql.HandlerExtension) bool {
	switch extension.(type) {
	case graphql.OperationInterceptor, graphql.ResponseInterceptor, graphql.RootFieldInterceptor:
		return true
	default:
		return false
	}
}
