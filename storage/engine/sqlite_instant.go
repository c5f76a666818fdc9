package engine

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
)

const (
	// sqliteDriver is the driver of the pools, whose connections have the functions sqliteInstant and sqliteAddress.
	sqliteDriver = "sqlite3_decnet_graph"
	// sqliteInstant is an SQL function that returns what InstantText writes for an instant in any layout that
	// ParseInstant reads, and 0 for any other value: SQLite sorts numbers before texts.
	sqliteInstant = "decnet_graph_instant"
)

func init() { //nolint:gochecknoinits // as drivers of database/sql are registered
	sql.Register(sqliteDriver, &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		return errors.Join(conn.RegisterFunc(sqliteInstant, sqliteInstantKey, true), conn.RegisterFunc(sqliteAddress, sqliteAddressKey, true))
	}})
}

func sqliteInstantKey(value any) any {
	if text, ok := value.(string); ok {
		if at, exact, ok := ParseInstant(text); ok && exact {
			return InstantText(at)
		}
	}
	return int64(0)
}

// sqliteOddInstant is Dialect.OddInstant. SQLite's own function writes a valid date and time unchanged, and takes a
// fraction of the time of sqliteInstant, which is called from outside of SQLite.
func sqliteOddInstant(column string) string {
	const whole, fraction = "SUBSTR(%[1]s, 1, 19) = DATETIME(SUBSTR(%[1]s, 1, 19))", "RTRIM(SUBSTR(%[1]s, 20), '0123456789') = '.'"
	const inYears = "%[1]s >= '0001-01-02'"
	return fmt.Sprintf("(TYPEOF(%[1]s) = 'text' AND LENGTH(%[1]s) = 26 AND "+whole+" AND "+fraction+" AND "+inYears+") IS NOT TRUE", column)
}

// sqliteVersion is Dialect.Version: the times and sizes of the file and of its write-ahead log, one of which every write
// changes.
func sqliteVersion(path string) string {
	var version strings.Builder
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprint(&version, info.ModTime().UnixNano(), info.Size(), ";")
		}
	}
	return version.String()
}

// sqliteShift is Dialect.ShiftInstant. The fraction of the second is left out, because SQLite would round it up.
func sqliteShift(at string, seconds int) string {
	return fmt.Sprintf("STRFTIME('%%Y-%%m-%%d %%H:%%M:%%S', SUBSTR(%s, 1, 19), '%+d seconds')", at, seconds)
}
