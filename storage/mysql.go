package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlDialect is for MySQL 8 and MariaDB.
func mysqlDialect(f mysqlFacts) dialect {
	short, long := f.given(shortKey), f.given(longKey)
	d := dialect{
		KeyList: func(keys []string) (string, any, error) {
			if slices.ContainsFunc(keys, func(k string) bool { return len(k) > shortKey }) {
				return long(keys)
			}
			return short(keys)
		},
		BindKey:     plainKey,
		OrderedJoin: " STRAIGHT_JOIN ",
		Limit:       func(rows, skip int) (string, []any) { return " LIMIT ? OFFSET ?", []any{rows, skip} },
		HashedNotIn: true,
		GroupPerArm: true,
		// The default collations take case, accents and trailing blanks for equal.
		Equal:          func(a, b string) string { return a + " = " + b + " AND " + asBinary(a) + " = " + asBinary(b) },
		Bytewise:       asBinary,
		GroupKey:       asBinary,
		NullSafeEqual:  func(a, b string) string { return a + " <=> " + b },
		ForUpdate:      " FOR UPDATE",
		LockTags:       "SELECT COUNT(*) FROM ttp_tag LOCK IN SHARE MODE",
		DayOf:          func(at string) string { return "DATE_FORMAT(" + at + ", '%Y-%m-%d')" },
		ColumnsQuery:   "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()",
		InstantArg:     func(at time.Time) any { return at.UTC().Truncate(f.precision) }, // MySQL would round
		Precision:      f.precision,
		SkipDuplicates: " ON DUPLICATE KEY UPDATE uuid = uuid", // INSERT IGNORE would take malformed rows, too
		TextIsBytes:    true,
		Classify:       classifyMySQL,
	}
	if f.mariaDB && f.uniform {
		d.GroupKey = asExact
		d.Equal = func(a, b string) string { return a + " = " + b + " AND " + asExact(a) + " = " + asExact(b) }
	}
	switch {
	case f.cluster: // wsrep_sync_wait does it
	case f.mariaDB:
		d.PrimaryPosition, d.ReplicaReached = "SELECT @@GLOBAL.gtid_binlog_pos", "SELECT CASE MASTER_GTID_WAIT(?, 0) WHEN 0 THEN '1' ELSE '0' END"
	default:
		d.PrimaryPosition, d.ReplicaReached = "SELECT @@GLOBAL.gtid_executed", "SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)"
	}
	return d
}

const (
	// shortKey is the most that a key has as a rule. MariaDB takes a binary text of more than 512 bytes, four for
	// each character, for a blob, and keeps temporary tables with blobs on disk.
	shortKey = 127
	// longKey is enough for the three keys of a rollup's row; no column of a key holds more than 255.
	longKey = 768
)

// given is dialect.given for keys of at most some characters.
func (f mysqlFacts) given(width int) func(keys []string) (string, any, error) {
	return jsonList(fmt.Sprintf("JSON_TABLE(?, '$[*]' COLUMNS (k VARCHAR(%d) CHARACTER SET %s COLLATE %s PATH '$'))", width, f.charset, f.collation))
}

func asBinary(text string) string { return "CAST(" + text + " AS BINARY)" }

// asExact is a text of MariaDB that compares byte by byte. Other than asBinary it copies nothing and stays a text
// of memory, but knows only one character set.
func asExact(text string) string { return text + " COLLATE utf8mb4_nopad_bin" }

// openMySQL opens a pool of read-only connections, or of connections for writing.
func openMySQL(config *mysql.Config, write bool, settings ...string) (*sqlDatabase, error) {
	if !write { // enforced by the session, not only by our code
		settings = append(settings, "SET SESSION TRANSACTION READ ONLY")
	}
	config = config.Clone()
	config.RejectReadOnly = write // a server that was demoted loses the connection: the next may lead to the new primary
	connector, err := mysqlSession(config, settings...)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(serverConnections)
	db.SetMaxIdleConns(serverConnections)
	db.SetConnMaxIdleTime(5 * time.Minute) // firewalls forget idle connections
	persist := func(ctx context.Context, try func() error) error { return twice(ctx, droppedMySQL, try) }
	return &sqlDatabase{db: db, prepared: newPrepared(db, keptTexts), isolation: sql.LevelReadCommitted, persist: persist, mend: triggers{db}.mend}, nil
}

// triggers are those of a database of our own.
type triggers struct{ db *sql.DB }

