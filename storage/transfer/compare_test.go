package transfer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// The comparison shares no code with the import: it reads whole tables by drivers of its own settings, orders the
// rows itself, and brings every value to one form.

// contents are the sorted rows of each table, each row a line "column: value" for every column.
type contents map[string][]string

// notDECNETs are the tables of this program, of migrations and of SQLite.
var notDECNETs = regexp.MustCompile(`^(decnet_graph|rollup_|search_|sqlite_)|^(alembic_version|api_token|audit_log|cost_window|credential_reuse_party|filter_value)$`)

// readAll reads every table that the database has of DECNET's.
func readAll(t *testing.T, source string) contents {
	t.Helper()
	db, list := openPlain(t, source)
	defer db.Close()
	all := contents{}
	for _, name := range column1(t, db, list) {
		if notDECNETs.MatchString(name) {
			continue
		}
		all[name] = readTable(t, db, name)
	}
	return all
}

func openPlain(t *testing.T, source string) (db *sql.DB, list string) {
	t.Helper()
	var err error
	switch scheme, rest, _ := strings.Cut(source, "://"); scheme {
	case "mysql":
		where, parseErr := url.Parse(source)
		require.NoError(t, parseErr, rest)
		config := mysql.NewConfig()
		config.User, config.Net, config.Addr, config.DBName = where.User.Username(), "tcp", where.Host, strings.TrimPrefix(where.Path, "/")
		config.Passwd, _ = where.User.Password()
		config.ParseTime = true
		db, err = sql.Open("mysql", config.FormatDSN())
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	case "postgres":
		db, err = sql.Open("pgx", source)
		list = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
	default:
		db, err = sql.Open("sqlite3", "file:"+source+"?mode=ro")
		list = "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	require.NoError(t, err)
	return db, list
}

func column1(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var one string
		require.NoError(t, rows.Scan(&one))
		all = append(all, one)
	}
	require.NoError(t, rows.Err())
	return all
}

func readTable(t *testing.T, db *sql.DB, name string) []string {
	t.Helper()
	statement, err := db.PrepareContext(context.Background(), "SELECT * FROM "+name) // prepared, MySQL sends floats in full
	require.NoError(t, err)
	defer statement.Close()
	rows, err := statement.QueryContext(t.Context())
	require.NoError(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	var all []string
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		lines := make([]string, len(names))
		for i, value := range values {
			lines[i] = names[i] + ": " + form(names[i], value)
		}
		sort.Strings(lines)
		all = append(all, strings.Join(lines, "\n"))
	}
	require.NoError(t, rows.Err())
	sort.Strings(all)
	return all
}

// form writes a value: numbers by their value, also those that SQLite made of JSON, and instants in UTC.
func form(column string, value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	case int64:
		return strconv.FormatInt(v, 10)
	case float32:
		if strings.HasSuffix(column, "ts") {
			return strconv.FormatFloat(float64(v), 'f', -1, 64)
		}
		short, _ := strconv.ParseFloat(fmt.Sprintf("%.7g", v), 64)
		return strconv.FormatFloat(short, 'f', -1, 64)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		if column == "kd_digraph_simhash" {
			return fmt.Sprintf("%x", v)
		}
		return form(column, string(v))
	case string:
		if column == "value" || column == "current_value" {
			if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
				return strconv.FormatInt(n, 10)
			}
			var n float64
			if json.Unmarshal([]byte(v), &n) == nil && strings.TrimSpace(v) != "null" && !math.IsInf(n, 0) {
				return strconv.FormatFloat(n, 'f', -1, 64)
			}
		}
		return v
	}
	return fmt.Sprintf("%T?", value)
}

// requireSame requires that two databases hold the same rows in the tables that the first one has.
func requireSame(t *testing.T, from, to string) {
	t.Helper()
	want, got := readAll(t, from), readAll(t, to)
	require.Len(t, got, 39)
	rows := 0
	for name, table := range want {
		require.Len(t, got[name], len(table), name)
		for i := range table {
			if table[i] != got[name][i] { // so many calls of require would take seconds
				require.Equal(t, table[i], got[name][i], name)
			}
		}
		rows += len(table)
	}
	require.Positive(t, rows)
}
