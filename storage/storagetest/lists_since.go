package storagetest

import (
	"encoding/json"
	"time"

	"decnetgraph/storage"
)

// sinces lists instants to start from: before all rows, at rows, just after rows, and after all rows.
var sinces = []time.Time{
	{},
	time.Unix(0, 0), at(2), at(2).Add(time.Nanosecond), at(3).In(time.FixedZone("", 7200)), at(3).Add(time.Microsecond), at(5).Add(-time.Microsecond),
	at(1_000_000), time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -3600)),
}

// sinceLists returns a case for every list that can start at an instant.
func (m *model) sinceLists() []listCase {
	var cases []listCase
	for n, since := range sinces {
		for _, up := range []bool{true, false} {
			name := " since " + since.Format(time.RFC3339Nano) + map[bool]string{true: ", ascending"}[up]
			if !up && n%3 != 2 { // a third is enough: the condition does not depend on the direction
				continue
			}
			cases = append(cases,
				listOf("campaigns"+name, func(s *storage.Store) storage.List[storage.Campaign] {
					return s.AllCampaigns(storage.ListOptions{IncludeMerged: true, Order: SortedBy(storage.ClusterUpdatedAt, !up), Since: &since})
				}, byTime(campaignKey, campaignUpdated, up), fleet, from(m.Campaigns, since, campaignUpdated)),
				listOf("identities"+name, func(s *storage.Store) storage.List[storage.Identity] {
					return s.AllIdentities(storage.ListOptions{IncludeMerged: true, Order: SortedBy(storage.ClusterCreatedAt, !up), Since: &since})
				}, byTime(identityKey, func(i *storage.Identity) time.Time { return i.CreatedAt }, up), fleet, from(m.Identities, since, identityUpdated)),
				listOf("attackers"+name, func(s *storage.Store) storage.List[storage.Attacker] {
					return s.AllAttackers(storage.ListOptions{Order: SortedBy(storage.AttackerLastSeen, !up), Since: &since})
				}, byTime(attackerKey, attackerLast, up), fleet, from(m.rawAttackers(), since, attackerLast)),
				listOf("tags"+name, func(s *storage.Store) storage.List[storage.TTPTag] {
					return s.AllTags(storage.ListOptions{
						Filter: &TagFilter{Confidence: &storage.ConfidenceRange{From: new(0.25)}}, Order: SortedBy(storage.TTPTagCreatedAt, !up), Since: &since,
					})
				}, byTime(tagKey, tagCreated, up), fleet, func(string) []*storage.TTPTag {
					return choose(m.Tags, func(t *storage.TTPTag) bool { return t.Confidence >= 0.25 && !t.CreatedAt.Before(since) })
				}),
			)
		}
		oldest := byTime(triggerKey, triggered, true)
		cases = append(cases,
			listOf("triggers since "+since.Format(time.RFC3339Nano), func(s *storage.Store) storage.List[storage.CanaryTrigger] {
				return s.AllCanaryTriggers(storage.ListOptions{Order: SortedBy(storage.CanaryTriggerOccurredAt, false), Since: &since})
			}, oldest, fleet, from(m.Triggers, since, triggered)),
			listOf("commands since "+since.Format(time.RFC3339Nano), func(s *storage.Store) storage.List[storage.AttackerCommands] {
				return s.AllAttackerCommands(storage.ListOptions{Since: &since})
			}, oldestCommands, fleet, func(string) []*storage.AttackerCommands { return m.commandsSince(since) }),
		)
	}
	return cases
}

func tagCreated(t *storage.TTPTag) time.Time         { return t.CreatedAt }
func triggered(c *storage.CanaryTrigger) time.Time   { return c.OccurredAt }
func bulkKey(c *storage.AttackerCommands) string     { return c.Attacker.UUID }
func bulkTime(c *storage.AttackerCommands) time.Time { return c.Attacker.LastSeen }

var oldestCommands = byTime(bulkKey, bulkTime, true)

// from returns the rows that are not older than an instant.
func from[T any](rows []T, since time.Time, instant func(*T) time.Time) func(string) []*T {
	return func(string) []*T { return choose(rows, func(row *T) bool { return !instant(row).Before(since) }) }
}

// commandsSince returns the expected bulk read of commands if all of them can be read.
func (m *model) commandsSince(since time.Time) []*storage.AttackerCommands {
	found := []*storage.AttackerCommands{}
	for _, a := range m.Attackers {
		if a.LastSeen.Before(since) {
			continue
		}
		row := &storage.AttackerCommands{Attacker: a.Attacker, Commands: []*storage.Command{}, Entries: []storage.JSON{}}
		var entries []json.RawMessage
		if err := json.Unmarshal([]byte(commandsOf(a.Commands)), &entries); err != nil {
			panic(err) // the test data is wrong
		}
		for n, entry := range entries {
			row.Commands, row.Entries = append(row.Commands, &a.Commands[n]), append(row.Entries, storage.JSON(entry))
		}
		found = append(found, row)
	}
	return found
}
