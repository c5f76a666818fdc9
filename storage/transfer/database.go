package transfer

import (
	"context"
	"database/sql"
	"time"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// database is one side of an import: the session that runs all its statements, and the pool that the session is from.
type database struct {
	engine   *engine.Engine
	source   dsn.Source
	pool     *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// open connects to a database, for reading only unless write is set.
func open(ctx context.Context, source dsn.Source, write bool) (*database, error) {
	d := &database{engine: engine.Of(source), source: source, prepared: map[string]*sql.Stmt{}}
	var err error
	if d.pool, err = d.engine.OpenBulk(source, engine.BulkAccess{Write: write}); err != nil {
		return nil, err
	}
	err = engine.Start(ctx, source, func(ctx context.Context) (err error) {
		if d.conn, err = d.pool.Conn(ctx); err == nil { // SQLite reads the file only now
			err = d.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM ("+d.engine.CopiedColumnsQuery+") AS columns_there").Scan(new(int))
		}
		return err
	})
	if err != nil {
		d.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, engine.CannotOpen(source, engine.Diagnosed(source, err))
	}
	return d, nil
}

// Reach connects to a database of a server, and fails as Import would if it does not answer: with storage.ErrUnavailable
// if waiting can help. Files need no waiting.
func Reach(ctx context.Context, source dsn.Source) error {
	if engine.Of(source).Create != nil {
		return nil
	}
	d, err := open(ctx, source, false)
	if err != nil {
		return err
	}
	d.close()
	return nil
}

// close ends the session. SQLite keeps a transaction and its locks as long as a statement is open.
func (d *database) close() {
	for text, statement := range d.prepared {
		_ = statement.Close()
		delete(d.prepared, text)
	}
	if d.conn != nil {
		_ = d.conn.Close()
	}
	_ = d.pool.Close()
}

// exec runs a statement of the session.
func (d *database) exec(ctx context.Context, text string, args ...any) error {
	_, err := d.conn.ExecContext(ctx, d.engine.Placeholders(text), args...)
	return err
}

// prepare prepares a statement once for the session. MySQL returns exact numbers for prepared statements only.
func (d *database) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if known := d.prepared[text]; known != nil {
		return known, nil
	}
	fresh, err := d.conn.PrepareContext(ctx, d.engine.Placeholders(text))
	if err == nil {
		d.prepared[text] = fresh
	}
	return fresh, err
}

// forEachRow runs a query of the session and calls visit with the driver's values of each row.
func (d *database) forEachRow(ctx context.Context, text string, args []any, visit func(raw []any) error) error {
	statement, err := d.prepare(ctx, text) //nolint:sqlclosecheck // closed with the session
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	raw, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := visit(raw); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one runs a query for a single value.
func (d *database) one(ctx context.Context, into any, text string) error {
	return d.conn.QueryRowContext(ctx, text).Scan(into)
}

// columnsByTable returns the names of the columns of each table.
func (d *database) columnsByTable(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	rows, err := d.conn.QueryContext(ctx, d.engine.CopiedColumnsQuery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		all[table] = append(all[table], column)
	}
	return all, rows.Err()
}

// textValue returns a driver's value of a column as convert expects it.
func (d *database) textValue(c *column, value any) any {
	if bytes, ok := value.([]byte); ok && d.engine.TextIsBytes && c.kind != octets {
		return string(bytes)
	}
	return value
}

// instant is a time in UTC, in microseconds since 1970, of a year from 1 to 9999.
type instant = engine.Micros

func instantOf(at time.Time) (instant, bool) {
	if !engine.InYears(at) || at.Nanosecond()%1000 != 0 {
		return 0, false
	}
	return instant(at.UnixMicro()), true
}

// parseInstant reads what engine.ParseInstant reads, but no more digits than those of microseconds.
func parseInstant(text string) (instant, bool) {
	at, exact, ok := engine.ParseInstant(text)
	if !ok || !exact {
		return 0, false
	}
	return instantOf(at)
}

// argument returns a cell as a driver takes it.
func argument(cell any) any {
	if at, ok := cell.(instant); ok {
		return at.String()
	}
	return cell
}

func texts(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
