package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/transfer"
)

// importCommand is the command import with its flags.
type importCommand struct {
	waitFlags `embed:""`

	From        string `secret:"dsn" env:"DECNET_GRAPH_FROM" placeholder:"DSN" help:"DECNET database to copy; it is only read. Without it, DECNET's own settings are used: DECNET_DB_TYPE, DECNET_DB_URL and the others."`
	To          string `required:"" secret:"dsn" env:"DECNET_GRAPH_TO" placeholder:"DSN" help:"Database to fill: an empty one, or one that migrate or import has made."`
	Update      bool   `help:"Overwrite existing rows that differ. Without it they stay unchanged."`
	AnyRevision bool   `help:"Also copy a database of an unknown schema revision, or of none, as far as it has the same columns."`
	Report      string `type:"path" placeholder:"FILE" help:"Write every skipped row to this file, one JSON object per line."`
}

// Help is the text of --help below the first line.
func (c *importCommand) Help() string {
	return `All 39 tables are copied. A row that the target cannot hold exactly, or that refers to a row which does not exist, is skipped and reported. ` +
		`To continue an import that was stopped, run the same command again. Run after the end, it copies only new rows.

Exit codes: 0 all rows were copied or exist already, 1 the import failed and the same command may succeed later, ` +
		`2 the command must change, 3 complete, but rows were skipped.`
}

// exitSkipped is the exit code of an import that is complete but for rows that it skipped.
const exitSkipped = 3

// Run copies the database and prints a line for each table. Its error has exit code 3 if rows were skipped.
func (c *importCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	from, err := databaseFlags{DB: c.From}.source()
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	to, err := engine.Parse(c.To)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	for _, source := range []dsn.Source{from, to} {
		if err := c.open(ctx, log, source, func(ctx context.Context) error { return transfer.Reach(ctx, source) }); err != nil {
			return err
		}
	}
	show := progressLines(streams.Err)
	options := transfer.Options{
		From: from, To: to, Update: c.Update, AnyRevision: c.AnyRevision,
		Progress: func(p transfer.Progress) { show(int(p.Done), int(p.Total)) },
		Notice:   func(text string) { _, _ = fmt.Fprintln(streams.Err, text) },
	}
	if c.Report != "" {
		file, err := os.Create(c.Report)
		if err != nil {
			return storage.Invalid("cannot write the report: %v", err)
		}
		defer func() { _ = file.Close() }()
		options.Skipped = file
	}
	start := time.Now()
	report, err := transfer.Import(ctx, options)
	switch {
	case errors.Is(err, storage.ErrInvalid):
		return err
	case errors.Is(err, transfer.ErrBusy):
		return fmt.Errorf("%w: %s", err, to)
	case errors.Is(err, context.Canceled):
		return codedError{exitFault, errors.New("stopped before it was done; give the same command again to go on from here")}
	case err != nil:
		return fmt.Errorf("%w (what was copied stays; give the same command again to go on)", err)
	}
	printReport(streams.Out, report)
	all := report.Total()
	took := time.Since(start).Seconds()
	_, _ = fmt.Fprintf(streams.Out, "Imported %s into %s in %.1f s: %d rows read, %d written, %d already there, %d updated, %d skipped.\n",
		from, to, took, all.Read, all.Written, all.There, all.Updated, all.Skipped)
	if all.Skipped > 0 {
		hint := "; --report FILE lists them all"
		if c.Report != "" {
			hint = "; " + c.Report + " lists them all"
		}
		return codedError{exitSkipped, fmt.Errorf("%d rows were skipped%s", all.Skipped, hint)}
	}
	return nil
}

// printReport writes a line for each table and, for tables with skipped rows, the reasons and a few of the rows.
func printReport(out io.Writer, report transfer.Report) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "read\twritten\talready there\tupdated\tskipped\t  table")
	for _, t := range report.Tables {
		_, _ = fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t  %s\n", t.Read, t.Written, t.There, t.Updated, t.Skipped, t.Table)
	}
	_ = table.Flush()
	for _, t := range report.Tables {
		for _, reason := range t.Reasons {
			_, _ = fmt.Fprintf(out, "%s: %d skipped, %s %s\n", t.Table, reason.Rows, reason.Column, reason.Reason)
		}
		for _, skip := range t.First {
			_, _ = fmt.Fprintf(out, "  such as %s, whose %s is %s\n", strings.Join(skip.Key, ", "), skip.Column, skip.Value)
		}
	}
}
