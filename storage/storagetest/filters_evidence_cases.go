package storagetest

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// place is a number as a text that sorts like it.
func place(n int) string { return fmt.Sprintf("%09d", n) }

var (
	eventOrders = sortOrders[storage.Event]{map[string]func(a, b *storage.Event) int{
		storage.EventAt: func(a, b *storage.Event) int { return a.At.Compare(b.At) },
	}, func(e *storage.Event) string { return place(e.EventID) }}
	credentialOrders = sortOrders[storage.Credential]{map[string]func(a, b *storage.Credential) int{
		"LAST_SEEN":     func(a, b *storage.Credential) int { return a.LastSeen.Compare(b.LastSeen) },
		"FIRST_SEEN":    func(a, b *storage.Credential) int { return a.FirstSeen.Compare(b.FirstSeen) },
		"ATTEMPT_COUNT": func(a, b *storage.Credential) int { return cmp.Compare(a.AttemptCount, b.AttemptCount) },
	}, func(c *storage.Credential) string { return place(c.CredentialID) }}
	sharedOrders = sortOrders[storage.SharedCredential]{map[string]func(a, b *storage.SharedCredential) int{
		"LAST_SEEN":    func(a, b *storage.SharedCredential) int { return a.LastSeen.Compare(b.LastSeen) },
		"UPDATED_AT":   func(a, b *storage.SharedCredential) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
		"TARGET_COUNT": func(a, b *storage.SharedCredential) int { return cmp.Compare(a.TargetCount, b.TargetCount) },
		"CONFIDENCE":   func(a, b *storage.SharedCredential) int { return cmp.Compare(a.Confidence, b.Confidence) },
	}, func(c *storage.SharedCredential) string { return c.UUID }}
	attachmentOrders = sortOrders[storage.Attachment]{map[string]func(a, b *storage.Attachment) int{
		"LAST_SEEN":         func(a, b *storage.Attachment) int { return a.LastSeen.Compare(b.LastSeen) },
		"OBSERVATION_COUNT": func(a, b *storage.Attachment) int { return cmp.Compare(a.ObservationCount, b.ObservationCount) },
	}, func(a *storage.Attachment) string { return a.UUID }}
	bountyOrders = sortOrders[storage.Bounty]{map[string]func(a, b *storage.Bounty) int{
		storage.EventAt: func(a, b *storage.Bounty) int { return a.At.Compare(b.At) },
	}, func(b *storage.Bounty) string { return place(b.BountyID) }}
	sessionOrders = sortOrders[listedSession]{map[string]func(a, b *listedSession) int{
		"STARTED_AT": func(a, b *listedSession) int { return a.StartedAt.Compare(*b.StartedAt) },
		"ENDED_AT":   func(a, b *listedSession) int { return a.EndedAt.Compare(*b.EndedAt) },
		"DURATION":   func(a, b *listedSession) int { return cmp.Compare(a.seconds(), b.seconds()) },
		"TAGS":       func(a, b *listedSession) int { return cmp.Compare(a.TagCount, b.TagCount) },
		"ATTACKERS":  func(a, b *listedSession) int { return cmp.Compare(a.AttackerCount, b.AttackerCount) },
	}, func(s *listedSession) string { return s.SessionID }}
	commandOrders = sortOrders[typedCommand]{map[string]func(a, b *typedCommand) int{
		"PLACE":     func(a, b *typedCommand) int { return cmp.Compare(a.place, b.place) },
		"TIMESTAMP": func(a, b *typedCommand) int { return orEarliest(a.Timestamp).Compare(orEarliest(b.Timestamp)) },
	}, func(c *typedCommand) string { return place(c.place) }}
)

// typedCommand is a command with its place in the stored list.
type typedCommand struct {
	storage.Command

	place int
}

