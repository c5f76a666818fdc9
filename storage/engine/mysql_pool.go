package engine

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlMode is the part of sql_mode that every session of this program has: values that do not fit are errors.
const mysqlMode = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

// mysqlReadMode lets a session compare the dates that a column may hold although they are none, such as 0000-00-00: a
// cursor may be one of them. Modes that restrict what is written have no meaning for it.
var mysqlReadMode = mysqlSetting{"sql_mode", "ALLOW_INVALID_DATES"}

// mysqlReadOnly makes a session refuse writes.
const mysqlReadOnly = "SET SESSION TRANSACTION READ ONLY"

// openMySQL opens a pool.
func openMySQL(config *mysql.Config, access Access) (Pool, error) {
	config = config.Clone()
	config.ParseTime = false             // of 2026-00-01, the driver would make an instant of the December before
	config.RejectReadOnly = access.Write // a demoted server loses the connection: the next one may reach the new primary
	var mode []mysqlSetting
	if !access.Write {
		mode = append(mode, mysqlReadMode)
	}
	connector, err := mysqlSession(config, access.Write, mode...)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	connections := access.connections(serverConnections)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute) // firewalls forget idle connections
	reads := newPrepared(db, preparedTexts)
	reads.once = takesColumnApart
	return &sqlPool{
		db: db, prepared: reads, isolation: sql.LevelReadCommitted, lockingIsolation: sql.LevelRepeatableRead,
		retryReads: func(ctx context.Context, try func() error) error { return retryOnce(ctx, mysqlConnectionLost, try) },
		repair:     triggers{db}.reopen,
	}, nil
}

// triggers are those of a database with our own tables.
type triggers struct{ db *sql.DB }

// reopen makes MariaDB open our tables again if it has cached one of them without its triggers. This helps later
// transactions; the one that failed is not repeated.
func (t triggers) reopen(failed error) {
	if !unreadTrigger(failed) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var ours int
	if t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM rollup_state").Scan(&ours) != nil {
		return // DECNET's own tables must not be altered
	}
	for _, table := range []string{"ttp_tag", "attackers", "attacker_identities", "campaigns"} {
		_, _ = t.db.ExecContext(ctx, "ALTER TABLE "+table+" WAIT 1 COMMENT = ''") // the caller returns the first failure anyway
	}
}

// mysqlFacts is what the dialect depends on.
type mysqlFacts struct {
	mariaDB, cluster   bool
	charset, collation string        // of the columns with keys
	utf8mb4Only        bool          // all texts are utf8mb4
	narrow             bool          // all texts but MariaDB's JSON have the charset, which is another than utf8mb4
	precision          time.Duration // of instants
	shortFloats        bool          // whether columns of numbers have 32 bits
	identity           string        // see Dialect.Identity
}

// inspectMySQL reads the facts of the server and of DECNET's tables there.
func inspectMySQL(ctx context.Context, config *mysql.Config) (mysqlFacts, error) {
	facts := mysqlFacts{charset: "utf8mb4", collation: "utf8mb4_bin", precision: time.Second}
	connector, err := mysqlSession(config, false)
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
	facts.identity = mysqlIdentity(ctx, db)
	const column = " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'attackers' AND column_name = "
	err = db.QueryRowContext(ctx, "SELECT character_set_name, collation_name"+column+"'uuid'").Scan(&facts.charset, &facts.collation)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return facts, err
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MIN(character_set_name = 'utf8mb4'), 0),"+
		" COALESCE(MIN(character_set_name = ? OR data_type = 'longtext' AND collation_name = 'utf8mb4_bin'), 0)"+
		" FROM information_schema.columns WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL",
		facts.charset).Scan(&facts.utf8mb4Only, &facts.narrow)
	facts.narrow = facts.narrow && facts.charset != "utf8mb4"
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
	return facts, db.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM information_schema.columns WHERE table_schema = DATABASE()"+
		" AND table_name = 'ttp_tag' AND column_name = 'confidence' AND data_type = 'float'").Scan(&facts.shortFloats)
}

// mysqlIdentity returns the name of the database, the identity of its cluster if it has one, and when our own tables were made:
// what replicas have as well.
func mysqlIdentity(ctx context.Context, db *sql.DB) string {
	var parts [4]string
	_ = db.QueryRowContext(ctx, "SELECT DATABASE()").Scan(&parts[0])
	_ = db.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_cluster_state_uuid'").Scan(&parts[1], &parts[2])
	_ = db.QueryRowContext(ctx, "SELECT CAST(UNIX_TIMESTAMP(MIN(tstamp)) AS CHAR) FROM goose_db_version").Scan(&parts[3]) // DECNET has no such table
	return strings.Join(parts[:], " ")
}
