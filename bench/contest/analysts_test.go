package contest

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"decnetgraph/web"
)

func TestDocumentsForPostGraphileAskWhatExamplesAsk(t *testing.T) {
	files, err := analystsDocuments.ReadDir("analysts")
	require.NoError(t, err)
	examples, err := web.Examples()
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), filepath.Ext(file.Name()))
		at := slices.IndexFunc(examples, func(e web.Example) bool { return e.Name == name })
		require.GreaterOrEqual(t, at, 0, "%s is no example", name)
		theirs, ok, err := ForPostGraphile(name)
		require.NoError(t, err)
		require.True(t, ok)

		document, err := parser.ParseQuery(&ast.Source{Input: theirs.Document})
		require.NoError(t, err, name)
		require.Len(t, document.Operations, 1, name)
		require.Equal(t, examples[at].Operation, document.Operations[0].Name, "both requests name one operation")
		declared := []string{}
		for _, v := range document.Operations[0].VariableDefinitions {
			declared = append(declared, v.Variable)
		}
		ours, _, err := examples[at].Filled(func(string) (any, error) { return map[string]any{}, nil })
		require.NoError(t, err)
		variables, err := theirs.Variables(ours)
		require.NoError(t, err, name)
		require.ElementsMatch(t, declared, slices.Collect(maps.Keys(variables)), name)
	}
	_, ok, err := ForPostGraphile("none")
	require.NoError(t, err)
	require.False(t, ok)
}

const rephrasedText = `# variable technique: tags.technique
# variable after: after
# same attackers.totalCount
# same attackers.nodes.lastSeen = attackers.nodes.attacker.lastSeen
# same attackers.nodes.asn = attackers.nodes.attacker.asn
# same attackers.nodes.identity.uuid = attackers.nodes.identityId
query WhoUsed { attackers { totalCount } }
`

func TestVariablesAreTakenFromOurs(t *testing.T) {
	r, err := rephrased(rephrasedText)
	require.NoError(t, err)
	require.Equal(t, rephrasedText, r.Document)
	got, err := r.Variables(map[string]any{"tags": map[string]any{"technique": "T1110"}, "after": nil, "first": 50})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"technique": "T1110", "after": nil}, got)
	_, err = r.Variables(map[string]any{"tags": map[string]any{}, "after": nil})
	require.EqualError(t, err, "variable technique: our variables have no tags.technique")
}

func TestHeadersThatSayNothingAreErrors(t *testing.T) {
	for _, text := range []string{"query Q { a }", "# variable a: a\nquery Q { a }", "# equal a\n# same a\nquery Q { a }", "# variable a\n# same a\nquery Q { a }"} {
		_, err := rephrased(text)
		require.Error(t, err, text)
	}
}

func TestRowsInBothFormsAreCompared(t *testing.T) {
	const ours = `{"attackers":{"totalCount":2,"nodes":[
{"lastSeen":"2026-05-01T00:00:00.500Z","asn":4200000000,"identity":{"uuid":"a"}},{"lastSeen":"2026-04-01T00:00:00Z","asn":null,"identity":null}]}}`
	const theirs = `{"attackers":{"totalCount":2,"nodes":[
{"attacker":{"lastSeen":"2026-05-01T00:00:00.500000","asn":"4200000000"},"identityId":"a"},{"attacker":{"lastSeen":"2026-04-01T00:00:00","asn":null},"identityId":null}]}}`
	r, err := rephrased(rephrasedText)
	require.NoError(t, err)
	compared, err := r.Compare(json.RawMessage(ours), json.RawMessage(theirs))
	require.NoError(t, err)
	require.Equal(t, 7, compared)

	for change, differ := range map[string]struct{ from, to string }{
		"another count":          {`"totalCount":2`, `"totalCount":3`},
		"another value":          {`"identityId":"a"`, `"identityId":"b"`},
		"null instead":           {`"identityId":"a"`, `"identityId":null`},
		"another instant":        {`00.500000`, `00.500001`},
		"a row less":             {`,{"attacker":{"lastSeen":"2026-04-01T00:00:00","asn":null},"identityId":null}`, ``},
		"no such field":          {`"totalCount"`, `"total"`},
		"an object for a number": {`"totalCount":2`, `"totalCount":{}`},
		"a value for an object":  {`{"lastSeen":"2026-04-01T00:00:00","asn":null}`, `7`},
	} {
		changed := strings.Replace(theirs, differ.from, differ.to, 1)
		require.NotEqual(t, theirs, changed)
		_, err := r.Compare(json.RawMessage(ours), json.RawMessage(changed))
		require.Error(t, err, change)
	}
	swapped := `{"attackers":{"totalCount":2,"nodes":[{"attacker":{"lastSeen":"2026-04-01T00:00:00","asn":null},"identityId":null},
{"attacker":{"lastSeen":"2026-05-01T00:00:00.5","asn":"4200000000"},"identityId":"a"}]}}`
	_, err = r.Compare(json.RawMessage(ours), json.RawMessage(swapped))
	require.ErrorContains(t, err, "attackers.nodes.attacker.lastSeen differs", "the order of rows counts")
}
