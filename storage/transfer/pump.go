package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"decnetgraph/storage/dsn"
)

// pump reads and writes at once, a few batches apart.
func pump(ctx context.Context, o Options, from *origin, l *loader) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	batches, failed := make(chan *batch, 2), make(chan error, 1)
	source := &reader{from: from, to: l.engine, rows: o.BatchRows, most: l.rowBytes}
	done := slices.Clone(l.state)
	go func() { failed <- source.run(reading, done, batches) }()
	told := Progress{Total: from.total}
	for _, state := range l.state {
		told.Done += state.Read
	}
	o.Progress(told)
	var err error
	for b := range batches {
		if err = l.persist(ctx, b); err != nil {
			break
		}
		told.Table, told.Done = l.tables[b.table].name, told.Done+b.read
		o.Progress(told)
	}
	stop()
	for range batches { // the reader may be about to send
	}
	if readErr := <-failed; err == nil && readErr != nil {
		err = fmt.Errorf("read %s: %w", from.source, readErr)
	}
	if ctx.Err() != nil { // drivers have many words for it
		return ctx.Err()
	}
	return err
}

// persist tries a batch again if it lost a conflict with another program.
func (l *loader) persist(ctx context.Context, b *batch) error {
	const tries = 5
	for n := 1; ; n++ {
		err := l.load(ctx, b)
		if err == nil || n == tries || !conflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(n) * 100 * time.Millisecond):
		}
	}
}

// conflict reports whether a database has settled a conflict by failing this side.
func conflict(err error) bool {
	if failure, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return slices.Contains([]uint16{1205, 1213, 1020}, failure.Number)
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{"40001", "40P01", "55P03"}, failure.Code)
	}
	failure, ok := errors.AsType[sqlite3.Error](err)
	return ok && (failure.Code == sqlite3.ErrBusy || failure.Code == sqlite3.ErrLocked)
}

// readLimits learns what the columns of the target hold.
func (l *loader) readLimits(ctx context.Context) error {
	if l.limits == "" {
		return nil
	}
	if l.name == dsn.MySQL {
		if err := l.one(ctx, &l.rowBytes, "SELECT @@max_allowed_packet"); err != nil {
			return err
		}
		l.rowBytes -= l.rowBytes / 16 // for what stands around the values
	}
	byName := map[string]*table{}
	for _, t := range l.tables {
		byName[t.name] = t
	}
	return l.each(ctx, l.limits, nil, func(raw []any) error {
		t := byName[plain(raw[0])]
		if t == nil {
			return nil
		}
		at := t.position(plain(raw[1]))
		if at < 0 {
			return nil
		}
		length, _ := raw[3].(int64)
		switch plain(raw[2]) {
		case "integer", "int":
			t.columns[at].limit.bits = 32
		case "varchar", "varbinary":
			t.columns[at].limit.length = length
		}
		return nil
	})
}
