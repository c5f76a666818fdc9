package engine

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"decnetgraph/storage/engine/dsn"
)

// Postgres is the engine of PostgreSQL servers.
var Postgres = &Engine{
	Form:      dsn.Postgres,
	Title:     "PostgreSQL",
	Syntax:    postgresSyntax,
	Bulk:      postgresBulk,
	Migration: postgresMigration,
	Lock:      postgresLock,
	Inspect: func(ctx context.Context, source dsn.Source) (Server, error) {
		facts, err := inspectPostgres(ctx, source)
		open := func(ctx context.Context, other dsn.Source, access Access) (Pool, error) {
			pool, err := openPostgres(ctx, other, access)
			if err == nil && facts.shared && other == source {
				pool.shared.Store(true)
			}
			return pool, err
		}
		d := postgresDialect(facts.collation)
		d.Identity = func() string { return facts.identity }
		return Server{Dialect: d, Connections: serverConnections, Open: open}, err
	},
	StartLimit: postgresStartLimit,
	Explain:    explainPostgres,
	OpenSQL:    func(source dsn.Source) (*sql.DB, error) { return stdlib.OpenDB(*postgresConfig(source)), nil },
}

// postgresStartLimit is longer than startLimit if the DSN names many hosts, each of which may be silent, or allows for
// more time.
func postgresStartLimit(source dsn.Source) time.Duration {
	config := postgresConfig(source)
	return max(startLimit, time.Duration(2+len(config.Fallbacks))*config.ConnectTimeout)
}

func postgresConfig(source dsn.Source) *pgx.ConnConfig {
	return source.Target.(dsn.PostgresServer).ConnConfig
}

var postgresSyntax = Syntax{
	QuoteMark:    `"`,
	Rebind:       numberPlaceholders,
	ColumnsQuery: "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))",
	Classify:     classifyPostgres,
	Conflict:     postgresConflict,
}

var postgresMigration = Migration{
	Goose:         "postgres",
	MigrationLock: postgresAdvisory(func(name string) string { return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(name))), 10) }),
	// Extensions have tables of their own.
	TablesQuery: "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace" +
		" WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend" +
		" WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') ORDER BY relname",
}

// postgresLock has keys that include the schema. They are NULL where the search_path names no schema that exists.
var postgresLock = postgresAdvisory(func(name string) string { return "hashtextextended('" + name + ".' || current_schema(), 0)" })

// postgresAdvisory is an advisory lock. The server keeps the keys of databases apart.
func postgresAdvisory(key func(name string) string) *Lock {
	return &Lock{
		key:          key,
		take:         func(key string) string { return "SELECT pg_try_advisory_lock(" + key + ")" },
		release:      func(key string) string { return "SELECT pg_advisory_unlock(" + key + ")" },
		takeUntilEnd: func(key string) string { return "SELECT pg_try_advisory_xact_lock(" + key + ")" },
		isFree: func(key string) string {
			return "SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted" +
				" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())" +
				" AND (classid::bigint << 32) | objid::bigint = " + key + ")"
		},
	}
}

