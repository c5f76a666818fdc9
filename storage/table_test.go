package storage

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// ddl is what the migrations of an engine leave, as far as declarations of columns refer to it.
type ddl struct {
	keys    map[string]string   // the only column of a table's primary key
	columns map[string]string   // definitions by table.column
	indexes map[string][]string // table and columns of an index
}

var (
	ddlStatement = regexp.MustCompile(`(?m)^ALTER TABLE (\w+)|(?:CREATE|ADD)(?: UNIQUE)? INDEX (\w+)(?: ON (\w+))? \(([^)]*)\)|DROP INDEX (\w+)|^CREATE TABLE (?:IF NOT EXISTS )?(\w+)|^    PRIMARY KEY \((\w+)\)|^    ([a-z]\w*) +(.*)$`)
	valueTypes   = map[valueKind]string{
		textValues: `(?i)^(var)?char|^(long)?text|^json`, wholeValues: `(?i)int`, numberValues: `(?i)float|double`, truthValues: `(?i)bool|tinyint`,
		instantValues: `(?i)datetime|timestamp`, epochValues: `(?i)float|double`,
	}
)

func readDDL(t *testing.T, folder string) ddl {
	t.Helper()
	found := ddl{keys: map[string]string{}, columns: map[string]string{}, indexes: map[string][]string{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files { // sorted by number
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		table := ""
		for _, m := range ddlStatement.FindAllStringSubmatch(string(text), -1) {
			switch {
			case m[1]+m[6] != "":
				table = m[1] + m[6]
			case m[2] != "":
				of := table
				if m[3] != "" {
					of = m[3]
				}
				found.indexes[m[2]] = append([]string{of}, strings.Split(m[4], ", ")...)
			case m[5] != "":
				delete(found.indexes, m[5])
			case m[7] != "":
				found.keys[table] = m[7]
			default:
				found.columns[table+"."+m[8]] = m[9]
			}
		}
	}
	return found
}

// TestDeclaredColumnsAreAsInTheMigrations holds what tables declare for filters and orders to our own tables on
// every engine.
func TestDeclaredColumnsAreAsInTheMigrations(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "mysql", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			made := readDDL(t, filepath.Join("migrations", engine))
			declared := 0
			for _, table := range append(schema(), deckyPhases.names(), attackerCommands.names(), auditEntries.names()) {
				for n, column := range table.columns {
					if n >= len(table.uses) {
						continue
					}
					if u := table.uses[n]; u == (use{kind: u.kind, wide: u.wide}) { // says only how the column is read
						continue
					}
					declared++
					checkUse(t, made, table, column, table.uses[n])
				}
			}
			require.Greater(t, declared, 20)
		})
	}
}

func checkUse(t *testing.T, made ddl, of tableColumns, column string, u use) {
	t.Helper()
	name := of.table + "." + column
	definition, exists := made.columns[name]
	require.True(t, exists, name)
	switch u.index {
	case noIndex:
	case filterValues:
		require.NotZero(t, u.values, "%s has a number there", name)
	case keyIndex:
		require.Equal(t, column, made.keys[of.table], "%s is the primary key", name)
	default:
		require.GreaterOrEqual(t, len(made.indexes[u.index]), 2, "there is an index %q of %s", u.index, name)
		require.Equal(t, []string{of.table, column}, made.indexes[u.index][:2], "index %s", u.index)
	}
	if u.order != "" {
		require.Contains(t, definition, "NOT NULL", "rows are ordered by %s", name)
		require.NotRegexp(t, valueTypes[truthValues], definition, "%s: a cursor has no form for a truth value", name)
		require.Equal(t, of.columns[0], made.keys[of.table], "rows equal in %s are ordered by a key that no two share", name)
	}
	if u.filter != "" || u.since {
		require.NotEmpty(t, valueTypes[u.kind], "%s has a kind of values", name)
		require.Regexp(t, valueTypes[u.kind], definition, name)
	}
}

