package engine

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// mysqlSetting is a variable of the session with the value that it must have, as SHOW VARIABLES shows it.
type mysqlSetting struct{ name, value string }

// mysqlSettings are the settings that change an answer, stop a statement or choose its plan. Every session has them,
// against all that a server, an account or init_connect presets. Each is set where the server knows it and has another
// value: MySQL 8 and MariaDB differ in names, and MySQL restricts some to accounts with a privilege. Limits are set to
// their greatest values and the others to the defaults of both servers, unless a reason is given.
var mysqlSettings = []mysqlSetting{
	{"autocommit", "ON"},
	{"completion_type", "NO_CHAIN"},
	{"tx_isolation", "REPEATABLE-READ"}, // MariaDB's name of transaction_isolation
	{"transaction_isolation", "REPEATABLE-READ"},

	// What a statement means.
	{"sql_mode", mysqlMode},
	{"time_zone", "+00:00"},
	{"sql_auto_is_null", "OFF"},
	{"div_precision_increment", "4"},
	{"default_week_format", "0"},
	{"group_concat_max_len", "1048576"},
	{"max_sort_length", "1024"},
	{"standard_compliant_cte", "ON"},
	{"old_mode", "UTF8_IS_UTF8MB3"},
	{"old", "OFF"},
	{"sql_if_exists", "OFF"},
	{"character_set_collations", ""}, // SET NAMES obeys it
	{"default_regex_flags", ""},
	{"foreign_key_checks", "ON"},
	{"unique_checks", "ON"},
	{"check_constraint_checks", "ON"},
	{"default_storage_engine", "InnoDB"},
	{"alter_algorithm", "DEFAULT"},
	{"old_alter_table", "DEFAULT"},
	{"sql_quote_show_create", "ON"},
	{"lc_messages", "en_US"}, // some errors are recognised by their text
	{"lc_time_names", "en_US"},
	{"wsrep_dirty_reads", "OFF"},
	{"wsrep_sync_wait", "1"}, // in a cluster, a node answers only when it has what the others committed before

	// What stops a statement or a session.
	{"sql_safe_updates", "OFF"},
	{"lock_wait_timeout", "86400"},
	{"innodb_lock_wait_timeout", "50"},
	{"max_recursive_iterations", "1000000"}, // chains of merges have any length
	{"cte_max_recursion_depth", "1000000"},
	{"wait_timeout", "28800"},
	{"net_read_timeout", "30"},
	{"net_write_timeout", "60"},
	{"idle_transaction_timeout", "0"},
	{"idle_readonly_transaction_timeout", "0"},
	{"idle_write_transaction_timeout", "0"},
	{"max_session_mem_used", "9223372036854775807"},
	{"tmp_disk_table_size", "18446744073709551615"},
	{"low_priority_updates", "OFF"},

	// How a statement is planned.
	{"optimizer_use_condition_selectivity", "4"},
	{"use_stat_tables", "PREFERABLY_FOR_QUERIES"},
	{"optimizer_search_depth", "62"},
	{"eq_range_index_dive_limit", "200"},
	{"in_predicate_conversion_threshold", "1000"},
	{"join_cache_level", "2"},
	{"max_seeks_for_key", "4294967295"},
	{"expensive_subquery_limit", "100"},
	{"sql_buffer_result", "OFF"},
	{"big_tables", "OFF"},
}

// mysqlSortBuffer is the least sort_buffer_size in bytes. With less, long rows cannot be sorted.
const mysqlSortBuffer = 1 << 20

// mysqlNoLimits lifts the limits that would stop or cut the query for all the other settings. Of the two comments, each
// server runs one. max_join_size changes sql_big_selects.
const mysqlNoLimits = "SET SESSION sql_select_limit = 18446744073709551615, max_join_size = 18446744073709551615, sql_big_selects = 1" +
	" /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */"

// mysqlOptimizer is the optimizer_switch of MariaDB. MariaDB 10.11 loses rows, or crashes, when it combines "range
// checked for each record" with a row filter. And with index condition pushdown it would make the exact comparison of
// a key twice, once on the index, where it excludes nothing.
const mysqlOptimizer = "default,rowid_filter=off,index_condition_pushdown=off"

// setUp sets the variables of a session that differ from the settings. Settings in extra replace those of the same name.
func setUp(ctx context.Context, conn mysqlConn, extra []mysqlSetting) error {
	if _, err := conn.ExecContext(ctx, mysqlNoLimits, nil); err != nil {
		return err
	}
	settings := slices.DeleteFunc(slices.Clone(mysqlSettings), func(s mysqlSetting) bool {
		return slices.ContainsFunc(extra, func(other mysqlSetting) bool { return other.name == s.name })
	})
	settings = append(settings, extra...)
	names := []string{"'version'", "'sort_buffer_size'"}
	for _, s := range settings {
		names = append(names, "'"+s.name+"'")
	}
	now, err := variables(ctx, conn, "SHOW SESSION VARIABLES WHERE variable_name IN ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	optimizer := "default"
	if strings.Contains(now["version"], "MariaDB") {
		optimizer = mysqlOptimizer
	}
	set := []string{"optimizer_switch = '" + optimizer + "'"}
	for _, s := range settings {
		if value, known := now[s.name]; known && value != s.value {
			set = append(set, s.name+" = "+mysqlLiteral(s.value))
		}
	}
	if size, err := strconv.ParseUint(now["sort_buffer_size"], 10, 64); err == nil && size < mysqlSortBuffer {
		set = append(set, "sort_buffer_size = "+strconv.Itoa(mysqlSortBuffer))
	}
	text := "SET SESSION " + strings.Join(set, ", ")
	if _, err = conn.ExecContext(ctx, text, nil); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// mysqlLiteral writes a value as SET takes it: a number as it is, any other as text.
func mysqlLiteral(value string) string {
	if value != "" && strings.Trim(value, "0123456789.") == "" {
		return value
	}
	return "'" + value + "'"
}

// variables reads rows of a name and a value.
func variables(ctx context.Context, conn driver.QueryerContext, query string) (map[string]string, error) {
	found, err := conn.QueryContext(ctx, query, nil)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	all := map[string]string{}
	cells := make([]driver.Value, 2)
	for {
		switch err := found.Next(cells); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		var texts [2]string
		for i := range texts {
			var v Value
			v.Set(cells[i])
			texts[i], _ = v.Text()
		}
		all[strings.ToLower(texts[0])] = texts[1]
	}
}
