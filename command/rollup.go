package command

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"decnetgraph/storage"
)

// rollupCommand is the commands for the sums that rollups are read from.
type rollupCommand struct {
	Verify  rollupVerify  `cmd:"" help:"Compare the sums with the tags; only reads. Exit code 1 if any differs."`
	Rebuild rollupRebuild `cmd:"" help:"Compute all sums again from the tags. Programs that add tags wait until it is done."`
	Refresh rollupRefresh `cmd:"" help:"Merge what was added into the sums. Only for speed: rollups are exact without it."`
}

// Help is the text of --help below the first line.
func (c *rollupCommand) Help() string {
	return `A database of this program's own keeps sums of its tags by technique and by day, so that rollups do not slow down as tags grow.
A server with --write refreshes them by itself.`
}

type rollupVerify struct {
	databaseFlags `embed:""`
}

type rollupRebuild struct {
	databaseFlags `embed:""`
}

type rollupRefresh struct {
	databaseFlags `embed:""`
}

// maxDifferences is how many differences are printed.
const maxDifferences = 100

// Run compares the sums with the tags and prints the first differences. Its error has exit code 1 if any differs.
func (c *rollupVerify) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.open(ctx, storage.Options{}, log)
	if err != nil {
		return err
	}
	defer store.Close()
	if !store.RollupsKept() {
		return storage.Invalid("the database keeps no sums that are complete; migrate creates them, and rollup rebuild computes them again")
	}
	found := 0
	err = store.VerifyRollups(ctx, func(d storage.RollupDifference) {
		if found++; found <= maxDifferences {
			_, _ = fmt.Fprintln(streams.Out, d)
		}
	})
	switch {
	case err != nil:
		return err
	case found > 0:
		return codedError{exitFault, fmt.Errorf("%d sums differ; rollup rebuild computes them again", found)}
	}
	_, _ = fmt.Fprintln(streams.Out, "Every sum says what the tags say.")
	return nil
}

// Run makes all sums from the tags.
func (c *rollupRebuild) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.open(ctx, storage.Options{Write: true}, log)
	if err != nil {
		return err
	}
	defer store.Close()
	start := time.Now()
	if err := store.RebuildRollups(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(streams.Out, "All sums made in %s.\n", time.Since(start).Round(10*time.Millisecond))
	return nil
}

// Run merges new sums into the totals, and counts again what changed links made wrong.
func (c *rollupRefresh) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.open(ctx, storage.Options{Write: true}, log)
	if err != nil {
		return err
	}
	defer store.Close()
	start := time.Now()
	done, err := store.RefreshRollups(ctx)
	if err != nil {
		return err
	}
	if _, err := store.RecountRollups(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(streams.Out, "%d new sums and %d changed links merged in %s.\n", done.Parts, done.Marks, time.Since(start).Round(10*time.Millisecond))
	return nil
}
