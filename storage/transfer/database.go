package transfer

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"decnetgraph/storage"
	"decnetgraph/storage/dsn"
)

// database is one side of an import: a session that all its statements run on, and the pool that it is from.
type database struct {
	*engine

	source   dsn.Source
	pool     *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// open connects to a database, for reading only unless write is given.
func open(ctx context.Context, source dsn.Source, write bool) (*database, error) {
	d := &database{engine: engines[source.Engine], source: source, prepared: map[string]*sql.Stmt{}}
	var err error
	switch source.Engine {
	case dsn.MySQL:
		d.pool, err = openMySQL(source, nil)
	case dsn.Postgres:
		d.pool = openPostgres(source, write)
	default:
		d.pool, err = openSQLite(source, write)
	}
	if err != nil {
		return nil, err
	}
	if d.conn, err = d.pool.Conn(ctx); err == nil { // SQLite looks at the file only now
		err = d.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+d.probe()).Scan(new(int))
	}
	if err != nil {
		d.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// A server that does not answer is told of in several lines.
		return nil, storage.Invalid("cannot open %s: %s", source, strings.Join(strings.Fields(err.Error()), " "))
	}
	return d, nil
}

func (d *database) probe() string {
	if d.name == dsn.SQLite {
		return "sqlite_master"
	}
	return "(SELECT 1) AS one"
}

func openSQLite(source dsn.Source, write bool) (*sql.DB, error) {
	switch info, err := os.Stat(source.Path); {
	case errors.Is(err, os.ErrNotExist):
		return nil, storage.Invalid("no such database file: %s", source.Path)
	case err != nil:
		return nil, storage.Invalid("cannot read the database file: %v", err)
	case info.IsDir():
		return nil, storage.Invalid("%s is a directory, not a database file", source.Path)
	}
	settings := url.Values{"mode": {"ro"}, "_query_only": {"true"}, "_busy_timeout": {"30000"}, "_cache_size": {"-32768"}}
	if write {
		settings = url.Values{"mode": {"rw"}, "_foreign_keys": {"true"}, "_busy_timeout": {"30000"}, "_cache_size": {"-65536"}}
	}
	path := (&url.URL{Path: source.Path}).EscapedPath()
	return sql.Open("sqlite3", (&url.URL{Scheme: "file", Opaque: path, RawQuery: settings.Encode()}).String())
}

// openMySQL makes a pool whose sessions have some variables set.
func openMySQL(source dsn.Source, variables map[string]string) (*sql.DB, error) {
	config := source.MySQL.Clone()
	config.ParseTime = false // of 2026-00-01 a time would make the December before
	config.Params = maps.Clone(config.Params)
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	config.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'"
	maps.Copy(config.Params, variables)
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func openPostgres(source dsn.Source, write bool) *sql.DB {
	config := source.Postgres.Copy()
	set := func(name, value string) {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = value
		}
	}
	config.RuntimeParams["timezone"] = "UTC"
	set("application_name", "decnet-graph")
	if write {
		// A server that crashes may lose the last batches, and with them the record that they were written.
		set("synchronous_commit", "off")
		set("maintenance_work_mem", "128MB") // indexes are sorted in it
	} else {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	return stdlib.OpenDB(*config)
}

// close ends the session. SQLite keeps a transaction, and its locks, for as long as a statement is left.
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
	_, err := d.conn.ExecContext(ctx, d.rebind(text), args...)
	return err
}

// prepare keeps a statement for the length of the session. Only so does MySQL hand numbers over exactly.
func (d *database) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept := d.prepared[text]; kept != nil {
		return kept, nil
	}
	fresh, err := d.conn.PrepareContext(ctx, d.rebind(text))
	if err == nil {
		d.prepared[text] = fresh
	}
	return fresh, err
}

// each runs a query of the session and hands over its rows, whose values are as the driver gives them.
func (d *database) each(ctx context.Context, text string, args []any, visit func(raw []any) error) error {
	statement, err := d.prepare(ctx, text) //nolint:sqlclosecheck // kept until the session is closed
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
func (d *database) one(ctx context.Context, into any, text string, args ...any) error {
	return d.conn.QueryRowContext(ctx, d.rebind(text), args...).Scan(into)
}

// has tells which columns each table has.
func (d *database) has(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	rows, err := d.conn.QueryContext(ctx, d.columns)
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

// raw prepares a driver's value for convert: MySQL's driver hands texts over as bytes.
func (d *database) raw(c *column, value any) any {
	if bytes, ok := value.([]byte); ok && d.name == dsn.MySQL && c.kind != octets {
		return string(bytes)
	}
	return value
}

// argument is a cell as a driver takes it.
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

// selection is the list of a table's columns. A plus keeps SQLite's driver from reading values by the type that
// their column declares: text that is no instant would become one.
func (e *engine) selection(names []string) string {
	list := strings.Join(e.quoted(names), ", ")
	if e.name == dsn.SQLite {
		list = "+" + strings.ReplaceAll(list, ", ", ", +")
	}
	return list
}
