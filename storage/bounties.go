package storage

import "time"

// Bounty is a row of table bounty: something of worth that DECNET has taken from the events of an address.
type Bounty struct {
	BountyID   int
	At         time.Time
	Decky      string
	Service    string
	AttackerIP string
	BountyType string
	RawPayload JSON // may hold secrets
}

// Payload is the content without the members that hold a secret; nil if it is no object.
func (b *Bounty) Payload() JSON {
	shown, _ := withhold(b.RawPayload)
	return shown
}

// Withheld names the members that hold a secret; see withhold.
func (b *Bounty) Withheld() []string {
	_, names := withhold(b.RawPayload)
	return names
}

// Secret is the whole content.
func (b *Bounty) Secret() *BountySecret { return &BountySecret{b.RawPayload} }

// BountySecret is a bounty with the secrets that it holds.
type BountySecret struct {
	Payload JSON
}

var bounties = table[Bounty]{
	name: "bounty", list: "bounties",
	sorted: []SortKey{{By: EventAt, Descending: true}},
	fields: []field[Bounty]{
		{"id", func(b *Bounty) cell { return safeInt(&b.BountyID) }, "", use{}},
		{"timestamp", func(b *Bounty) cell { return instant(&b.At) }, "At", use{kind: instantValues, filter: "At", order: EventAt, since: true, uniform: true, index: "ix_bounty_timestamp"}},
		{"decky", func(b *Bounty) cell { return text(&b.Decky) }, "Decky", use{kind: textValues, filter: "Decky", open: true, index: "ix_bounty_decky"}},
		{"service", func(b *Bounty) cell { return text(&b.Service) }, "Service", use{kind: textValues, filter: "Service", open: true, index: "ix_bounty_service"}},
		{"attacker_ip", func(b *Bounty) cell { return text(&b.AttackerIP) }, "AttackerIP", use{kind: textValues, filter: "AttackerIP", index: noIndex}},
		{"bounty_type", func(b *Bounty) cell { return text(&b.BountyType) }, "BountyType", use{kind: textValues, filter: "BountyType", open: true, index: "ix_bounty_bounty_type"}},
		{"payload", func(b *Bounty) cell { return storedObject(&b.RawPayload) }, "RawPayload|Payload|Withheld|Secret", use{}},
	},
}

// AttackerBounties lists what DECNET has taken from the events of the address of each attacker, newest first.
func (s *Store) AttackerBounties(o ListOptions) List[Bounty] {
	return listOf(s, bounties, s.dialect.byAddress(KindAttacker, Resolved, bounties.name), o)
}

// IdentityBounties lists what DECNET has taken from the events of the addresses of each identity.
func (s *Store) IdentityBounties(m Membership, o ListOptions) List[Bounty] {
	return listOf(s, bounties, s.dialect.byAddress(KindIdentity, m, bounties.name), o)
}
