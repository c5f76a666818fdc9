package export

import (
	"bytes"
	"encoding/json"
	"io"
)

// NDJSON is the format of lines of JSON: each record is an object on a line of its own, with its cursor as the last
// member. It has nothing before the first record and after the last one, so that an export can continue after any line.
func NDJSON(out io.Writer, _ string) Writer { return &ndjson{out: out} }

type ndjson struct {
	out  io.Writer
	text bytes.Buffer // of a page
	ends []int        // of each line in text
}

// Write implements Writer. It writes all lines of the page at once.
func (w *ndjson) Write(page []Record) (Written, error) {
	w.text.Reset()
	w.ends = w.ends[:0]
	for _, record := range page {
		if err := w.append(record); err != nil {
			return Written{}, err
		}
	}
	n, err := w.out.Write(w.text.Bytes())
	written := Written{Bytes: w.text.Len()}
	for written.Records < len(w.ends) && w.ends[written.Records] <= n {
		written.Records++
	}
	return written, err
}

// append makes a line of a record. Stored JSON may hold line breaks between its tokens, which are removed.
func (w *ndjson) append(record Record) error {
	if bytes.ContainsAny(record.Node, "\r\n") {
		if err := json.Compact(&w.text, record.Node); err != nil {
			return err
		}
	} else {
		w.text.Write(record.Node)
	}
	w.text.Truncate(w.text.Len() - len("}"))
	w.text.WriteString(`,"cursor":"` + record.Cursor + "\"}\n")
	w.ends = append(w.ends, w.text.Len())
	return nil
}

// Close implements Writer.
func (w *ndjson) Close() error { return nil }
