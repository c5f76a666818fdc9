package engine

import (
	"context"
	"database/sql"
)

// sqlPool is a Pool on database/sql.
type sqlPool struct {
	db        *sql.DB
	prepared  *prepared // of reads; their texts are few, since keys are bound as one list
	isolation sql.IsolationLevel
	// lockingIsolation is the isolation level at which a lock on all rows of a table also blocks inserts.
	lockingIsolation sql.IsolationLevel
	// pingQuery is a statement that shows that the database answers. It is empty where the driver's own ping does.
	pingQuery string
	// retryReads runs a read or the start of a transaction, and runs it again where that can help. Nil runs it once.
	retryReads func(ctx context.Context, try func() error) error
	// repair is called after a transaction that failed. It repairs server state that would fail every later
	// transaction. Nil where there is no such state.
	repair func(failed error)
}

func (p *sqlPool) retry(ctx context.Context, try func() error) error {
	if p.retryReads == nil {
		return try()
	}
	return p.retryReads(ctx, try)
}

// Query implements Pool.
func (p *sqlPool) Query(ctx context.Context, text string, args []any) (found Rows, err error) {
	err = p.retry(ctx, func() error {
		found, err = started(p.read(ctx, text, args))
		return err
	})
	return found, err
}

func (p *sqlPool) read(ctx context.Context, text string, args []any) (Rows, error) {
	found, err := p.prepared.query(ctx, text, args) //nolint:rowserrcheck // the caller checks it after the rows
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: found}, nil
}

// Ping implements Pool.
func (p *sqlPool) Ping(ctx context.Context) error {
	if p.pingQuery == "" {
		return p.db.PingContext(ctx)
	}
	found, err := p.Query(ctx, p.pingQuery, nil)
	if err != nil {
		return err
	}
	return found.Close()
}

// Close implements Pool.
func (p *sqlPool) Close() error { return p.prepared.close() }

// Begin implements Pool.
func (p *sqlPool) Begin(ctx context.Context) (Transaction, error) {
	var tx *sql.Tx
	err := p.retry(ctx, func() (err error) {
		tx, err = p.db.BeginTx(ctx, &sql.TxOptions{Isolation: p.isolation})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &sqlTransaction{tx: tx, prepared: map[string]*sql.Stmt{}, repair: p.repair}, nil
}

// Locking implements Pool.
func (p *sqlPool) Locking() Pool {
	locking := *p
	locking.isolation = p.lockingIsolation
	return &locking
}

// sqlTransaction is a transaction of database/sql. It prepares each text once, on its own connection: preparing in
// the pool might wait for a connection that another transaction holds.
type sqlTransaction struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt // closed with the transaction
	repair   func(failed error)
	failed   error
}

func (t *sqlTransaction) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if known, ok := t.prepared[text]; ok {
		return known, nil
	}
	fresh, err := t.tx.PrepareContext(ctx, text)
	if err == nil {
		t.prepared[text] = fresh
	}
	return fresh, err
}

// Query implements Transaction.
func (t *sqlTransaction) Query(ctx context.Context, text string, args []any) (Rows, error) {
	statement, err := t.prepare(ctx, text) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return nil, err
	}
	found, err := statement.QueryContext(ctx, args...) //nolint:rowserrcheck // the caller checks it after the rows
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: found}, nil
}

// Exec implements Transaction.
func (t *sqlTransaction) Exec(ctx context.Context, text string, args []any) (int64, error) {
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

// Commit implements Transaction.
func (t *sqlTransaction) Commit(context.Context) error { return t.tx.Commit() }

// Rollback implements Transaction.
func (t *sqlTransaction) Rollback() {
	_ = t.tx.Rollback()
	if t.failed != nil && t.repair != nil {
		t.repair(t.failed)
	}
}

// sqlRows are Rows of database/sql, whose Scan needs a sql.Scanner for each column.
type sqlRows struct {
	*sql.Rows

	columns []any
}

// Scan implements Rows.
func (r *sqlRows) Scan(to []Scanner, v *Value) error {
	if r.columns == nil {
		targets := make([]sqlColumn, len(to))
		r.columns = make([]any, len(to))
		for i := range to {
			targets[i] = sqlColumn{&to[i], v}
			r.columns[i] = &targets[i]
		}
	}
	return r.Rows.Scan(r.columns...)
}

// sqlColumn lets database/sql fill a Scanner.
type sqlColumn struct {
	into  *Scanner
	value *Value
}

// Scan implements sql.Scanner.
func (c *sqlColumn) Scan(given any) error {
	c.value.Set(given)
	c.into.take(c.value)
	return nil
}
