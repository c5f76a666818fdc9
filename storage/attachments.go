package storage

import (
	"context"
	"time"
)

// Attachment is a row of table observed_attachments: a file that attackers have sent by mail.
type Attachment struct {
	UUID                  string
	SHA256                string
	FirstSeen             time.Time
	LastSeen              time.Time
	ObservationCount      int
	FirstSeenDecky        *string
	FirstSeenAttackerUUID *string
	LastSeenAttackerUUID  *string
	Extensions            []string
	FirstSubject          *string
	IsMalicious           *bool
	MaliciousProvider     *string
	MaliciousAt           *time.Time
}

// ID is the reference to the row.
func (a *Attachment) ID() Ref { return Ref{KindAttachment, a.UUID} }

var attachments = table[Attachment]{
	name: "observed_attachments", list: "attachments",
	sorted: []SortKey{{By: LastSeenOrder, Descending: true}},
	fields: []field[Attachment]{
		{"uuid", func(a *Attachment) cell { return text(&a.UUID) }, "", use{}},
		{"sha256", func(a *Attachment) cell { return text(&a.SHA256) }, "SHA256", use{kind: textValues, filter: "SHA256", open: true, index: "ix_observed_attachments_sha256"}},
		{"first_seen", func(a *Attachment) cell { return instant(&a.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", order: "FIRST_SEEN", index: "ix_observed_attachments_first_seen"}},
		{"last_seen", func(a *Attachment) cell { return instant(&a.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", order: LastSeenOrder, since: true, index: "ix_observed_attachments_last_seen"}},
		{"observation_count", func(a *Attachment) cell { return safeInt(&a.ObservationCount) }, "ObservationCount", use{kind: wholeValues, filter: "ObservationCount", order: "OBSERVATION_COUNT", index: noIndex}},
		{"first_seen_decky_uuid", func(a *Attachment) cell { return optionalText(&a.FirstSeenDecky) }, "FirstSeenDecky", use{kind: textValues, filter: "FirstSeenDecky", open: true, index: "ix_observed_attachments_first_seen_decky_uuid"}},
		{"first_seen_attacker_uuid", func(a *Attachment) cell { return optionalText(&a.FirstSeenAttackerUUID) }, "FirstSeenAttackerUUID|FirstSeenAttacker", use{kind: textValues}},
		{"last_seen_attacker_uuid", func(a *Attachment) cell { return optionalText(&a.LastSeenAttackerUUID) }, "LastSeenAttackerUUID|LastSeenAttacker", use{kind: textValues}},
		{"extensions", func(a *Attachment) cell { return texts(&a.Extensions) }, "Extensions", use{kind: textValues, filter: "Extensions", open: true, index: noIndex}},
		{"first_subject", func(a *Attachment) cell { return optionalText(&a.FirstSubject) }, "FirstSubject", use{kind: textValues, filter: "FirstSubject", index: noIndex}},
		{"mal_hash_match", func(a *Attachment) cell { return optional(flag, &a.IsMalicious) }, "IsMalicious", use{kind: truthValues, filter: "IsMalicious", index: "ix_observed_attachments_mal_hash_match"}},
		{"mal_hash_match_provider", func(a *Attachment) cell { return optionalText(&a.MaliciousProvider) }, "MaliciousProvider", use{kind: textValues, filter: "MaliciousProvider", open: true, index: noIndex}},
		{"mal_hash_match_at", func(a *Attachment) cell { return optional(instant, &a.MaliciousAt) }, "MaliciousAt", use{kind: instantValues, filter: "MaliciousAt", index: noIndex}},
	},
}

// AttachmentRows finds attachments by uuid.
func (s *Store) AttachmentRows(ctx context.Context, uuids []string) (map[string]*Attachment, error) {
	return lookup(ctx, s, attachments, uuids)
}

// AttackerAttachments lists the files that each attacker was the first or the last to send, seen last first. DECNET keeps no
// others that have sent a file.
func (s *Store) AttackerAttachments(o ListOptions) List[Attachment] {
	return listOf(s, attachments, s.dialect.sentBy("senders(owner, uuid) AS (SELECT owner, k FROM requested)"), o)
}

// IdentityAttachments lists the files that an attacker of each identity was the first or the last to send.
func (s *Store) IdentityAttachments(m Membership, o ListOptions) List[Attachment] {
	d := s.dialect
	senders := "senders(owner, uuid) AS (SELECT m.owner, a.uuid FROM members m" + d.join("attackers a", "a.identity_id", "m.uuid") + ")"
	return listOf(s, attachments, d.sentBy(expressions(d.members(KindIdentity, m), senders)), o)
}

// sentBy is the relation of owners to the files that one of their senders(owner, uuid) has sent.
func (d dialect) sentBy(with string) relation {
	sent := "sent(owner, uuid) AS (SELECT s.owner, o.uuid FROM senders s" + d.join("observed_attachments o", "o.first_seen_attacker_uuid", "s.uuid") +
		" UNION SELECT s.owner, o.uuid FROM senders s" + d.join("observed_attachments o", "o.last_seen_attacker_uuid", "s.uuid") + ")"
	return relation{
		with: expressions(with, sent),
		arms: []arm{{owner: "n.owner", from: "sent n", steps: []step{{"observed_attachments t", "t.uuid", "n.uuid"}}}},
	}
}