// TestListsRefuseWhatNoColumnDeclares shows that a misspelt filter or order is no silent null.
func TestListsRefuseWhatNoColumnDeclares(t *testing.T) {
	t.Parallel()
	s := &Store{shared: &shared{options: Options{Filters: DefaultFilterLimits}}}
	for _, o := range []ListOptions{
		{Filter: &struct{ Nothing *string }{new("x")}},
		{Order: []SortKey{{By: "NOTHING"}}},
		{Order: []SortKey{{By: ""}}},
		{Filter: struct{ RuleID *string }{new("x")}},
		{Filter: new("x")},
		{Filter: "x"},
		{Filter: &struct{ RuleID *int }{new(1)}},
		{Filter: &struct{ RuleID []int }{[]int{1}}},
		{Filter: &struct{ RuleID string }{"x"}},
		{Filter: &struct{ RuleID *struct{ Is *string } }{new(struct{ Is *string }{new("x")})}},
		{Filter: &struct{ Confidence *string }{new("x")}},
		{Filter: &struct{ Confidence []string }{[]string{"x"}}},
		{Filter: &struct{ ruleID *string }{new("x")}},
	} {
		refuses(t, listOf(s, tags, unowned("ttp_tag", ""), o))
	}
	for _, o := range []ListOptions{
		{Filter: &struct{ Nothing *string }{new("x")}},
		{Filter: &struct{ Service *int }{new(1)}},
		{Filter: "x"},
		{Order: []SortKey{{By: "LAST_SEEN"}}},
		{Order: []SortKey{{By: ""}}},
		{Since: new(time.Unix(0, 0))},
	} {
		refuses(t, s.Commands(nil, o))
		refuses(t, s.AttackerSessions(o))
		refuses(t, s.SessionCommands(o))
	}
	_, err := listOf(s, ruleStates, unowned(ruleStates.name, ""), ListOptions{Since: new(time.Unix(0, 0))}).Count(t.Context(), []string{""})
	require.Error(t, err)
}

func refuses[T any](t *testing.T, list List[T]) {
	t.Helper()
	_, err := list.Page(t.Context(), []string{""}, Page{Limit: 1})
	require.Error(t, err)
	_, err = list.Count(t.Context(), []string{""})
	require.Error(t, err)
}

// TestCursorsOfListsStayValid holds the own order of each list to the name that it has in cursors, which clients keep.
func TestCursorsOfListsStayValid(t *testing.T) {
	t.Parallel()
	sqlite, err := engine.SQLite.Inspect(t.Context(), dsn.Source{})
	require.NoError(t, err)
	for want, named := range map[string]func() (order, error){
		"campaigns.updated_at DESC":                 own(campaigns),
		"identities.updated_at DESC":                own(identities),
		"attackers.last_seen DESC":                  own(attackers),
		"tags.created_at DESC":                      own(tags),
		"deckyPhases.created_at ASC":                own(deckyPhases),
		"deckies.tags DESC":                         own(deckies),
		"rules.name ASC":                            own(rules),
		"networksASN.attackers DESC":                own(networks(NetworkASN)),
		"attackerCommands.last_seen ASC":            own(attackerCommands),
		"observations.ts ASC":                       own(observations),
		"smtpTargets.last_seen DESC":                own(smtpTargets),
		"ruleStates.rule_id ASC":                    own(ruleStates),
		"canaryTokens.placed_at DESC":               own(canaryTokens),
		"canaryTriggers.occurred_at DESC":           own(canaryTriggers),
		"multiActorIdentities.identity ASC":         own(multiActors(newDialect(sqlite.Dialect))),
		"commands.place ASC":                        func() (order, error) { return commandRows.ordered(nil) },
		"attackers.event_count ASC":                 own(attackers, SortKey{By: "EVENT_COUNT"}),
		"attackers.event_count ASC, last_seen DESC": own(attackers, SortKey{By: "EVENT_COUNT"}, SortKey{By: "LAST_SEEN", Descending: true}),
	} {
		o, err := named()
		require.NoError(t, err)
		require.Equal(t, want, o.name())
	}
	number, text := stored{kind: engine.Integer, bits: 7}, stored{kind: engine.Textual, text: "x"}
	require.Equal(t, "i7", writeSort([]stored{number}))
	require.Equal(t, `["i7","tx"]`, writeSort([]stored{number, text}))
	for _, written := range []string{"", "[]", `["i7"]`, `["i7","tx","tx"]`, `["i7",""]`, "i7"} {
		_, ok := readSort(written, 2)
		require.False(t, ok, written)
	}
	keys, ok := readSort(`["i7","tx"]`, 2)
	require.True(t, ok)
	require.Equal(t, []any{int64(7), "x"}, keys)
}

func own[T any](t table[T], keys ...SortKey) func() (order, error) {
	return func() (order, error) { return t.ordered(keys) }
}
