package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// querier runs statements that read.
type querier interface {
	query(ctx context.Context, text string, args []any) (rows, error)
}

// rows is a result, read row by row. Scan takes one sql.Scanner for each column.
type rows interface {
	Next() bool
	Scan(dest ...any) error
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

// sqlDatabase is a database behind database/sql. It keeps one prepared statement per text; the texts
// are few, since keys are bound as one list.
type sqlDatabase struct {
	db        *sql.DB
	isolation sql.IsolationLevel // of transactions
	prepared  sync.Map           // SQL text to *sql.Stmt
}

func (d *sqlDatabase) query(ctx context.Context, text string, args []any) (rows, error) {
	statement, err := d.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	found, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return found, nil // not found, err: a nil *sql.Rows is no nil rows
}

func (d *sqlDatabase) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept, ok := d.prepared.Load(text); ok {
		return kept.(*sql.Stmt), nil
	}
	fresh, err := d.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if kept, raced := d.prepared.LoadOrStore(text, fresh); raced {
		_ = fresh.Close()
		return kept.(*sql.Stmt), nil
	}
	return fresh, nil
}

func (d *sqlDatabase) ping(ctx context.Context) error { return d.db.PingContext(ctx) }

func (d *sqlDatabase) close() error {
	d.prepared.Range(func(_, statement any) bool {
		_ = statement.(*sql.Stmt).Close()
		return true
	})
	return d.db.Close()
}

func (d *sqlDatabase) begin(ctx context.Context) (transaction, error) {
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{Isolation: d.isolation})
	if err != nil {
		return nil, err
	}
	return sqlTransaction{d, tx}, nil
}

// sqlTransaction is a transaction of database/sql that shares the pool's prepared statements.
type sqlTransaction struct {
	pool *sqlDatabase
	tx   *sql.Tx
}

func (t sqlTransaction) query(ctx context.Context, text string, args []any) (rows, error) {
	found, err := t.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (t sqlTransaction) exec(ctx context.Context, text string, args []any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t sqlTransaction) commit(context.Context) error { return t.tx.Commit() }
func (t sqlTransaction) rollback()                    { _ = t.tx.Rollback() }

// lost reports whether database/sql has no connection to offer.
func lost(err error) bool {
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}
