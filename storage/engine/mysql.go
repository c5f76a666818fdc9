package engine

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"decnetgraph/storage/engine/dsn"
)

// MySQL is the engine of MySQL 8 and MariaDB servers.
var MySQL = &Engine{
	Form:      dsn.MySQL,
	Title:     "MySQL",
	Syntax:    mysqlSyntax,
	Bulk:      mysqlBulk,
	Migration: mysqlMigration,
	Lock:      mysqlLock,
	Inspect: func(ctx context.Context, source dsn.Source) (Server, error) {
		facts, err := inspectMySQL(ctx, mysqlConfig(source))
		open := func(_ context.Context, source dsn.Source, access Access) (Pool, error) {
			return openMySQL(mysqlConfig(source), access)
		}
		return Server{Dialect: mysqlDialect(facts), Connections: serverConnections, Open: open}, err
	},
	StartLimit: func(source dsn.Source) time.Duration { return max(startLimit, 2*mysqlConfig(source).Timeout) },
	Explain:    explainMySQL,
	OpenSQL:    func(source dsn.Source) (*sql.DB, error) { return mysqlDB(mysqlConfig(source)) },
}

func mysqlConfig(source dsn.Source) *mysql.Config { return source.Target.(dsn.MySQLServer).Config }

func mysqlDB(config *mysql.Config) (*sql.DB, error) {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

var mysqlSyntax = Syntax{
	QuoteMark:    "`",
	ColumnsQuery: "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
	TextIsBytes:  true,
	Classify:     classifyMySQL,
	Conflict:     mysqlConflict,
}

var mysqlMigration = Migration{
	Goose:           "mysql",
	TablesQuery:     "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
	MigrationLock:   mysqlLock,
	AlreadyDone:     mysqlAlreadyDone,
	TriggersRefused: mysqlTriggersRefused,
}

// mysqlLock is named after the database, because a server has one set of names for all of its databases. A name has
// 64 characters at most.
var mysqlLock = &Lock{
	key:     func(name string) string { return "CONCAT('" + name + ".', LEFT(SHA2(DATABASE(), 256), 40))" },
	take:    func(key string) string { return "SELECT GET_LOCK(" + key + ", 0)" },
	release: func(key string) string { return "SELECT RELEASE_LOCK(" + key + ")" },
	isFree:  func(key string) string { return "SELECT IS_FREE_LOCK(" + key + ")" },
}

func mysqlDialect(f mysqlFacts) Dialect {
	exact, placeholder, listed := asBinary, "?", "CHARACTER SET "+f.charset+" COLLATE "+f.collation // the elements compare as keys do
	if !f.utf8mb4Only {
		exact = asBinaryUTF8
	}
	if f.narrow {
		placeholder, listed = f.narrowed("?"), anyText
	}
	d := Dialect{
		Syntax:          mysqlSyntax,
		KeyList:         f.keyLists(),
		BindKey:         anyKey,
		TextPlaceholder: placeholder,
		OrderedJoin:     " STRAIGHT_JOIN ",
		Limit:           func(rows, skip int) (string, []any) { return " LIMIT ? OFFSET ?", []any{rows, skip} },
		HashedNotIn:     true,
		GroupPerArm:     true,
		// The default collations ignore case, accents and trailing blanks.
		Equal: func(a, b string) string {
			indexed := b
			if b == "?" {
				indexed = placeholder
			}
			return a + " = " + indexed + " AND " + exact(a) + " = " + exact(b)
		},
		Bytewise: exact,
		// LOWER would fold all letters.
		Contains:           func(column string) string { return exact(column) + " REGEXP ?" },
		ContainsArg:        asciiPattern,
		EntryContains:      func(column string, names []string) string { return mysqlEntryContains(column, names, exact) },
		EntryContainsArgs:  mysqlEntryArgs,
		AddressKey:         mysqlAddressKey,
		AddressArg:         addressText,
		AddressPlaceholder: "?",
		ValueKey:           func(text string) string { return fmt.Sprintf("LEFT(%s, %d)", asBinaryUTF8(text), ValueBytes) },
		GroupKey:           exact,
		ListHolds:          mysqlListHolds,
		ListElements:       func(column string) ListElements { return mysqlListElements(column, listed) },
		NullSafeEqual:      func(a, b string) string { return a + " <=> " + b },
		ForUpdate:          " FOR UPDATE",
		LockTable:          func(table string) string { return "SELECT COUNT(*) FROM " + table + " LOCK IN SHARE MODE" },
		Upsert:             func(string) string { return " ON DUPLICATE KEY UPDATE " },
		Given:              func(column string) string { return "VALUES(" + column + ")" },
		DayOf:              func(at string) string { return "DATE_FORMAT(" + at + ", '%Y-%m-%d')" },
		HourOf:             func(at string) string { return "DATE_FORMAT(" + at + ", '%Y-%m-%d %H')" },
		ShiftInstant:       mysqlShift,
		InstantArg:         func(at time.Time) any { return at.UTC().Truncate(f.precision) }, // MySQL would round
		JSONArg:            jsonAsText,
		Precision:          f.precision,
		RealInstant:        func(at string) string { return "DAY(" + at + ") BETWEEN 1 AND DAY(LAST_DAY(" + at + "))" },
		SkipDuplicates:     " ON DUPLICATE KEY UPDATE uuid = uuid", // INSERT IGNORE would also accept malformed rows
		BytePosition:       func(part, whole string) string { return "LOCATE(" + part + ", " + whole + ")" },
		TextOf:             func(column string) string { return "CONVERT(" + column + " USING utf8mb4)" },
		WholeOf:            mysqlWhole,
		EarliestInstant:    "TIMESTAMP '0001-01-01 00:00:00'",
	}
	if f.mariaDB && f.utf8mb4Only {
		d.GroupKey = asExactText
		d.Equal = func(a, b string) string { return a + " = " + b + " AND " + asExactText(a) + " = " + asExactText(b) }
	}
	if f.shortFloats { // holds 0.9 as a number a little smaller, which is not at least 0.9
		d.NumberArg = func(n float64) any { return float64(float32(n)) }
	}
	d.PrimaryPosition, d.ReplicaReached = f.positions()
	return d
}

// positions returns Dialect.PrimaryPosition and Dialect.ReplicaReached.
func (f mysqlFacts) positions() (primary, reached string) {
	switch {
	case f.cluster: // wsrep_sync_wait makes reads wait
		return "", ""
	case f.mariaDB:
		return "SELECT @@GLOBAL.gtid_binlog_pos", "SELECT CASE MASTER_GTID_WAIT(?, 0) WHEN 0 THEN '1' ELSE '0' END"
	default:
		return "SELECT @@GLOBAL.gtid_executed", "SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)"
	}
}

// mysqlWhole is Dialect.WholeOf.
func mysqlWhole(text string) string {
	return "CASE WHEN CAST(CAST(" + text + " AS SIGNED) AS BINARY) = CAST(" + text + " AS BINARY) THEN CAST(" + text + " AS SIGNED) END"
}

// keyLists is Dialect.KeyList.
func (f mysqlFacts) keyLists() func(keys []string) (string, any, error) {
	short, long, unbounded := f.keyList(fmt.Sprintf("VARCHAR(%d)", shortKey)), f.keyList(fmt.Sprintf("VARCHAR(%d)", longKey)), f.keyList("LONGTEXT")
	return func(keys []string) (string, any, error) {
		switch longest := longestText(keys); {
		case longest > longKey:
			return unbounded(keys)
		case longest > shortKey:
			return long(keys)
		default:
			return short(keys)
		}
	}
}

const (
	// shortKey is the usual greatest length of a key. MariaDB takes a binary text of more than 512 bytes, at four
	// bytes for each character, for a blob, and keeps temporary tables with blobs on disk.
	shortKey = 127
	// longKey is enough for the three keys of a rollup's row; no column of a key holds more than 255. Only filters have
	// longer texts, and JSON_TABLE makes NULL of a text that is too long for its column.
	longKey = 768
)

func longestText(texts []string) (longest int) {
	for _, text := range texts {
		longest = max(longest, len(text))
	}
	return longest
}

// keyList is Dialect.KeyList for keys that fit a type.
func (f mysqlFacts) keyList(fitting string) func(keys []string) (string, any, error) {
	const table = "JSON_TABLE(?, '$[*]' COLUMNS (k %s CHARACTER SET %s COLLATE %s PATH '$'))"
	if !f.narrow {
		return jsonKeyList(fmt.Sprintf(table, fitting, f.charset, f.collation))
	}
	// JSON_TABLE would replace the characters that the character set lacks by "?". Such a text matches no row.
	k := f.narrowed("k")
	return jsonKeyList("(SELECT " + k + " AS k FROM " + fmt.Sprintf(table, fitting, "utf8mb4", "utf8mb4_bin") + " AS listed" +
		" WHERE " + asBinaryUTF8(k) + " = " + asBinary("k") + ")")
}

// narrowed returns a text in the character set of the columns, so that a comparison can use their indexes. A character
// that the set lacks becomes "?".
func (f mysqlFacts) narrowed(text string) string {
	return "CONVERT(" + text + " USING " + f.charset + ") COLLATE " + f.collation
}

func asBinary(text string) string { return "CAST(" + text + " AS BINARY)" }

// asBinaryUTF8 is asBinary for texts of several character sets. Placeholders are utf8mb4.
func asBinaryUTF8(text string) string { return asBinary("CONVERT(" + text + " USING utf8mb4)") }

// asExactText returns a text of MariaDB that compares byte by byte. Unlike asBinary it copies nothing and stays a text
// that temporary tables keep in memory, but it works for one character set only.
func asExactText(text string) string { return text + " COLLATE utf8mb4_nopad_bin" }

// mysqlShift is Dialect.ShiftInstant.
func mysqlShift(at string, seconds int) string {
	return "(" + at + " + INTERVAL " + strconv.Itoa(seconds) + " SECOND)"
}
