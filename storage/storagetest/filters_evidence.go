package storagetest

import (
	"slices"
	"time"

	"decnetgraph/storage"
)

// The filters of what deckies log and capture, with fields of the GraphQL inputs of these names.
type (
	// EventFilter is for events.
	EventFilter struct {
		And, Or                   []*EventFilter
		Not                       *EventFilter
		At                        *storage.InstantRange
		Decky, Service, EventType *storage.TextFilter
		AttackerIP                *storage.AddressFilter
	}
	// CredentialFilter is for credentials.
	CredentialFilter struct {
		And, Or                                      []*CredentialFilter
		Not                                          *CredentialFilter
		Principal, SecretKind, SecretSHA256, Outcome *storage.TextFilter
		FirstSeen, LastSeen                          *storage.InstantRange
		AttemptCount                                 *storage.IntRange
	}
	// SharedCredentialFilter is for shared credentials.
	SharedCredentialFilter struct {
		And, Or             []*SharedCredentialFilter
		Not                 *SharedCredentialFilter
		SecretSHA256        *storage.TextFilter
		Deckies, Services   *storage.ListFilter
		TargetCount         *storage.IntRange
		Confidence          *storage.ConfidenceRange
		LastSeen, UpdatedAt *storage.InstantRange
	}
	// AttachmentFilter is for attachments.
	AttachmentFilter struct {
		And, Or               []*AttachmentFilter
		Not                   *AttachmentFilter
		SHA256, FirstSubject  *storage.TextFilter
		FirstSeenDecky        *storage.TextFilter
		Extensions            *storage.ListFilter
		IsMalicious           *bool
		LastSeen, MaliciousAt *storage.InstantRange
		ObservationCount      *storage.IntRange
	}
	// BountyFilter is for bounties.
	BountyFilter struct {
		And, Or                    []*BountyFilter
		Not                        *BountyFilter
		At                         *storage.InstantRange
		Decky, Service, BountyType *storage.TextFilter
	}
	// SessionFilter is for sessions.
	SessionFilter struct {
		And, Or                           []*SessionFilter
		Not                               *SessionFilter
		SessionID, Service                *storage.TextFilter
		StartedAt, EndedAt                *storage.InstantRange
		Duration, TagCount, AttackerCount *storage.IntRange
		IsRecorded                        *bool
		Deckies                           *storage.ListFilter
		Tags                              *AttackerTagsFilter
		Attackers                         *AttackersFilter
		Commands                          *CommandsFilter
		Techniques                        *storage.TechniquesFilter
	}
	// CommandFilter is for commands.
	CommandFilter struct {
		And, Or                 []*CommandFilter
		Not                     *CommandFilter
		Command, Service, Decky *storage.TextFilter
		Session                 []string
		Timestamp               *storage.InstantRange
	}
	// AttackersFilter is for the attackers of rows that are neither campaigns nor identities.
	AttackersFilter struct {
		Some, None *AttackerFilter
		Count      *storage.IntRange
	}
	// CommandsFilter is for the commands of a session.
	CommandsFilter struct {
		Some, None *CommandFilter
		Count      *storage.IntRange
	}
)

// optionalInstantHolds is instantHolds for a row that may have no instant.
func optionalInstantHolds(f *storage.InstantRange, at *time.Time) bool {
	return f == nil || f.From == nil && f.Until == nil || at != nil && instantHolds(f, *at)
}

func eventHolds(f *EventFilter, e *storage.Event) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *EventFilter) bool { return eventHolds(f, e) }), instantHolds(f.At, e.At), textHolds(f.Decky, &e.Decky),
		textHolds(f.Service, &e.Service), textHolds(f.EventType, &e.EventType), addressHolds(f.AttackerIP, e.AttackerIP),
	)
}

func credentialHolds(f *CredentialFilter, c *storage.Credential) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *CredentialFilter) bool { return credentialHolds(f, c) }), textHolds(f.Principal, c.Principal),
		textHolds(f.SecretKind, &c.SecretKind), textHolds(f.SecretSHA256, &c.SecretSHA256), textHolds(f.Outcome, c.Outcome),
		instantHolds(f.FirstSeen, c.FirstSeen), instantHolds(f.LastSeen, c.LastSeen), rangeHolds(f.AttemptCount, c.AttemptCount),
	)
}

func sharedHolds(f *SharedCredentialFilter, c *storage.SharedCredential) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *SharedCredentialFilter) bool { return sharedHolds(f, c) }), textHolds(f.SecretSHA256, &c.SecretSHA256),
		listHolds(f.Deckies, c.Deckies), listHolds(f.Services, c.Services), rangeHolds(f.TargetCount, c.TargetCount), confidenceHolds(f.Confidence, &c.Confidence),
		instantHolds(f.LastSeen, c.LastSeen), instantHolds(f.UpdatedAt, c.UpdatedAt),
	)
}

