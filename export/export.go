// Package export writes whole lists to a stream. It queries the API's own schema in process, page by page, so that a
// field means in an export what it means in a response; a Format decides how the records are written.
package export

import (
	"context"
	"embed"
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
	Format   Format
	Since    time.Time       // rows before it are left out; zero for none
	After    string          // cursor of the record to continue after; empty for the start
	Progress func(lines int) // called with the records written so far after each page, if it is set
}

// Report says what was written.
type Report struct {
	Lines   int    // records
	Skipped int    // attackers whose commands cannot be read
	Cursor  string // of the last record written completely, or else the cursor that the export started after
}

// Run writes the rows of a list to out, a page at a time. The report is right even if an error ends the export early.
// Its error is storage.ErrInvalid for a list or a cursor that does not exist, and storage.ErrLimit for a row that is
// larger than the limits allow.
func Run(ctx context.Context, ask Asker, out io.Writer, o Options) (Report, error) {
	report := Report{Cursor: o.After}
	document, err := documents.ReadFile("documents/" + o.List + ".graphql")
	if err != nil {
		return report, storage.Invalid("there is no list %q to export", o.List)
	}
	since := o.Since.UTC().Format(time.RFC3339Nano) // the zero time is before all rows
	writer := o.Format(out, o.List)
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
		written, err := writer.Write(answer.List.Edges)
		report.add(answer.List, written)
		if err != nil {
			return report, err
		}
		if o.Progress != nil {
			o.Progress(report.Lines)
		}
		if !answer.List.PageInfo.HasNextPage {
			return report, writer.Close()
		}
		after = *answer.List.PageInfo.EndCursor
		size = min(max(1, size*pageBytes/max(written.Bytes, 1)), 4*size, MaxPage)
	}
}

// add counts the records of a page that were written, which may be a part of it.
func (r *Report) add(p page, written Written) {
	r.Skipped += p.Skipped
	r.Lines += written.Records
	if written.Records > 0 {
		r.Cursor = p.Edges[written.Records-1].Cursor
	}
}

// page is a page of any list, with the fields that the documents select.
type page struct {
	Edges    []Record
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
	Skipped int
}
