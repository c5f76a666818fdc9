package storage

import "time"

// SMTPTarget is a row of table smtp_targets.
type SMTPTarget struct {
	TargetID  string
	Domain    string
	FirstSeen time.Time
	LastSeen  time.Time
	Count     int
}

var smtpTargets = table[SMTPTarget]{
	name: "smtp_targets", list: "smtpTargets",
	sorted: []SortKey{{By: "LAST_SEEN", Descending: true}},
	fields: []field[SMTPTarget]{
		{"id", func(t *SMTPTarget) cell { return text(&t.TargetID) }, "", use{}},
		{"domain", func(t *SMTPTarget) cell { return text(&t.Domain) }, "Domain", use{kind: textValues, filter: "Domain", order: "DOMAIN", index: "ix_smtp_targets_domain"}},
		{"first_seen", func(t *SMTPTarget) cell { return instant(&t.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", order: "FIRST_SEEN", index: noIndex}},
		{"last_seen", func(t *SMTPTarget) cell { return instant(&t.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", order: "LAST_SEEN", index: "ix_smtp_targets_last_seen"}},
		{"count", func(t *SMTPTarget) cell { return safeInt(&t.Count) }, "Count", use{kind: wholeValues, filter: "Count", order: "COUNT", index: noIndex}},
	},
}

// SMTPTargets lists the mail domains of each attacker, seen last first.
func (s *Store) SMTPTargets(o ListOptions) List[SMTPTarget] {
	return listOf(s, smtpTargets, child("smtp_targets", "attacker_uuid"), o)
}
