// Command sqlitedrivers measures two SQLite drivers for Go on the statements that DECNET Graph sends.
//
//	go run . -db FILE -rounds N
//
// It checks that both drivers return the same rows and plan the statements alike, then prints CPU and
// wall time per operation, how soon a statement ends after its context is cancelled, and the Go types
// that stored values arrive as. FILE is made by "decnet-graph sample".
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"
)

// contestant is a driver and a database opened with it.
type contestant struct {
	name, driver string
	pragmas      url.Values // the server's connection settings in this driver's syntax
	db           *sql.DB
}

// contestants have equal settings. mattn's connections do not use SQLite's own mutex, as in the server;
// modernc always uses it.
func contestants() []*contestant {
	return []*contestant{
		{name: "mattn", driver: "sqlite3", pragmas: url.Values{
			"mode": {"ro"}, "_query_only": {"true"}, "_busy_timeout": {"5000"}, "_cache_size": {"-32768"}, "_mutex": {"no"},
		}},
		{name: "modernc", driver: "sqlite", pragmas: url.Values{
			"mode": {"ro"}, "_pragma": {"query_only(true)", "busy_timeout(5000)", "cache_size(-32768)"},
		}},
	}
}

func (c *contestant) open(path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: absolute}).EscapedPath(), RawQuery: c.pragmas.Encode()}
	if c.db, err = sql.Open(c.driver, dsn.String()); err != nil {
		return err
	}
	c.db.SetMaxOpenConns(2 * runtime.NumCPU()) // as in the server
	c.db.SetMaxIdleConns(2 * runtime.NumCPU())
	return c.db.Ping()
}

// ask reads a single value.
func (c *contestant) ask(ctx context.Context, text string) (answer string, err error) {
	err = c.db.QueryRowContext(ctx, text).Scan(&answer)
	return answer, err
}

func main() {
	path := flag.String("db", "", "sample database `FILE`")
	rounds := flag.Int("rounds", 9, "measurements of each operation by each driver")
	mutexes := flag.String("mutexprofile", "", "write `FILE`: where goroutines waited for each other")
	flag.Parse()
	if *mutexes != "" {
		runtime.SetMutexProfileFraction(1)
	}
	err := run(context.Background(), *path, *rounds)
	if *mutexes != "" {
		err = errors.Join(err, writeMutexes(*mutexes))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqlitedrivers:", err)
		os.Exit(1)
	}
}

func writeMutexes(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("mutex").WriteTo(file, 0), file.Close())
}

func run(ctx context.Context, path string, rounds int) error {
	if path == "" || rounds < 1 {
		return errors.New("give -db FILE and -rounds of at least 1")
	}
	both := contestants()
	for _, c := range both {
		if err := c.open(path); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		defer c.db.Close()
		version, err := c.ask(ctx, "SELECT sqlite_version()")
		if err != nil {
			return err
		}
		cache, err := c.ask(ctx, "SELECT cache_size || ', query_only ' || query_only FROM pragma_cache_size, pragma_query_only")
		if err != nil {
			return err
		}
		fmt.Printf("%-8s SQLite %s, cache_size %s\n", c.name, version, cache)
	}
	operations, err := prepare(ctx, both[0])
	if err != nil {
		return err
	}
	if err := compareRows(ctx, both, operations); err != nil {
		return err
	}
	if err := comparePlans(ctx, both, operations); err != nil {
		return err
	}
	if err := measure(ctx, both, operations, rounds); err != nil {
		return err
	}
	if err := cancelling(ctx, both, rounds); err != nil {
		return err
	}
	return showTypes(ctx)
}
