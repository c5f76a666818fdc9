// Package questions asks what analysts ask, each question in one request, and compares the answers with those of a model that
// loops over all rows of the database.
package questions

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/web"
)

func TestMain(m *testing.M) { resolverstest.Main(m) }

var oracleEverywhere = flag.Bool("oracle-everywhere", false, "import the oracle into every kind of database, not only SQLite")

// oracle is a database that DECNET wrote, beside the checkout.
var oracle = filepath.Join("..", "..", "..", "shared", "oracle", "decnet.db")

// question is a row of the table of questions that analysts ask.
type question struct {
	number  int
	example string // the file of web/examples that asks it
	pages   string // path of the connection whose pages are followed to the end; empty if the example has none
	// most is how many statements one request may run, however many rows there are and the page has: one for each edge of a
	// level, and one more where links of merged rows are followed.
	most   int
	answer func(*model, vars) object
	draw   func(*drawer) []vars // variables to ask with, beside the example's own
}

var questions = []question{
	{1, "20-who-is-behind", "", 14, whoIsBehind, drawCampaigns},
	{3, "34-who-used-a-technique", "", 11, whoUsedTechnique, drawTags},
	{4, "35-who-shows-a-fingerprint", "", 11, whoShowsFingerprint, drawPrints},
	{5, "36-who-comes-from-a-network", "attackers", 9, whoComesFrom, drawNetworks},
	{6, "37-unlisted-brute-force", "attackers", 5, unlistedBruteForce, drawCountries},
	{7, "38-new-campaigns", "campaigns", 4, newCampaigns, drawSince},
	{8, "42-top-techniques", "", 1, topTechniques, drawWeeks},
	{9, "23-activity", "", 5, activityOverTime, drawSeries},
	{13, "41-commands-that-contain", "search", 10, commandsThatContain, drawCommandTexts},
	{14, "40-find-anything", "search", 22, findAnything, drawTexts},
	{15, "29-sessions-of-an-address", "attacker.sessions", 6, sessionsOfAnAddress, drawAddresses},
	{16, "39-tags-of-a-rule", "rule.tags", 10, tagsOfRule, drawRules},
	{17, "43-deckies-hit-most", "deckies", 5, deckiesHitMost, func(*drawer) []vars { return nil }},
	{22, "27-several-people", "multiActorIdentities", 7, severalPeople, func(*drawer) []vars { return nil }},
	{23, "44-hashes-nearby", "", 9, hashesNearby, drawHashes},
}

func exampleOf(t *testing.T, q question) web.Example {
	t.Helper()
	all, err := web.Examples()
	require.NoError(t, err)
	at := slices.IndexFunc(all, func(e web.Example) bool { return e.Name == q.example })
	require.GreaterOrEqual(t, at, 0, "there is no example %s", q.example)
	return all[at]
}

// TestOneRequestAnswersEachQuestionOnEveryDatabase asks of the sample on every kind of database.
func TestOneRequestAnswersEachQuestionOnEveryDatabase(t *testing.T) {
	t.Parallel()
	file, err := resolverstest.SamplePath()
	require.NoError(t, err)
	requireAnswers(t, file, resolverstest.Databases)
}

// TestOneRequestAnswersEachQuestionOfDECNETsOwnRows asks of a database that DECNET wrote.
func TestOneRequestAnswersEachQuestionOfDECNETsOwnRows(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(oracle); err != nil {
		t.Skipf("NOT TESTED: there is no database of DECNET's at %s", oracle)
	}
	databases := resolverstest.Databases
	if !*oracleEverywhere {
		databases = slices.DeleteFunc(slices.Clone(databases), func(d resolverstest.Database) bool { return !strings.HasPrefix(d.Name, "SQLite") })
	}
	requireAnswers(t, oracle, databases)
}

func requireAnswers(t *testing.T, file string, databases []resolverstest.Database) {
	t.Helper()
	models := map[bool]*model{}
	for _, rounds := range []bool{false, true} {
		models[rounds] = readModel(t, file, rounds)
	}
	for _, database := range databases {
		t.Run(database.Name, func(t *testing.T) {
			t.Parallel()
			server := resolverstest.Serve(t, database.Copy(t, file))
			for _, q := range questions {
				t.Run(strconv.Itoa(q.number), func(t *testing.T) { requireAnswer(t, q, server, models[database.Rounds]) })
			}
		})
	}
}

