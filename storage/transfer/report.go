package transfer

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
)

// Report says what happened to every row.
type Report struct {
	Tables []TableReport // those with rows, in the order of the import
	// Resumed is set if an interrupted import was continued; the rows of all its runs are counted.
	Resumed bool
}

// TableReport says what happened to the rows of one table.
type TableReport struct {
	Counts

	Table   string
	Reasons []Reason // the most frequent first
	First   []Skip   // the first few rows that were skipped
}

// Reason counts the rows that were skipped because of one column.
type Reason struct {
	Column, Reason string
	Rows           int64
}

// Skip is a row that was not copied.
type Skip struct {
	Table  string   `json:"table"`
	Key    []string `json:"key"`
	Column string   `json:"column"`
	Reason string   `json:"reason"`
	Value  string   `json:"value"` // of the column, shortened, with escapes
}

// Total adds up the tables.
func (r Report) Total() Counts {
	var all Counts
	for _, t := range r.Tables {
		all.add(t.Counts)
	}
	return all
}

// firstRows is how many skipped rows of each table a report shows.
const firstRows = 3

// report reads the records.
func (l *loader) report(ctx context.Context) (Report, error) {
	var all Report
	for n, t := range l.tables {
		state := l.state[n]
		if state.Read == 0 {
			continue
		}
		one := TableReport{Table: t.name, Counts: state.Counts}
		if state.Skipped > 0 {
			err := l.forEachRow(ctx, "SELECT column_name, reason, COUNT(*) FROM "+skippedTable+
				" WHERE table_name = ? GROUP BY column_name, reason ORDER BY COUNT(*) DESC, column_name, reason", []any{t.name}, func(raw []any) error {
				rows, _ := raw[2].(int64)
				one.Reasons = append(one.Reasons, Reason{plain(raw[0]), plain(raw[1]), rows})
				return nil
			})
			if err != nil {
				return all, err
			}
			if err := l.eachSkip(ctx, " WHERE table_name = ? ORDER BY number LIMIT "+strconv.Itoa(firstRows), []any{t.name}, func(s Skip) error {
				one.First = append(one.First, s)
				return nil
			}); err != nil {
				return all, err
			}
		}
		all.Tables = append(all.Tables, one)
	}
	return all, nil
}

func (l *loader) eachSkip(ctx context.Context, tail string, args []any, visit func(Skip) error) error {
	text := "SELECT table_name, row_key, column_name, reason, value FROM " + skippedTable + tail
	return l.forEachRow(ctx, text, args, func(raw []any) error {
		s := Skip{Table: plain(raw[0]), Column: plain(raw[2]), Reason: plain(raw[3]), Value: plain(raw[4])}
		if err := json.Unmarshal([]byte(plain(raw[1])), &s.Key); err != nil {
			return err
		}
		return visit(s)
	})
}

// writeSkips lists every skipped row, one JSON object in a line.
func (l *loader) writeSkips(ctx context.Context, to io.Writer) error {
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	return l.eachSkip(ctx, " ORDER BY number", nil, func(s Skip) error { return lines.Encode(s) })
}
