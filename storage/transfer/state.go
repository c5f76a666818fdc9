package transfer

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The records of an import in the target: its progress, and the rows that it has left out. They are written in the
// transaction of the rows, and dropped at the end.
const (
	stateTable   = "decnet_graph_import"
	skippedTable = "decnet_graph_import_skipped"
	wholeImport  = "*" // stands for a table's name in the record of the import itself
)

// progress is the record of one table.
type progress struct {
	Done  bool     `json:"done"`
	Fresh bool     `json:"fresh"` // the table was empty when its load began
	After []string `json:"after"` // what the last row is ordered by; see encodeKey
	Counts

	begun bool
	after []any
}

// Counts are what became of a table's rows.
type Counts struct {
	Read    int64 `json:"read"`
	Written int64 `json:"written"`
	There   int64 `json:"there"` // already
	Updated int64 `json:"updated"`
	Skipped int64 `json:"skipped"`
}

// recorder keeps the records.
type recorder struct {
	*database

	print string
	next  int64 // number of the next skipped row
}

func (r *recorder) create(ctx context.Context) error {
	text, options := r.engine.LongText, r.engine.TableOptions
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS " + stateTable + " (table_name VARCHAR(64) NOT NULL, fingerprint VARCHAR(128) NOT NULL, progress " +
			text + " NOT NULL, PRIMARY KEY (table_name))" + options,
		"CREATE TABLE IF NOT EXISTS " + skippedTable + " (number BIGINT NOT NULL, table_name VARCHAR(64) NOT NULL, row_key " + text +
			" NOT NULL, column_name VARCHAR(64) NOT NULL, reason VARCHAR(500) NOT NULL, value " + text + " NOT NULL, PRIMARY KEY (number))" + options,
	} {
		if err := r.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (r *recorder) drop(ctx context.Context) error {
	for _, name := range []string{skippedTable, stateTable} {
		if err := r.exec(ctx, "DROP TABLE IF EXISTS "+name); err != nil {
			return err
		}
	}
	return nil
}

// begin reads the records of an import of the same rows, and deletes those of another import. It reports which of the
// two it found.
func (r *recorder) begin(ctx context.Context, tables []*table) (all []progress, resumed, other bool, err error) {
	all = make([]progress, len(tables))
	records := map[string]string{}
	err = r.forEachRow(ctx, "SELECT table_name, fingerprint, progress FROM "+stateTable, nil, func(raw []any) error {
		other = other || plain(raw[1]) != r.print
		records[plain(raw[0])] = plain(raw[2])
		return nil
	})
	if err != nil {
		return nil, false, false, err
	}
	if other || len(records) == 0 {
		for _, text := range []string{"DELETE FROM " + skippedTable, "DELETE FROM " + stateTable} {
			if err := r.exec(ctx, text); err != nil {
				return nil, false, false, err
			}
		}
		return all, false, other, r.save(ctx, wholeImport, &progress{}, false)
	}
	for n, t := range tables {
		text, ok := records[t.name]
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(text), &all[n]); err != nil {
			return nil, false, false, fmt.Errorf("read the record of %s: %w", t.name, err)
		}
		all[n].begun = true
		if all[n].after, err = decodeKey(all[n].After); err != nil {
			return nil, false, false, err
		}
	}
	return all, true, false, r.one(ctx, &r.next, "SELECT COALESCE(MAX(number) + 1, 0) FROM "+skippedTable)
}

// save writes the record of a table.
func (r *recorder) save(ctx context.Context, name string, p *progress, exists bool) error {
	p.After = encodeKey(p.after)
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if exists {
		return r.exec(ctx, "UPDATE "+stateTable+" SET progress = ? WHERE table_name = ?", string(text), name)
	}
	return r.exec(ctx, "INSERT INTO "+stateTable+" (table_name, fingerprint, progress) VALUES (?, ?, ?)", name, r.print, string(text))
}

// leaveOut records skipped rows.
func (r *recorder) leaveOut(ctx context.Context, skips []Skip) error {
	const most = 100
	for len(skips) > 0 {
		some := skips[:min(most, len(skips))]
		skips = skips[len(some):]
		var args []any
		for _, s := range some {
			key, err := json.Marshal(s.Key)
			if err != nil {
				return err
			}
			args = append(args, r.next, s.Table, string(key), s.Column, s.Reason, s.Value)
			r.next++
		}
		text := "INSERT INTO " + skippedTable + " (number, table_name, row_key, column_name, reason, value) VALUES " + tuples(len(some), 6)
		if err := r.exec(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// encodeKey writes numbers and texts so that neither a JSON parser nor a database changes them.
func encodeKey(key []any) []string {
	var parts []string
	for _, value := range key {
		switch v := value.(type) {
		case int64:
			parts = append(parts, "n"+strconv.FormatInt(v, 10))
		case string:
			parts = append(parts, "t"+hex.EncodeToString([]byte(v)))
		case []byte:
			parts = append(parts, "b"+hex.EncodeToString(v))
		}
	}
	return parts
}

func decodeKey(parts []string) ([]any, error) {
	var key []any
	for _, part := range parts {
		if rest, number := strings.CutPrefix(part, "n"); number {
			n, err := strconv.ParseInt(rest, 10, 64)
			if err != nil {
				return nil, err
			}
			key = append(key, n)
			continue
		}
		content, err := hex.DecodeString(part[min(1, len(part)):])
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(part, "b") {
			key = append(key, content)
		} else {
			key = append(key, string(content))
		}
	}
	return key, nil
}

// plain returns the text of a driver's value.
func plain(value any) string {
	switch v := value.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	}
	return ""
}
