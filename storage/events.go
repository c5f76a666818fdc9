package storage

import "time"

// Event is a row of table logs: what a decky has logged. What is raw may hold secrets, which the methods leave out.
type Event struct {
	EventID    int
	At         time.Time
	Decky      string
	Service    string
	EventType  string
	AttackerIP string
	RawFields  JSON
	RawMessage *string
	RawLine    string
	TraceID    *string
	SpanID     *string
}

// Fields are the fields of the event without those that hold a secret; nil if they are no object.
func (e *Event) Fields() JSON {
	shown, _ := withhold(e.RawFields)
	return shown
}

// Withheld names the fields that hold a secret and, after them, the message if it may repeat one; see withhold.
func (e *Event) Withheld() []string {
	_, names := withhold(e.RawFields)
	if len(names) > 0 && e.RawMessage != nil {
		names = append(names, messageField)
	}
	return names
}

// Message is the message of the event; nil if there is none or a field holds a secret, which the message may repeat.
func (e *Event) Message() *string {
	if _, names := withhold(e.RawFields); len(names) > 0 {
		return nil
	}
	return e.RawMessage
}

// Secret is the event as it was logged.
func (e *Event) Secret() *EventSecret { return &EventSecret{e.RawLine, e.RawMessage, e.RawFields} }

// EventSecret is an event as it was logged, with the secrets that an attacker has tried.
type EventSecret struct {
	RawLine string
	Message *string
	Fields  JSON
}

// SessionRecorded is the type of the event that ends a recorded session.
const SessionRecorded = "session_recorded"

// EventAt is the only sort key of events and bounties.
const EventAt = "AT"

var events = table[Event]{
	name: "logs", list: "events",
	sorted: []SortKey{{By: EventAt, Descending: true}},
	fields: []field[Event]{
		{"id", func(e *Event) cell { return safeInt(&e.EventID) }, "", use{}},
		{"timestamp", func(e *Event) cell { return instant(&e.At) }, "At", use{kind: instantValues, filter: "At", order: EventAt, since: true, uniform: true, index: "ix_logs_timestamp"}},
		{"decky", func(e *Event) cell { return text(&e.Decky) }, "Decky", use{kind: textValues, filter: "Decky", open: true, index: "ix_logs_decky"}},
		{"service", func(e *Event) cell { return text(&e.Service) }, "Service", use{kind: textValues, filter: "Service", open: true, index: "ix_logs_service"}},
		{"event_type", func(e *Event) cell { return text(&e.EventType) }, "EventType", use{kind: textValues, filter: "EventType", open: true, index: "ix_logs_event_type"}},
		{"attacker_ip", func(e *Event) cell { return text(&e.AttackerIP) }, "AttackerIP", use{kind: textValues, filter: "AttackerIP", index: noIndex}},
		{"fields", func(e *Event) cell { return storedObject(&e.RawFields) }, "RawFields|Fields|Message|Withheld|Secret", use{}},
		{"msg", func(e *Event) cell { return optionalText(&e.RawMessage) }, "RawMessage|Message|Withheld|Secret", use{}},
		{"raw_line", func(e *Event) cell { return text(&e.RawLine) }, "RawLine|Secret", use{}},
		{"trace_id", func(e *Event) cell { return optionalText(&e.TraceID) }, "TraceID", use{}},
		{"span_id", func(e *Event) cell { return optionalText(&e.SpanID) }, "SpanID", use{}},
	},
}

// AttackerEvents lists what deckies have logged of the address of each attacker, newest first; ListOptions.Since bounds its
// time.
func (s *Store) AttackerEvents(o ListOptions) List[Event] {
	return listOf(s, events, s.dialect.byAddress(KindAttacker, Resolved, events.name), o)
}

// IdentityEvents lists what deckies have logged of the addresses of each identity.
func (s *Store) IdentityEvents(m Membership, o ListOptions) List[Event] {
	return listOf(s, events, s.dialect.byAddress(KindIdentity, m, events.name), o)
}

// SessionEvents lists the events of each session that name it: DECNET writes one, at its end.
func (s *Store) SessionEvents(o ListOptions) List[Event] {
	d := s.dialect
	rel := d.byAddress(KindSession, Resolved, events.name)
	rel.with = expressions(rel.with, d.unplaced())
	rel.arms = append(rel.arms, arm{owner: "n.owner", from: "unplaced n", steps: []step{{events.name + " t", "t.event_type", "n.kind"}}})
	for i, a := range rel.arms {
		rel.arms[i] = a.withCondition(namesSession("t"))
	}
	return listOf(s, events, rel, o)
}

// namesSession is the condition that an event with an alias is the end of the session that is the owner of n. DECNET writes the fields without
// spaces, and its own reader finds a session by the same text.
func namesSession(alias string) string {
	const session = "n.owner"
	fields := alias + ".fields"
	return alias + ".event_type = '" + SessionRecorded + "' AND (" +
		holdsText(fields, "CONCAT('\"sid\":\"', "+session+", '\"')") + " OR " + holdsText(fields, "CONCAT('\"sid\": \"', "+session+", '\"')") + ")"
}

// holdsText is the condition that a text contains another one, letter case included. Every database has these functions.
func holdsText(whole, part string) string {
	return "LENGTH(" + whole + ") <> LENGTH(REPLACE(" + whole + ", " + part + ", ''))"
}

// byAddress is the relation of attackers, identities or sessions to the rows of a table that name one of their addresses.
// No address counts twice, however many attackers have it.
func (d dialect) byAddress(kind Kind, m Membership, table string) relation {
	return relation{
		with: d.addresses(kind, m),
		arms: []arm{{owner: "n.owner", from: "addresses n", steps: []step{{table + " t", "t.attacker_ip", "n.ip"}}}},
		wide: kind == KindIdentity,
	}
}

// addresses defines addresses(owner, ip, attacker): the addresses of attackers, identities or sessions, each with one of
// the attackers that have it.
func (d dialect) addresses(kind Kind, m Membership) string {
	owner, from, with := "requested.owner", "requested"+d.join("attackers a", "a.uuid", "requested.k"), ""
	switch kind { //nolint:exhaustive // no other kinds have addresses
	case KindIdentity:
		with, owner, from = d.members(kind, m), "m.owner", "members m"+d.join("attackers a", "a.identity_id", "m.uuid")
	case KindSession:
		from = "requested" + d.join("ttp_tag g", "g.session_id", "requested.k") + d.join("attackers a", "a.uuid", "g.attacker_uuid")
	}
	group := " GROUP BY " + owner + ", " + d.GroupKey("a.ip")
	return expressions(with, "addresses(owner, ip, attacker) AS (SELECT "+owner+", MIN(a.ip), MIN(a.uuid) FROM "+from+group+")")
}
