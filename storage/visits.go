package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// visit is what the rows of a database say about one session.
type visit struct {
	id        string
	tags      int
	written   period // when its tags were written
	recording *recording
	deckies   map[string]bool
	attackers map[string]bool
	typed     []typed // what its tags were made of, if that was asked for
	measured  []sessionMeasure
	commands  []*Command // if they were asked for
}

// sessionMeasure is what a session has of the rows that a condition asks for.
type sessionMeasure struct {
	tags      int
	attackers map[string]bool
}

// period is a first and a last instant; zero if there is none.
type period struct{ first, last time.Time }

// widen includes the instants of another span.
func (s *period) widen(first, last time.Time) {
	if !first.IsZero() && (s.first.IsZero() || first.Before(s.first)) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
}

// recording is the event that DECNET writes when a recorded session ends.
type recording struct {
	period

	service string
	decky   string
}

// typed is a command as a tag tells of it.
type typed struct {
	sourceID string
	attacker string
	decky    string
	at       time.Time // when the tag was written
	text     *string
}

// lasted is when the session was: the time of its recording or, without one, of its tags.
func (v *visit) lasted() period {
	if v.recording != nil {
		return v.recording.period
	}
	return v.written
}

// session returns what is shown of a visit.
func (v *visit) session() *Session {
	s := &Session{SessionID: v.id, TagCount: v.tags, Deckies: sortedNames(v.deckies), AttackerCount: len(v.attackers)}
	lasted := v.lasted()
	if v.recording != nil {
		s.IsRecorded, s.Service = true, &v.recording.service
	}
	if !lasted.first.IsZero() {
		s.StartedAt = &lasted.first
	}
	if !lasted.last.IsZero() {
		s.EndedAt = &lasted.last
	}
	return s
}

