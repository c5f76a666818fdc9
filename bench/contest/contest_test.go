package contest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

var questions = []Question{Tree, Campaigns, CampaignsCounted, Page, Fleet, FleetCounted, Point}

func TestDocumentsOfOursFitTheSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "schema.graphqls"))
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	require.NoError(t, err)
	for _, q := range questions {
		_, errs := gqlparser.LoadQuery(schema, document(Ours, q)) //nolint:staticcheck // the default rules are intended
		require.Empty(t, errs, q)
	}
}

func TestEveryPeerHasEveryQuestion(t *testing.T) {
	for _, d := range []Dialect{Ours, Mercurius, PostGraphile} {
		for _, q := range questions {
			require.Contains(t, document(d, q), "query "+string(q), d)
		}
	}
	require.Empty(t, document(LimitJSON, Tree), "the limit reads the name alone")
}

func TestAnswersThatSayTheSameAreTheSame(t *testing.T) {
	const ours = `{"data":{"identity":{"uuid":"a","updatedAt":"2025-06-01T00:00:00.500Z","attributionStates":[{"state":"MULTI_ACTOR"}],
"techniques":[{"techniqueId":"T1","subTechniqueId":null,"count":7},{"techniqueId":"T1","subTechniqueId":"T1.001","count":9}]}}}`
	for name, theirs := range map[string]string{
		"connections, large numbers as texts, an order of its own": `{"data":{"identity":{"uuid":"a","updatedAt":"2025-06-01T00:00:00.500000",
"attributionStates":{"pageInfo":{"hasNextPage":false},"nodes":[{"state":"multi_actor"}]},
"techniques":{"nodes":[{"techniqueId":"T1","subTechniqueId":"T1.001","count":"9"},{"techniqueId":"T1","subTechniqueId":null,"count":"7"}]}}}}`,
	} {
		a, err := canonical([]byte(ours))
		require.NoError(t, err)
		b, err := canonical([]byte(theirs))
		require.NoError(t, err)
		require.Equal(t, a, b, name)
	}
}

func TestAnswersThatDifferAreDifferent(t *testing.T) {
	seen := map[string]string{}
	for _, answer := range []string{
		`{"data":{"a":{"n":1}}}`,
		`{"data":{"a":{"n":2}}}`,
		`{"data":{"a":{"n":null}}}`,
		`{"data":{"a":null}}`,
		`{"data":{"a":[{"n":1},{"n":2}]}}`,
		`{"data":{"a":[{"n":2},{"n":1}]}}`,
		`{"data":{"a":{"createdAt":"2025-06-01T00:00:00Z"}}}`,
		`{"data":{"a":{"createdAt":"2025-06-01T00:00:00.000001Z"}}}`,
	} {
		text, err := canonical([]byte(answer))
		require.NoError(t, err)
		require.NotContains(t, seen, text, answer)
		seen[text] = answer
	}
	for _, answer := range []string{`{"data":null}`, `{"data":{"a":1},"errors":[{"message":"x"}]}`, `<html>`} {
		_, err := canonical([]byte(answer))
		require.Error(t, err, answer)
	}
}
