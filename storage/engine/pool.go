package engine

import "context"

// Querier runs statements that read.
type Querier interface {
	// Query runs a statement; its placeholders are "?". An error that comes before the first row is returned by
	// Query, an error after it by Rows.Err.
	Query(ctx context.Context, text string, args []any) (Rows, error)
}

// Rows is a result, read row by row.
type Rows interface {
	Next() bool
	// Scan passes each column of the row to its scanner, by way of one value.
	Scan(to []Scanner, v *Value) error
	Err() error
	Close() error
}

// Pool is a pool of connections of one kind: all read-only, or all for writing.
type Pool interface {
	Querier
	Begin(ctx context.Context) (Transaction, error)
	// Locking returns the pool with transactions in which a lock on all rows of a table also blocks inserts.
	Locking() Pool
	Ping(ctx context.Context) error
	// Stats returns the state of the pool, without its name.
	Stats() PoolStats
	Close() error
}

// WriteChecker is a Pool for writing that can find out by itself whether its database can be written. The rights to write
// to a file do not depend on the table.
type WriteChecker interface {
	// CheckWritable fails, and says why, if no transaction could write. It changes nothing.
	CheckWritable(ctx context.Context) error
}

// Transaction is one database transaction of a pool for writing.
type Transaction interface {
	Querier
	// Exec runs a statement that writes and returns the number of rows that it changed.
	Exec(ctx context.Context, text string, args []any) (int64, error)
	Commit(ctx context.Context) error
	Rollback()
}

const (
	// serverConnections is the most connections that a pool opens to a server.
	serverConnections = 32
	// preparedTexts is how many statements a pool keeps prepared, the last ones used. A server prepares each on every
	// connection, and MySQL allows 16,382 of them in all.
	preparedTexts = 256
)

// retryOnce tries again if a connection turns out to be lost before it returned anything. A pool cannot know that
// the server, a proxy or a firewall has ended a connection that was idle.
func retryOnce(ctx context.Context, lost func(error) bool, try func() error) error {
	err := try()
	if err != nil && ctx.Err() == nil && lost(err) {
		return try()
	}
	return err
}

// startedRows are rows whose first has been fetched already.
type startedRows struct {
	Rows

	hasFirst, started bool
}

// started waits for the first row of a result, or for the error that comes instead of it.
func started(found Rows, err error) (Rows, error) {
	if err != nil {
		return nil, err
	}
	first := found.Next()
	if err := found.Err(); !first && err != nil {
		_ = found.Close()
		return nil, err
	}
	return &startedRows{Rows: found, hasFirst: first}, nil
}

// Next implements Rows.
func (r *startedRows) Next() bool {
	if !r.started {
		r.started = true
		return r.hasFirst
	}
	return r.Rows.Next()
}

// textColumn reads a statement of one text column.
func textColumn(ctx context.Context, from Querier, statement string, args ...any) ([]string, error) {
	found, err := from.Query(ctx, statement, args)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var read []string
	to := []Scanner{{Into: textCell(func(text string) { read = append(read, text) })}}
	for found.Next() {
		if err := found.Scan(to, &Value{}); err != nil {
			return nil, err
		}
	}
	return read, found.Err()
}

// textCell takes a value as text.
type textCell func(text string)

// Take implements Cell.
func (c textCell) Take(v *Value) bool {
	text, ok := v.Text()
	c(text)
	return ok
}
