package storage_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/storagetest"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

// postgresPresets are settings that change answers, stop statements or spoil plans.
var postgresPresets = map[string]string{
	"default_transaction_read_only": "on", "default_transaction_isolation": "serializable", "default_transaction_deferrable": "on",
	"statement_timeout": "20", "lock_timeout": "1", "idle_in_transaction_session_timeout": "20", "idle_session_timeout": "5000",
	"client_encoding": "LATIN1", "DateStyle": "German, DMY", "IntervalStyle": "sql_standard", "TimeZone": "Asia/Kathmandu", "bytea_output": "escape",
	"extra_float_digits": "-15", "standard_conforming_strings": "off", "array_nulls": "off", "transform_null_equals": "on", "quote_all_identifiers": "on",
	"xmlbinary": "hex", "timezone_abbreviations": "India", "exit_on_error": "on", "client_min_messages": "debug1", "check_function_bodies": "off",
	"plpgsql.extra_errors": "all", "synchronous_commit": "off", "row_security": "off", "work_mem": "64kB", "temp_buffers": "800kB",
	"jit": "on", "jit_above_cost": "0", "plan_cache_mode": "force_custom_plan", "force_parallel_mode": "on", "max_parallel_workers_per_gather": "4",
	"random_page_cost": "1000", "seq_page_cost": "1000", "cpu_tuple_cost": "1000", "cpu_operator_cost": "1000", "join_collapse_limit": "1",
	"from_collapse_limit": "1", "geqo_threshold": "2", "recursive_worktable_factor": "100000", "cursor_tuple_fraction": "1",
	"enable_seqscan": "off", "enable_indexscan": "off", "enable_bitmapscan": "off", "enable_indexonlyscan": "off", "enable_nestloop": "off", "enable_hashjoin": "off",
	"enable_mergejoin": "off", "enable_sort": "off", "enable_hashagg": "off", "enable_material": "off", "enable_memoize": "on", "enable_incremental_sort": "off",
}

// hostilePostgres makes a database that presets half of the settings for all roles and half for ours.
func hostilePostgres(t *testing.T) string {
	t.Helper()
	server := dbserver.Postgres(t)
	source := server.Database(t)
	parsed, err := url.Parse(source)
	require.NoError(t, err)
	name, whole := path.Base(parsed.Path), true
	for setting, value := range postgresPresets {
		whole = !whole
		statement := "ALTER DATABASE " + name
		if whole {
			statement = "ALTER ROLE decnet IN DATABASE " + name
		}
		execute(t, server.Admin(), statement+" SET "+setting+" = '"+value+"'")
	}
	migrate(t, source)
	return source
}

// cleanPostgres is a DSN for the statements of a test itself.
func cleanPostgres(_ *testing.T, source string) string {
	return source + "&default_transaction_read_only=off&default_transaction_isolation=read%20committed&statement_timeout=0&lock_timeout=0" +
		"&idle_in_transaction_session_timeout=0&idle_session_timeout=0&client_encoding=UTF8&standard_conforming_strings=on&exit_on_error=off&array_nulls=on&jit=off"
}

// mysqlPresets are assignments like those in postgresPresets.
var mysqlPresets = []string{
	"sql_mode = 'ORACLE,ANSI_QUOTES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,EMPTY_STRING_IS_NULL,ONLY_FULL_GROUP_BY,HIGH_NOT_PRECEDENCE,IGNORE_SPACE,NO_UNSIGNED_SUBTRACTION,TIME_ROUND_FRACTIONAL'",
	"sql_safe_updates = 1", "sql_select_limit = 1", "max_join_size = 1", "sql_big_selects = 0", "group_concat_max_len = 4", "sql_auto_is_null = 1",
	"time_zone = '+05:45'", "div_precision_increment = 0", "autocommit = 0", "completion_type = 'CHAIN'", "tx_isolation = 'SERIALIZABLE'", "tx_read_only = 1",
	"lock_wait_timeout = 0", "innodb_lock_wait_timeout = 1", "foreign_key_checks = 0", "unique_checks = 0", "check_constraint_checks = 0",
	"optimizer_switch = 'index_merge=off,materialization=off,semijoin=off,derived_merge=off,rowid_filter=on,index_condition_pushdown=on,optimize_join_buffer_size=off'",
	"optimizer_use_condition_selectivity = 1", "use_stat_tables = 'NEVER'", "optimizer_search_depth = 1", "eq_range_index_dive_limit = 1", "join_cache_level = 0",
	"in_predicate_conversion_threshold = 0", "max_seeks_for_key = 1", "expensive_subquery_limit = 0", "max_recursive_iterations = 1", "default_week_format = 5",
	"max_sort_length = 64", "standard_compliant_cte = 0", "old_mode = 'NO_DUP_KEY_WARNINGS_WITH_IGNORE,ZERO_DATE_TIME_CAST'", "sql_if_exists = 1",
	"default_storage_engine = 'MyISAM'", "alter_algorithm = 'INSTANT'", "sql_quote_show_create = 0", "lc_messages = 'de_DE'", "lc_time_names = 'de_DE'",
	"wait_timeout = 5", "net_read_timeout = 1", "net_write_timeout = 1", "idle_transaction_timeout = 1", "low_priority_updates = 1", "sql_buffer_result = 1",
	"big_tables = 1", "default_regex_flags = 'EXTENDED'", "tmp_table_size = 1024", "max_heap_table_size = 16384",
	"sort_buffer_size = 1024", "join_buffer_size = 128", "character_set_results = latin1", "character_set_connection = latin1", "max_statement_time = 0.05",
}

