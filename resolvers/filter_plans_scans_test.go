package resolvers_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/transfer"
)

// tableAlias matches a table that is never small, and its alias.
var tableAlias = regexp.MustCompile(`\b(ttp_tag|attackers|attacker_identities|campaigns|attacker_behavior|attacker_intel|attribution_state|observations|smtp_targets|canary_triggers|canary_tokens|ttp_rule_state|audit_log) (?:AS )?([a-z]\w*)\b`)

// scanFinder explains statements.
type scanFinder struct {
	db     *sql.DB
	engine *engine.Engine
}

var registerExplaining = sync.OnceFunc(func() {
	sql.Register("sqlite3-explaining", &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		none := func(any) any { return nil }
		return errors.Join(c.RegisterFunc("decnet_graph_address", none, true), c.RegisterFunc("decnet_graph_instant", none, true))
	}})
})

// newScanFinder returns what finds the tables that a statement reads as a whole, which includes a walk through an index.
func newScanFinder(t *testing.T, source string) func(*testing.T, storage.Statement) []string {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	f := scanFinder{engine: engine.Of(parsed)}
	if f.engine == engine.SQLite {
		registerExplaining()
		f.db, err = sql.Open("sqlite3-explaining", source)
	} else {
		f.db, err = f.engine.OpenSQL(parsed)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.db.Close()) })
	f.db.SetMaxOpenConns(1)
	prepare := map[*engine.Engine][]string{
		// Without these, planners read tables as a whole that are as small as the sample's; on MariaDB that depends on when it
		// gathers statistics.
		engine.Postgres: {"ANALYZE", "SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off"},
		engine.MySQL:    {"SET SESSION max_seeks_for_key = 1", "SET SESSION optimizer_switch = 'materialization=off,firstmatch=off,loosescan=off'"},
	}
	for _, statement := range prepare[f.engine] {
		_, err := f.db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return f.tables
}

// enlarge copies the rows of tables that are small in the sample: planners would read them as a whole.
func enlarge(t *testing.T, source string, own bool) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	db, err := engine.Of(parsed).OpenSQL(parsed)
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	if engine.Of(parsed) == engine.MySQL {
		_, err = db.ExecContext(t.Context(), "SET SESSION foreign_key_checks = 0")
		require.NoError(t, err)
	}
	for table, times := range map[string]int{"campaigns": 7, "attacker_identities": 5, "attackers": 3, "canary_triggers": 4} {
		statements := []string{"CREATE TABLE more_rows AS SELECT * FROM " + table + " WHERE 1 = 0"}
		for n := range times {
			statements = append(statements, "INSERT INTO more_rows SELECT * FROM "+table, "UPDATE more_rows SET uuid = CONCAT(uuid, '-"+strconv.Itoa(n)+"')",
				"INSERT INTO "+table+" SELECT * FROM more_rows", "DELETE FROM more_rows")
		}
		statements = append(statements, "DROP TABLE more_rows")
		switch e := engine.Of(parsed); {
		case e == engine.MySQL:
			statements = append(statements, "ANALYZE TABLE "+table)
		case own: // nobody gathers statistics of DECNET's tables
			statements = append(statements, "ANALYZE")
		}
		for _, statement := range statements {
			_, err := db.ExecContext(t.Context(), statement)
			require.NoError(t, err, statement)
		}
	}
}

// recordsBeside makes the file that is beside a database with DECNET's tables, with an audit log.
func recordsBeside(t *testing.T) (source string) {
	t.Helper()
	source = filepath.Join(t.TempDir(), "access.db")
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	_, err = transfer.Migrate(t.Context(), parsed)
	require.NoError(t, err)
	fillAuditLog(t, source)
	return source
}

