// Package export writes whole lists as lines of JSON. It asks the API's own schema in process, page by
// page, so that a field means in an export what it means in an answer.
package export

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"time"

	"decnetgraph/storage"
)

// Lists are the names of what can be exported; each has a document of the same name.
var Lists = []string{"commands", "triggers", "tags", "attackers", "identities", "campaigns"}

//go:embed documents
var documents embed.FS

// Page sizes follow the size of the rows, so that an export needs the same memory for all of them.
const (
	MaxPage   = 5_000   // rows of a page
	firstPage = 100     // rows of the first page
	pageBytes = 2 << 20 // size that a page should have
)

// Asker runs a document and decodes its data, as resolvers.Local does.
type Asker interface {
	Ask(ctx context.Context, document string, variables map[string]any, into any) error
}

// Options say what to export.
type Options struct {
	List     string
	Since    time.Time       // rows before it are left out; zero for none
	After    string          // cursor of the line to go on behind; empty for the start
	Progress func(lines int) // told after each page, if set
}

// Report tells what was written.
type Report struct {
	Lines   int
	Skipped int    // attackers whose commands cannot be read
	Cursor  string // of the last line written whole, or else the cursor that the export started behind
}

// Run writes the rows of a list as lines of JSON, each with its cursor as the last member, and flushes
// page by page. The report is true even if an error ends the export early.
func Run(ctx context.Context, ask Asker, out io.Writer, o Options) (Report, error) {
	report := Report{Cursor: o.After}
	document, err := documents.ReadFile("documents/" + o.List + ".graphql")
	if err != nil {
		return report, storage.Invalid("there is no list %q to export", o.List)
	}
	since := o.Since.UTC().Format(time.RFC3339Nano) // the zero time is before all rows
	var lines lines
	for after, size := o.After, firstPage; ; {
		variables := map[string]any{"first": size, "since": since}
		if after != "" {
			variables["after"] = after
		}
		var answer struct{ List page }
		err := ask.Ask(ctx, string(document), variables, &answer)
		switch {
		case errors.Is(err, storage.ErrLimit) && size > 1:
			size = max(1, size/4)
			continue
		case err != nil:
			return report, err
		}
		if err := lines.fill(answer.List.Edges); err != nil {
			return report, err
		}
		whole, err := lines.write(out)
		report.Skipped += answer.List.Skipped
		report.Lines += whole
		if whole > 0 {
			report.Cursor = answer.List.Edges[whole-1].Cursor
		}
		if err != nil {
			return report, err
		}
		if o.Progress != nil {
			o.Progress(report.Lines)
		}
		if !answer.List.PageInfo.HasNextPage {
			return report, nil
		}
		after = *answer.List.PageInfo.EndCursor
		size = min(max(1, size*pageBytes/max(lines.Len(), 1)), 4*size, MaxPage)
	}
}

// page is a page of any list.
type page struct {
	Edges    []edge
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
	Skipped int
}

type edge struct {
	Cursor string
	Node   json.RawMessage
}

// lines are the lines of a page.
type lines struct {
	bytes.Buffer

	ends []int // of each line
}

// fill makes a line of each row. Stored JSON may hold line breaks between its tokens.
func (l *lines) fill(edges []edge) error {
	l.Reset()
	l.ends = l.ends[:0]
	for _, e := range edges {
		if bytes.ContainsAny(e.Node, "\r\n") {
			if err := json.Compact(&l.Buffer, e.Node); err != nil {
				return err
			}
		} else {
			l.Write(e.Node)
		}
		l.Truncate(l.Len() - len("}"))
		l.WriteString(`,"cursor":"` + e.Cursor + "\"}\n") // a cursor needs no escapes
		l.ends = append(l.ends, l.Len())
	}
	return nil
}

// write writes all lines at once and tells how many have been written whole.
func (l *lines) write(out io.Writer) (whole int, err error) {
	written, err := out.Write(l.Bytes())
	for whole < len(l.ends) && l.ends[whole] <= written {
		whole++
	}
	return whole, err
}
