package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"decnetgraph/storage/engine/dsn"
)

// startLimit is how long opening a database of a server may take. A server that accepts connections and then is silent
// would otherwise be waited for without end.
const startLimit = 10 * time.Second

// Start runs what opens a database, with a deadline if the database is a server's. It fails with ErrUnavailable and a
// message for the operator if the deadline passes.
func Start(ctx context.Context, source dsn.Source, open func(ctx context.Context) error) error {
	limitOf := Of(source).StartLimit
	if limitOf == nil {
		return open(ctx)
	}
	limit := limitOf(source)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := open(limited)
	if err == nil || ctx.Err() != nil || limited.Err() == nil || isError(err, ErrInvalid) {
		return err
	}
	const late = "no answer within %v, so %s cannot be opened; check that a database server is there, or try again"
	return &Error{Kind: ErrUnavailable, Message: fmt.Sprintf(late, limit, source)}
}

// isError reports whether err has a message of this package and is of a kind.
func isError(err, kind error) bool {
	known, ok := errors.AsType[*Error](err)
	return ok && errors.Is(known, kind)
}

// CannotOpen turns the error of a database that cannot be opened into one line for the operator, which begins with the
// cause. Its kind is ErrUnavailable if waiting can help, and ErrInvalid if the command or the server must change. What
// a driver reports may contain addresses and names of users, but no password.
func CannotOpen(source dsn.Source, err error) error {
	if _, known := errors.AsType[*Error](err); known {
		return err
	}
	explain := Of(source).Explain
	if explain == nil {
		if Interrupted(err) {
			return err
		}
		return Invalid("cannot open %s: %s", source, oneLine(err.Error()))
	}
	cause := explain(err)
	advice := "correct the DSN or the server"
	if errors.Is(cause.Kind, ErrUnavailable) {
		advice = "try again when the server is ready"
	}
	return &Error{Kind: cause.Kind, Message: oneLine(cause.Message) + ", so " + source.Redacted() + " cannot be opened; " + advice}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// connectingCause returns why a connection could not be made, or nil for an error that a server has sent.
func connectingCause(err error) *Error {
	away := func(format string, args ...any) *Error {
		return &Error{Kind: ErrUnavailable, Message: fmt.Sprintf(format, args...)}
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return away("the host name %s was not found", name.Name)
	}
	if isTLS(err) {
		return &Error{Kind: ErrInvalid, Message: "TLS failed: " + err.Error()}
	}
	if timeout, ok := errors.AsType[net.Error](err); Interrupted(err) || ok && timeout.Timeout() {
		return away("no answer in time")
	}
	operation, ok := errors.AsType[*net.OpError](err)
	switch {
	case ok && errors.Is(err, syscall.ECONNREFUSED):
		return away("connection refused by %s", operation.Addr)
	case ok && errors.Is(err, syscall.ENOENT):
		return away("no server listens on %s", operation.Addr)
	case ok && errors.Is(err, syscall.EACCES):
		return &Error{Kind: ErrInvalid, Message: fmt.Sprintf("permission denied for %s", operation.Addr)}
	case ok && operation.Op == "dial":
		return away("%v", operation)
	case networkFailed(err):
		return away("the server closed the connection")
	}
	return nil
}

// isTLS reports whether the two ends did not agree on encryption, or a certificate was refused.
func isTLS(err error) bool {
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return noTLS || alert || certificate || authority || host || invalid
}
