package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"decnetgraph/storage/engine"
)

// loader writes batches into the target, each in a transaction with the record that it is written.
type loader struct {
	*database

	tables   []*table
	records  recorder
	state    []progress
	update   bool // rows that differ are overwritten
	indexed  bool // the secondary indexes exist
	parents  parents
	rowBytes int // the most bytes that the server takes in one statement; 0 is no limit
}

// lot is a batch in its transaction.
type lot struct {
	t       *table
	counts  Counts
	skipped []Skip
}

func (l *lot) leaveOut(cells []any, at int, reason string) {
	l.skipped = append(l.skipped, l.t.skip(cells, at, reason))
}

// load writes one batch. If the transaction fails, the batch before stays the last one.
func (l *loader) load(ctx context.Context, b *batch) error {
	t, state := l.tables[b.table], l.state[b.table]
	if err := l.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	next := l.records.next
	err := l.write(ctx, t, &state, b)
	if err == nil {
		err = l.exec(ctx, "COMMIT")
	}
	if err != nil {
		l.records.next = next
		l.parents.forget()
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		_ = l.exec(undo, "ROLLBACK") // the first error says what happened; a lost connection has rolled back
		return fmt.Errorf("%s: %w", t.name, err)
	}
	state.begun = true
	l.state[b.table] = state
	return nil
}

func (l *loader) write(ctx context.Context, t *table, state *progress, b *batch) error {
	if !state.begun {
		var some int
		if err := l.one(ctx, &some, "SELECT COUNT(*) FROM (SELECT 1 FROM "+l.engine.Quote(t.name)+" LIMIT 1) AS rows_there"); err != nil {
			return err
		}
		state.Fresh = some == 0
	}
	work := &lot{t: t, skipped: b.skipped}
	work.counts.Read = b.read
	rows, changed := b.rows, [][]any(nil)
	if !state.Fresh {
		var err error
		if rows, changed, err = l.divide(ctx, work, rows); err != nil {
			return err
		}
	}
	rows, err := l.orphans(ctx, work, rows)
	if err != nil {
		return err
	}
	if changed, err = l.orphans(ctx, work, changed); err != nil {
		return err
	}
	if err := l.insert(ctx, work, rows); err != nil {
		return err
	}
	if err := l.overwrite(ctx, work, changed); err != nil {
		return err
	}
	if b.end && !l.indexed {
		if err := l.duplicates(ctx, work); err != nil {
			return err
		}
	}
	work.counts.Skipped = int64(len(work.skipped))
	if err := l.records.leaveOut(ctx, work.skipped); err != nil {
		return err
	}
	state.add(work.counts)
	state.after, state.Done = b.after, b.end
	return l.records.save(ctx, t.name, state, state.begun)
}

func (c *Counts) add(other Counts) {
	c.Read += other.Read
	c.Written += other.Written
	c.There += other.There
	c.Updated += other.Updated
	c.Skipped += other.Skipped
}

// insert writes new rows, all at once or, if the database refuses some, in halves until those are found.
func (l *loader) insert(ctx context.Context, work *lot, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	err := l.attempt(ctx, func() error {
		if l.engine.Copy != nil {
			return l.engine.Copy(ctx, l.conn, l.copyTarget(work.t), rows)
		}
		return l.multiRow(ctx, work.t, rows)
	})
	if err == nil {
		work.counts.Written += int64(len(rows))
		return nil
	}
	refused, isRefusal := l.refusal(work.t, err)
	if !isRefusal || ctx.Err() != nil {
		return err
	}
	if len(rows) > 1 {
		half := len(rows) / 2
		if err := l.insert(ctx, work, rows[:half]); err != nil {
			return err
		}
		return l.insert(ctx, work, rows[half:])
	}
	if refused.key {
		return l.keyTaken(ctx, work, rows[0])
	}
	work.leaveOut(rows[0], refused.column, refused.reason)
	return nil
}

// attempt runs statements that may fail without ending the transaction.
func (l *loader) attempt(ctx context.Context, try func() error) error {
	if err := l.exec(ctx, "SAVEPOINT attempt"); err != nil {
		return err
	}
	if err := try(); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return errors.Join(err, l.exec(ctx, "ROLLBACK TO SAVEPOINT attempt"))
	}
	return l.exec(ctx, "RELEASE SAVEPOINT attempt")
}

// keyTaken finds out why the key of a row is taken. To MySQL, keys that differ only in trailing blanks are equal.
func (l *loader) keyTaken(ctx context.Context, work *lot, cells []any) error {
	found, err := l.existing(ctx, work.t, [][]any{cells}, false)
	if err != nil {
		return err
	}
	if _, same := found[keyOf(work.t, cells)]; same { // another program has just written it
		work.counts.There++
		return nil
	}
	work.leaveOut(cells, work.t.key[0], "is a key that "+l.engine.Title+" takes for that of another row")
	return nil
}

// copyTarget returns a table as Bulk.Copy takes it.
func (l *loader) copyTarget(t *table) engine.CopyTarget {
	into := engine.CopyTarget{Table: l.engine.Quote(t.name)}
	for _, c := range t.columns {
		into.Columns = append(into.Columns, engine.CopyColumn{Name: l.engine.Quote(c.name), Int32: c.limit.bits == 32})
	}
	return into
}

// multiRow inserts rows by statements of a few sizes, which are prepared once.
func (l *loader) multiRow(ctx context.Context, t *table, rows [][]any) error {
	mostBytes := 1 << 20
	if l.rowBytes > 0 {
		mostBytes = min(mostBytes, l.rowBytes)
	}
	into := "INSERT INTO " + l.engine.Quote(t.name) + " (" + strings.Join(l.quoted(t.names()), ", ") + ") VALUES "
	args := make([]any, 0, l.engine.InsertRows*len(t.columns))
	for len(rows) > 0 {
		some, size := l.engine.InsertRows, 0
		for n, cells := range rows[:min(some, len(rows))] { // as many as are not too large together
			for _, cell := range cells {
				size += sizeOf(cell)
			}
			if size > mostBytes {
				some = max(1, n)
				break
			}
		}
		for some > len(rows) || some != l.engine.InsertRows && some&(some-1) != 0 {
			some = halved(some)
		}
		statement, err := l.prepare(ctx, into+tuples(some, len(t.columns))) //nolint:sqlclosecheck // closed with the session
		if err != nil {
			return err
		}
		args = args[:0]
		for _, cells := range rows[:some] {
			for _, cell := range cells {
				args = append(args, argument(cell))
			}
		}
		if _, err := statement.ExecContext(ctx, args...); err != nil {
			return err
		}
		rows = rows[some:]
	}
	return nil
}

// halved is the next smaller power of two.
func halved(n int) int {
	power := 1
	for power*2 < n {
		power *= 2
	}
	return power
}
