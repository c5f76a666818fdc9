package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/transfer"
)

// migrateCommand are the flags of migrate.
type migrateCommand struct {
	DB string `required:"" name:"db" placeholder:"DSN" help:"Database to make or upgrade: a SQLite file, which is made if it is missing, or an empty MySQL, MariaDB or PostgreSQL database. DECNET's own is left as it is."`
}

func (c *migrateCommand) run(ctx context.Context, out io.Writer) error {
	source, err := engine.Parse(c.DB)
	if err != nil {
		return err
	}
	report, err := transfer.Migrate(ctx, source)
	for _, step := range report.Applied {
		_, _ = fmt.Fprintf(out, "Version %d made in %s.\n", step.Version, step.Took.Round(10*time.Millisecond))
	}
	switch {
	case err != nil:
		return err
	case len(report.Applied) == 0:
		_, _ = fmt.Fprintf(out, "%s has version %d of the schema, the newest: nothing to do.\n", source, report.To)
	default:
		_, _ = fmt.Fprintf(out, "%s has version %d of the schema, the newest.\n", source, report.To)
	}
	return nil
}
