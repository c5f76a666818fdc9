package resolvers_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/storagetest"
	"decnetgraph/storage/storagetest/dbserver"
)

// fewRows is a campaign with an identity and its attacker, and an attacker without one.
func fewRows() (storagetest.Graph, anyRows) {
	rows := anyRows{
		campaign: "c0000000-0000-4000-8000-000000000001", identity: "d0000000-0000-4000-8000-000000000001",
		attacker: "a0000000-0000-4000-8000-000000000001", alone: "a0000000-0000-4000-8000-000000000002",
	}
	at := time.Date(2026, 5, 1, 7, 0, 0, 0, time.UTC)
	return storagetest.Graph{
		Campaigns:  []storage.Campaign{{UUID: rows.campaign, SchemaVersion: 1, CreatedAt: at, UpdatedAt: at}},
		Identities: []storage.Identity{{UUID: rows.identity, SchemaVersion: 1, CampaignUUID: &rows.campaign, CreatedAt: at, UpdatedAt: at}},
		Attackers: []storagetest.Attacker{
			{Attacker: storage.Attacker{UUID: rows.attacker, IP: "203.0.113.1", IdentityUUID: &rows.identity, FirstSeen: at, LastSeen: at, UpdatedAt: at}},
			{Attacker: storage.Attacker{UUID: rows.alone, IP: "203.0.113.2", FirstSeen: at, LastSeen: at, UpdatedAt: at}},
		},
	}, rows
}

// onServer serves a database of a server for reading and writing.
func onServer(t *testing.T, server *dbserver.Server) (*api, anyRows) {
	t.Helper()
	source := server.Database(t)
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	e := engine.Of(parsed)
	var db *sql.DB
	mark := func(int) string { return "?" }
	if e == engine.MySQL {
		db, err = e.OpenSQL(parsed)
	} else {
		db, err = sql.Open("pgx", source+"&default_query_exec_mode=exec")
		mark = func(n int) string { return fmt.Sprintf("$%d", n) }
	}
	require.NoError(t, err)
	defer db.Close()
	_, err = migrations.Up(t.Context(), db, e, nil)
	require.NoError(t, err)
	graph, rows := fewRows()
	for _, row := range graph.Rows() {
		if row.Table == "alembic_version" {
			continue // the migrations fill it
		}
		marks := make([]string, len(row.Values))
		for n, value := range row.Values {
			marks[n] = mark(n + 1)
			if content, ok := value.(storage.JSON); ok {
				row.Values[n] = string(content)
			}
		}
		_, err := db.ExecContext(t.Context(), "INSERT INTO "+row.Table+" ("+strings.Join(row.Columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", row.Values...)
		require.NoError(t, err, row.Table)
	}
	return serveWith(t, source, resolvers.Limits{Timeout: time.Minute}, storage.Options{Write: true}), rows
}

// TestMutationsOnServers writes by every mutation and reads what was written in the same answer.
func TestMutationsOnServers(t *testing.T) {
	for name, server := range map[string]func(testing.TB) *dbserver.Server{"PostgreSQL": dbserver.Postgres, "MariaDB": dbserver.MariaDB} {
		t.Run(name, func(t *testing.T) {
			a, rows := onServer(t, server(t))
			selections := map[string]string{
				"insertTags":              `results { outcome reason tag { createdAt attacker { ip identity { uuid } } ruleState { state } } }`,
				"upsertAttributionStates": `results { outcome attributionState { state lastChangeAt identity { uuid } } }`,
				"ensureStubIdentity":      `created identity { attackers { nodes { ip } } }`,
				"setCampaignNotes":        `campaign { notes updatedAt identities { nodes { uuid } } }`,
				"setIdentityNotes":        `identity { notes updatedAt }`,
				"setRuleState":            `ruleState { state }`,
				"clearRuleState":          `ruleState { state }`,
			}
			ask := func(field string) map[string]any {
				return a.change("mutation { "+mutations(rows)[field]+" { "+selections[field]+" userErrors { code path } } }", nil)
			}
			assertJSON(t, `{"ruleState": {"state": "DISABLED"}, "userErrors": []}`, ask("setRuleState"))

			inserted := ask("insertTags")
			assert.Equal(t, []any{"INSERTED", "INSERTED", "REJECTED", "BELOW_FLOOR"}, each(inserted["results"], "outcome"))
			first := at(inserted, "results", 0, "tag").(map[string]any)
			created, err := time.Parse(time.RFC3339, first["createdAt"].(string))
			require.NoError(t, err)
			assert.WithinDuration(t, time.Now(), created, time.Minute)
			delete(first, "createdAt")
			assertJSON(t, `{"attacker": {"ip": "203.0.113.1", "identity": {"uuid": "`+rows.identity+`"}}, "ruleState": {"state": "DISABLED"}}`, first)
			assert.Equal(t, []any{"DUPLICATE", "DUPLICATE", "REJECTED", "BELOW_FLOOR"}, each(ask("insertTags")["results"], "outcome"))

			assert.Equal(t, []any{"INSERTED", "REJECTED"}, each(ask("upsertAttributionStates")["results"], "outcome"))
			updated := ask("upsertAttributionStates")
			assert.Equal(t, []any{"UPDATED", "REJECTED"}, each(updated["results"], "outcome"))
			assert.Equal(t, rows.identity, at(updated, "results", 0, "attributionState", "identity", "uuid"))

			stub := `{"attackers": {"nodes": [{"ip": "203.0.113.2"}]}}`
			assertJSON(t, `{"created": true, "identity": `+stub+`, "userErrors": []}`, ask("ensureStubIdentity"))
			assertJSON(t, `{"created": false, "identity": `+stub+`, "userErrors": []}`, ask("ensureStubIdentity"))

			noted := ask("setCampaignNotes")
			assert.Equal(t, "lab", at(noted, "campaign", "notes"))
			assert.Equal(t, []any{rows.identity}, each(at(noted, "campaign", "identities", "nodes"), "uuid"))
			expecting := func(updatedAt any) map[string]any {
				return a.change(`mutation ($at: DateTime) { setCampaignNotes(input: {uuid: "`+rows.campaign+`", notes: "two", expectedUpdatedAt: $at}) {
					campaign { notes updatedAt } userErrors { code path } } }`, map[string]any{"at": updatedAt})
			}
			second := expecting(at(noted, "campaign", "updatedAt"))
			assert.Empty(t, second["userErrors"], "an instant goes through the API and back unchanged")
			late := expecting(at(noted, "campaign", "updatedAt"))
			assertJSON(t, `[{"code": "CONFLICT", "path": ["input", "expectedUpdatedAt"]}]`, late["userErrors"])
			assert.Equal(t, second["campaign"], late["campaign"])
			conflict := ask("setIdentityNotes")
			assertJSON(t, `[{"code": "CONFLICT", "path": ["input", "expectedUpdatedAt"]}]`, conflict["userErrors"])
			assert.Nil(t, at(conflict, "identity", "notes"))

			assertJSON(t, `{"ruleState": {"state": "DISABLED"}, "userErrors": []}`,
				a.change(`mutation { clearRuleState(input: {ruleId: "R0014"}) { ruleState { state } userErrors { code } } }`, nil))
			assertJSON(t, `{"ruleState": null, "userErrors": []}`, ask("clearRuleState"))
			assertJSON(t, `{"totalCount": 0, "nodes": []}`, a.ask(`{ ruleStates { totalCount nodes { ruleId } } }`)["ruleStates"])
		})
	}
}
