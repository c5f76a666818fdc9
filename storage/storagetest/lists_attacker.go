package storagetest

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"decnetgraph/storage"
)

// primitives lists the behaviours whose series are tested; the last one has no observations.
var primitives = []string{"motor.pause", "toolchain.kind", "nothing.known"}

func (m *model) attackerLists() []listCase {
	owners := m.owners(storage.KindAttacker)
	var cases []listCase
	for _, service := range []*string{nil, new("ssh"), new("gopher")} {
		open := func(s *storage.Store) storage.List[storage.Command] {
			return s.Commands(service, storage.ListOptions{})
		}
		cases = append(cases, listOf("commands of "+deref(service), open, m.commandOrder(), owners, func(owner string) []*storage.Command {
			return m.commands(owner, service)
		}))
	}
	for _, primitive := range primitives {
		key := func(o *storage.Observation) string { return o.ObservationID }
		open := func(s *storage.Store) storage.List[storage.Observation] {
			return s.ObservationSeries(primitive, storage.ListOptions{})
		}
		oldest := byTime(key, func(o *storage.Observation) time.Time { return o.At }, true)
		cases = append(cases, listOf("series of "+primitive, open, oldest, owners, func(owner string) []*storage.Observation {
			return m.observations(owner, primitive)
		}))
	}
	newest := byTime(triggerKey, func(c *storage.CanaryTrigger) time.Time { return c.OccurredAt }, false)
	return append(cases,
		listOf("smtp targets", Unfiltered((*storage.Store).SMTPTargets), targetOrder, owners, func(owner string) []*storage.SMTPTarget {
			targets := []*storage.SMTPTarget{}
			for n := range m.Targets {
				if m.Targets[n].AttackerUUID == owner {
					targets = append(targets, &m.Targets[n].SMTPTarget)
				}
			}
			return targets
		}),
		listOf("triggers of attackers", Unfiltered((*storage.Store).AttackerTriggers), newest, owners, func(owner string) []*storage.CanaryTrigger {
			return choose(m.Triggers, func(c *storage.CanaryTrigger) bool { return deref(c.AttackerUUID) == owner })
		}),
		listOf("triggers of tokens", Unfiltered((*storage.Store).TokenTriggers), newest, m.owners(storage.KindCanaryToken), func(owner string) []*storage.CanaryTrigger {
			return choose(m.Triggers, func(c *storage.CanaryTrigger) bool { return c.TokenUUID == owner })
		}))
}

// commandOrder is the stored order of commands. The texts of all commands of a graph are distinct.
func (m *model) commandOrder() rowsOf[storage.Command] {
	places := map[string]int{}
	for _, a := range m.Attackers {
		for place, c := range a.Commands {
			places[*c.Command] = place
		}
	}
	key := func(c *storage.Command) string { return *c.Command }
	return rowsOf[storage.Command]{key: key, compare: func(a, b *storage.Command) int { return cmp.Compare(places[key(a)], places[key(b)]) }}
}

func (m *model) commands(attacker string, service *string) []*storage.Command {
	for n := range m.Attackers {
		if m.Attackers[n].UUID == attacker {
			return choose(m.Attackers[n].Commands, func(c *storage.Command) bool { return service == nil || deref(c.Service) == *service })
		}
	}
	return nil
}

// observations returns an attacker's observations of one behaviour.
func (m *model) observations(attacker, primitive string) []*storage.Observation {
	found := []*storage.Observation{}
	for n := range m.Observations {
		if o := &m.Observations[n]; o.AttackerUUID == attacker && o.Primitive == primitive {
			found = append(found, &o.Observation)
		}
	}
	return found
}

// targetOrder compares by instant and then by id as a number, both descending.
var targetOrder = rowsOf[storage.SMTPTarget]{
	key: func(t *storage.SMTPTarget) string { return t.TargetID },
	compare: func(a, b *storage.SMTPTarget) int {
		id := func(t *storage.SMTPTarget) int { n, _ := strconv.Atoi(t.TargetID); return n }
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), cmp.Compare(id(b), id(a)))
	},
}

// multiActors returns the identities with at least two behaviours in the state multi_actor.
func (m *model) multiActors() []*storage.MultiActorIdentity {
	counts := map[string]int{}
	for _, s := range m.States {
		if *s.State == storage.VerdictMultiActor {
			counts[s.IdentityUUID]++
		}
	}
	found := []*storage.MultiActorIdentity{}
	for _, identity := range sortedKeys(counts) {
		if counts[identity] >= 2 {
			found = append(found, &storage.MultiActorIdentity{IdentityUUID: identity})
		}
	}
	return found
}

// states returns the states of an identity's members, in the order of the answer.
func (m *model) states(membership storage.Membership, state *storage.AttributionVerdict, identity string) []*storage.AttributionState {
	found := choose(m.States, func(s *storage.AttributionState) bool {
		return m.isMember(storage.KindIdentity, membership, identity, s.IdentityUUID) && (state == nil || *s.State == *state)
	})
	return sorted(found, func(a, b *storage.AttributionState) int {
		return cmp.Or(strings.Compare(a.Primitive, b.Primitive), strings.Compare(a.IdentityUUID, b.IdentityUUID))
	})
}
