package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"decnetgraph/storage/engine/dsn"
)

// postgresFixed are the settings that decide what a statement means or how its values are written. Every session has
// them, against all that a server, a database, a role or a DSN presets.
var postgresFixed = map[string]string{
	"client_encoding":                "UTF8",
	"timezone":                       "UTC",
	"datestyle":                      "ISO, MDY",
	"intervalstyle":                  "postgres",
	"extra_float_digits":             "1", // the shortest text that is exact
	"bytea_output":                   "hex",
	"xmlbinary":                      "base64",
	"standard_conforming_strings":    "on",
	"array_nulls":                    "on",
	"transform_null_equals":          "off",
	"quote_all_identifiers":          "off",
	"timezone_abbreviations":         "Default",
	"default_transaction_isolation":  "read committed",
	"default_transaction_deferrable": "off",
	"default_table_access_method":    "heap", // others have no foreign keys
	"check_function_bodies":          "on",
	"exit_on_error":                  "off",
	"client_min_messages":            "warning", // notices are not read
	"plpgsql.extra_errors":           "none",    // the triggers are tested without
}

// postgresDefaults are settings that stop a statement or make it slow. A DSN may set others, as in
// postgres://…?statement_timeout=5000.
var postgresDefaults = map[string]string{
	"application_name":                    applicationName,
	"statement_timeout":                   "0", // a request has a deadline of its own
	"lock_timeout":                        "0",
	"idle_in_transaction_session_timeout": "0",

	// Compiling a recursive CTE takes longer than running it. So does planning one each time, or starting parallel
	// workers for the branch of a rollup that has no rows unless sums are out of date. The default cost of a random
	// page is that of a spinning disk: an owner's rows would be sorted instead of read in order.
	"jit":                             "off",
	"plan_cache_mode":                 "force_generic_plan",
	"max_parallel_workers_per_gather": "0",
	"random_page_cost":                "1.1",

	// The rest are PostgreSQL's own defaults. Plans are tested with them.
	"seq_page_cost":                  "1",
	"cpu_tuple_cost":                 "0.01",
	"cpu_index_tuple_cost":           "0.005",
	"cpu_operator_cost":              "0.0025",
	"join_collapse_limit":            "8",
	"from_collapse_limit":            "8",
	"geqo":                           "on",
	"geqo_threshold":                 "12",
	"constraint_exclusion":           "partition",
	"enable_bitmapscan":              "on",
	"enable_gathermerge":             "on",
	"enable_hashagg":                 "on",
	"enable_hashjoin":                "on",
	"enable_incremental_sort":        "on",
	"enable_indexonlyscan":           "on",
	"enable_indexscan":               "on",
	"enable_material":                "on",
	"enable_mergejoin":               "on",
	"enable_nestloop":                "on",
	"enable_parallel_append":         "on",
	"enable_parallel_hash":           "on",
	"enable_partition_pruning":       "on",
	"enable_partitionwise_join":      "off",
	"enable_seqscan":                 "on",
	"enable_sort":                    "on",
	"enable_tidscan":                 "on",
	"enable_partitionwise_aggregate": "off",
}

// postgresNewer are such settings that PostgreSQL 13 does not have. A server refuses a connection that names a setting
// which it does not know, so these are set by a statement that leaves out unknown ones.
var postgresNewer = map[string]string{
	"idle_session_timeout":             "0",   // 14
	"transaction_timeout":              "0",   // 17
	"enable_memoize":                   "off", // 14; derived tables are read for rows that seldom repeat, so keeping their rows only costs time
	"recursive_worktable_factor":       "10",  // 15
	"enable_presorted_aggregate":       "on",  // 16
	"restrict_nonsystem_relation_kind": "",    // 17
}

// postgresSettings returns the settings of a session. Those of given, a DSN's, override the defaults, and those of extra
// override all others.
func postgresSettings(given, extra map[string]string) map[string]string {
	all := maps.Clone(postgresDefaults)
	for name, value := range given {
		if value != "" {
			all[strings.ToLower(name)] = value
		}
	}
	if options := given["options"]; options != "" { // as in options=-c statement_timeout=5s, which come before settings by name
		maps.DeleteFunc(all, func(name, _ string) bool {
			return name != "options" && given[name] == "" && strings.Contains(options, name)
		})
	}
	maps.Copy(all, postgresFixed)
	maps.Copy(all, extra)
	return all
}

