package storagetest

import (
	"time"

	"decnetgraph/storage"
)

// tokenFilter has the fields that lists of canary tokens can be filtered by.
type tokenFilter struct {
	Kind, DeckyName, State *string
}

// tokenFilters lists filters of canary tokens, each with the same condition in Go.
var tokenFilters = []struct {
	name   string
	filter *tokenFilter
	keeps  func(*storage.CanaryToken) bool
}{
	{"", nil, everything[storage.CanaryToken]},
	{", empty filter", &tokenFilter{}, everything[storage.CanaryToken]},
	{", kind", &tokenFilter{Kind: new("aws_key")}, func(c *storage.CanaryToken) bool { return c.Kind == "aws_key" }},
	{", decky", &tokenFilter{DeckyName: new("decky-2")}, func(c *storage.CanaryToken) bool { return c.DeckyName == "decky-2" }},
	{", kind, decky and state", &tokenFilter{Kind: new("document"), DeckyName: new("decky-2"), State: new("failed")}, func(c *storage.CanaryToken) bool {
		return c.Kind == "document" && c.DeckyName == "decky-2" && c.State == "failed"
	}},
}

// canaryLists returns the lists of all tokens and of all hits.
func (m *model) canaryLists() []listCase {
	var cases []listCase
	placed := byTime(func(c *storage.CanaryToken) string { return c.UUID }, func(c *storage.CanaryToken) time.Time { return c.PlacedAt }, false)
	for _, filter := range tokenFilters {
		open := func(s *storage.Store) storage.List[storage.CanaryToken] {
			return s.AllCanaryTokens(storage.ListOptions{Filter: filter.filter})
		}
		rows := func(string) []*storage.CanaryToken { return choose(m.Tokens, filter.keeps) }
		cases = append(cases, listOf("all canary tokens"+filter.name, open, placed, fleet, rows))
	}
	newest := byTime(triggerKey, func(c *storage.CanaryTrigger) time.Time { return c.OccurredAt }, false)
	rows := func(string) []*storage.CanaryTrigger { return choose(m.Triggers, everything) }
	return append(cases, listOf("all canary triggers", Unfiltered((*storage.Store).AllCanaryTriggers), newest, fleet, rows))
}
