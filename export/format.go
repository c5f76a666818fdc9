package export

import (
	"encoding/json"
	"io"
)

// Record is a row of a list.
type Record struct {
	Cursor string          // an export can continue after this row with it; it needs no escapes in JSON
	Node   json.RawMessage // a JSON object with the fields of the GraphQL type
}

// Format makes the writer of an export of a list, which writes to out. NDJSON is the only format today; another
// one is a file with a function like it.
type Format func(out io.Writer, list string) Writer

// Writer writes the records of one export in a format.
type Writer interface {
	// Write writes the records of a page, in order. If it fails, Written says how far it got.
	Write(page []Record) (Written, error)
	// Close writes what the format has after the last record. It does not close the stream, and is not called for an
	// export that ended early.
	Close() error
}

// Written says how much of a page was written.
type Written struct {
	Records int // written completely
	Bytes   int // size of the whole page, also if it was written only in part
}