// postgresDialect is for keys of a collation, which is quoted, or empty for the database's own.
func postgresDialect(collation string) Dialect {
	collate := ""
	if collation != "" { // a recursive CTE must keep the collation that it starts with
		collate = " COLLATE " + collation
	}
	// The inner SELECT hides the number of keys from the planner. To take the number into account, PostgreSQL would plan
	// the statement again for every request, which takes longer than running most statements.
	list, one := "(SELECT UNNEST((SELECT ?::text[]))"+collate+" AS k)", "(SELECT ?::text"+collate+" AS k)"
	return Dialect{
		Syntax: postgresSyntax,
		KeyList: func(keys []string) (string, any, error) {
			if len(keys) == 1 {
				return one, postgresKey(keys[0]), nil
			}
			return list, arrayLiteral(keys), nil
		},
		BindKey:             postgresKey,
		TextPlaceholder:     "?",
		OrderedJoin:         " JOIN ",
		Limit:               limitPostgres,
		Lateral:             true,
		LateralFence:        " OFFSET 0",
		RepeatJoinCondition: true,
		OneRecursiveTerm:    true,
		HashedNotIn:         true,
		Equal:               plainEqual,
		Bytewise:            unchanged,
		Contains: func(column string) string {
			return "POSITION(? IN TRANSLATE(" + column + ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) > 0"
		},
		ContainsArg:        func(text string) any { return postgresKey(FoldASCII(text)) },
		EntryContains:      postgresEntryContains,
		EntryContainsArgs:  postgresEntryArgs,
		AddressKey:         postgresAddressKey,
		AddressArg:         postgresAddress,
		AddressPlaceholder: "?::text::inet",
		BytesLiteral:       func(value []byte) string { return `'\x` + hex.EncodeToString(value) + "'::bytea" },
		ValueKey: func(text string) string {
			return fmt.Sprintf("SUBSTRING(CONVERT_TO(%s, 'UTF8') FROM 1 FOR %d)", text, ValueBytes)
		},
		GroupKey:      unchanged,
		ListHolds:     postgresListHolds,
		ListElements:  func(column string) ListElements { return postgresListElements(column, collate) },
		NullSafeEqual: func(a, b string) string { return a + " IS NOT DISTINCT FROM " + b },
		ForUpdate:     " FOR UPDATE",
		LockTable:     func(table string) string { return "LOCK TABLE " + table + " IN SHARE MODE" },
		Upsert:        upsert, Given: given,
		DayOf:          func(at string) string { return postgresTime(at, "YYYY-MM-DD") },
		HourOf:         func(at string) string { return postgresTime(at, "YYYY-MM-DD HH24") },
		ShiftInstant:   postgresShift,
		RealInstant:    postgresRealInstant,
		InstantArg:     func(at time.Time) any { return at.UTC() },
		JSONArg:        jsonAsText,
		Precision:      time.Microsecond,
		SkipDuplicates: skipUUIDConflict,
		Positions:      postgresPositions,
		ReplicaLag:     postgresLag,
		BytePosition:   func(part, whole string) string { return "POSITION(" + part + " IN " + whole + ")" },
		TextOf:         unchanged,
		WholeOf: func(text string) string {
			return "CASE WHEN " + text + " ~ '^(0|[1-9][0-9]{0,17})$' THEN " + text + "::bigint END"
		},
		EarliestInstant: "TIMESTAMP '0001-01-01 00:00:00'",
	}
}

// postgresTime writes an instant in a layout of TO_CHAR. One that ParseInstant does not read is an empty text: TO_CHAR
// writes the same for years before and after Christ.
func postgresTime(at, layout string) string {
	return "CASE WHEN " + postgresRealInstant(at) + " THEN TO_CHAR(" + at + ", '" + layout + "') ELSE '' END"
}

// postgresRealInstant is Dialect.RealInstant.
func postgresRealInstant(at string) string {
	first, last := Range()
	return at + " BETWEEN '" + FormatInstant(first) + "' AND '" + FormatInstant(last) + "'"
}

// limitPostgres writes the numbers as literals. Statements are planned once, and a planner that does not know the
// numbers expects that a tenth of the table is wanted.
func limitPostgres(rows, skip int) (text string, args []any) {
	text = " LIMIT " + strconv.Itoa(rows)
	if skip > 0 {
		text += " OFFSET " + strconv.Itoa(skip)
	}
	return text, nil
}

// postgresFacts are what is found out about a server before it is used.
type postgresFacts struct {
	collation string // of DECNET's keys, quoted, or nothing for the database's own
	shared    bool   // whether the connection leads to a pooler
	identity  string // see Dialect.Identity
}

func inspectPostgres(ctx context.Context, source dsn.Source) (facts postgresFacts, err error) {
	pool, err := openPostgres(ctx, source, Access{})
	if err != nil {
		return facts, err
	}
	defer func() { _ = pool.Close() }() // only read from
	found, err := textColumn(ctx, pool, `SELECT COALESCE(collation_name, '')::text FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_name = 'attackers' AND column_name = 'uuid'`)
	if len(found) == 1 && found[0] != "" {
		facts.collation = pgx.Identifier{found[0]}.Sanitize()
	}
	facts.shared = pool.shared.Load()
	if err == nil {
		facts.identity, err = postgresIdentity(ctx, pool)
	}
	return facts, err
}

// postgresIdentity returns the names of the database and its schema, and the number that a server shares with its standbys.
func postgresIdentity(ctx context.Context, pool Pool) (string, error) {
	names, err := textColumn(ctx, pool, "SELECT current_database() || ' ' || COALESCE(current_schema(), '')")
	if err != nil {
		return "", err
	}
	number, err := textColumn(ctx, pool, "SELECT system_identifier::text FROM pg_control_system()")
	if err != nil { // a server that only speaks the protocol, or does not let this role ask
		number = nil
	}
	return strings.Join(append(names, number...), " "), nil
}

// postgresShift is Dialect.ShiftInstant.
func postgresShift(at string, seconds int) string {
	return "(" + at + " + INTERVAL '" + strconv.Itoa(seconds) + " seconds')"
}

// postgresLag is Dialect.ReplicaLag. Where all that was received is replayed, there is no lag, however long ago the last
// transaction was.
const postgresLag = "SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 " +
	"ELSE COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::text"
