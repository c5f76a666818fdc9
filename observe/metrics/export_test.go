package metrics

import (
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// description matches the text that a prometheus.Desc prints of itself.
var description = regexp.MustCompile(`fqName: "([^"]*)".*constLabels: \{(.*?)\}, variableLabels: \{(.*?)\}`)

// Labels are the labels of each metric, by its name, without those of Go and of the process.
func Labels() map[string][]string {
	all := make(chan *prometheus.Desc, 1_000)
	New(Build{}, Sources{}).registry.Describe(all)
	close(all)
	labels := map[string][]string{}
	for d := range all {
		found := description.FindStringSubmatch(d.String())
		if found == nil || !strings.HasPrefix(found[1], namespace) {
			continue
		}
		labels[found[1]] = []string{}
		for _, constant := range strings.FieldsFunc(found[2], func(c rune) bool { return c == ',' }) {
			name, _, _ := strings.Cut(constant, "=")
			labels[found[1]] = append(labels[found[1]], name)
		}
		labels[found[1]] = append(labels[found[1]], strings.FieldsFunc(found[3], func(c rune) bool { return c == ',' })...)
	}
	return labels
}