func requireAnswer(t *testing.T, q question, server resolverstest.Server, m *model) {
	t.Helper()
	e := exampleOf(t, q)
	own := server.Variables(t, e)
	for _, changed := range append([]vars{{}}, q.draw(newDrawer(m))...) {
		variables := maps.Clone(own)
		maps.Copy(variables, changed)
		got, whole := q.ask(t, server, e.Query, variables)
		want := plain(t, q.answer(m, variables))
		if !whole {
			q.cut(want, got)
		}
		if q.number == 14 { // hits that are equal in match and time may be in any order
			hits, _ := at(got, "search", "nodes").([]any)
			require.True(t, slices.IsSortedFunc(hits, func(a, b any) int { return compareHits(a, b, false) }), "%v: hits are sorted", changed)
			require.True(t, whole, "%v: more hits than pages", changed)
			sortHits(hits)
		}
		if found := m.difference("", want, got); found != "" {
			t.Errorf("%s with %s: %s", e.Name, asText(variables), found)
		}
	}
}

// mostPages is how many pages of one list are followed: on DECNET's tables, each page of a search reads all of them.
const mostPages = 6

// ask asks with the variables. Of the connection with pages, it follows them; whole says that it came to the end.
func (q question) ask(t *testing.T, server resolverstest.Server, document string, variables vars) (answer map[string]any, whole bool) {
	t.Helper()
	variables = maps.Clone(variables)
	answer = q.request(t, server, document, variables)
	connection := q.connection(answer)
	if connection == nil {
		return answer, true
	}
	nodes, _ := connection["nodes"].([]any)
	info := connection["pageInfo"]
	for n := 1; n < mostPages && at(info, "hasNextPage") == true; n++ {
		variables["after"] = at(info, "endCursor")
		next := q.connection(q.request(t, server, document, variables))
		more, _ := next["nodes"].([]any)
		nodes, info = append(nodes, more...), next["pageInfo"]
	}
	connection["nodes"] = nodes
	delete(connection, "pageInfo")
	return answer, at(info, "hasNextPage") != true
}

// request sends one request, which runs no more statements than it may.
func (q question) request(t *testing.T, server resolverstest.Server, document string, variables vars) map[string]any {
	t.Helper()
	answer, statements := server.Count(t, document, variables)
	if statements > q.most {
		t.Errorf("%d statements, want at most %d, with %s", statements, q.most, asText(variables))
	}
	return answer
}

// connection is the connection with pages in an answer, nil if there is none.
func (q question) connection(answer any) map[string]any {
	connection, _ := at(answer, strings.Split(q.pages, ".")...).(map[string]any)
	return connection
}

// cut leaves so many items in a complete answer as the pages have that were followed.
func (q question) cut(want, got any) {
	all, _ := q.connection(want)["nodes"].([]any)
	some, _ := q.connection(got)["nodes"].([]any)
	q.connection(want)["nodes"] = all[:min(len(some), len(all))]
}

// plain is a value as JSON reads it.
func plain(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var read any
	require.NoError(t, json.Unmarshal(text, &read))
	return read
}

// difference is the first place at which two answers differ, with both values; empty if they are the same.
func (m *model) difference(path string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for _, key := range sortedKeys(w) {
			if found := m.difference(path+"."+key, w[key], g[key]); found != "" {
				return found
			}
		}
		if len(w) == len(g) {
			return ""
		}
	case []any:
		g, _ := got.([]any)
		for i := range min(len(w), len(g)) {
			if found := m.difference(path+"."+strconv.Itoa(i), w[i], g[i]); found != "" {
				return found
			}
		}
		if len(w) == len(g) {
			return ""
		}
		return fmt.Sprintf("%s: want %d elements, got %d; one has more: %.300v", path, len(w), len(g), append(slices.Clone(w), g...)[min(len(w), len(g))])
	case float64:
		if g, ok := got.(float64); ok && (w == g || m.rounds && math.Abs(w-g) < 1e-6) {
			return ""
		}
	case string:
		g, _ := got.(string)
		if a, b := readInstant(w), readInstant(g); w == g || a != nil && b != nil && a.Equal(*b) {
			return ""
		}
	default:
		if reflect.DeepEqual(want, got) {
			return ""
		}
	}
	return fmt.Sprintf("%s: want %.300v, got %.300v", path, want, got)
}
