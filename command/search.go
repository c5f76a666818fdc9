package command

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"decnetgraph/storage"
)

// searchCommand is the commands for the index that searches read.
type searchCommand struct {
	Refresh searchRefresh `cmd:"" help:"Index the rows that have changed. Searches are exact without it while few rows have changed."`
	Rebuild searchRebuild `cmd:"" help:"Make the index again from all rows, which also removes texts that no row has any more."`
}

// Help is the text of --help below the first line.
func (c *searchCommand) Help() string {
	return `A database of this program's own keeps an index of all texts that searches find. A server with --write refreshes it by itself.`
}

type searchRefresh struct {
	databaseFlags `embed:""`
}

type searchRebuild struct {
	databaseFlags `embed:""`
}

// quiet is the log of commands that read all rows: a server logs the malformed ones when it shows them.
var quiet = slog.New(slog.DiscardHandler)

// Run indexes what has changed.
func (c *searchRefresh) Run(ctx context.Context, streams Streams) error {
	store, err := c.open(ctx, storage.Options{Write: true}, quiet)
	if err != nil {
		return err
	}
	defer store.Close()
	start := time.Now()
	changes, err := store.RefreshSearch(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(streams.Out, "%d changes indexed in %s.\n", changes, time.Since(start).Round(10*time.Millisecond))
	return nil
}

// Run makes the index from all rows.
func (c *searchRebuild) Run(ctx context.Context, streams Streams) error {
	store, err := c.open(ctx, storage.Options{Write: true}, quiet)
	if err != nil {
		return err
	}
	defer store.Close()
	start := time.Now()
	if err := store.RebuildSearch(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(streams.Out, "All texts indexed in %s.\n", time.Since(start).Round(10*time.Millisecond))
	return nil
}
