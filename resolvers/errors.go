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

	"decnetgraph/storage"
)

// Code is what a program reads of an error, in extensions.code. The list is closed: docs/schema.md
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
)

// presenter turns every error into what a client may see: a message, the path and a code. Causes go
// to the log.
func presenter(log *slog.Logger, tokens int) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		code, message := classify(ctx, err, shown)
		if message == fmt.Sprintf("exceeded token limit of %d", tokens) { // the parser has no other sign
			code = CodeLimitExceeded
		}
		if code == CodeInternal || code == CodeUnavailable {
			id := rand.Text()
			log.ErrorContext(ctx, "request failed", "code", string(code), "id", id, "path", shown.Path.String(), "cause", err)
			message += " (request " + id + ")"
		}
		return &gqlerror.Error{
			Message: message, Path: shown.Path, Locations: shown.Locations,
			Extensions: map[string]any{"code": string(code)},
		}
	}
}

// classify is the only table from errors to codes and public texts.
func classify(ctx context.Context, err error, shown *gqlerror.Error) (Code, string) {
	var known *storage.Error
	switch {
	case errors.As(err, &known) && errors.Is(known, storage.ErrInvalid):
		return CodeBadUserInput, known.Message
	case errors.As(err, &known) && errors.Is(known, storage.ErrLimit):
		return CodeLimitExceeded, known.Message
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout, "the request took too long and was stopped; ask for less at once"
	case errors.Is(err, context.Canceled):
		return CodeTimeout, "the request was stopped before it was answered"
	case errors.Is(err, storage.ErrUnavailable):
		return CodeUnavailable, "the database cannot answer now; try again later"
	}
	if shown.Message == "operation  not found" {
		return CodeBadUserInput, "the document has several operations; say in operationName which one to run"
	}
	switch shown.Extensions["code"] {
	case errcode.ParseFailed, errcode.ValidationFailed:
		return CodeBadUserInput, shown.Message
	}
	if !graphql.HasOperationContext(ctx) { // refused before anything ran, so the request is at fault
		return CodeBadUserInput, shown.Message
	}
	return CodeInternal, "internal error"
}