func sortedNames(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The kinds of rows about sessions.
const (
	tagsOfSession = iota // tags that agree in session, decky and attacker, counted
	endOfSession         // the event that ends a recorded session
	commandTag           // a tag of a command
)

// visitQuery writes the statement that finds the rows about the sessions of owners: the columns owner, kind, id, source, decky,
// attacker, number, first and last instant, and text, where NULL is the empty text, and then a number for each condition
// that the sessions are measured by.
type visitQuery func(owners []string) (*statement, error)

// visits finds what is known of the sessions of each owner, by their ids, in one statement. measured are the conditions
// that the query measures sessions by.
func (s *Store) visits(ctx context.Context, owners []string, query visitQuery, measured ...*relatedRows) (map[string]map[string]*visit, error) {
	if err := s.checkInstants(ctx); err != nil {
		return nil, err
	}
	q, err := query(owners)
	if err != nil {
		return nil, err
	}
	found := make(map[string]map[string]*visit, len(owners))
	for _, owner := range owners {
		found[owner] = map[string]*visit{}
	}
	r := visitRow{measured: measured, measures: make([]int, len(measured))}
	var unfit []string // instants of tags that are none are not the session's
	dest := []scanner{
		{Into: text(&r.owner)},
		{Into: whole(&r.kind)},
		{Into: text(&r.id)},
		{Into: text(&r.source)},
		{Into: text(&r.decky)},
		{Into: text(&r.attacker)},
		{Into: safeInt(&r.number)},
		{Into: instant(&r.first), Malformed: &unfit},
		{Into: instant(&r.last), Malformed: &unfit},
		{Into: text(&r.text)},
	}
	for i := range measured {
		dest = append(dest, scanner{Into: safeInt(&r.measures[i])})
	}
	err = s.scanRows(ctx, q, dest, func() error {
		if of, wanted := found[r.owner]; wanted {
			r.addTo(of)
		}
		unfit = unfit[:0]
		return nil
	})
	return found, err
}

// visitRow is a row of a visitQuery.
type visitRow struct {
	owner       string
	kind        int
	id          string
	source      string
	decky       string
	attacker    string
	number      int
	first, last time.Time
	text        string

	measured []*relatedRows
	measures []int // of each condition
}

// addTo adds the row to the visits of its owner.
func (r *visitRow) addTo(of map[string]*visit) {
	id := r.id
	var end record
	if r.kind == endOfSession {
		end.read(r.text)
		sid := end.text("sid")
		if sid == nil || *sid == "" {
			return
		}
		id = *sid
	}
	v := of[id]
	if v == nil {
		v = &visit{id: id, deckies: map[string]bool{}, attackers: map[string]bool{}, measured: make([]sessionMeasure, len(r.measured))}
		of[id] = v
	}
	if r.decky != "" {
		v.deckies[r.decky] = true
	}
	if r.attacker != "" {
		v.attackers[r.attacker] = true
	}
	r.addMeasures(v)
	switch r.kind {
	case tagsOfSession:
		v.tags += r.number
		v.written.widen(r.first, r.last)
	case endOfSession:
		v.record(&end, r)
	case commandTag:
		evidence := record{}
		evidence.read(r.text)
		v.typed = append(v.typed, typed{sourceID: r.source, attacker: r.attacker, decky: r.decky, at: r.first, text: evidence.text("command_text")})
	}
}

// addMeasures adds what the row says of the conditions that sessions are measured by.
func (r *visitRow) addMeasures(v *visit) {
	for i, c := range r.measured {
		switch n := r.measures[i]; {
		case n == 0:
		case c.rows == sessionTags:
			v.measured[i].tags += n
		case v.measured[i].attackers == nil:
			v.measured[i].attackers = map[string]bool{r.attacker: true}
		default:
			v.measured[i].attackers[r.attacker] = true
		}
	}
}

// record adds the recording of a visit, which ends at the time of its event and began as long before as its fields say.
func (v *visit) record(end *record, r *visitRow) {
	if v.recording == nil {
		v.recording = &recording{decky: r.decky}
	}
	if service := end.text("service"); service != nil {
		v.recording.service = *service
	}
	start := r.last
	if lasted := end.text("duration_s"); lasted != nil && !r.last.IsZero() {
		const longest = 366 * 24 * 3600 // seconds; more is no session
		if seconds, err := strconv.ParseFloat(*lasted, 64); err == nil && seconds >= 0 && seconds <= longest {
			start = r.last.Add(-time.Duration(seconds * float64(time.Second))).Round(time.Microsecond)
		}
	}
	v.recording.widen(start, r.last)
}

// visitsOf is the query for the sessions of attackers or identities: those that their tags name, and those that were recorded
// from their addresses. With commands, it finds the tags of commands as well.
func (s *Store) visitsOf(kind Kind, m Membership, measured []*relatedRows, commands bool) visitQuery {
	return func(owners []string) (*statement, error) {
		rel := s.dialect.tags(Scope{kind, m})
		if kind == KindIdentity { // members are defined by both
			rel.with = ""
		}
		var where and
		for _, c := range measured {
			where = append(where, c.where)
		}
		q, err := s.keyedWhere(owners, expressions(rel.with, s.dialect.addresses(kind, m)), where...)
		if err != nil {
			return nil, err
		}
		d := s.dialect
		q.add("SELECT f.owner, " + strconv.Itoa(tagsOfSession) + ", f.sid, ''" + d.tagGroup())
		q.measureTags(measured)
		q.add(" FROM ")
		q.sessionIDs(rel)
		q.add(d.lastJoin("ttp_tag t", "t.session_id", "f.sid") + " GROUP BY f.owner, f.sid" + d.tagGroupKeys())
		q.add(" UNION ALL " + d.endsOfSessions("n.attacker"))
		q.measureEnds(measured)
		q.add(" FROM addresses n" + d.lastJoin("logs t", "t.attacker_ip", "n.ip") + " WHERE t.event_type = '" + SessionRecorded + "'")
		if commands {
			q.add(" UNION ALL " + d.commandTags("f.owner", "f.sid") + strings.Repeat(", 0", len(measured)) + " FROM ")
			q.sessionIDs(rel)
			q.add(d.lastJoin("ttp_tag t", "t.session_id", "f.sid") + " WHERE t.source_kind = 'command'")
		}
		return q, nil
	}
}

// sessionIDs appends a derived table f of the sessions that the tags of a relation name: owner and sid.
func (q *statement) sessionIDs(rel relation) {
	q.add("(SELECT c.owner, MIN(c.sid) AS sid FROM ")
	q.rowsOf(rel, "t.session_id AS sid", nil)
	q.add(" c WHERE c.sid IS NOT NULL GROUP BY c.owner, " + q.GroupKey("c.sid") + ") f")
}

// measureTags selects, for each condition, the number of tags t of a group that meet it, or whose attacker does.
func (q *statement) measureTags(measured []*relatedRows) {
	for _, c := range measured {
		q.add(", COUNT(CASE WHEN ")
		q.condition(c.ofRow("attacker_uuid"), row{alias: "t", joined: true, prefix: q.NoIndexPrefix})
		q.add(" THEN 1 END)")
	}
}

// measureEnds selects, for each condition, whether the attacker of a recording meets it; recordings are no tags.
func (q *statement) measureEnds(measured []*relatedRows) {
	for _, c := range measured {
		if c.rows == sessionTags {
			q.add(", 0")
			continue
		}
		q.add(", CASE WHEN ")
		q.condition(c.ofRow("attacker"), row{alias: "n", joined: true})
		q.add(" THEN 1 ELSE 0 END")
	}
}

// ofRow is the condition on a tag or on a row that names the attacker in a column.
func (c *relatedRows) ofRow(attacker string) condition {
	if c.rows == sessionTags {
		return c.where
	}
	return exists{table: attackers.name, column: "uuid", key: attacker, where: c.where}
}

// visitsNamed is the query for sessions by their ids, which are the owners. Recordings are looked for at the addresses of
// their attackers; those of sessions without an address, of which there are few, among all recordings. With commands, it finds
// the tags of commands as well.
func (s *Store) visitsNamed(commands bool) visitQuery {
	return func(ids []string) (*statement, error) {
		d := s.dialect
		q, err := s.keyed(ids, expressions(d.addresses(KindSession, Resolved), d.unplaced()))
		if err != nil {
			return nil, err
		}
		q.add("SELECT requested.owner, " + strconv.Itoa(tagsOfSession) + ", requested.owner, ''" + d.tagGroup() + " FROM requested" +
			d.lastJoin("ttp_tag t", "t.session_id", "requested.k") + " GROUP BY requested.owner" + d.tagGroupKeys())
		q.add(" UNION ALL " + d.endsOfSessions("n.attacker") + " FROM addresses n" + d.lastJoin("logs t", "t.attacker_ip", "n.ip") +
			" WHERE " + namesSession("t"))
		q.add(" UNION ALL " + d.endsOfSessions("COALESCE((SELECT MIN(a.uuid) FROM attackers a WHERE "+d.Equal("a.ip", "t.attacker_ip")+"), '')") +
			" FROM unplaced n" + d.lastJoin("logs t", "t.event_type", "n.kind") + " WHERE " + namesSession("t"))
		if commands {
			q.add(" UNION ALL " + d.commandTags("requested.owner", "requested.owner") + " FROM requested" +
				d.lastJoin("ttp_tag t", "t.session_id", "requested.k") + " WHERE t.source_kind = 'command'")
		}
		return q, nil
	}
}

// unplaced defines unplaced(owner, kind), after addresses: the requested sessions without an address, such as those that no tag
// names, with the type of the event that may tell of them.
func (d dialect) unplaced() string {
	return "unplaced(owner, kind) AS (SELECT owner, '" + SessionRecorded +
		"' FROM requested WHERE NOT EXISTS (SELECT 1 FROM addresses n WHERE n.owner = requested.owner))"
}

// commandTags selects tags t of commands, with the SQL of their owner and session.
func (d dialect) commandTags(owner, session string) string {
	at := d.UntypedPrefix + "t.created_at"
	return "SELECT " + owner + ", " + strconv.Itoa(commandTag) + ", " + session +
		", t.source_id, COALESCE(t.decky_id, ''), COALESCE(t.attacker_uuid, ''), 1, " + at + ", " + at + ", COALESCE(t.evidence, '')"
}

// tagGroup selects what tells of the tags t of a group of tagGroupKeys.
func (d dialect) tagGroup() string {
	return ", COALESCE(MIN(t.decky_id), ''), COALESCE(MIN(t.attacker_uuid), ''), COUNT(*), MIN(" + d.readable("t.created_at") +
		"), MAX(" + d.readable("t.created_at") + "), ''"
}

// tagGroupKeys are the further keys of a group of tags t.
func (d dialect) tagGroupKeys() string {
	return ", " + d.GroupKey("t.decky_id") + ", " + d.GroupKey("t.attacker_uuid")
}

// readable is an expression of the instant in a column that compares as time does and that a cell reads; NULL if it is none.
func (d dialect) readable(column string) string {
	if !d.holdsOdd(column) {
		return column
	}
	return "NULLIF(" + d.InstantKey(column) + ", 0)"
}

// endsOfSessions selects the ends of recorded sessions, of events t for owners n, with the SQL of the attacker.
func (d dialect) endsOfSessions(attacker string) string {
	at := d.UntypedPrefix + "t.timestamp"
	return "SELECT n.owner, " + strconv.Itoa(endOfSession) + ", '', '', t.decky, " + attacker + ", 1, " + at + ", " + at + ", t.fields"
}
