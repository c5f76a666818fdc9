package transfer

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"decnetgraph/storage/engine"
)

const (
	batchRows   = 5000
	batchBytes  = 4 << 20 // texts have no bound of their own
	pageBatches = 4       // in one query
)

// batch is some rows of one table, in the order of the source, for one transaction.
type batch struct {
	table   int
	rows    [][]any // of cells
	skipped []Skip
	read    int64
	after   []any // what the last row is ordered by
	end     bool  // the table is done
}

// reader reads the source's tables into batches, concurrently with the writer.
type reader struct {
	from *origin
	to   *engine.Engine
	rows int // most in a batch
	most int // bytes of a row that the target takes, 0 for no limit
}

// run sends the rows that are not read yet, according to the records. It ends with the context.
func (r *reader) run(ctx context.Context, done []progress, out chan<- *batch) error {
	defer close(out)
	for n, t := range r.from.tables {
		if done[n].Done {
			continue
		}
		if err := r.table(ctx, n, t, done[n].after, out); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) table(ctx context.Context, n int, t *table, after []any, out chan<- *batch) error {
	send := func(b *batch) error {
		select {
		case out <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b := &batch{table: n}
	if len(r.from.have[t.name]) == 0 {
		b.end = true
		return send(b)
	}
	take := r.taker(t)
	for page := pageBatches * r.rows; ; {
		text, args, keys := r.from.page(t, after, page)
		got, size := 0, 0
		err := r.from.forEachRow(ctx, text, args, func(raw []any) error {
			got++
			b.after = b.after[:0:0]
			for _, key := range raw[:keys] {
				b.after = append(b.after, r.from.cloned(key))
			}
			size += take(b, raw[keys:])
			if b.read < int64(r.rows) && size < batchBytes {
				return nil
			}
			full := b
			after, b, size = full.after, &batch{table: n}, 0
			return send(full)
		})
		if err != nil {
			return err
		}
		if b.after != nil {
			after = b.after
		}
		if got < page {
			b.after, b.end = after, true
			return send(b)
		}
	}
}

// cloned returns a key that stays valid after its row.
func (o *origin) cloned(key any) any {
	borrowed, ok := key.([]byte)
	switch {
	case !ok:
		return key
	case o.engine.TextIsBytes:
		return string(borrowed)
	default:
		return bytes.Clone(borrowed)
	}
}

// taker returns a function that converts a row, adds it to a batch and returns its size in bytes.
func (r *reader) taker(t *table) func(b *batch, raw []any) int {
	places := make([]int, 0, len(t.columns)) // of the selected columns
	for i, c := range t.columns {
		if slices.Contains(r.from.have[t.name], c.name) {
			places = append(places, i)
		}
	}
	return func(b *batch, raw []any) int {
		b.read++
		cells := make([]any, len(t.columns))
		size := 0
		for i, at := range places {
			c := &t.columns[at]
			value := r.from.textValue(c, raw[i])
			cell, reason := convert(c, value)
			if reason == "" {
				cell, reason = fits(r.to, c, cell)
			}
			if reason != "" {
				b.skipped = append(b.skipped, Skip{Table: t.name, Key: rawKey(t, places, raw), Column: c.name, Reason: reason, Value: excerpt(value)})
				return size
			}
			cells[at] = cell
			size += sizeOf(cell)
		}
		if r.to.MaxIndexedSize > 0 {
			if at, reason := t.tooLong(cells, r.to.MaxIndexedSize); reason != "" {
				b.skipped = append(b.skipped, t.skip(cells, at, reason))
				return size
			}
		}
		if r.most > 0 && size > r.most {
			b.skipped = append(b.skipped, t.skip(cells, longest(cells), fmt.Sprintf("makes the row larger than the %d bytes that the server takes at once", r.most)))
			return size
		}
		b.rows = append(b.rows, cells)
		return size
	}
}

// longest returns the index of the largest cell.
func longest(cells []any) int {
	at := 0
	for i := range cells {
		if sizeOf(cells[i]) > sizeOf(cells[at]) {
			at = i
		}
	}
	return at
}

func sizeOf(cell any) int {
	switch v := cell.(type) {
	case string:
		return len(v) + 16
	case []byte:
		return len(v) + 24
	default:
		return 16
	}
}

// rawKey names a row whose cells are not all converted.
func rawKey(t *table, places []int, raw []any) []string {
	key := make([]string, len(t.key))
	for i, at := range t.key {
		if place := slices.Index(places, at); place >= 0 {
			key[i] = excerpt(raw[place])
		}
	}
	return key
}

// skip names a row that is not written, and the column at fault.
func (t *table) skip(cells []any, at int, reason string) Skip {
	s := Skip{Table: t.name, Column: t.columns[at].name, Reason: reason, Value: excerpt(argument(cells[at]))}
	for _, key := range t.key {
		s.Key = append(s.Key, excerpt(cells[key]))
	}
	return s
}

// excerpt shows a value, shortened and without control characters for a terminal.
func excerpt(value any) string {
	const most = 120
	var text string
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		text = v
	case []byte:
		text = string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case instant:
		return v.String()
	}
	tail := ""
	if len(text) > most {
		text, tail = text[:most], "…"
	}
	quoted := strconv.QuoteToASCII(text)
	return quoted[1:len(quoted)-1] + tail
}