// hostileMariaDB makes a database on a server that presets the settings for every account but the administrator's.
func hostileMariaDB(server func() *dbserver.Server) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		s := server()
		source := s.Database(t)
		_, err := s.Admin().ExecContext(t.Context(), "SET GLOBAL init_connect = ?", "SET SESSION "+strings.Join(mysqlPresets, ", "))
		require.NoError(t, err)
		migrate(t, source)
		return source
	}
}

// migrate makes our tables as the command does.
func migrate(t *testing.T, source string) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	report, err := transfer.Migrate(t.Context(), parsed)
	require.NoError(t, err)
	require.NotEmpty(t, report.Applied)
}

// TestTheContractIsKeptDespitePresets runs the contract suite, and the commands, on databases with hostile presets.
func TestTheContractIsKeptDespitePresets(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("scripts/test-go.sh runs this test without the race detector")
	}
	private := dbserver.StartMariaDB(t)
	for _, b := range []backend{
		{
			name: "MariaDB", create: hostileMariaDB(func() *dbserver.Server { return private }), value: serverValue,
			unchecked: "SET SESSION max_statement_time = 0, sql_big_selects = 1, sql_select_limit = 1000000, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', foreign_key_checks = 0, sql_safe_updates = 0, autocommit = 1, completion_type = 0," +
				" tx_read_only = 0, tx_isolation = 'REPEATABLE-READ', wait_timeout = 28800, idle_transaction_timeout = 0, lock_wait_timeout = 50, innodb_lock_wait_timeout = 50, sort_buffer_size = 2097152",
		},
		{name: "PostgreSQL", create: hostilePostgres, value: serverValue, unchecked: "SET session_replication_role = replica", direct: cleanPostgres},
	} {
		t.Run(b.name, func(t *testing.T) {
			open, again := b.open()
			t.Run("commands", func(t *testing.T) { testCommands(t, b) })
			// Spoilt plans are slow, and these suites only ask more of the same statements.
			storagetest.Run(
				t, open, "lists", "bulk reads", "keyed queries", "merges", "tags", "fields asked for", "references", "limits", "limits of series", "sessions",
				"any graph", "any page", "filters", "commands", "search", "fingerprints",
			)
			storagetest.RunWrites(t, open, again)
		})
	}
}

// testCommands imports a database from a file and from a server with presets, and makes all sums again.
func testCommands(t *testing.T, b backend) {
	t.Helper()
	from := sqliteFile(t, storagetest.Crowd(300))
	var copied dsn.Source
	for range 2 { // first from the file, then from one database with presets to another
		var o transfer.Options
		var err error
		to := b.create(t)
		o.From, err = engine.Parse(from)
		require.NoError(t, err)
		o.To, err = engine.Parse(to)
		require.NoError(t, err)
		report, err := transfer.Import(t.Context(), o)
		require.NoError(t, err)
		for _, table := range report.Tables {
			require.Empty(t, table.Reasons, table.Table)
		}
		from, copied = to, o.To
	}
	s, err := storage.OpenSource(t.Context(), copied, storage.Options{Write: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.RebuildRollups(t.Context()))
	_, err = s.RefreshRollups(t.Context())
	require.NoError(t, err)
	_, err = s.RecountRollups(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.VerifyRollups(t.Context(), func(d storage.RollupDifference) { t.Error(d) }))
}