func attachmentHolds(f *AttachmentFilter, a *storage.Attachment) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *AttachmentFilter) bool { return attachmentHolds(f, a) }), textHolds(f.SHA256, &a.SHA256),
		textHolds(f.FirstSubject, a.FirstSubject), textHolds(f.FirstSeenDecky, a.FirstSeenDecky), listHolds(f.Extensions, a.Extensions),
		f.IsMalicious == nil || a.IsMalicious != nil && *a.IsMalicious == *f.IsMalicious, instantHolds(f.LastSeen, a.LastSeen),
		optionalInstantHolds(f.MaliciousAt, a.MaliciousAt), rangeHolds(f.ObservationCount, a.ObservationCount),
	)
}

func bountyHolds(f *BountyFilter, b *storage.Bounty) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *BountyFilter) bool { return bountyHolds(f, b) }), instantHolds(f.At, b.At), textHolds(f.Decky, &b.Decky),
		textHolds(f.Service, &b.Service), textHolds(f.BountyType, &b.BountyType),
	)
}

func commandHolds(f *CommandFilter, c *storage.Command) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *CommandFilter) bool { return commandHolds(f, c) }), textHolds(f.Command, c.Command), textHolds(f.Service, c.Service),
		textHolds(f.Decky, c.Decky), optionalInstantHolds(f.Timestamp, c.Timestamp),
	)
}

// listedSession is a session in a list, with the rows that it was made of.
type listedSession struct {
	*storage.Session

	tags      []*storage.TTPTag
	attackers []*storage.Attacker
}

// seconds is how long the session lasted.
func (s *listedSession) seconds() int { return int(s.EndedAt.Sub(*s.StartedAt) / time.Second) }

// listedSessions returns the sessions of an attacker or an identity.
func (m *model) listedSessions(kind storage.Kind, membership storage.Membership, owner string) []*listedSession {
	var found []*listedSession
	for _, s := range m.sessionsOf(kind, membership, owner) {
		one := &listedSession{Session: s}
		uuids := map[string]bool{}
		if s.TagCount > 0 {
			one.tags = choose(m.Tags, func(t *storage.TTPTag) bool { return deref(t.SessionID) == s.SessionID && t.SessionID != nil })
		}
		for _, t := range one.tags {
			uuids[deref(t.AttackerUUID)] = true
		}
		for _, e := range m.Events {
			if id, _ := sid(&e); id == s.SessionID && m.hasAddress(kind, membership, owner, e.AttackerIP) {
				uuids[first(m.attackersOf(kind, membership, owner), e.AttackerIP)] = true
			}
		}
		one.attackers = choose(m.rawAttackers(), func(a *storage.Attacker) bool { return uuids[a.UUID] })
		found = append(found, one)
	}
	return found
}

func (m *model) sessionHolds(f *SessionFilter, s *listedSession) bool {
	return every(
		logical(f.And, f.Or, f.Not, func(f *SessionFilter) bool { return m.sessionHolds(f, s) }), textHolds(f.SessionID, &s.SessionID), textHolds(f.Service, s.Service),
		optionalInstantHolds(f.StartedAt, s.StartedAt), optionalInstantHolds(f.EndedAt, s.EndedAt), rangeHolds(f.Duration, s.seconds()),
		rangeHolds(f.TagCount, s.TagCount), rangeHolds(f.AttackerCount, s.AttackerCount), is(f.IsRecorded, s.IsRecorded), listHolds(f.Deckies, s.Deckies),
		f.Tags == nil || relatedHolds(s.tags, f.Tags.Some, f.Tags.None, f.Tags.Count, m.tagHolds),
		f.Attackers == nil || relatedHolds(s.attackers, f.Attackers.Some, f.Attackers.None, f.Attackers.Count, m.attackerHolds),
		f.Techniques == nil || techniquesHold(f.Techniques, s.tags),
	)
}

// namedDeckies are the deckies.
func (m *model) namedDeckies() []*namedRow {
	var rows []*namedRow
	for _, d := range m.deckies() {
		tags := m.tags(storage.Scope{Of: storage.KindDecky}, d.Name)
		rows = append(rows, &namedRow{d.Name, d.TagCount, d.FirstSeen, d.LastSeen, tags, choose(m.rawAttackers(), func(a *storage.Attacker) bool {
			return slices.Contains(a.Deckies, d.Name) || namesAttacker(tags, a)
		}), storage.Rule{}})
	}
	return rows
}

// namedRules are the rules.
func (m *model) namedRules() []*namedRow {
	var rows []*namedRow
	for _, r := range m.rules() {
		tags := m.tags(storage.Scope{Of: storage.KindRule}, r.RuleID)
		rows = append(rows, &namedRow{r.RuleID, r.TagCount, r.FirstSeen, r.LastSeen, tags, choose(m.rawAttackers(), func(a *storage.Attacker) bool {
			return namesAttacker(tags, a)
		}), *r})
	}
	return rows
}

// namedNetworks are the networks of a kind.
func (m *model) namedNetworks(kind storage.NetworkKind) []*namedRow {
	var rows []*namedRow
	for _, n := range m.networks(kind) {
		rows = append(rows, &namedRow{
			n.Value, n.AttackerCount, n.FirstSeen, n.LastSeen, m.tags(storage.Scope{Of: kind.Owner()}, n.Value),
			choose(m.rawAttackers(), func(a *storage.Attacker) bool { return attackerIn(a, kind, n.Value) }),
			storage.Rule{},
		})
	}
	return rows
}