// mend has MariaDB open our tables anew, if that is what is needed. It is of use to all, not to the one who failed.
func (t triggers) mend(failed error) {
	if !unreadTrigger(failed) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var ours int
	if t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM rollup_state").Scan(&ours) != nil {
		return // DECNET's own tables are left as they are
	}
	for _, table := range []string{"ttp_tag", "attackers", "attacker_identities", "campaigns"} {
		_, _ = t.db.ExecContext(ctx, "ALTER TABLE "+table+" WAIT 1 COMMENT = ''") // the failure is told anyway
	}
}

// unreadTrigger reports whether MariaDB has opened a table for a connection that ended while its triggers were
// read. It keeps the table like that for all connections, until something has it opened anew, as ALTER does.
func unreadTrigger(err error) bool {
	refused, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && refused.Number == 1064 && strings.Contains(refused.Message, "has an error in its body")
}

// mysqlFacts is what the dialect and the settings depend on.
type mysqlFacts struct {
	mariaDB, cluster   bool
	charset, collation string        // of the columns with keys
	uniform            bool          // all texts are utf8mb4
	precision          time.Duration // of instants
}

// inspectMySQL looks at the server and at DECNET's tables there.
func inspectMySQL(ctx context.Context, config *mysql.Config) (mysqlFacts, error) {
	facts := mysqlFacts{charset: "utf8mb4", collation: "utf8mb4_bin", precision: time.Second}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return facts, err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var version string
	if err := db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return facts, err
	}
	facts.mariaDB = strings.Contains(version, "MariaDB")
	var name, state string
	if db.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_ready'").Scan(&name, &state) == nil {
		facts.cluster = state == "ON"
	}
	const column = " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'attackers' AND column_name = "
	err = db.QueryRowContext(ctx, "SELECT character_set_name, collation_name"+column+"'uuid'").Scan(&facts.charset, &facts.collation)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return facts, err
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MIN(character_set_name = 'utf8mb4'), 0)"+
		" FROM information_schema.columns WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL").Scan(&facts.uniform)
	if err != nil {
		return facts, err
	}
	var digits int
	switch err := db.QueryRowContext(ctx, "SELECT datetime_precision"+column+"'first_seen'").Scan(&digits); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return facts, err
	case digits >= 6:
		facts.precision = time.Microsecond
	}
	return facts, nil
}

// settings make every connection behave alike, whatever the server's defaults are.
func (f mysqlFacts) settings() []string {
	settings := []string{
		"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	}
	if f.mariaDB {
		settings = append(settings,
			"SET SESSION max_recursive_iterations = 1000000", // chains of merges have any length
			// MariaDB 10.11 loses rows, or itself, when it checks an index anew for each record through a filter. And
			// it would make the exact comparison of a key twice, on the index, too, where it tells nothing new.
			"SET SESSION optimizer_switch = 'rowid_filter=off,index_condition_pushdown=off'",
		)
	} else {
		settings = append(settings, "SET SESSION cte_max_recursion_depth = 1000000")
	}
	if f.cluster { // a node answers only when it has what the others committed before
		settings = append(settings, "SET SESSION wsrep_sync_wait = 1")
	}
	return settings
}

// droppedMySQL reports whether a connection that was there has gone.
func droppedMySQL(err error) bool {
	if refused, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return refused.Number == 1053 || refused.Number == 1927 // the server shuts down, or an operator has ended it
	}
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "dial" {
		return false // a new one would fail, too
	}
	return lost(err) || offline(err)
}

// offline reports whether err is that of a network.
func offline(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed)
}

func classifyMySQL(err error) error {
	if unreadTrigger(err) {
		return busy(err)
	}
	if refused, ok := errors.AsType[*mysql.MySQLError](err); ok {
		switch refused.Number {
		case 1205, 1213, 1020: // lock wait timeout, deadlock or a conflict in a cluster, row changed since
			return busy(err)
		case 1062, 1452: // unique, foreign key
			return raced(err)
		case 1366, 3988: // cannot be converted
			return fmt.Errorf("%w: %w", Invalid("a text has a character that the database's character set lacks"), err)
		case
			1040, 1203, 1226, 1461, // too many connections, of all or of the user, or too many prepared statements
			1044, 1045, 1129, 1130, // the server lets this user or host in no more
			1021, 1037, 1038, 1041, 1114, // disk or memory is full
			1053, 1077, 1317, 1927, // the server shuts down, or an operator has ended the statement or connection
			1969, 3024, // the statement took longer than the server allows
			1290, 1792, 1836, // the server is read-only
			1047, 3100: // the node is not part of its cluster
			return unavailable(err)
		}
		return err
	}
	if lost(err) || offline(err) {
		return unavailable(err)
	}
	return err
}
