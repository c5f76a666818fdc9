package metrics_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"decnetgraph/observe/metrics"
)

// expression is what a PromQL expression uses.
type expression struct {
	metrics []string
	labels  map[string][]string // by metric, in its braces
	grouped []string            // labels by which it groups or matches
}

var (
	promToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+[a-z]*|=~|!~|!=|\S`)
	promName  = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	// grouping are the words before a list of labels, and operators other words that are no names of metrics.
	grouping  = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
	operators = []string{"and", "or", "unless", "bool", "offset"}
)

// readExpression finds the metrics and labels of an expression.
func readExpression(text string) expression {
	e := expression{labels: map[string][]string{}}
	tokens := promToken.FindAllString(text, -1)
	at := func(i int) string {
		if i < len(tokens) {
			return tokens[i]
		}
		return ""
	}
	for i := 0; i < len(tokens); i++ {
		word := tokens[i]
		switch {
		case !promName.MatchString(word) || slices.Contains(operators, word):
		case slices.Contains(grouping, word) && at(i+1) == "(":
			for i += 2; i < len(tokens) && tokens[i] != ")"; i++ {
				if tokens[i] != "," {
					e.grouped = append(e.grouped, tokens[i])
				}
			}
		case slices.Contains(grouping, word) || at(i+1) == "(" || at(i+1) == "by" || at(i+1) == "without": // a function
		default:
			e.metrics = append(e.metrics, word)
			if at(i+1) != "{" {
				continue
			}
			for i += 2; i < len(tokens) && tokens[i] != "}"; i++ {
				if promName.MatchString(tokens[i]) && strings.ContainsAny(at(i+1), "=!") {
					e.labels[word] = append(e.labels[word], tokens[i])
				}
			}
		}
	}
	return e
}

// scraped are the labels that Prometheus adds.
var scraped = []string{"instance", "job"}

// check returns what an expression names that is not there. known are the labels of each metric.
func (e expression) check(known map[string][]string) (problems []string) {
	if len(e.metrics) == 0 {
		problems = append(problems, "it names no metric")
	}
	var grouped []string
	for _, metric := range e.metrics {
		labels, is := known[metric]
		if !is {
			problems = append(problems, "no metric "+metric)
		}
		labels = append(slices.Clone(labels), scraped...)
		grouped = append(grouped, labels...)
		for _, label := range e.labels[metric] {
			if !slices.Contains(labels, label) {
				problems = append(problems, metric+" has no label "+label)
			}
		}
	}
	for _, label := range e.grouped {
		if !slices.Contains(grouped, label) {
			problems = append(problems, "no metric of it has the label "+label)
		}
	}
	return problems
}

// exposed are the labels of each time series that a scrape brings.
func exposed(t *testing.T) map[string][]string {
	t.Helper()
	m := metrics.New(metrics.Build{}, all)
	count(m, "Walk", "query", "TIMEOUT")
	known := map[string][]string{}
	for line := range strings.Lines(scrape(t, m)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(strings.Fields(line)[0], "{")
		known[name] = append(known[name], "")
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(rest, -1) {
			known[name] = append(known[name], label[1])
		}
	}
	return known
}

// dashboardExpressions are the queries of the panels and variables of the dashboard.
func dashboardExpressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/decnet-graph.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Type    string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Type, Definition string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	for _, panel := range dashboard.Panels {
		assert.Equal(t, panel.Type == "row", len(panel.Targets) == 0)
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	values := regexp.MustCompile(`^label_values\((.*), ([a-z]+)\)$`)
	for _, variable := range dashboard.Templating.List {
		if variable.Type == "query" {
			found := values.FindStringSubmatch(variable.Definition)
			require.NotNil(t, found, variable.Definition)
			all = append(all, fmt.Sprintf("sum by (%s) (%s)", found[2], found[1]))
		}
	}
	return all
}

// alertExpressions are the conditions of the alerts.
func alertExpressions(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			assert.NotEmpty(t, rule.Alert)
			assert.NotEmpty(t, rule.For, rule.Alert)
			assert.Contains(t, []string{"warning", "critical"}, rule.Labels["severity"], rule.Alert)
			assert.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
			assert.NotEmpty(t, rule.Annotations["description"], rule.Alert)
			all = append(all, rule.Expr)
		}
	}
	return all
}

func TestDashboardAndAlertsUseMetricsAndLabelsThatExist(t *testing.T) {
	known := exposed(t)
	expressions := append(dashboardExpressions(t), alertExpressions(t)...)
	assert.Greater(t, len(expressions), 40)
	for _, text := range expressions {
		assert.Empty(t, readExpression(text).check(known), text)
	}
}

func TestTheCheckOfExpressionsFindsMistakes(t *testing.T) {
	known := map[string][]string{"a_total": {"code"}, "a_bucket": {"le"}}
	for text, want := range map[string]string{
		`sum by (code, instance) (rate(a_total{code=~"x|y{z}", instance="$i"}[5m])) > 0.5`: "",
		`histogram_quantile(0.9, sum by (le) (rate(a_bucket[$__rate_interval])))`:          "",
		`a_total / on (code) group_left a_total unless absent(a_total)`:                    "",
		`rate(b_total[5m])`:                 "no metric b_total",
		`a_total / b_total`:                 "no metric b_total",
		`a_total{kind="x"}`:                 "a_total has no label kind",
		`a_total{code="x", kind!~"x"}`:      "a_total has no label kind",
		`sum by (le) (a_total)`:             "no metric of it has the label le",
		`sum(a_total) without (kind, code)`: "no metric of it has the label kind",
		`vector(1)`:                         "it names no metric",
	} {
		assert.Equal(t, want, strings.Join(readExpression(text).check(known), "; "), text)
	}
}
