package storagetest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// anyGraph draws campaigns, identities, attackers and tags with arbitrary links: long chains, rings, chains into
// rings, links to the row itself and to missing rows. There are few times and techniques, so that many rows have
// equal sort keys.
func anyGraph(t *rapid.T) Graph {
	campaigns := anyRows(t, "c", 6)
	identities := anyRows(t, "i", 18)
	attackers := anyRows(t, "a", 8)
	g := Graph{}
	links := anyLinks(t, "merge of campaign", campaigns)
	for n, uuid := range campaigns {
		g.Campaigns = append(g.Campaigns, with(campaign(uuid, links[n]), func(c *storage.Campaign) {
			c.UpdatedAt, c.CreatedAt = at(upTo(t, "updated", 2)), at(upTo(t, "created", 2))
		}))
	}
	links = anyLinks(t, "merge of identity", identities)
	for n, uuid := range identities {
		of := oneOf(t, "campaign", append(campaigns, "", "", "c-gone"))
		g.Identities = append(g.Identities, with(identity(uuid, of, links[n]), func(i *storage.Identity) {
			i.UpdatedAt, i.CreatedAt = at(upTo(t, "updated", 2)), at(upTo(t, "created", 2))
		}))
	}
	for _, uuid := range attackers {
		of := oneOf(t, "identity", append(identities, "", "i-gone"))
		g.Attackers = append(g.Attackers, with(attacker(uuid, of), func(a *Attacker) {
			a.ASN, a.CountryCode, a.BGPPrefix = rapid.Ptr(rapid.IntRange(64500, 64501), true).Draw(t, "asn"), link(oneOf(t, "country", []string{"", "DE", "RU"})), link(oneOf(t, "prefix", []string{"", "203.0.113.0/24"}))
			a.Deckies = rapid.SliceOfN(rapid.SampledFrom([]string{"decky-1", "Decky-1", "decky-3"}), 0, 2).Draw(t, "deckies")
			a.FirstSeen, a.LastSeen, a.EventCount = at(upTo(t, "first", 3)), at(upTo(t, "last", 3)), upTo(t, "events", 2)
			for n := range upTo(t, "commands", 5) {
				service := oneOf(t, "service", []string{"", "ssh", "http"})
				a.Commands = append(a.Commands, storage.Command{Service: link(service), Command: new(fmt.Sprintf("%s %d", uuid, n))})
			}
		}))
	}
	for n := range rapid.IntRange(0, 24).Draw(t, "tags") {
		g.Tags = append(g.Tags, anyTag(t, fmt.Sprintf("t%02d", n*7%31), identities, attackers))
	}
	return g
}

func anyTag(t *rapid.T, uuid string, identities, attackers []string) storage.TTPTag {
	identity := oneOf(t, "identity", append(identities, "", "", "i-gone"))
	attacker := oneOf(t, "attacker", append(attackers, "", "a-gone"))
	if identity == "" && attacker == "" { // the table requires one of them
		attacker = "a-lost"
	}
	one := tag(uuid, identity, attacker)
	one.TechniqueID = oneOf(t, "technique", []string{"T1110", "T1059", "t1110"})
	one.SubTechniqueID = link(oneOf(t, "sub", []string{"", "", "T1110.001", "T1110"}))
	one.TacticID = oneOf(t, "tactic", []string{"TA0006", "TA0001", "TA0043"})
	one.RuleID = oneOf(t, "rule", []string{"R0001", "R0002"})
	one.SourceKind = oneOf(t, "kind", []string{"command", "email"})
	one.SessionID = link(oneOf(t, "session", []string{"", "s1", "s2", "s1|T1110"}))
	one.Decky = link(oneOf(t, "decky", []string{"", "decky-1", "decky-2"}))
	one.Confidence = float64(upTo(t, "confidence", 4)) / 4
	one.CreatedAt = at(upTo(t, "created", 3))
	return one
}

// anyRows draws the keys of some rows, in random order.
func anyRows(t *rapid.T, prefix string, most int) []string {
	rows := make([]string, most)
	for n := range rows {
		rows[n] = fmt.Sprintf("%s%02d", prefix, n)
	}
	number := evenly(t, "number of "+prefix, []int{0, most / 3, most, most})
	return rapid.Permutation(rows).Draw(t, prefix)[:number]
}

// anyLinks draws a merge link for each row. Some of the rows may form one chain, so that long chains are common;
// depending on the link of its last row it is a ring, leads into a ring, or neither.
func anyLinks(t *rapid.T, label string, rows []string) []string {
	links := make([]string, len(rows))
	chained := evenly(t, "length of chain", []int{0, len(rows) / 3, len(rows), len(rows)})
	targets := slices.Concat(rows, make([]string, 1+len(rows)), []string{"gone", "gone"}) // about half of them are no link
	for n := range rows {
		if n+1 < chained {
			links[n] = rows[n+1]
		} else {
			links[n] = evenly(t, label, targets)
		}
	}
	return links
}

func oneOf(t *rapid.T, label string, choices []string) string {
	return rapid.SampledFrom(choices).Draw(t, label)
}

// evenly draws one of the choices with equal probability; rapid itself prefers the first.
func evenly[T any](t *rapid.T, label string, choices []T) T {
	n := 0
	for range 6 {
		n *= 2
		if rapid.Bool().Draw(t, label) {
			n++
		}
	}
	return choices[n%len(choices)]
}

// upTo draws a number from 0 to most.
func upTo(t *rapid.T, label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