// fillAuditLog adds entries to the audit log, which is empty in the sample.
func fillAuditLog(t *testing.T, source string) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	db, err := engine.Of(parsed).OpenSQL(parsed)
	require.NoError(t, err)
	defer db.Close()
	rows := make([]string, 500)
	for n := range rows {
		rows[n] = fmt.Sprintf("('id-%03d', '2026-03-01 12:%02d:%02d', 'user-%d', 'TOKEN', 'VIEWER', 'setNotes', 'row-%d', 'APPLIED')", n, n/60, n%60, n%20, n%100)
	}
	statements := []string{"INSERT INTO audit_log (id, at, principal, way, role, action, target, outcome) VALUES " + strings.Join(rows, ", ")}
	if engine.Of(parsed) == engine.MySQL {
		statements = append(statements, "ANALYZE TABLE audit_log")
	}
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// tables returns the tables that a statement reads as a whole.
func (f scanFinder) tables(t *testing.T, s storage.Statement) []string {
	t.Helper()
	var names []string
	switch f.engine {
	case engine.SQLite:
		names = f.ofSQLite(t, s)
	case engine.MySQL:
		names = f.ofMariaDB(t, s)
	default:
		return f.ofPostgres(t, s)
	}
	// An alias that names something else as well may be that of a derived table.
	names = slices.DeleteFunc(names, func(name string) bool {
		derived, _ := regexp.MatchString(`\) (AS )?`+name+`\b|\b\w*members `+name+`\b`, s.SQL)
		return derived
	})
	var found []string
	for _, m := range tableAlias.FindAllStringSubmatch(s.SQL, -1) {
		if (slices.Contains(names, m[2]) || slices.Contains(names, m[1])) && !slices.Contains(found, m[1]) {
			found = append(found, m[1])
		}
	}
	return found
}

var scanOfSQLite = regexp.MustCompile(`^(?:SCAN (\w+)|SEARCH (\w+) USING AUTOMATIC)`)

func (f scanFinder) ofSQLite(t *testing.T, s storage.Statement) (names []string) {
	t.Helper()
	rows, err := f.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+s.SQL, s.Args...)
	require.NoError(t, err, s.SQL)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		if m := scanOfSQLite.FindStringSubmatch(step); m != nil {
			names = append(names, m[1]+m[2])
		}
	}
	require.NoError(t, rows.Err())
	return names
}

func (f scanFinder) ofMariaDB(t *testing.T, s storage.Statement) (names []string) {
	t.Helper()
	rows, err := f.db.QueryContext(t.Context(), "EXPLAIN "+s.SQL, s.Args...)
	require.NoError(t, err, s.SQL)
	defer rows.Close()
	for rows.Next() {
		var id, kind, table, access, possible, key, length, ref, count, extra *string
		require.NoError(t, rows.Scan(&id, &kind, &table, &access, &possible, &key, &length, &ref, &count, &extra))
		if table != nil && access != nil && (*access == "ALL" || *access == "index") {
			names = append(names, *table)
		}
	}
	require.NoError(t, rows.Err())
	return names
}

// planNode is a node of a plan of PostgreSQL.
type planNode struct {
	Kind      string     `json:"Node Type"`
	Relation  string     `json:"Relation Name"`
	Condition string     `json:"Index Cond"`
	Plans     []planNode `json:"Plans"`
}

func (f scanFinder) ofPostgres(t *testing.T, s storage.Statement) (tables []string) {
	t.Helper()
	n := 0
	text := regexp.MustCompile(`\?`).ReplaceAllStringFunc(s.SQL, func(string) string { n++; return "$" + strconv.Itoa(n) })
	var plan string
	require.NoError(t, f.db.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) "+text, s.Args...).Scan(&plan), s.SQL)
	var tops []struct{ Plan planNode }
	require.NoError(t, json.Unmarshal([]byte(plan), &tops))
	var visit func(planNode)
	visit = func(node planNode) {
		whole := node.Kind == "Seq Scan" || strings.HasPrefix(node.Kind, "Index") && node.Condition == ""
		if whole && tableAlias.MatchString(node.Relation+" x") {
			tables = append(tables, node.Relation)
		}
		for _, inner := range node.Plans {
			visit(inner)
		}
	}
	for _, top := range tops {
		visit(top.Plan)
	}
	return tables
}
