package transfer

import (
	"context"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/migrations"
)

// Migrate makes or upgrades our own schema. It makes a SQLite file that is missing. It fails with
// storage.ErrInvalid and a message for the person who asked if there is something to change.
func Migrate(ctx context.Context, source dsn.Source) (migrations.Report, error) {
	if err := createFile(source); err != nil {
		return migrations.Report{}, err
	}
	d, err := open(ctx, source, true)
	if err != nil {
		return migrations.Report{}, err
	}
	defer d.close()
	report, err := migrations.Up(ctx, d.pool, d.migrations(), nil)
	return report, explain(source, err)
}
