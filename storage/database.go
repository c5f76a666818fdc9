package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// querier runs statements that read.
type querier interface {
	query(ctx context.Context, text string, args []any) (rows, error)
}

// rows is a result, read row by row. scan gives each column of a row to its scanner, by way of one value.
type rows interface {
	Next() bool
	scan(to []scanner, v *value) error
	Err() error
	Close() error
}

// database is a pool of connections of one kind: all read-only, or all for writing.
type database interface {
	querier
	begin(ctx context.Context) (transaction, error)
	ping(ctx context.Context) error
	close() error
}

// transaction is one database transaction of a pool for writing.
type transaction interface {
	querier
	// exec runs a statement that writes and tells how many rows it changed.
	exec(ctx context.Context, text string, args []any) (int64, error)
	commit(ctx context.Context) error
	rollback()
}

// serverConnections is the most connections that a pool opens to a server.
const serverConnections = 32

// sqlDatabase is a database behind database/sql.
type sqlDatabase struct {
	db        *sql.DB
	isolation sql.IsolationLevel // of transactions
	prepared  *prepared          // of reads; texts are few, since keys are bound as one list
	probe     string             // a statement that shows that the database answers, if the driver cannot tell
	// persist tries what changes nothing, and again where that may help; nil tries once.
	persist func(ctx context.Context, try func() error) error
	// mend puts right, after a transaction that failed, what would let all others fail; nil where nothing does.
	mend func(failed error)
}

func (d *sqlDatabase) try(ctx context.Context, what func() error) error {
	if d.persist == nil {
		return what()
	}
	return d.persist(ctx, what)
}

func (d *sqlDatabase) query(ctx context.Context, text string, args []any) (found rows, err error) {
	err = d.try(ctx, func() error {
		found, err = begun(d.read(ctx, text, args))
		return err
	})
	return found, err
}

func (d *sqlDatabase) read(ctx context.Context, text string, args []any) (rows, error) {
	found, err := d.prepared.query(ctx, text, args) //nolint:rowserrcheck // whoever reads the rows asks
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: found}, nil
}

func (d *sqlDatabase) ping(ctx context.Context) error {
	if d.probe == "" {
		return d.db.PingContext(ctx)
	}
	found, err := d.query(ctx, d.probe, nil)
	if err != nil {
		return err
	}
	return found.Close()
}

func (d *sqlDatabase) close() error { return d.prepared.close() }

func (d *sqlDatabase) begin(ctx context.Context) (transaction, error) {
	var tx *sql.Tx
	err := d.try(ctx, func() (err error) {
		tx, err = d.db.BeginTx(ctx, &sql.TxOptions{Isolation: d.isolation})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &sqlTransaction{tx: tx, prepared: map[string]*sql.Stmt{}, mend: d.mend}, nil
}

// sqlTransaction is a transaction of database/sql. It prepares each text once, on its own connection:
// to prepare in the pool it might have to wait for a connection that another one holds.
type sqlTransaction struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt // closed with the transaction
	mend     func(failed error)
	failed   error
}

func (t *sqlTransaction) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept, ok := t.prepared[text]; ok {
		return kept, nil
	}
	fresh, err := t.tx.PrepareContext(ctx, text)
	if err == nil {
		t.prepared[text] = fresh
	}
	return fresh, err
}

func (t *sqlTransaction) query(ctx context.Context, text string, args []any) (rows, error) {
	statement, err := t.prepare(ctx, text) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return nil, err
	}
	found, err := statement.QueryContext(ctx, args...) //nolint:rowserrcheck // whoever reads the rows asks
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: found}, nil
}

func (t *sqlTransaction) exec(ctx context.Context, text string, args []any) (int64, error) {
	statement, err := t.prepare(ctx, text) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		t.failed = err
		return 0, err
	}
	return result.RowsAffected()
}

func (t *sqlTransaction) commit(context.Context) error { return t.tx.Commit() }

func (t *sqlTransaction) rollback() {
	_ = t.tx.Rollback()
	if t.failed != nil && t.mend != nil {
		t.mend(t.failed)
	}
}

// sqlRows are rows of database/sql, whose Scan wants a sql.Scanner for each column.
type sqlRows struct {
	*sql.Rows

	columns []any
}

func (r *sqlRows) scan(to []scanner, v *value) error {
	if r.columns == nil {
		r.columns = make([]any, len(to))
		for i := range to {
			r.columns[i] = &sqlColumn{&to[i], v}
		}
	}
	return r.Scan(r.columns...)
}

// sqlColumn lets database/sql fill a scanner.
type sqlColumn struct {
	into  *scanner
	value *value
}

// Scan implements sql.Scanner.
func (c *sqlColumn) Scan(given any) error {
	c.value.set(given)
	c.into.take(c.value)
	return nil
}

// twice tries again if a connection turned out to have been dropped before it brought anything: a pool
// cannot know that the server, a proxy or a firewall has ended a connection that lay idle.
func twice(ctx context.Context, dropped func(error) bool, try func() error) error {
	err := try()
	if err != nil && ctx.Err() == nil && dropped(err) {
		return try()
	}
	return err
}

// lost reports whether database/sql has no connection to offer.
func lost(err error) bool {
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}
