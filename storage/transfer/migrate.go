package transfer

import (
	"context"
	"log/slog"

	"decnetgraph/storage"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/migrations"
)

// Migrate makes or upgrades our own schema, in a new file if a SQLite file is missing. It fails with
// storage.ErrInvalid and a message for the operator if the command or the server must be changed.
func Migrate(ctx context.Context, source dsn.Source) (migrations.Report, error) {
	if err := create(source); err != nil {
		return migrations.Report{}, err
	}
	d, err := open(ctx, source, true)
	if err != nil {
		return migrations.Report{}, err
	}
	defer d.close()
	report, err := migrations.Up(ctx, d.pool, d.engine, nil)
	if err != nil {
		return report, explain(source, err)
	}
	return report, sumUp(ctx, source)
}

// sumUp makes the sums that rollups are read from, of all tags or only of new ones, and the index for searches.
func sumUp(ctx context.Context, source dsn.Source) error {
	store, err := storage.OpenSource(ctx, source, storage.Options{Write: true, AnyRevision: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := sumUpRollups(ctx, store); err != nil {
		return err
	}
	indexed, err := store.SearchIndexed(ctx)
	switch {
	case err != nil:
		return err
	case !indexed:
		return store.RebuildSearch(ctx)
	}
	_, err = store.RefreshSearch(ctx)
	return err
}

func sumUpRollups(ctx context.Context, store *storage.Store) error {
	if !store.RollupsKept() {
		return store.RebuildRollups(ctx)
	}
	if _, err := store.RefreshRollups(ctx); err != nil {
		return err
	}
	_, err := store.RecountRollups(ctx)
	return err
}
