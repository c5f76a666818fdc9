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

	"decnetgraph/export"
	"decnetgraph/storage"
)

// insertCommand is the command insert-tags with its flags.
type insertCommand struct {
	databaseFlags `embed:""`

	File    string `arg:"" optional:"" type:"existingfile" help:"Lines to read instead of the standard input."`
	Verbose bool   `help:"Print the outcome of every line, including inserted ones."`
}

// Help is the text of --help below the first line.
func (c *insertCommand) Help() string {
	return `A line is a JSON object with the fields of TagInput, as the schema describes them; lines of "export tags" are accepted, too. The ` +
		`outcome of each line that was not inserted is printed as JSON. A line that is refused does not block the others. The same lines ` +
		`may be sent again: tags that exist are a DUPLICATE.

Exit codes: 0 every line is INSERTED, DUPLICATE or BELOW_FLOOR, 1 the database failed and the same command may succeed later, ` +
		`2 the command must change, 3 some lines were REJECTED.`
}

// exitRejected is the exit code of insert-tags if all lines were read and some were rejected.
const exitRejected = 3

// The most bytes that insert-tags holds in memory of a line and of a batch of lines.
const (
	maxLine    = 2 << 20
	batchBytes = 8 << 20
)

// lineResult is the outcome of a line, as it is printed.
type lineResult struct {
	Line    int                `json:"line"`
	UUID    string             `json:"uuid,omitempty"`
	Outcome storage.TagOutcome `json:"outcome"`
	Reason  *string            `json:"reason,omitempty"`
}

// Run inserts the lines and prints the outcome of those that were not inserted. Its error has exit code 3 if any was rejected.
func (c *insertCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.open(ctx, storage.Options{Write: true}, log)
	if err != nil {
		return err
	}
	in := streams.In
	if c.File != "" {
		file, err := os.Open(c.File)
		if err != nil {
			return errors.Join(storage.Invalid("cannot read the lines: %v", err), store.Close())
		}
		defer file.Close()
		in = file
	}
	i := tagInserter{store: store, out: bufio.NewWriter(streams.Out), verbose: c.Verbose, outcomes: map[storage.TagOutcome]int{}}
	err = i.insertAll(ctx, in)
	if closed := store.Close(); err == nil {
		err = closed
	}
	rejected := i.outcomes[storage.TagRejected]
	_, _ = fmt.Fprintf(streams.Err, "%d lines: %d inserted, %d there already, %d below the confidence of %v, %d rejected\n", i.done,
		i.outcomes[storage.TagInserted], i.outcomes[storage.TagDuplicate], i.outcomes[storage.TagBelowFloor], storage.ConfidenceFloor, rejected)
	switch {
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return errPipe
	case ctx.Err() != nil:
		return codedError{exitFault, errors.New("stopped; it is safe to give all lines again")}
	case errors.Is(err, storage.ErrInvalid): // the same lines would fail again
		return err
	case err != nil:
		return codedError{exitFault, fmt.Errorf("%w; it is safe to give all lines again", cause(err))}
	case rejected > 0:
		return codedError{exitRejected, fmt.Errorf("%d lines were rejected", rejected)}
	}
	return nil
}

// tagInserter inserts a stream of lines, batch by batch.
type tagInserter struct {
	store    *storage.Store
	out      *bufio.Writer
	verbose  bool
	done     int // lines whose outcome is known
	outcomes map[storage.TagOutcome]int

	// The current batch. lineOf is the index in lines of each of the tags: a line that could not be read has no tag.
	lines  []lineResult
	tags   []storage.NewTag
	lineOf []int
	bytes  int
}

// insertAll inserts the lines of a stream. If the stream pauses for a second, the lines read so far are inserted.
func (i *tagInserter) insertAll(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	incoming := make(chan incomingLine)
	go readLines(ctx, in, incoming)
	for {
		var pause <-chan time.Time
		if len(i.lines) > 0 {
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
			i.add(next)
			if len(i.lines) == storage.MaxNewTags || i.bytes > batchBytes {
				if err := i.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// add parses a line and adds it to the batch.
func (i *tagInserter) add(next incomingLine) {
	line := lineResult{Line: next.number, Outcome: storage.TagRejected}
	tag, err := export.ParseTag(next.text)
	if next.long {
		err = fmt.Errorf("the line is longer than %d bytes", maxLine)
	}
	if err != nil {
		line.Reason = new(err.Error())
	} else {
		i.tags, i.lineOf = append(i.tags, tag), append(i.lineOf, len(i.lines))
	}
	i.lines, i.bytes = append(i.lines, line), i.bytes+len(next.text)
}

// flush inserts the batch and prints its outcomes.
func (i *tagInserter) flush(ctx context.Context) error {
	if len(i.tags) > 0 {
		results, err := i.store.InsertTags(ctx, i.tags)
		if err != nil {
			return err
		}
		for n, result := range results {
			line := &i.lines[i.lineOf[n]]
			line.UUID, line.Outcome, line.Reason = result.UUID, result.Outcome, result.Reason
		}
	}
	encoder := json.NewEncoder(i.out)
	encoder.SetEscapeHTML(false)
	for _, line := range i.lines {
		i.outcomes[line.Outcome]++
		i.done++
		if i.verbose || line.Outcome != storage.TagInserted {
			if err := encoder.Encode(line); err != nil {
				return err
			}
		}
	}
	i.lines, i.tags, i.lineOf, i.bytes = i.lines[:0], i.tags[:0], i.lineOf[:0], 0
	return i.out.Flush()
}

// incomingLine is a line with its number, or the error that ended the stream.
type incomingLine struct {
	number int
	text   []byte
	long   bool // longer than maxLine, so that text is only its start
	err    error
}

// readLines sends all lines that are not blank, including a last one without a line break, and closes the channel.
func readLines(ctx context.Context, in io.Reader, to chan<- incomingLine) {
	defer close(to)
	reader := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		line := incomingLine{number: number}
		var err error
		for {
			var part []byte
			part, err = reader.ReadSlice('\n')
			if line.long = line.long || len(line.text)+len(part) > maxLine; !line.long {
				line.text = append(line.text, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			line = incomingLine{err: fmt.Errorf("reading the lines: %w", err)}
		}
		if line.err != nil || line.long || len(bytes.TrimSpace(line.text)) > 0 {
			select {
			case to <- line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}
