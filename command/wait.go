package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"decnetgraph/storage"
	"decnetgraph/storage/engine/dsn"
)

// waitFlags is the flag of commands that can wait for a database.
type waitFlags struct {
	Wait time.Duration `env:"DECNET_GRAPH_WAIT" placeholder:"DURATION" help:"How long to wait for a database that does not answer yet, such as 60s. Without it the command ends with exit code 1. An error that waiting cannot cure ends it at once, with exit code 2."`
}

const (
	// openTimeout is how long an attempt to open a database may take. Engines of servers have shorter deadlines.
	openTimeout = time.Minute
	// waitPause is the time between two attempts to open a database, and shortAttempt the shortest time of an attempt.
	waitPause, shortAttempt = 500 * time.Millisecond, time.Second
)

// open calls try, which opens a database, with a deadline. While try fails with storage.ErrUnavailable, open calls it
// again until the wait is over. It logs once what it waits for.
func (f waitFlags) open(ctx context.Context, log *slog.Logger, source dsn.Source, try func(context.Context) error) error {
	end := time.Now().Add(f.Wait)
	limit := openTimeout
	for waiting := false; ; waiting = true {
		err := tryWithin(ctx, limit, source, try)
		left := time.Until(end)
		if !errors.Is(err, storage.ErrUnavailable) || ctx.Err() != nil || left <= 0 {
			return err
		}
		if !waiting {
			log.InfoContext(ctx, "waiting for the database", "database", source, "for", f.Wait, "cause", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(waitPause, left)):
		}
		limit = min(openTimeout, max(time.Until(end), shortAttempt))
	}
}

// tryWithin calls try. It fails with storage.ErrUnavailable if try does not end in time.
func tryWithin(ctx context.Context, limit time.Duration, source dsn.Source, try func(context.Context) error) error {
	attempt, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := try(attempt)
	if err != nil && ctx.Err() == nil && attempt.Err() != nil {
		return &storage.Error{
			Kind:    storage.ErrUnavailable,
			Message: fmt.Sprintf("cannot open %s: it does not answer within %s; check its address, and whether it runs", source, limit.Round(time.Second)),
		}
	}
	return err
}
