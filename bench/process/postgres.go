package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Database is a running database server. Its data remains for the next run.
type Database struct {
	*Process

	url, native string // with %s in place of the name of the database
	migrate     func(url string) error
	statements  func(ctx context.Context, database string) (Statements, error)
}

// Statements counts the statements that ran in a database since the server started.
type Statements struct {
	Calls int64
	Ms    float64 // their total duration in ms; 0 on MariaDB, which does not report it
}

// Statements returns the count for a database; the statement that reads the count is not included.
func (d *Database) Statements(ctx context.Context, database string) (Statements, error) {
	return d.statements(ctx, database)
}

// URL implements data.Server.
func (d *Database) URL(database string) string { return fmt.Sprintf(d.url, database) }

// Native implements data.Server.
func (d *Database) Native(database string) string { return fmt.Sprintf(d.native, database) }

// Migrate implements data.Server.
func (d *Database) Migrate(database string) error { return d.migrate(d.URL(database)) }

// StartPostgres starts PostgreSQL on the data in a folder, and initializes the folder if it has none. The settings
// are the defaults except for the memory, pg_stat_statements, and the JIT, which is off: it would compile the large
// statements of the peers for each request, which takes longer than running them.
func StartPostgres(ctx context.Context, folder string, port int, migrate func(url string) error) (*Database, error) {
	initdb, err := newest("/usr/lib/postgresql/*/bin/initdb", "initdb")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL is missing (Debian: apt-get install postgresql): %w", err)
	}
	const account = "postgres"
	if err := makeFolder(folder, account); err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		err := runAs(ctx, Command{
			Program: initdb, Folder: folder, Log: filepath.Join(folder, "initdb.log"), Account: account,
			Args: []string{"-D", data, "-A", "trust", "-U", "decnet", "-E", "UTF8", "--locale=C.UTF-8"},
		})
		if err != nil {
			return nil, err
		}
	}
	at := "127.0.0.1:" + strconv.Itoa(port)
	d := &Database{migrate: migrate, url: "postgres://decnet@" + at + "/%s?sslmode=disable"}
	d.native = d.url
	d.statements = d.countPostgres
	args := []string{"-D", data, "-p", strconv.Itoa(port)}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200",
		"shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=8GB", "checkpoint_timeout=30min",
		"jit=off", "shared_preload_libraries=pg_stat_statements", "pg_stat_statements.max=10000",
	} {
		args = append(args, "-c", setting)
	}
	d.Process, err = Start(ctx, Command{
		Program: filepath.Join(filepath.Dir(initdb), "postgres"), Args: args, Folder: folder,
		Log: filepath.Join(folder, "log"), Account: account, Address: at, Stop: syscall.SIGINT,
	}, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, d.URL("postgres"))
		if err != nil {
			return err
		}
		if _, err = conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
			return err
		}
		return conn.Close(ctx)
	})
	return d, err
}

// countPostgres connects to another database, so that it does not count its own statement.
func (d *Database) countPostgres(ctx context.Context, database string) (s Statements, err error) {
	conn, err := pgx.Connect(ctx, d.URL("postgres"))
	if err != nil {
		return s, err
	}
	err = conn.QueryRow(ctx, `SELECT COALESCE(SUM(s.calls), 0)::bigint, COALESCE(SUM(s.total_exec_time), 0)::float8
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1`, database).Scan(&s.Calls, &s.Ms)
	return s, errors.Join(err, conn.Close(ctx))
}

// newest returns the last match of a pattern, which is the newest version, or else a program on PATH.
func newest(pattern, name string) (string, error) {
	if found, _ := filepath.Glob(pattern); len(found) > 0 { // the pattern is well-formed
		return found[len(found)-1], nil
	}
	return exec.LookPath(name)
}

// runAs runs a program as the command's account and waits for it to end.
func runAs(ctx context.Context, c Command) error {
	rights, err := rightsOf(c.Account)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, c.Program, c.Args...)
	cmd.Dir, cmd.SysProcAttr = c.Folder, rights
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", c.Program, err, out)
	}
	return nil
}
