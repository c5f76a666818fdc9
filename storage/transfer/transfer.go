// Package transfer makes our own schema and copies DECNET databases into it, from any engine to any engine.
//
// A value is copied exactly, or its row is left out and the reason is reported. Each batch of rows is one transaction,
// which also records the progress, so that an interrupted import continues where it was if the source still has the
// same rows. Rows that the target has already stay unchanged.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/migrations"
)

const (
	rollbackTime = 5 * time.Second
	lockPatience = 10 * time.Second
	// tablesVersion has the tables, and indexesVersion the indexes, which are made faster after a load than before.
	tablesVersion, indexesVersion = 1, 2
)

// Options say what to copy.
type Options struct {
	From, To    dsn.Source
	AnyRevision bool // copy what a database of an unknown revision has in common with the known one
	Update      bool // overwrite rows that differ
	// Skipped, if set, gets a line of JSON for every row that was left out.
	Skipped io.Writer
	// Progress, if set, is called after every batch.
	Progress func(Progress)
	// Notice, if set, gets messages for the person who runs the import.
	Notice func(string)
	// BatchRows is the most rows in one transaction, 0 for 5,000.
	BatchRows int
	// Patience is how long to wait for an import that runs already, 0 for 10 seconds.
	Patience time.Duration
}

// Progress is the progress of an import.
type Progress struct {
	Table       string
	Done, Total int64 // rows
}

// Import copies all rows. It fails with storage.ErrInvalid and a message for the operator if the command must be
// changed, and with ErrBusy if another import runs. After any failure it can be called again.
func Import(ctx context.Context, o Options) (Report, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Patience == 0 {
		o.Patience = lockPatience
	}
	if o.BatchRows == 0 {
		o.BatchRows = batchRows
	}
	if engine.SameFile(o.From, o.To) {
		return Report{}, errSame(o)
	}
	tables, err := schema()
	if err != nil {
		return Report{}, err
	}
	database, err := open(ctx, o.From, false)
	if err != nil {
		return Report{}, err
	}
	from := &origin{database: database, tables: tables}
	defer from.close()
	if taken, err := from.locked(ctx); err != nil || taken {
		if taken {
			err = storage.Invalid("an import into %s is running; a copy of it would be half a copy", o.From)
		}
		return Report{}, err
	}
	if err := from.inspect(ctx, o.AnyRevision, o.Notice); err != nil {
		return Report{}, err
	}
	to, release, err := openTarget(ctx, o, from)
	if err != nil {
		return Report{}, err
	}
	defer to.close()
	defer release()
	return run(ctx, o, from, &loader{database: to, tables: tables, update: o.Update, parents: parents{}})
}

func errSame(o Options) error {
	return storage.Invalid("--from and --to name the same database, %s", o.From)
}

// openTarget opens and locks the target. It writes nothing to it.
func openTarget(ctx context.Context, o Options, from *origin) (to *database, release func(), err error) {
	if err := create(o.To); err != nil {
		return nil, nil, err
	}
	if to, err = open(ctx, o.To, true); err != nil {
		return nil, nil, err
	}
	fail := func(err error) (*database, func(), error) {
		if release != nil {
			release()
		}
		to.close()
		return nil, nil, err
	}
	if release, err = to.lock(ctx, o.Patience); err != nil {
		return fail(err)
	}
	if from.engine == to.engine {
		switch taken, err := from.locked(ctx); {
		case err != nil:
			return fail(err)
		case taken:
			return fail(errSame(o))
		}
	}
	return to, release, nil
}

// create makes an empty database where there is none, if the engine can.
func create(source dsn.Source) error {
	if e := engine.Of(source); e.Create != nil {
		return e.Create(source)
	}
	return nil
}

// explain turns those errors of migrations that the operator can resolve into ErrInvalid.
func explain(source dsn.Source, err error) error {
	switch {
	case errors.Is(err, migrations.ErrForeign):
		return storage.Invalid("%s is left as it is: it has tables that decnet-graph has not made, as DECNET's own database has; name an empty database", source)
	case errors.Is(err, migrations.ErrNewer):
		return storage.Invalid("%s was made by a newer release: %v", source, err)
	case errors.Is(err, migrations.ErrTriggers):
		return storage.Invalid("%s keeps a binary log and lets this user make no triggers, which keep the sums of tags; "+
			"have an administrator say SET GLOBAL log_bin_trust_function_creators = 1, and give the command again: it goes on from here", source)
	}
	return err
}

// run copies all tables and ends the import.
func run(ctx context.Context, o Options, from *origin, l *loader) (Report, error) {
	report, err := migrations.UpTo(ctx, l.pool, l.engine, tablesVersion, slog.New(slog.DiscardHandler))
	if err != nil {
		return Report{}, explain(o.To, err)
	}
	l.indexed = report.To >= indexesVersion
	if err := l.readLimits(ctx); err != nil {
		return Report{}, err
	}
	from.byKey = l.engine.ClusteredKey
	o.Notice("counting the rows of " + from.source.Redacted())
	if err := from.measure(ctx); err != nil {
		return Report{}, err
	}
	l.records = recorder{database: l.database, print: fmt.Sprintf("%s-%t", from.print, o.Update)}
	if err := l.records.create(ctx); err != nil {
		return Report{}, err
	}
	var resumed, other bool
	if l.state, resumed, other, err = l.records.begin(ctx, l.tables); err != nil {
		return Report{}, err
	}
	switch {
	case resumed:
		o.Notice("going on with the import that was cut short")
	case other:
		o.Notice("the rows of the source are not those of the import that was cut short: all are gone through again")
	}
	if err := pump(ctx, o, from, l); err != nil {
		return Report{}, err
	}
	from.close() // no snapshot is kept while indexes are built
	return l.finish(ctx, o, resumed)
}

// finish does the work that comes after the rows.
func (l *loader) finish(ctx context.Context, o Options, resumed bool) (Report, error) {
	if err := l.index(ctx, o); err != nil {
		return Report{}, explain(o.To, err)
	}
	if err := sumUp(ctx, o.To); err != nil {
		return Report{}, err
	}
	for _, step := range []func(context.Context) error{l.number, l.analyzeAll} {
		if err := step(ctx); err != nil {
			return Report{}, err
		}
	}
	report, err := l.report(ctx)
	if err != nil {
		return Report{}, err
	}
	report.Resumed = resumed
	if o.Skipped != nil {
		if err := l.writeSkips(ctx, o.Skipped); err != nil {
			return Report{}, err
		}
	}
	if l.engine.FlushQuery != "" {
		if err := l.exec(ctx, l.engine.FlushQuery); err != nil {
			return Report{}, err
		}
	}
	return report, l.records.drop(ctx)
}

// index makes the indexes and foreign keys, which is faster after a load than before.
func (l *loader) index(ctx context.Context, o Options) error {
	pool := l.pool
	if !l.indexed {
		o.Notice("making the indexes and foreign keys")
		var err error
		// No orphan has been written.
		if pool, err = l.engine.OpenBulk(o.To, engine.BulkAccess{Write: true, NoForeignKeyChecks: true}); err != nil {
			return err
		}
		defer pool.Close()
	}
	_, err := migrations.Up(ctx, pool, l.engine, nil)
	return err
}
