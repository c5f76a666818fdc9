package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"time"

	"decnetgraph/attack"
	"decnetgraph/export"
	"decnetgraph/graph/model"
	"decnetgraph/storage"
)

// insertCommand is the command insert-tags with its flags.
type insertCommand struct {
	databaseFlags `embed:""`
	recordFlags   `embed:""`

	File    string `arg:"" optional:"" type:"existingfile" help:"Lines to read instead of the standard input."`
	Strict  bool   `help:"Reject tags with warnings."`
	Verbose bool   `help:"Print the outcome of every tag, including inserted ones."`
}

// Help is the text of --help below the first line.
func (c *insertCommand) Help() string {
	return `The input has a JSON object with the fields of TagInput, as the schema describes them, in each line; lines of "export tags" are ` +
		`accepted, too. Objects over several lines or in a list, UTF-16 and gzip can be read as well. The outcome of each tag that was not ` +
		`inserted, or that was inserted with warnings, is printed as JSON. A tag that is refused does not block the others. The same ` +
		`input may be sent again: tags that exist are a DUPLICATE. A warning says what readers would count in the wrong place.

Exit codes: 0 every tag is INSERTED, DUPLICATE or BELOW_FLOOR, 1 the database failed and the same command may succeed later, ` +
		`2 the command or its input must change, 3 some tags were REJECTED.`
}

// exitRejected is the exit code of insert-tags if the whole input was read and some tags were rejected.
const exitRejected = 3

// batchBytes is how many bytes of objects insert-tags inserts at once; a batch may exceed it by one object.
const batchBytes = 8 << 20

// lineResult is the outcome of a tag, as it is printed.
type lineResult struct {
	Line     int                `json:"line"` // where the tag begins
	UUID     string             `json:"uuid,omitempty"`
	Outcome  storage.TagOutcome `json:"outcome"`
	Reason   *string            `json:"reason,omitempty"`
	Warnings []lineWarning      `json:"warnings,omitempty"`
}

// lineWarning is a warning about a tag, as it is printed.
type lineWarning struct {
	Code    storage.TagWarningCode `json:"code"`
	Field   string                 `json:"field"`
	Message string                 `json:"message"`
}

// Run inserts the lines and prints the outcome of those that were not inserted. Its error has exit code 3 if any was rejected.
func (c *insertCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.recordFlags.open(ctx, c.databaseFlags, recordsToWrite, storage.Options{Write: true}, log)
	if err != nil {
		return err
	}
	ctx = asCommand(ctx)
	in := streams.In
	if c.File != "" && c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return errors.Join(storage.Invalid("cannot read the lines: %v", err), store.Close())
		}
		defer file.Close()
		in = file
	}
	i := tagInserter{
		store: store, out: bufio.NewWriter(streams.Out), verbose: c.Verbose, outcomes: map[storage.TagOutcome]int{},
		reader: model.TagReader{Catalogue: attack.Default(), Strict: c.Strict},
	}
	err = i.insertAll(ctx, in)
	if closed := store.Close(); err == nil {
		err = closed
	}
	rejected := i.outcomes[storage.TagRejected]
	_, _ = fmt.Fprintf(streams.Err, "%d tags: %d inserted, %d there already, %d below the confidence of %v, %d rejected%s\n", i.done,
		i.outcomes[storage.TagInserted], i.outcomes[storage.TagDuplicate], i.outcomes[storage.TagBelowFloor], storage.ConfidenceFloor, rejected, i.warned())
	switch {
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return errPipe
	case ctx.Err() != nil:
		return codedError{exitFault, errors.New("stopped; it is safe to give the whole input again")}
	case errors.Is(err, storage.ErrInvalid): // the same lines would fail again
		return err
	case err != nil:
		return codedError{exitFault, fmt.Errorf("%w; it is safe to give the whole input again", cause(err))}
	case rejected > 0:
		return codedError{exitRejected, fmt.Errorf("%d tags were rejected", rejected)}
	}
	return nil
}

// tagInserter inserts a stream of tags, batch by batch.
type tagInserter struct {
	store    *storage.Store
	reader   model.TagReader
	out      *bufio.Writer
	verbose  bool
	done     int // tags whose outcome is known
	warnings int // of those that were not rejected, how many have warnings
	outcomes map[storage.TagOutcome]int

	// The current batch.
	tags  []storage.NewTag
	lines []int // where each tag begins
	bytes int
}

// warned ends the summary with the number of warnings.
func (i *tagInserter) warned() string {
	if i.warnings == 0 {
		return ""
	}
	return fmt.Sprintf("; %d with warnings", i.warnings)
}

// insertAll inserts the tags of a stream. If the stream pauses for a second, the tags read so far are inserted.
func (i *tagInserter) insertAll(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	incoming := make(chan incomingObject)
	go readObjects(ctx, in, incoming)
	for {
		var pause <-chan time.Time
		if len(i.tags) > 0 {
			pause = time.After(time.Second)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause:
			if err := i.flush(ctx); err != nil {
				return err
			}
		case next, more := <-incoming:
			if !more || next.err != nil {
				return errors.Join(i.flush(ctx), next.err)
			}
			i.add(next.Object)
			if len(i.tags) == storage.MaxNewTags || i.bytes > batchBytes {
				if err := i.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// add reads a tag and adds it to the batch.
func (i *tagInserter) add(next export.Object) {
	tag := storage.NewTag{Problem: next.Problem}
	if next.Problem == "" {
		i.reader.Now = time.Now()
		tag = export.ParseTag(next.Text, i.reader)
	}
	i.tags, i.lines, i.bytes = append(i.tags, tag), append(i.lines, next.Line), i.bytes+len(next.Text)
}

// flush inserts the batch and prints its outcomes.
func (i *tagInserter) flush(ctx context.Context) error {
	results, err := i.store.InsertTags(ctx, i.tags)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(i.out)
	encoder.SetEscapeHTML(false)
	for n, result := range results {
		i.outcomes[result.Outcome]++
		i.done++
		if len(result.Warnings) > 0 {
			i.warnings++
		}
		if i.verbose || result.Outcome != storage.TagInserted || len(result.Warnings) > 0 {
			line := lineResult{Line: i.lines[n], UUID: result.UUID, Outcome: result.Outcome, Reason: result.Reason}
			for _, warning := range result.Warnings {
				line.Warnings = append(line.Warnings, lineWarning(warning))
			}
			if err := encoder.Encode(line); err != nil {
				return err
			}
		}
	}
	i.tags, i.lines, i.bytes = i.tags[:0], i.lines[:0], 0
	return i.out.Flush()
}

// incomingObject is an object, or the error that ended the stream.
type incomingObject struct {
	export.Object

	err error
}

// readObjects sends all objects of a stream, and closes the channel.
func readObjects(ctx context.Context, in io.Reader, to chan<- incomingObject) {
	defer close(to)
	objects, err := export.NewObjects(in)
	for {
		var next incomingObject
		if err == nil {
			next.Object, err = objects.Next()
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if next.Text = bytes.Clone(next.Text); err != nil {
			next.err = fmt.Errorf("reading the tags: %w", err)
		}
		select {
		case to <- next:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}
