package data

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// SQLite creates and fills a file with DECNET's tables, unless it exists; made reports whether it did. Its name must
// depend on the data.
func (s *Source) SQLite(ctx context.Context, path string, size Size) (made bool, err error) {
	if _, err := os.Stat(path); err == nil {
		return false, nil
	}
	unfinished := path + ".unfinished"
	if err := errors.Join(remove(unfinished), remove(unfinished+"-journal")); err != nil {
		return false, err
	}
	db, err := sql.Open("sqlite3", "file:"+unfinished+"?_journal_mode=OFF&_synchronous=OFF")
	if err != nil {
		return false, err
	}
	if err := errors.Join(s.fillSQLite(ctx, db, size), db.Close()); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return true, os.Rename(unfinished, path)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// fillSQLite creates the indexes after the rows, which is faster.
func (s *Source) fillSQLite(ctx context.Context, db *sql.DB, size Size) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range append(append([]string{}, s.tables...), s.revision) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	m := s.maker(size)
	for _, table := range tables {
		if err := s.insertTable(ctx, tx, m, table); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", table, err), tx.Rollback())
		}
	}
	for _, index := range s.indexes {
		if _, err := tx.ExecContext(ctx, index); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// insertTable inserts the rows of a table while they are made.
func (s *Source) insertTable(ctx context.Context, tx *sql.Tx, m *maker, table string) error {
	columns := s.patterns[table].columns
	booleans, err := booleansOf(ctx, tx, table)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	from, to := io.Pipe()
	defer from.Close()
	go func() { _ = to.CloseWithError(m.write(table, to)) }()
	rows := bufio.NewReaderSize(from, 1<<20)
	values := make([]any, len(columns))
	for {
		line, err := rows.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, text := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			switch {
			case text == null:
				values[i] = nil
			case booleans[columns[i]]:
				values[i] = text == "true"
			default:
				values[i] = unescape.Replace(text)
			}
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
}

// booleansOf returns the columns of truth values, which SQLite stores as numbers.
func booleansOf(ctx context.Context, tx *sql.Tx, table string) (map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT name FROM pragma_table_info(?) WHERE type = 'BOOLEAN'", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		found[name] = true
	}
	return found, rows.Err()
}

// unescape is the inverse of escape.
var unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
