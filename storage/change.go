package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"decnetgraph/storage/engine"
)

// change is a transaction that writes. It is a store, too, whose reads see what was written before.
type change struct {
	*Store

	tx engine.Transaction
}

// exec runs a statement that writes and returns the number of rows that it changed.
func (c *change) exec(ctx context.Context, q *statement) (int64, error) {
	if q.err != nil {
		return 0, q.err
	}
	start := time.Now()
	changed, err := c.tx.Exec(ctx, q.text.String(), q.args)
	if c.options.Observe != nil {
		c.options.Observe(ctx, Statement{SQL: q.text.String(), Args: q.args, Rows: int(changed), Took: time.Since(start), Err: err})
	}
	return changed, c.fault(ctx, err)
}

// tries is how often a transaction is tried if it conflicts with others.
const tries = 10

// write runs work in a transaction. After a conflict with another transaction it runs work again, so work must not
// depend on its previous run. If the connection is lost during the commit, the error is ErrUnavailable although the
// change may have been made; so work must be safe to repeat.
func (s *Store) write(ctx context.Context, work func(c *change) error) error {
	return s.writeTo(ctx, s.pools.Writes, work)
}

// writeTo is write with the transactions of a pool, nil where only reading is allowed.
func (s *Store) writeTo(ctx context.Context, pool engine.Pool, work func(c *change) error) error {
	if pool == nil {
		return &Error{Kind: ErrReadOnly, Message: "this server only reads its database; it must be started with --write to change anything"}
	}
	var err error
	for try := range tries {
		if err = s.attempt(ctx, pool, work); !errors.Is(err, engine.ErrRetry) {
			return err
		}
		const step = 2 * time.Millisecond // a retry at once would conflict with the same transaction
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(time.Duration(1+rand.IntN(2<<try)) * step): //nolint:gosec // no secret
		}
	}
	return engine.Unavailable(err)
}

func (s *Store) attempt(ctx context.Context, pool engine.Pool, work func(c *change) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return s.fault(ctx, err)
	}
	if err := work(&change{&Store{s.shared, tx}, tx}); err != nil {
		tx.Rollback()
		return err
	}
	err = s.fault(ctx, tx.Commit(ctx))
	if err != nil {
		tx.Rollback()
		err = commitError{err}
	}
	if s.pools.Replicas != nil && ctx.Value(recordKey{}) == nil && !errors.Is(err, engine.ErrRetry) { // a commit whose answer is lost may have been made
		s.pools.Replicas.RecordWrite(ctx)
	}
	return err
}

// commitError is the error of a commit. Unless it is engine.ErrRetry, too, the change may have been made.
type commitError struct{ error }

func (e commitError) Unwrap() error { return e.error }

// find reads one row by its key, nil if there is none.
func find[T any](ctx context.Context, s *Store, of table[T], key string) (*T, error) {
	ctx = context.WithValue(ctx, onlyKey{}, nil) // a write may depend on any column
	found, err := lookup(ctx, s, of, []string{key})
	return found[key], err
}

// Writable reports whether the store may change rows.
func (s *Store) Writable() bool { return s.pools.Writes != nil }

// writeRows writes rows in one transaction, as an action that is audited, and returns a result for each, in order. check is
// called once for each row and returns the result as far as it is known without the database. write completes the results and the
// deed, and is called again, with the results of check, in each attempt of the transaction. If invalid is not nil, it is returned.
func writeRows[T, R any](
	ctx context.Context, s *Store, action string, invalid error, rows []T, check func(T) R,
	write func(c *change, ctx context.Context, rows []T, results []R, now time.Time, d *deed) error,
) ([]R, error) {
	checked, now := make([]R, len(rows)), time.Now()
	if invalid == nil {
		for i, row := range rows {
			checked[i] = check(row)
		}
	}
	var results []R
	err := s.audited(ctx, deed{action: action}, invalid, func(c *change, d *deed) error {
		results = slices.Clone(checked)
		return write(c, ctx, rows, results, now, d)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}
