package storagetest

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"decnetgraph/storage"
)

// byNumber compares rows by an instant and then by the number of the row, both descending.
func byNumber[T any](number func(*T) int, instant func(*T) time.Time) rowsOf[T] {
	return rowsOf[T]{key: func(row *T) string { return strconv.Itoa(number(row)) }, compare: func(a, b *T) int {
		return cmp.Or(instant(b).Compare(instant(a)), cmp.Compare(number(b), number(a)))
	}}
}

var (
	newestEvents      = byNumber(func(e *storage.Event) int { return e.EventID }, func(e *storage.Event) time.Time { return e.At })
	newestCredentials = byNumber(func(c *storage.Credential) int { return c.CredentialID }, func(c *storage.Credential) time.Time { return c.LastSeen })
	newestBounties    = byNumber(func(b *storage.Bounty) int { return b.BountyID }, func(b *storage.Bounty) time.Time { return b.At })
	newestShared      = byTime(func(c *storage.SharedCredential) string { return c.UUID }, func(c *storage.SharedCredential) time.Time { return c.LastSeen }, false)
	newestAttachments = byTime(func(a *storage.Attachment) string { return a.UUID }, func(a *storage.Attachment) time.Time { return a.LastSeen }, false)
)

// attackersOf returns the attackers of an attacker, an identity or a session: itself, the members, or those that tags name.
func (m *model) attackersOf(kind storage.Kind, membership storage.Membership, owner string) []*Attacker {
	return choose(m.Attackers, func(a *Attacker) bool {
		switch kind {
		case storage.KindIdentity:
			return a.IdentityUUID != nil && m.isMember(kind, membership, owner, *a.IdentityUUID)
		case storage.KindSession:
			return slices.ContainsFunc(m.Tags, func(t storage.TTPTag) bool { return deref(t.SessionID) == owner && deref(t.AttackerUUID) == a.UUID })
		default:
			return a.UUID == owner
		}
	})
}

// hasAddress reports whether an owner has an address.
func (m *model) hasAddress(kind storage.Kind, membership storage.Membership, owner, ip string) bool {
	return slices.ContainsFunc(m.attackersOf(kind, membership, owner), func(a *Attacker) bool { return a.IP == ip })
}

// capturesOf are the lists of captures of one kind of owner.
type capturesOf struct {
	kind        storage.Kind
	membership  storage.Membership
	events      func(*storage.Store) storage.List[storage.Event]
	credentials func(*storage.Store) storage.List[storage.Credential]
	shared      func(*storage.Store) storage.List[storage.SharedCredential]
	attachments func(*storage.Store) storage.List[storage.Attachment]
	bounties    func(*storage.Store) storage.List[storage.Bounty]
}

func member[T any](list func(*storage.Store, storage.Membership, storage.ListOptions) storage.List[T], of storage.Membership) func(*storage.Store) storage.List[T] {
	return func(s *storage.Store) storage.List[T] { return list(s, of, storage.ListOptions{}) }
}

func (m *model) captureLists() []listCase {
	kinds := []capturesOf{{
		storage.KindAttacker, storage.Resolved, Unfiltered((*storage.Store).AttackerEvents), Unfiltered((*storage.Store).AttackerCredentials),
		Unfiltered((*storage.Store).AttackerSharedCredentials), Unfiltered((*storage.Store).AttackerAttachments), Unfiltered((*storage.Store).AttackerBounties),
	}}
	for _, membership := range memberships {
		kinds = append(kinds, capturesOf{
			storage.KindIdentity, membership, member((*storage.Store).IdentityEvents, membership), member((*storage.Store).IdentityCredentials, membership),
			member((*storage.Store).IdentitySharedCredentials, membership), member((*storage.Store).IdentityAttachments, membership), member((*storage.Store).IdentityBounties, membership),
		})
	}
	var cases []listCase
	for _, c := range kinds {
		of, owners := " of "+string(c.kind)+" "+string(c.membership), m.owners(c.kind)
		at := func(owner, ip string) bool { return m.hasAddress(c.kind, c.membership, owner, ip) }
		cases = append(cases,
			listOf("events"+of, c.events, newestEvents, owners, func(owner string) []*storage.Event {
				return choose(m.Events, func(e *storage.Event) bool { return at(owner, e.AttackerIP) })
			}),
			listOf("credentials"+of, c.credentials, newestCredentials, owners, func(owner string) []*storage.Credential {
				return choose(m.Credentials, func(e *storage.Credential) bool { return at(owner, e.AttackerIP) })
			}),
			listOf("bounties"+of, c.bounties, newestBounties, owners, func(owner string) []*storage.Bounty {
				return choose(m.Bounties, func(e *storage.Bounty) bool { return at(owner, e.AttackerIP) })
			}),
			listOf("shared credentials"+of, c.shared, newestShared, owners, func(owner string) []*storage.SharedCredential {
				return choose(m.Shared, func(e *storage.SharedCredential) bool {
					return slices.ContainsFunc(m.attackersOf(c.kind, c.membership, owner), func(a *Attacker) bool {
						return slices.Contains(e.AttackerUUIDs, a.UUID) || slices.Contains(e.AttackerIPs, a.IP)
					})
				})
			}),
			listOf("attachments"+of, c.attachments, newestAttachments, owners, func(owner string) []*storage.Attachment {
				return choose(m.Attachments, func(e *storage.Attachment) bool {
					return m.sent(c, owner, deref(e.FirstSeenAttackerUUID), deref(e.LastSeenAttackerUUID))
				})
			}))
	}
	return cases
}

// sent reports whether one of the attackers with these keys is the owner's. An attacker need not have a row to be an owner.
func (m *model) sent(c capturesOf, owner string, uuids ...string) bool {
	if c.kind == storage.KindAttacker {
		return slices.Contains(uuids, owner)
	}
	return slices.ContainsFunc(m.attackersOf(c.kind, c.membership, owner), func(a *Attacker) bool { return slices.Contains(uuids, a.UUID) })
}
