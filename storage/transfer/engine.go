package transfer

import (
	"strconv"
	"strings"

	"decnetgraph/storage/dsn"
	"decnetgraph/storage/migrations"
)

// engine is what the databases differ in, as values.
type engine struct {
	name     dsn.Engine
	title    string
	quotes   string // around a name
	numbered bool   // marks are $1, $2, … and not ?
	noZero   bool   // text holds no zero byte
	onlyUTF8 bool
	// savepoints says that a statement that fails takes the transaction with it.
	savepoints bool
	// columns lists the tables and columns of the database.
	columns string
	// limits lists table, column, type, and greatest length of every column; empty where there are none.
	limits string
	// snapshot begins a transaction that sees one state of the database and cannot write.
	snapshot []string
	// checksum is an expression over a table's keys that changes with any of them, where the engine can hash.
	checksum func(key []string) string
	// free tells whether nobody holds the lock of an import into the database; lock takes it for the session, and
	// unlock gives it back before the server has noticed that the session is over.
	free, lock, unlock string
	text               string // the type of a long text
	suffix             string // of CREATE TABLE
	analyze            string // a table, or all of the database if the text has no %s
	batch              int    // most rows in one INSERT
}

const lockName = "decnet_graph_import"

var engines = map[dsn.Engine]*engine{
	dsn.SQLite: {
		name:     dsn.SQLite,
		title:    "SQLite",
		quotes:   `"`,
		columns:  "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
		snapshot: []string{"BEGIN", "SELECT COUNT(*) FROM sqlite_master"}, // the snapshot is of the first read
		text:     "TEXT",
		analyze:  "ANALYZE",
		batch:    64,
	},
	dsn.MySQL: {
		name:     dsn.MySQL,
		title:    "MySQL",
		quotes:   "`",
		onlyUTF8: true,
		columns:  "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
		limits: "SELECT table_name, column_name, data_type, CAST(COALESCE(character_maximum_length, 0) AS SIGNED) FROM information_schema.columns" +
			" WHERE table_schema = DATABASE()",
		snapshot: []string{
			"SET SESSION TRANSACTION READ ONLY",
			"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
			"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		},
		checksum: func(key []string) string {
			hash := "CRC32(CONCAT_WS(',', " + strings.Join(key, ", ") + "))"
			return "CONCAT(COALESCE(SUM(" + hash + "), 0), '.', BIT_XOR(" + hash + "))"
		},
		free:    "SELECT IS_FREE_LOCK(" + mysqlLock + ")",
		lock:    "SELECT GET_LOCK(" + mysqlLock + ", 0)",
		unlock:  "SELECT RELEASE_LOCK(" + mysqlLock + ")",
		text:    "LONGTEXT",
		suffix:  " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		analyze: "ANALYZE TABLE %s",
		batch:   256,
	},
	dsn.Postgres: {
		name:       dsn.Postgres,
		title:      "PostgreSQL",
		quotes:     `"`,
		numbered:   true,
		noZero:     true,
		onlyUTF8:   true,
		savepoints: true,
		columns:    "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()",
		limits: "SELECT table_name::text, column_name::text, data_type::text, COALESCE(character_maximum_length, 0)" +
			" FROM information_schema.columns WHERE table_schema = current_schema()",
		snapshot: []string{"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"},
		checksum: func(key []string) string {
			return "COALESCE(SUM(hashtext(concat_ws(',', " + strings.Join(key, ", ") + "))::bigint), 0)::text"
		},
		free: "SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted" +
			" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())" +
			" AND (classid::bigint << 32) | objid::bigint = " + postgresLock + ")",
		lock:    "SELECT pg_try_advisory_lock(" + postgresLock + ")",
		unlock:  "SELECT pg_advisory_unlock(" + postgresLock + ")",
		text:    `TEXT COLLATE "C"`,
		analyze: "ANALYZE %s",
		batch:   64,
	},
}

// The names of locks are those of a whole server on MySQL, and of a database on PostgreSQL.
const (
	mysqlLock    = "CONCAT('" + lockName + ".', LEFT(SHA2(DATABASE(), 256), 40))"
	postgresLock = "hashtextextended('" + lockName + ".' || current_schema(), 0)"
)

func (e *engine) migrations() migrations.Engine { return migrations.Engine(e.name) }

func (e *engine) quote(name string) string { return e.quotes + name + e.quotes }

func (e *engine) quoted(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = e.quote(name)
	}
	return all
}

// rebind writes the marks of a text as the engine does. No text has a "?" that is no mark.
func (e *engine) rebind(text string) string {
	if !e.numbered {
		return text
	}
	var numbered strings.Builder
	for n, part := range strings.Split(text, "?") {
		if n > 0 {
			numbered.WriteString("$" + strconv.Itoa(n))
		}
		numbered.WriteString(part)
	}
	return numbered.String()
}

// tuple is "(?, ?, ?)".
func tuple(marks int) string { return "(?" + strings.Repeat(", ?", marks-1) + ")" }

// values is a list of rows of marks.
func values(rows, columns int) string {
	row := tuple(columns)
	return row + strings.Repeat(", "+row, rows-1)
}

// among is a condition that picks rows by their keys.
func (e *engine) among(key []string, rows int) string {
	key = e.quoted(key)
	if len(key) == 1 {
		return key[0] + " IN " + tuple(rows)
	}
	one := "(" + strings.Join(key, " = ? AND ") + " = ?)"
	return one + strings.Repeat(" OR "+one, rows-1)
}

// beyond is a condition that picks the rows after a key.
func (e *engine) beyond(key []string, after []any) (condition string, args []any) {
	key = e.quoted(key)
	if len(key) == 1 {
		return key[0] + " > ?", after
	}
	// As one comparison of rows, MySQL would not find its way by the key.
	return key[0] + " >= ? AND (" + key[0] + " > ? OR " + key[1] + " > ?)", []any{after[0], after[0], after[1]}
}
