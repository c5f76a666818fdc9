package transfer

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// pump reads and writes concurrently, a few batches apart.
func pump(ctx context.Context, o Options, from *origin, l *loader) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	batches, failed := make(chan *batch, 2), make(chan error, 1)
	source := &reader{from: from, to: l.engine, rows: o.BatchRows, most: l.rowBytes}
	done := slices.Clone(l.state)
	go func() { failed <- source.run(reading, done, batches) }()
	shown := Progress{Total: from.total}
	for _, state := range l.state {
		shown.Done += state.Read
	}
	o.Progress(shown)
	var err error
	for b := range batches {
		if err = l.retryLoad(ctx, b); err != nil {
			break
		}
		shown.Table, shown.Done = l.tables[b.table].name, shown.Done+b.read
		o.Progress(shown)
	}
	stop()
	for range batches { // the reader may be waiting to send
	}
	if readErr := <-failed; err == nil && readErr != nil {
		err = fmt.Errorf("read %s: %w", from.source, readErr)
	}
	if ctx.Err() != nil { // drivers report an ended context in many ways
		return ctx.Err()
	}
	return err
}

// retryLoad loads a batch, and again after a conflict with another program.
func (l *loader) retryLoad(ctx context.Context, b *batch) error {
	const tries = 5
	for n := 1; ; n++ {
		err := l.load(ctx, b)
		if err == nil || n == tries || !l.engine.Conflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(n) * 100 * time.Millisecond):
		}
	}
}

// readLimits reads the limits of the target's columns and statements.
func (l *loader) readLimits(ctx context.Context) error {
	if l.engine.LimitsQuery == "" {
		return nil
	}
	if l.engine.MaxStatementQuery != "" {
		if err := l.one(ctx, &l.rowBytes, l.engine.MaxStatementQuery); err != nil {
			return err
		}
		l.rowBytes -= l.rowBytes / 16 // for the text around the values
	}
	byName := map[string]*table{}
	for _, t := range l.tables {
		byName[t.name] = t
	}
	return l.forEachRow(ctx, l.engine.LimitsQuery, nil, func(raw []any) error {
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