// evidenceFilter draws a list of what deckies log and capture, with a filter and an order.
func (m *model) evidenceFilter(t *rapid.T) filterCase {
	membership, kind := drawMembership(t), rapid.SampledFrom([]storage.Kind{storage.KindAttacker, storage.KindIdentity}).Draw(t, "kind")
	nested := kind == storage.KindIdentity
	if !nested {
		membership = storage.Resolved
	}
	owners := m.owners(kind)
	has := func(owner, ip string) bool { return m.hasAddress(kind, membership, owner, ip) }
	switch rapid.SampledFrom([]string{"events", "credentials", "shared", "attachments", "bounties", "sessions", "commands"}).Draw(t, "list") {
	case "events":
		f := drawEventFilter(t, filterDepth)
		return newFilterCase(t, f, eventOrders, owners, ofEither(nested, membership, (*storage.Store).AttackerEvents, (*storage.Store).IdentityEvents), func(owner string) []*storage.Event {
			return choose(m.Events, func(e *storage.Event) bool { return has(owner, e.AttackerIP) && eventHolds(f, e) })
		})
	case "credentials":
		f := drawCredentialFilter(t, filterDepth)
		return newFilterCase(t, f, credentialOrders, owners, ofEither(nested, membership, (*storage.Store).AttackerCredentials, (*storage.Store).IdentityCredentials), func(owner string) []*storage.Credential {
			return choose(m.Credentials, func(c *storage.Credential) bool { return has(owner, c.AttackerIP) && credentialHolds(f, c) })
		})
	case "shared":
		f := drawSharedFilter(t, filterDepth)
		return newFilterCase(t, f, sharedOrders, owners, ofEither(nested, membership, (*storage.Store).AttackerSharedCredentials, (*storage.Store).IdentitySharedCredentials), func(owner string) []*storage.SharedCredential {
			return choose(m.Shared, func(c *storage.SharedCredential) bool {
				return sharedHolds(f, c) && len(keep(m.attackersOf(kind, membership, owner), func(a *Attacker) bool { return a.UUID == c.AttackerUUIDs[0] })) > 0
			})
		})
	case "attachments":
		f := drawAttachmentFilter(t, filterDepth)
		return newFilterCase(t, f, attachmentOrders, owners, ofEither(nested, membership, (*storage.Store).AttackerAttachments, (*storage.Store).IdentityAttachments), func(owner string) []*storage.Attachment {
			return choose(m.Attachments, func(a *storage.Attachment) bool {
				return m.sent(capturesOf{kind: kind, membership: membership}, owner, deref(a.FirstSeenAttackerUUID), deref(a.LastSeenAttackerUUID)) && attachmentHolds(f, a)
			})
		})
	case "bounties":
		f := drawBountyFilter(t, filterDepth)
		return newFilterCase(t, f, bountyOrders, owners, ofEither(nested, membership, (*storage.Store).AttackerBounties, (*storage.Store).IdentityBounties), func(owner string) []*storage.Bounty {
			return choose(m.Bounties, func(b *storage.Bounty) bool { return has(owner, b.AttackerIP) && bountyHolds(f, b) })
		})
	case "sessions":
		f := drawSessionFilter(t, filterDepth)
		return shownAs(newFilterCase(t, f, sessionOrders, owners, nil, func(owner string) []*listedSession {
			return keep(m.listedSessions(kind, membership, owner), func(s *listedSession) bool { return m.sessionHolds(f, s) })
		}), ofEither(nested, membership, (*storage.Store).AttackerSessions, (*storage.Store).IdentitySessions), func(s *storage.Session, _ storage.Position) string { return s.SessionID })
	default:
		f := drawCommandFilter(t, filterDepth)
		service := maybe(t, "service", func(*rapid.T) string { return "ssh" })
		return shownAs(newFilterCase(t, f, commandOrders, m.owners(storage.KindAttacker), nil, func(owner string) []*typedCommand {
			return keep(m.typedBy(owner), func(c *typedCommand) bool {
				return commandHolds(f, &c.Command) && (service == nil || deref(c.Service) == *service)
			})
		}), func(s *storage.Store, o storage.ListOptions) storage.List[storage.Command] {
			return s.Commands(service, o)
		}, func(_ *storage.Command, at storage.Position) string {
			n, _ := strconv.Atoi(strings.TrimPrefix(at.Key, "i"))
			return place(n)
		})
	}
}

