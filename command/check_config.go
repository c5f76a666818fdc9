package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
)

// checkConfigCommand is the command check-config, which takes the flags of serve.
type checkConfigCommand struct {
	serveCommand `embed:""`
}

// Help is the text of --help below the first line.
func (c *checkConfigCommand) Help() string {
	return `It reads the files that the settings name, and neither connects to the database nor opens an address. What it prints is a file for --config, ` +
		`without secrets. Exit codes: 0 serve would accept the settings, 2 it would not; each problem is printed in a line of its own.`
}

// Run prints the settings, and fails with their problems.
func (c *checkConfigCommand) Run(ctx context.Context, chosen *kong.Context, streams Streams, log *slog.Logger, settings *settings) error {
	printSettings(streams.Out, chosen, settings)
	if source, err := c.source(); err == nil && c.DB == "" {
		_, _ = fmt.Fprintf(streams.Out, "# The database is that of DECNET's own settings: %s\n", source)
	}
	if problems := c.problems(ctx, log); len(problems) > 0 {
		return problemsError(problems)
	}
	return nil
}

// problems are the reasons why serve would refuse its settings.
func (c *serveCommand) problems(ctx context.Context, log *slog.Logger) (problems []error) {
	if _, err := c.rules(ctx, c.limitFlags, log); err != nil {
		problems = append(problems, err)
	}
	_, more := c.readNetwork(log)
	problems = append(problems, more...)
	if _, err := c.source(); err != nil {
		problems = append(problems, err)
	}
	replicas, err := c.replicas(c.Replica)
	if err != nil {
		problems = append(problems, err)
	}
	for _, replica := range replicas {
		if _, err := engine.Parse(replica); err != nil {
			problems = append(problems, storage.Invalid("--replica: %v", err))
		}
	}
	return problems
}

// readNetwork reads how the server is reached and by whom, and returns all reasons why that cannot be served.
func (c *serveCommand) readNetwork(log *slog.Logger) (*network, []error) {
	n, problems := c.networkFlags.read(c.enabled(), log)
	n.waysIn = c.waysIn()
	if err := c.observeFlags.check(); err != nil {
		problems = append(problems, err)
	}
	if err := c.accessFlags.check(); err != nil {
		problems = append(problems, err)
	}
	if len(c.CertificateRole) > 0 && c.TLSClientCA == "" {
		problems = append(problems, storage.Invalid("--certificate-role is for client certificates, and no authority of theirs is named; also give --tls-client-ca"))
	}
	return &n, problems
}

// problemsError is several errors, each of which is printed in a line of its own.
type problemsError []error

func (p problemsError) Error() string {
	lines := make([]string, len(p))
	for i, err := range p {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// printSettings prints all settings of the command as YAML, each with its origin.
func printSettings(out io.Writer, chosen *kong.Context, settings *settings) {
	given := map[*kong.Value]bool{}
	for _, path := range chosen.Path {
		if path.Flag != nil && !path.Resolved {
			given[path.Flag.Value] = true
		}
	}
	_, _ = fmt.Fprintln(out, "# Settings of decnet-graph serve: each is a flag, a variable of the environment, or a line of a file for --config.")
	for _, flag := range chosen.Flags() {
		if len(flag.Envs) == 0 || "--"+flag.Name == configFlag {
			continue
		}
		origin := settings.origins[flag.Value]
		switch {
		case given[flag.Value]:
			origin = "command line"
		case origin == "" && flag.HasDefault:
			origin = "default"
		case origin == "":
			origin = "not set"
		}
		if flag.Target.Kind() == reflect.Pointer && flag.Target.IsNil() {
			_, _ = fmt.Fprintf(out, "# %s is not set\n", flag.Name)
			continue
		}
		_, _ = fmt.Fprintf(out, "%-50s # %s\n", flag.Name+": "+yamlOf(flag.Value), origin)
	}
}

// yamlOf is the value of a flag in YAML, without secrets.
func yamlOf(flag *kong.Value) string {
	var value any
	switch flag.Target.Kind() {
	case reflect.Slice:
		node := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, text := range textsOf(flag) {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: redacted(flag, text)})
		}
		value = node
	case reflect.String:
		value = redacted(flag, flag.Target.String())
	case reflect.Bool:
		value = flag.Target.Bool()
	default:
		return strings.Join(textsOf(flag), "")
	}
	text, err := yaml.Marshal(value)
	if err != nil {
		return "" // texts and lists of them are always YAML
	}
	return strings.TrimSpace(string(text))
}

// textsOf are the texts of a flag's value.
func textsOf(flag *kong.Value) (texts []string) {
	if flag.Target.Kind() != reflect.Slice {
		return []string{fmt.Sprint(reflect.Indirect(flag.Target).Interface())}
	}
	for i := range flag.Target.Len() {
		texts = append(texts, fmt.Sprint(flag.Target.Index(i).Interface()))
	}
	return texts
}