// startupSettings are the settings that a connection begins with. One that leads to a pooler has none, and makes them
// in each transaction: even what a pooler keeps apart for each client, it leaves to clients that do not set it.
func startupSettings(all map[string]string, shared bool) map[string]string {
	if !shared {
		return maps.Clone(all)
	}
	some := map[string]string{}
	if options, ok := all["options"]; ok {
		some["options"] = options
	}
	return some
}

// transactionSettings is a statement that makes all settings for the transaction that runs it. What a client of the
// pooler has left on the connection is overridden, and the schema is that of the role again unless the DSN names one.
func transactionSettings(all map[string]string) string {
	var set []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name != "options" && !strings.HasPrefix(name, "default_transaction_") { // BEGIN names those
			set = append(set, "set_config("+postgresLiteral(name)+", "+postgresLiteral(all[name])+", true)")
		}
	}
	if _, ok := all["search_path"]; !ok {
		set = append(set, "set_config('search_path', NULL, true)") // NULL means the default of the session
	}
	return "SELECT " + strings.Join(append(set, newerSettings(all, true)...), ", ")
}

// newerSettings are expressions that make the settings in postgresNewer where the server knows them.
func newerSettings(given map[string]string, local bool) []string {
	scope := "false"
	if local {
		scope = "true"
	}
	var set []string
	for _, name := range slices.Sorted(maps.Keys(postgresNewer)) {
		if _, ok := given[name]; !ok {
			set = append(set, "CASE WHEN current_setting('"+name+"', true) IS NOT NULL THEN set_config('"+name+"', '"+postgresNewer[name]+"', "+scope+") END")
		}
	}
	return set
}

func postgresLiteral(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// errShared means that a connection leads to a pooler, which shares the connections of the server between clients.
var errShared = errors.New("the connection leads to a connection pooler")

// refusedByPooler reports whether a pooler has refused a connection because it cannot track the settings.
func refusedByPooler(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refused.Code == protocolViolation && strings.Contains(refused.Message, "startup parameter")
}

// postgresSetup is how the connections of a pool are set up.
type postgresSetup struct {
	settings map[string]string
	pooler   dsn.Pooler
	write    bool
	limit    time.Duration // for check
}

// newPostgresSetup returns the setup for the sessions of a server. The settings in extra override all others.
func newPostgresSetup(server dsn.PostgresServer, write bool, extra map[string]string) postgresSetup {
	access := map[string]string{"default_transaction_read_only": "on"} // enforced by the session, not only by our code
	if write {
		access["default_transaction_read_only"] = "off"
	}
	maps.Copy(access, extra)
	limit := server.ConnectTimeout
	if limit == 0 {
		limit = dsn.ConnectTimeout
	}
	return postgresSetup{settings: postgresSettings(server.RuntimeParams, access), pooler: server.Pooler, write: write, limit: limit}
}

// check ends the setup of a connection that was made with startupSettings, in one round trip. It fails with errShared
// if the process at the other end is not the one that was connected to, as behind a pooler in any mode, or if the
// settings were ignored. A role that writes must not have its triggers turned off: the sums would be wrong.
func (s postgresSetup) check(ctx context.Context, conn *pgconn.PgConn, shared bool) error {
	ctx, cancel := context.WithTimeout(ctx, s.limit) // a pool's context has no deadline
	defer cancel()
	columns := []string{"pg_backend_pid()", "current_setting('plan_cache_mode')", "current_setting('session_replication_role')", "current_user"}
	if !shared {
		columns = append(columns, newerSettings(s.settings, false)...)
	}
	results, err := conn.Exec(ctx, "SELECT "+strings.Join(columns, ", ")).ReadAll()
	if err != nil {
		return err
	}
	row := results[0].Rows[0]
	process, planning, triggers, user := string(row[0]), string(row[1]), string(row[2]), string(row[3])
	own := process == strconv.FormatUint(uint64(conn.PID()), 10) && planning == s.settings["plan_cache_mode"]
	switch {
	case !shared && !own && s.pooler != dsn.NoPooler:
		return errShared
	case s.write && triggers == "replica":
		return Invalid("the triggers that keep the sums of tags do not run, because session_replication_role of user %s is replica; "+
			"have an administrator run ALTER ROLE %s RESET session_replication_role", user, pgx.Identifier{user}.Sanitize())
	}
	return nil
}
