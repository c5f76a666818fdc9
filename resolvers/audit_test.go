package resolvers_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/transfer"
)

var ana = &auth.Principal{Name: "ana", Way: auth.ByOIDC, Role: auth.Admin}

// audited serves a copy of the sample to a principal.
func audited(t *testing.T, principal *auth.Principal) *api {
	t.Helper()
	return serveAs(t, principal, resolverstest.CopySample(t), resolvers.Limits{Timeout: time.Minute}, storage.Options{Write: true})
}

// recorded returns storage.Options.Records for a file with one entry in its audit log.
func recorded(t *testing.T) func(context.Context) (*storage.Store, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.db")
	file, err := engine.Parse(path)
	require.NoError(t, err)
	_, err = transfer.Migrate(t.Context(), file)
	require.NoError(t, err)
	open := func(ctx context.Context) (*storage.Store, error) {
		return storage.Open(ctx, path, storage.Options{Write: true})
	}
	store, err := open(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.RecordAction(t.Context(), "import", "decnet.db", storage.AuditApplied, nil))
	require.NoError(t, store.Close())
	return open
}

// entries returns the audit log, the first entry first.
func (a *api) entries() []any {
	a.t.Helper()
	log := a.ask(`{ auditLog(first: 200) { totalCount nodes { uuid at principal way role action target outcome before after } } }`)
	nodes := at(log, "auditLog", "nodes").([]any)
	require.InDelta(a.t, len(nodes), at(log, "auditLog", "totalCount"), 0)
	slices.Reverse(nodes)
	return nodes
}

// TestEveryMutationLeavesAnAuditEntry sends each mutation of the schema: one that has no entry, or no case here, fails.
func TestEveryMutationLeavesAnAuditEntry(t *testing.T) {
	a := audited(t, ana)
	rows := a.rows()
	documents := mutations(rows)
	var fields []string
	for _, field := range graph.NewExecutableSchema(graph.Config{}).Schema().Mutation.Fields {
		fields = append(fields, field.Name)
	}
	require.ElementsMatch(t, fields, slices.Collect(maps.Keys(documents)), "every mutation has a case")
	outcomes := map[string]any{"setIdentityNotes": "REFUSED", "clearRuleState": "UNCHANGED"} // as their cases are
	for n, field := range fields {
		a.change("mutation { "+documents[field]+" { userErrors { code } } }", nil)
		log := a.entries()
		require.Len(t, log, n+1, "%s leaves one entry", field)
		entry := log[n]
		want := outcomes[field]
		if want == nil {
			want = "APPLIED"
		}
		assert.Equal(t, []any{"ana", "OIDC", "ADMIN", field, want}, []any{
			at(entry, "principal"), at(entry, "way"), at(entry, "role"), at(entry, "action"), at(entry, "outcome"),
		})
	}
}

func TestAuditLogPages(t *testing.T) {
	a := audited(t, ana)
	campaign := a.rows().campaign
	for _, notes := range []string{"one", "two", "three"} {
		a.change(`mutation { setCampaignNotes(input: {uuid: "`+campaign+`", notes: "`+notes+`"}) { userErrors { code } } }`, nil)
	}
	a.change(`mutation { clearRuleState(input: {ruleId: "R9999"}) { userErrors { code } } }`, nil)
	const page = `{ auditLog(first: 2, after: %s, filter: {action: {equals: "setCampaignNotes"}, principal: {in: ["ana", "bob"]}, at: {from: "2020-01-01T00:00:00Z"}}) {
		nodes { target before after } pageInfo { hasNextPage endCursor } } }`
	first := a.ask(fmt.Sprintf(page, "null"))
	assertJSON(t, `[{"target": "`+campaign+`", "before": {"notes": "two"}, "after": {"notes": "three"}},
		{"target": "`+campaign+`", "before": {"notes": "one"}, "after": {"notes": "two"}}]`, at(first, "auditLog", "nodes"))
	assert.Equal(t, true, at(first, "auditLog", "pageInfo", "hasNextPage"))
	second := a.ask(fmt.Sprintf(page, `"`+at(first, "auditLog", "pageInfo", "endCursor").(string)+`"`))
	assert.Len(t, at(second, "auditLog", "nodes"), 1)
	assert.Equal(t, "one", at(second, "auditLog", "nodes", 0, "after", "notes"))
	ascending := a.ask(`{ auditLog(orderBy: [{field: AT, direction: ASC}], filter: {outcome: APPLIED}) { nodes { after } } }`)
	assert.Equal(t, []any{"one", "two", "three"}, each(at(ascending, "auditLog", "nodes"), "after", "notes"))
}

func TestSetByIsThePrincipal(t *testing.T) {
	const set = `mutation { setRuleState(input: {ruleId: "R0014", state: DISABLED, setBy: "mallory"}) { ruleState { setBy } userErrors { code } } }`
	for name, c := range map[string]struct {
		principal *auth.Principal
		want      string
	}{
		"a login":    {ana, "ana"},
		"a token":    {&auth.Principal{Name: "ci", Way: auth.ByToken, Role: auth.Admin}, "ci"},
		"no login":   {auth.Local, "mallory"},
		"a long one": {&auth.Principal{Name: string(make([]byte, 300)), Way: auth.ByCertificate, Role: auth.Admin}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			written := audited(t, c.principal).change(set, nil)
			require.Empty(t, written["userErrors"])
			if c.want != "" {
				assert.Equal(t, c.want, at(written, "ruleState", "setBy"))
			}
		})
	}
}
