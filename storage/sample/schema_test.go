package sample

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// realFile is the path of a database that DECNET made, in a folder beside the repository.
const realFile = "../../../shared/oracle/decnet.db"

// shape describes a table: its columns, indexes with their columns, and foreign keys.
func shape(t *testing.T, db *sql.DB, table string) map[string]any {
	t.Helper()
	indexes := map[string][][]string{}
	for _, index := range rows(t, db, "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?)", table) {
		indexes[fmt.Sprint(index)] = rows(t, db, "SELECT seqno, name FROM pragma_index_info(?)", index[0])
	}
	keys := rows(t, db, `SELECT "from", "table", "to", on_update, on_delete FROM pragma_foreign_key_list(?)`, table)
	sort.Slice(keys, func(i, j int) bool { return keys[i][0] < keys[j][0] })
	return map[string]any{
		"columns": rows(t, db, `SELECT cid, name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)`, table),
		"indexes": indexes,
		"keys":    keys,
		"names":   constraints(t, db, table),
	}
}

var constraint = regexp.MustCompile(`CONSTRAINT (\w+) (\w+)`)

// constraints returns the named constraints, which only the DDL text contains.
func constraints(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	text := column(t, db, "SELECT sql FROM sqlite_master WHERE name = ?", table)[0]
	found := constraint.FindAllString(text, -1)
	sort.Strings(found)
	return found
}

func TestTablesEqualTheRealOnes(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(realFile); err != nil {
		t.Skip("no database made by DECNET beside the repository (shared/oracle/decnet.db), so there is nothing to compare with")
	}
	path, err := filepath.Abs(realFile)
	noError(t, err)
	theirs, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&immutable=1")
	noError(t, err)
	defer theirs.Close()
	ours, _ := world()
	for _, table := range tableNames(t, ours) {
		equal(t, shape(t, theirs, table), shape(t, ours, table), table)
	}
	equal(t, rows(t, theirs, "SELECT * FROM alembic_version"), rows(t, ours, "SELECT * FROM alembic_version"), "version")
}

func TestForeignKeysHoldButForOne(t *testing.T) {
	t.Parallel()
	db, _ := world()
	broken := rows(t, db, "SELECT \"table\", parent FROM pragma_foreign_key_check")
	equal(t, [][]string{{"attacker_identities", "attacker_identities"}}, broken, "only an identity's winner is missing")
}

var width = regexp.MustCompile(`^VARCHAR(?:\((\d+)\))?$`)

func TestValuesFitTheirColumns(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for _, table := range tableNames(t, db) {
		for _, c := range rows(t, db, "SELECT name, type FROM pragma_table_info(?)", table) {
			name, kind := c[0], c[1]
			switch m := width.FindStringSubmatch(kind); {
			case kind == "DATETIME":
				bad := number(t, db, fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE "%s" NOT GLOB '2026-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'`, table, name))
				equal(t, 0, bad, table+"."+name+" in another form")
			case m != nil:
				limit := 255 // the length that MySQL gives the column
				if m[1] != "" {
					limit, _ = strconv.Atoi(m[1])
				}
				longest := number(t, db, fmt.Sprintf(`SELECT COALESCE(MAX(LENGTH("%s")), 0) FROM %s`, name, table))
				holds(t, longest <= limit, "%s.%s holds %d characters, more than %d", table, name, longest, limit)
			}
		}
	}
}

func TestNothingIsLaterThanTheCopy(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for _, c := range []string{"attackers.last_seen", "attackers.updated_at", "ttp_tag.created_at", "canary_triggers.occurred_at", "attacker_identities.updated_at", "campaigns.updated_at"} {
		table, name, _ := strings.Cut(c, ".")
		equal(t, 0, number(t, db, fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s > ? OR %[2]s < ?", table, name), stamp(present), stamp(past)), c)
	}
}
