package golden_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"decnetgraph/graph"
)

var (
	goldenPageQuery    = regexp.MustCompile("(?m)^\\|.*\\| `(.*\\{.*\\})` \\|$")
	goldenPageRow      = regexp.MustCompile(`(?m)^\| ([^|]+) \|[^|]+\|[^|]+\|[^|]+\|$`)
	goldenPageRename   = regexp.MustCompile("(?m)^\\| `\\w+` \\| `\\w+` \\| `[\\w.]+` \\|$")
	goldenPageVariable = regexp.MustCompile(`\$(\w+)`)
)

// goldenPageVariables are the variables of the page's queries.
var goldenPageVariables = map[string]string{
	"first": "Int", "after": "String", "offset": "Int", "uuid": "UUID!", "id": "ID!", "ids": "[ID!]!", "session": "String!",
	"service": "String", "technique": "TechniqueID!", "sub": "TechniqueID",
}

// TestGoldenCompatibilityPage keeps docs/compatibility.md true: its queries are valid, its list of differences is
// the one that TestGolden checks, and what it calls missing is missing.
func TestGoldenCompatibilityPage(t *testing.T) {
	content, err := os.ReadFile("../../docs/compatibility.md")
	require.NoError(t, err)
	page := string(content)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()

	t.Run("queries are valid", func(t *testing.T) {
		queries := goldenPageQuery.FindAllStringSubmatch(page, -1)
		require.Len(t, queries, strings.Count(page, "\n| `GET /")+strings.Count(page, "? | `"))
		for _, found := range queries {
			var declared []string
			used := map[string]bool{}
			for _, variable := range goldenPageVariable.FindAllStringSubmatch(found[1], -1) {
				used[variable[1]] = true
			}
			for _, name := range slices.Sorted(maps.Keys(used)) {
				declared = append(declared, "$"+name+": "+goldenPageVariables[name])
			}
			query := "{ " + found[1] + " }"
			if len(declared) > 0 {
				query = "query (" + strings.Join(declared, ", ") + ") " + query
			}
			_, faults := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
			require.Empty(t, faults, query)
		}
	})
	t.Run("differences are the tested ones", func(t *testing.T) {
		var named, tested []string
		for _, row := range goldenPageRow.FindAllStringSubmatch(page, -1) {
			if row[1] != "Name" && !strings.HasPrefix(row[1], "-") {
				named = append(named, row[1])
			}
		}
		for _, d := range goldenDifferences {
			tested = append(tested, d.name)
			require.NotEmpty(t, d.reason, d.name)
		}
		require.Equal(t, tested, named)
	})
	t.Run("renamed fields are all of them", func(t *testing.T) {
		require.ElementsMatch(t, goldenRenamed(), goldenPageRename.FindAllString(page, -1))
	})
	t.Run("what is missing is missing", func(t *testing.T) {
		require.Equal(t, []string{
			"clearRuleState", "ensureStubIdentity", "insertTags", "setCampaignNotes", "setIdentityNotes", "setRuleState", "upsertAttributionStates",
		}, goldenFieldNames(schema.Mutation.Fields))
		require.Nil(t, schema.Subscription)
		require.Equal(t, []string{
			"about", "attacker", "attackerCommandsSince", "attackers", "auditLog", "campaign", "campaigns", "canaryToken", "canaryTokens", "canaryTriggers", "canaryTriggersSince",
			"deckies", "decky", "fingerprint", "identities", "identity", "multiActorIdentities", "network", "networks", "node", "nodes", "rule", "ruleStates",
			"rules", "search", "session", "status", "tactics", "tag", "tagTimeSeries", "tags", "tagsByDay", "technique", "techniqueChanges", "techniques", "viewer",
		}, goldenFieldNames(schema.Query.Fields))
		require.Equal(t, []string{"after", "before", "filter", "first", "last", "offset", "orderBy", "since"}, goldenArguments(schema.Query.Fields.ForName("attackers")))
		for kind, fields := range map[string][]string{
			"Attacker":  {"serviceActivity", "ipLeaks", "artifacts", "transcripts", "mail", "mails"},
			"Technique": {"groups"},
		} {
			for _, name := range fields {
				require.Nil(t, schema.Types[kind].Fields.ForName(name), name)
			}
		}
	})
}

// goldenRenamed is the rows of the page's table of fields that are not just DECNET's name in camel case.
func goldenRenamed() (rows []string) {
	for kind, columns := range map[string]goldenShape{
		"Campaign": goldenCampaign, "Identity": goldenIdentity, "Attacker": goldenAttacker, "TechniqueRollup": goldenSpans, "TTPTag": goldenTag,
		"DeckyPhase": goldenPhase, "Observation": slices.Concat(goldenLatest, goldenWindow, goldenUnanswered), "AttributionState": goldenState,
		"AttackerBehavior": goldenBehavior, "TCPFingerprint": goldenTCP, "TimingStats": goldenTiming, "PhaseSequence": goldenTurns,
		"AttackerIntel": goldenIntel, "Fingerprint": goldenPrint, "SMTPTarget": goldenTarget, "CanaryToken": goldenToken, "CanaryTrigger": goldenTrigger,
	} {
		for _, c := range columns {
			words := strings.Split(c.name, "_")
			for i := 1; i < len(words); i++ {
				words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
			}
			if field := strings.Join(c.path(), "."); field != "" && field != strings.Join(words, "") {
				rows = append(rows, "| `"+kind+"` | `"+c.name+"` | `"+field+"` |")
			}
		}
	}
	return rows
}

func goldenFieldNames(fields ast.FieldList) (names []string) {
	for _, f := range fields {
		if !strings.HasPrefix(f.Name, "__") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

func goldenArguments(field *ast.FieldDefinition) (names []string) {
	for _, a := range field.Arguments {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}
