package resolvers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
	"decnetgraph/observe"
	"decnetgraph/storage"
)

// Code is the code of an error for programs, in extensions.code. There are no others than these, and docs/schema.md
// explains each.
type Code string

// The codes.
const (
	CodeNotFound        Code = "NOT_FOUND"
	CodeBadUserInput    Code = "BAD_USER_INPUT"
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	CodeForbidden       Code = "FORBIDDEN"
	CodeLimitExceeded   Code = "LIMIT_EXCEEDED"
	CodeConflict        Code = "CONFLICT"
	CodeUnavailable     Code = "UNAVAILABLE"
	CodeTimeout         Code = "TIMEOUT"
	CodeInternal        Code = "INTERNAL"

	// CodeRateLimited says that the sender has spent the cost that it may spend in a period; see package ratelimit.
	CodeRateLimited Code = "RATE_LIMITED"

	// CodePersistedQueryNotSupported and CodePersistedQueryNotFound are Apollo's, whose clients wait for exactly these texts.
	CodePersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	CodePersistedQueryNotFound     Code = "PERSISTED_QUERY_NOT_FOUND"
)

// The lengths, in characters, that messages to clients have at most, and names and values that they quote.
const (
	maxMessage = 450 // 500 with what is added to it later
	maxQuoted  = 200
)

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	characters := 0
	for at := range text {
		if characters++; characters > most {
			return text[:at] + "…"
		}
	}
	return text
}

// presenter turns every error into what a client may see: a message, the path and a code. The causes of INTERNAL and
// UNAVAILABLE are logged with the id of the request, which the message repeats. A long message is cut.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		code, message := classify(ctx, err, shown)
		message = cut(message, maxMessage)
		if code == CodeInternal || code == CodeUnavailable && !isOverload(err) { // package admission logs an overload as a whole
			id, recorded := observe.From(ctx).Fail(string(code), shown.Path.String(), err)
			if !recorded { // as in an export, which has no request
				id = rand.Text()
				log.ErrorContext(ctx, "operation failed", "outcome", string(code), "request", id, "path", shown.Path.String(), "cause", err)
			}
			message += " (request " + id + ")"
		}
		if last, ok := errors.AsType[exec.LastError](err); ok {
			message += fmt.Sprintf(" (and %d more errors)", last.More)
		}
		extensions := map[string]any{"code": string(code)}
		if known, ok := errors.AsType[*storage.Error](err); ok && len(known.Input) > 0 {
			extensions["input"] = known.Input
		}
		return &gqlerror.Error{Err: err, Message: message, Path: shown.Path, Locations: shown.Locations, Extensions: extensions} // Err is not sent
	}
}

func isOverload(err error) bool {
	_, ok := errors.AsType[exec.OverloadError](err)
	return ok
}

// codes are the codes of those errors of storage whose message is written for the client.
var codes = map[error]Code{
	storage.ErrInvalid:  CodeBadUserInput,
	storage.ErrLimit:    CodeLimitExceeded,
	storage.ErrReadOnly: CodeForbidden,
	storage.ErrNotFound: CodeNotFound,
	storage.ErrConflict: CodeConflict,
	storage.ErrBehind:   CodeUnavailable,
}

// classify is the error table: it gives every error its code and its public message.
func classify(ctx context.Context, err error, shown *gqlerror.Error) (Code, string) {
	if known, ok := errors.AsType[*storage.Error](err); ok {
		for kind, code := range codes {
			if errors.Is(known, kind) {
				return code, known.Message
			}
		}
	}
	if forbidden, ok := errors.AsType[forbiddenError](err); ok {
		return CodeForbidden, forbidden.Error()
	}
	if exceeded, ok := errors.AsType[exec.LimitError](err); ok {
		return CodeLimitExceeded, exceeded.Error()
	}
	if overload, ok := errors.AsType[exec.OverloadError](err); ok {
		return CodeUnavailable, overload.Error()
	}
	if limited, ok := errors.AsType[exec.RateError](err); ok {
		return CodeRateLimited, limited.Error()
	}
	switch {
	case errors.Is(err, auth.ErrUnauthenticated):
		return CodeUnauthenticated, auth.ErrUnauthenticated.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout, "the request took too long and was stopped; ask for less at once"
	case errors.Is(err, context.Canceled):
		return CodeTimeout, "the request was stopped before it was answered"
	case errors.Is(err, storage.ErrUnavailable):
		return CodeUnavailable, "the database cannot answer now; try again later"
	}
	switch shown.Extensions["code"] {
	case errcode.ParseFailed, errcode.ValidationFailed:
		return CodeBadUserInput, shown.Message
	}
	if !graphql.HasOperationContext(ctx) { // refused before any operation began, so the request is at fault
		return CodeBadUserInput, shown.Message
	}
	return CodeInternal, "internal error"
}
