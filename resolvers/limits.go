package resolvers

import (
	"context"
	"time"

	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

// Sizes that the schema states, so that they change only with it.
const (
	DefaultPage = 20     // items of a page if the request names no number
	MaxPage     = 200    // items of a page
	MaxOffset   = 10_000 // rows skipped by offset; deeper pages want cursors
	MaxNodes    = 100    // ids of one nodes field
)

// MostObjects is the largest value of Limits.Objects.
const MostObjects = 10_000_000

// fields is the number of fields that a document may select with its fragments spread. It is more than the number of
// tokens because a fragment of a row's fields, spread for each of a hundred rows, selects more fields than the document
// has tokens. A document of many tokens gets no more than maxFields, because the plan of a field takes a kilobyte.
func (l Limits) fields() int {
	const fieldsPerToken, maxFields = 10, 100_000
	return min(fieldsPerToken*l.Tokens, maxFields)
}

// Limits bound what one request may cost. The zero value of a field means its default.
type Limits struct {
	BodyBytes     int64         // size of a request's body
	Tokens        int           // tokens of a document: names, punctuators, values and comments, without commas
	Timeout       time.Duration // time from the request's arrival to its answer
	DocumentBytes int           // memory of the cache of parsed documents
	PlanBytes     int           // memory of the cache of plans
	Page          int           // items of a page; exports allow more than MaxPage, which clients get
	Objects       int           // objects that one request may hold, and rows that one statement may bring
	Edges         int           // edges, each a statement, that one request may have
	Parallel      int           // statements that one request may run at a time
	AnswerBytes   int           // size of an answer; the text that its statements read may have twice as many bytes
}

// DefaultLimits fit a machine of two cores. See docs/architecture.md for what documents of their size cost.
var DefaultLimits = Limits{
	BodyBytes: 4 << 20, Tokens: 4_000, Timeout: 30 * time.Second, DocumentBytes: 32 << 20, PlanBytes: 16 << 20,
	Page: MaxPage, Objects: storage.DefaultMaxRows, Edges: 200, Parallel: 2, AnswerBytes: storage.DefaultMaxBytes,
}

// Verify fills in the defaults, and refuses limits that no request could meet or that would not protect the server. Its
// error is storage.ErrInvalid.
func (l Limits) Verify() (Limits, error) {
	l.BodyBytes = orDefault(l.BodyBytes, DefaultLimits.BodyBytes)
	l.Tokens = orDefault(l.Tokens, DefaultLimits.Tokens)
	l.Timeout = orDefault(l.Timeout, DefaultLimits.Timeout)
	l.DocumentBytes = orDefault(l.DocumentBytes, DefaultLimits.DocumentBytes)
	l.PlanBytes = orDefault(l.PlanBytes, DefaultLimits.PlanBytes)
	l.Page = orDefault(l.Page, DefaultLimits.Page)
	l.Objects = orDefault(l.Objects, DefaultLimits.Objects)
	l.Edges = orDefault(l.Edges, DefaultLimits.Edges)
	l.Parallel = orDefault(l.Parallel, DefaultLimits.Parallel)
	l.AnswerBytes = orDefault(l.AnswerBytes, DefaultLimits.AnswerBytes)
	switch {
	case l.BodyBytes < 1<<10 || l.BodyBytes > 64<<20:
		return l, storage.Invalid("the body limit must lie between 1 KiB and 64 MiB")
	case l.Tokens < 100 || l.Tokens > 100_000:
		return l, storage.Invalid("the token limit must lie between 100 and 100000")
	case l.Timeout < 100*time.Millisecond || l.Timeout > time.Hour:
		return l, storage.Invalid("the timeout must lie between 100ms and 1h")
	case l.Page < MaxPage:
		return l, storage.Invalid("a page must be allowed %d items", MaxPage)
	case l.Objects < l.Page+1 || l.Objects > MostObjects:
		return l, storage.Invalid("the limit on objects must lie between %d and %d", l.Page+1, MostObjects)
	case l.Edges < 1 || l.Parallel < 1:
		return l, storage.Invalid("a request must be allowed at least one edge, and one statement at a time")
	case l.AnswerBytes < 1<<20:
		return l, storage.Invalid("an answer must be allowed at least 1 MiB")
	case min(l.DocumentBytes, l.PlanBytes) < 1<<20 || max(l.DocumentBytes, l.PlanBytes) > 16<<30:
		return l, storage.Invalid("the memory for parsed documents and for their plans must lie between 1 MiB and 16 GiB each")
	}
	return l, nil
}

func orDefault[N int | int64 | time.Duration](value, otherwise N) N {
	if value == 0 {
		return otherwise
	}
	return value
}

// window is the arguments of a connection that select a part of the list.
type window struct {
	first  *int
	after  *string
	last   *int
	before *string
	offset *int
}

type pageKey struct{}

// pageLimit is the largest number of items that a page may have in the current operation.
func pageLimit(ctx context.Context) int {
	if limit, ok := ctx.Value(pageKey{}).(int); ok {
		return limit
	}
	return MaxPage
}

// page checks the arguments and makes them a page of at most maxItems items. Its error is storage.ErrInvalid.
func (w window) page(maxItems int) (storage.Page, error) {
	page := storage.Page{Limit: DefaultPage}
	switch {
	case w.first != nil && w.last != nil:
		return page, storage.Invalid("give first or last, not both")
	case w.offset != nil && (w.last != nil || w.after != nil || w.before != nil):
		return page, storage.Invalid("offset goes with first only; after a cursor it has no meaning")
	case w.last != nil:
		page.Limit, page.Backward = *w.last, true
	case w.first != nil:
		page.Limit = *w.first
	}
	if page.Limit < 1 || page.Limit > maxItems {
		return page, storage.Invalid("a page has 1 to %d items, not %d", maxItems, page.Limit)
	}
	if w.offset != nil {
		page.Offset = *w.offset
	}
	if page.Offset < 0 || page.Offset > MaxOffset {
		return page, storage.Invalid("offset lies between 0 and %d; use cursors to go deeper", MaxOffset)
	}
	var err error
	if page.After, err = position("after", w.after); err != nil {
		return page, err
	}
	page.Before, err = position("before", w.before)
	return page, err
}

// position decodes the cursor of an argument; nil stands for none.
func position(argument string, cursor *string) (*storage.Position, error) {
	if cursor == nil {
		return nil, nil
	}
	at, ok := model.DecodeCursor(*cursor)
	if !ok {
		return nil, storage.Invalid("the cursor given as %q is not one that this server gave out", argument)
	}
	return &at, nil
}
