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

	"decnetgraph/graph/exec"
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
			Err: err, Message: message, Path: shown.Path, Locations: shown.Locations, // Err is not sent
			Extensions: map[string]any{"code": string(code)},
		}
	}
}

// kinds are the codes of the failures whose message is fit for the person who asked.
var kinds = map[error]Code{
	storage.ErrInvalid:  CodeBadUserInput,
	storage.ErrLimit:    CodeLimitExceeded,
	storage.ErrReadOnly: CodeForbidden,
	storage.ErrNotFound: CodeNotFound,
	storage.ErrConflict: CodeConflict,
}

// classify is the only way from errors to codes and public texts.
func classify(ctx context.Context, err error, shown *gqlerror.Error) (Code, string) {
	if known, ok := errors.AsType[*storage.Error](err); ok {
		for kind, code := range kinds {
			if errors.Is(known, kind) {
				return code, known.Message
			}
		}
	}
	if passed, ok := errors.AsType[exec.LimitError](err); ok {
		return CodeLimitExceeded, passed.Error()
	}
	switch {
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
