package command

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/transfer"
)

// migrateCommand is the command migrate with its flags.
type migrateCommand struct {
	waitFlags `embed:""`

	DB string `required:"" name:"db" secret:"dsn" env:"DECNET_GRAPH_OWN_DB" placeholder:"DSN" help:"Database to make or upgrade: a SQLite file, which is made if it is missing, or an empty MySQL, MariaDB or PostgreSQL database. A database that DECNET made is refused and stays unchanged."`
}

// Run makes or upgrades the tables, and prints each version that was applied.
func (c *migrateCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	source, err := engine.Parse(c.DB)
	if err != nil {
		return err
	}
	if err := c.open(ctx, log, source, func(ctx context.Context) error { return transfer.Reach(ctx, source) }); err != nil {
		return err
	}
	report, err := transfer.Migrate(ctx, source)
	for _, step := range report.Applied {
		_, _ = fmt.Fprintf(streams.Out, "Version %d made in %s.\n", step.Version, step.Took.Round(10*time.Millisecond))
	}
	switch {
	case err != nil:
		return err
	case len(report.Applied) == 0:
		_, _ = fmt.Fprintf(streams.Out, "%s has version %d of the schema, the newest: nothing to do.\n", source, report.To)
	default:
		_, _ = fmt.Fprintf(streams.Out, "%s has version %d of the schema, the newest.\n", source, report.To)
	}
	return nil
}
