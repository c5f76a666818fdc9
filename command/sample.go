package command

import (
	"context"
	"fmt"
	"os"
	"time"

	"decnetgraph/storage"
	"decnetgraph/storage/sample"
)

// sampleCommand is the command sample with its flags.
type sampleCommand struct {
	DB    string `required:"" name:"db" type:"path" placeholder:"FILE" help:"File to make. It must not exist."`
	Scale int    `default:"1" help:"Size: 1 is about 10,000 tags, 100 about a million."`
	Seed  uint64 `default:"1" help:"The same seed and scale make the same database."`
}

// Run makes the database under another name and renames it, so that a file under the final name is always complete.
func (c *sampleCommand) Run(ctx context.Context, streams Streams) error {
	if c.Scale < 1 || c.Scale > 10_000 {
		return storage.Invalid("--scale must lie between 1 and 10000")
	}
	if _, err := os.Stat(c.DB); err == nil {
		return storage.Invalid("%s exists already; remove it or name another file", c.DB)
	}
	unfinished := c.DB + ".unfinished"
	_ = os.Remove(unfinished) // of an earlier run that was stopped
	db, err := storage.CreateSQLite(ctx, unfinished)
	if err != nil {
		return err
	}
	start := time.Now()
	report, err := sample.Write(ctx, db, sample.Options{Scale: c.Scale, Seed: c.Seed, Progress: progressBar(streams.Out)})
	if closeErr := db.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(unfinished)
		return err
	}
	if err := os.Rename(unfinished, c.DB); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(streams.Out, "Made %s in %.1f s: %d campaigns, %d identities, %d attackers, %d tags.\n",
		c.DB, time.Since(start).Seconds(), report.Campaigns, report.Identities, report.Attackers, report.Tags)
	return nil
}
