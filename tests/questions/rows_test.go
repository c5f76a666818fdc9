package questions

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads the rows of the model
	"github.com/stretchr/testify/require"
)

// row is a row of a table: its values as text, nil for NULL, and binary ones in hexadecimal digits.
type row map[string]*string

// text is the value of a column, empty for NULL.
func (r row) text(column string) string {
	if r[column] == nil {
		return ""
	}
	return *r[column]
}

func (r row) whole(column string) int {
	n, _ := strconv.Atoi(r.text(column))
	return n
}

func (r row) float(column string) float64 {
	n, _ := strconv.ParseFloat(r.text(column), 64)
	return n
}

// list is a column that holds a JSON list of texts; a number in it counts as its text. One that cannot be read is empty.
func (r row) list(column string) []string {
	var elements []any
	decoder := json.NewDecoder(strings.NewReader(r.text(column)))
	decoder.UseNumber()
	if decoder.Decode(&elements) != nil {
		return nil
	}
	var texts []string
	for _, element := range elements {
		switch v := element.(type) {
		case string:
			texts = append(texts, v)
		case json.Number:
			texts = append(texts, v.String())
		}
	}
	return texts
}

// objects is a column that holds a JSON list of objects.
func (r row) objects(column string) []map[string]any {
	var elements []any
	if json.Unmarshal([]byte(r.text(column)), &elements) != nil {
		return nil
	}
	var found []map[string]any
	for _, element := range elements {
		if object, ok := element.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// readInstant reads an instant as DECNET's tables and JSON have it; nil if it is none.
func readInstant(text string) *time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return new(at.UTC())
		}
	}
	return nil
}

// readTable reads all rows of a table.
func readTable(t *testing.T, db *sql.DB, table string) []row {
	t.Helper()
	var columns, selected []string
	query(t, db, "SELECT name, type FROM pragma_table_info('"+table+"')", func(values []*string) {
		name := `"` + *values[0] + `"`
		columns = append(columns, *values[0])
		switch strings.ToUpper(*values[1]) {
		case "BLOB":
			name = "LOWER(HEX(" + name + "))"
		case "FLOAT":
			name = "CASE WHEN " + name + " IS NOT NULL THEN PRINTF('%!.17g', " + name + ") END"
		default:
			name = "CAST(" + name + " AS TEXT)"
		}
		selected = append(selected, name)
	})
	if len(columns) == 0 {
		return nil // the oracle lacks some tables
	}
	var rows []row
	query(t, db, "SELECT "+strings.Join(selected, ", ")+" FROM "+table, func(values []*string) {
		r := row{}
		for n, column := range columns {
			r[column] = values[n]
		}
		rows = append(rows, r)
	})
	return rows
}

func query(t *testing.T, db *sql.DB, text string, each func(values []*string)) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), text)
	require.NoError(t, err, text)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, into := make([]*string, len(columns)), make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		require.NoError(t, rows.Scan(into...))
		each(values)
	}
	require.NoError(t, rows.Err())
}
