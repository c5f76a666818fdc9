package sample

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// statementRows is the number of rows of one INSERT. Measured: any number from 10 to 400 takes the same time.
const statementRows = 50

// writer owns the connection and the open transaction of one Write call. Like bufio.Writer it keeps the first error and
// ignores everything after it, so that the code that makes rows need not check an error for each row.
type writer struct {
	ctx    context.Context //nolint:containedctx // of the Write call that made this writer; it does not outlive it
	conn   *sql.Conn
	tx     *sql.Tx
	tables []*table
	err    error
}

// table buffers the rows of one SQL table and inserts many with one statement.
type table struct {
	w       *writer
	name    string
	columns []string
	full    *sql.Stmt // inserts statementRows rows; prepared on first use in each transaction
	args    []any
	rows    int // number added so far
}

// into returns a table whose add takes values for these columns, in this order.
func (w *writer) into(name string, columns ...string) *table {
	t := &table{w: w, name: name, columns: columns, args: make([]any, 0, statementRows*len(columns))}
	w.tables = append(w.tables, t)
	return t
}

// add buffers one row.
func (t *table) add(values ...any) {
	if t.w.err != nil {
		return
	}
	if len(values) != len(t.columns) {
		t.w.err = fmt.Errorf("table %s takes %d values, got %d", t.name, len(t.columns), len(values))
		return
	}
	t.args = append(t.args, values...)
	t.rows++
	if len(t.args) == statementRows*len(t.columns) {
		t.flushFull()
	}
}

func (t *table) flushFull() {
	if t.full == nil {
		if t.full, t.w.err = t.w.tx.PrepareContext(t.w.ctx, t.insert(statementRows)); t.w.err != nil {
			return
		}
	}
	if _, err := t.full.ExecContext(t.w.ctx, t.args...); err != nil {
		t.w.err = fmt.Errorf("insert into %s: %w", t.name, err)
	}
	t.args = t.args[:0]
}

// flush inserts the remaining rows, which are too few for a full statement.
func (t *table) flush() {
	if t.w.err == nil && len(t.args) > 0 {
		if _, err := t.w.tx.ExecContext(t.w.ctx, t.insert(len(t.args)/len(t.columns)), t.args...); err != nil {
			t.w.err = fmt.Errorf("insert into %s: %w", t.name, err)
		}
		t.args = t.args[:0]
	}
	t.full = nil // it belongs to the transaction that ends here
}

func (t *table) insert(rows int) string {
	row := "(?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s%s", t.name, strings.Join(t.columns, ", "), row, strings.Repeat(", "+row, rows-1))
}

// inTransaction runs fill in a transaction and commits the rows that it added.
func (w *writer) inTransaction(fill func()) error {
	if w.tx, w.err = w.conn.BeginTx(w.ctx, nil); w.err != nil {
		return w.err
	}
	fill()
	for _, t := range w.tables {
		t.flush()
	}
	if w.err != nil {
		_ = w.tx.Rollback() // the first error is the one to return
		return w.err
	}
	return w.tx.Commit()
}

// rows returns the number of rows added to all tables.
func (w *writer) rows() int {
	n := 0
	for _, t := range w.tables {
		n += t.rows
	}
	return n
}

// orNull returns s, or NULL if it is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// orNullBytes returns b, or NULL if it is empty.
func orNullBytes(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
