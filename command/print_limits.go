package command

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
)

// limitsCommand is the command limits, which takes the flags of serve.
type limitsCommand struct {
	serveCommand `embed:""`
}

// Help is the text of --help below the first line.
func (c *limitsCommand) Help() string {
	return `The values are those that serve would use with the same flags, environment and configuration file.`
}

// limitGroup is the group of the flags that set limits.
const limitGroup = "Limits"

// Run prints the limits: those that a flag sets with its value, and those that are fixed.
func (c *limitsCommand) Run(chosen *kong.Context, streams Streams) error {
	limits, err := c.limits()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "VALUE\tFLAG\tLIMIT")
	for _, flag := range chosen.Flags() {
		if flag.Group != nil && flag.Group.Key == limitGroup {
			meaning, _, _ := strings.Cut(flag.Help, " (")
			_, _ = fmt.Fprintf(table, "%s\t--%s\t%s\n", strings.Join(textsOf(flag.Value), ","), flag.Name, strings.TrimSuffix(meaning, "."))
		}
	}
	for _, limit := range append(schemaLimits(limits), httpapi.FixedLimits()...) {
		_, _ = fmt.Fprintf(table, "%s\t\t%s\n", limit.Value, limit.Meaning)
	}
	return table.Flush()
}

// schemaLimits are the limits of operations that no flag changes.
func schemaLimits(limits resolvers.Limits) (fixed []httpapi.FixedLimit) {
	for _, limit := range []struct {
		value   int
		meaning string
	}{
		{resolvers.DefaultPage, "Items of a page if the request names no number"},
		{resolvers.MaxPage, "Most items of a page"},
		{resolvers.MaxOffset, "Most items that offset skips"},
		{resolvers.MaxNodes, "Most ids of one nodes field"},
		{limits.Edges, "Most edges, each a statement, of one request"},
		{limits.Parallel, "Most statements that one request runs at a time"},
		{limits.DocumentBytes, "Bytes of the cache of parsed documents"},
		{limits.PlanBytes, "Bytes of the cache of plans"},
	} {
		fixed = append(fixed, httpapi.FixedLimit{Value: strconv.Itoa(limit.value), Meaning: limit.meaning})
	}
	return fixed
}
