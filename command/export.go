package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"decnetgraph/attack"
	"decnetgraph/export"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// exportCommand is the command export with its flags.
type exportCommand struct {
	List string `arg:"" enum:"commands,triggers,tags,attackers,identities,campaigns" help:"What to export: commands, triggers, tags, attackers, identities or campaigns."`

	databaseFlags `embed:""`

	Since   string `placeholder:"TIME" help:"Only rows seen or written since then: 2026-05-01T07:21:37Z, 2026-05-01, or a time ago such as 7d or 24h."`
	After   string `placeholder:"CURSOR" xor:"start" help:"Continue after the line with this cursor."`
	Out     string `type:"path" placeholder:"FILE" help:"File to make instead of writing to the standard output."`
	Resume  bool   `xor:"start" help:"Continue after the last complete line of --out, if that file exists."`
	MaxText int    `default:"50331648" placeholder:"BYTES" help:"Most bytes of text that one statement may return (${default}); raise it for single rows that are larger."`
}

// Help is the text of --help below the first line.
func (c *exportCommand) Help() string {
	return `Every line is a JSON object with the fields of the GraphQL type and, at its end, a cursor. --after with the cursor of any line ` +
		`continues exactly after that line; --out with --resume finds the cursor itself, and removes an incomplete last line. Rows are ` +
		`ordered by the time that --since refers to, oldest first. A row that does not change during the export is written once; one ` +
		`that changes may be written again.`
}

// exitPipe is the exit code that a shell shows for a program that SIGPIPE ended.
const exitPipe = 128 + int(syscall.SIGPIPE)

// errPipe says that the reader of the output has closed it.
var errPipe = errors.New("the reader has gone")

// Run writes the list to the standard output or to a file.
func (c *exportCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	out := streams.Out
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	limits, err := resolvers.Limits{
		Page: export.MaxPage, Objects: resolvers.MostObjects, Timeout: 15 * time.Minute, AnswerBytes: math.MaxInt, // --max-text bounds them
	}.Verify()
	if err != nil {
		return err
	}
	if c.MaxText < 1<<20 {
		return storage.Invalid("--max-text must be at least %d", 1<<20)
	}
	if c.Resume && c.Out == "" {
		return storage.Invalid("--resume goes with --out; without a file, give --after")
	}
	store, err := c.open(ctx, storage.Options{MaxRows: limits.Objects, MaxBytes: c.MaxText}, log)
	if err != nil {
		return err
	}
	defer store.Close()
	after := c.After
	file := (*os.File)(nil)
	if c.Out != "" {
		if file, after, err = export.Open(c.Out, c.Resume, c.After); err != nil {
			return err
		}
		out = file
	}
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default()}
	local := resolvers.NewLocal(resolver, limits, slog.New(slog.DiscardHandler)) // failures are printed below, once
	progress := exportProgress(out, streams.Err)
	report, err := export.Run(ctx, local, out, export.Options{List: c.List, Format: export.NDJSON, Since: since, After: after, Progress: progress})
	progress(-1)
	if file != nil {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if report.Skipped > 0 {
		_, _ = fmt.Fprintf(streams.Err, "decnet-graph: %d attackers were left out, whose commands cannot be read\n", report.Skipped)
	}
	return c.explain(ctx, report, err)
}

// explain makes an error that says how to go on after an export that ended early.
func (c *exportCommand) explain(ctx context.Context, report export.Report, err error) error {
	how := "run it again"
	switch {
	case c.Out != "" && report.Cursor != "":
		how = "go on with --resume"
	case report.Cursor != "":
		how = "go on with --after " + report.Cursor
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return errPipe
	case ctx.Err() != nil:
		return fmt.Errorf("stopped after %d lines; %s", report.Lines, how)
	case errors.Is(err, storage.ErrInvalid):
		return err
	case errors.Is(err, storage.ErrLimit):
		return fmt.Errorf("rows here are larger than --max-text allows, after %d lines; raise it and %s", report.Lines, how)
	}
	return fmt.Errorf("the export failed after %d lines: %v; %s", report.Lines, cause(err), how) //nolint:errorlint // its kind must not choose the exit code
}

// cause unwraps the error of an operation to the message that helps an operator: the one for clients of the API hides
// what the database said.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		var explained *storage.Error
		if errors.As(err, &explained) && !errors.As(inner, &explained) {
			break // its message is for people; below it is only a sentinel
		}
		err = inner
	}
	return err
}

var timeAgo = regexp.MustCompile(`^(\d{1,5})([dhm])$`)

// parseSince reads an instant, a day (in UTC) or a time before now, such as 7d. Empty text is the zero time. Its error is
// storage.ErrInvalid.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, _, ok := storage.ParseRFC3339(text); ok {
		return at, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	if ago := timeAgo.FindStringSubmatch(text); ago != nil {
		n, _ := strconv.Atoi(ago[1]) // few digits
		unit := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute}[ago[2]]
		return now.Add(-time.Duration(n) * unit), nil
	}
	return time.Time{}, storage.Invalid("--since %s is none of 2026-05-01T07:21:37Z, 2026-05-01, 7d and 24h", text)
}

// exportProgress returns a function that shows how many lines were written, unless the lines themselves go to the
// terminal. A negative number ends the display.
func exportProgress(out, errOut io.Writer) func(lines int) {
	start, drawn := time.Now(), time.Now()
	shown := false
	return func(lines int) {
		switch now := time.Now(); {
		case isTerminal(out) || !isTerminal(errOut):
		case lines < 0 && shown:
			_, _ = fmt.Fprintln(errOut)
		case lines >= 0 && now.Sub(drawn) > 500*time.Millisecond:
			drawn, shown = now, true
			_, _ = fmt.Fprintf(errOut, "\r%d lines, %.0f per second   ", lines, float64(lines)/now.Sub(start).Seconds())
		}
	}
}