// typedBy are the commands of an attacker.
func (m *model) typedBy(owner string) []*typedCommand {
	var typed []*typedCommand
	for _, a := range choose(m.Attackers, func(a *Attacker) bool { return a.UUID == owner }) {
		for n, c := range a.Commands {
			typed = append(typed, &typedCommand{c, n})
		}
	}
	return typed
}

// ofEither returns the list of attackers, or that of identities.
func ofEither[T any](
	identities bool, m storage.Membership, ofAttackers func(*storage.Store, storage.ListOptions) storage.List[T],
	ofIdentities func(*storage.Store, storage.Membership, storage.ListOptions) storage.List[T],
) func(*storage.Store, storage.ListOptions) storage.List[T] {
	if !identities {
		return ofAttackers
	}
	return func(s *storage.Store, o storage.ListOptions) storage.List[T] { return ofIdentities(s, m, o) }
}

// namedFilter draws a list of deckies, rules or networks with a filter and an order.
func (m *model) namedFilter(t *rapid.T) filterCase {
	byNumber := func(a, b *namedRow) int { return cmp.Compare(a.number, b.number) }
	byName := func(a, b *namedRow) int { return strings.Compare(a.key, b.key) }
	byLast := func(a, b *namedRow) int { return orEarliest(a.last).Compare(orEarliest(b.last)) }
	byAttackers := func(a, b *namedRow) int { return cmp.Compare(len(a.attackers), len(b.attackers)) }
	byTags := func(a, b *namedRow) int { return cmp.Compare(len(a.tags), len(b.tags)) }
	orders := sortOrders[namedRow]{key: func(r *namedRow) string { return r.key }}
	of := rapid.SampledFrom([]string{"deckies", "rules", "rules", string(storage.NetworkASN), string(storage.NetworkPrefix), string(storage.NetworkCountry)}).Draw(t, "list")
	f := drawNamedFilter(of)(t, filterDepth)
	kept := func(rows []*namedRow) func(string) []*namedRow {
		return func(string) []*namedRow { return keep(rows, func(r *namedRow) bool { return m.namedHolds(f, r) }) }
	}
	switch of {
	case "deckies":
		orders.by = map[string]func(a, b *namedRow) int{"TAGS": byNumber, "NAME": byName, "LAST_SEEN": byLast, "ATTACKERS": byAttackers}
		return shownAs(newFilterCase(t, f, orders, fleet, nil, kept(m.namedDeckies())), (*storage.Store).AllDeckies,
			func(d *storage.Decky, _ storage.Position) string { return d.Name })
	case "rules":
		orders.by = map[string]func(a, b *namedRow) int{"TAGS": byNumber, "RULE_ID": byName, "LAST_SEEN": byLast, "ATTACKERS": byAttackers}
		return shownAs(newFilterCase(t, f, orders, fleet, nil, kept(m.namedRules())), (*storage.Store).AllRules,
			func(r *storage.Rule, _ storage.Position) string { return r.RuleID })
	default:
		kind := storage.NetworkKind(of)
		if kind == storage.NetworkASN {
			orders.key = func(r *namedRow) string { n, _ := strconv.Atoi(r.key); return place(n) }
		}
		orders.by = map[string]func(a, b *namedRow) int{"ATTACKERS": byNumber, "LAST_SEEN": byLast, "TAGS": byTags}
		return shownAs(newFilterCase(t, f, orders, fleet, nil, kept(m.namedNetworks(kind))),
			func(s *storage.Store, o storage.ListOptions) storage.List[storage.Network] {
				return s.AllNetworks(kind, o)
			},
			func(n *storage.Network, _ storage.Position) string { return orders.key(&namedRow{key: n.Value}) })
	}
}

// shownAs is a case whose list has other rows than its model, with the same keys.
func shownAs[M, T any](
	of randomFilter[M], open func(*storage.Store, storage.ListOptions) storage.List[T], key func(*T, storage.Position) string,
) filterCase {
	return randomFilter[T]{options: of.options, open: open, want: of.want, key: key}
}
