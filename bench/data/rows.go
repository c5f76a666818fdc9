package data

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Size is the amount of data to make. The same size makes the same rows.
type Size struct {
	Tags int
	Seed uint64
}

// String identifies the data: two databases with the same text hold the same rows.
func (s Size) String() string { return fmt.Sprintf("%d tags, seed %d, form 3", s.Tags, s.Seed) }

// maker writes the rows of all tables, one table at a time.
type maker struct {
	*world

	source *Source
	size   Size
}

func (s *Source) maker(size Size) *maker {
	return &maker{newWorld(size.Seed, len(s.patterns["ttp_tag"].rows)), s, size}
}

// columns returns the column list of a table, in the order of the values in its rows.
func (m *maker) columns(table string) string {
	return strings.Join(m.source.patterns[table].columns, ", ")
}

// write writes the rows of a table as tab-separated lines for a bulk load.
func (m *maker) write(table string, to io.Writer) error {
	lines := &lines{Writer: bufio.NewWriterSize(to, 1<<20), pattern: m.source.patterns[table]}
	switch table {
	case "campaigns":
		m.writeCampaigns(lines)
	case "attacker_identities":
		m.writeIdentities(lines)
	case "attackers":
		m.writeAttackers(lines)
	case "attribution_state":
		m.writeStates(lines)
	case "ttp_tag":
		m.writeTags(lines)
	}
	return lines.Flush() // bufio returns the error of an earlier write here
}

// lines writes the rows of a pattern with new values in some of the columns.
type lines struct {
	*bufio.Writer

	pattern *pattern
	places  []int // indexes of the replaced columns
}

// replace sets the columns that add gives new values.
func (l *lines) replace(columns ...string) {
	for _, c := range columns {
		l.places = append(l.places, slices.Index(l.pattern.columns, c))
	}
}

// add writes the pattern's row with a number, modulo the number of rows, with these values in the replaced columns.
func (l *lines) add(number int, values ...string) {
	for i, v := range l.pattern.rows[number%len(l.pattern.rows)] {
		if i > 0 {
			_ = l.WriteByte('\t')
		}
		if at := slices.Index(l.places, i); at >= 0 {
			v = values[at]
		}
		_, _ = l.WriteString(v)
	}
	_ = l.WriteByte('\n')
}

func (m *maker) writeCampaigns(l *lines) {
	l.replace("uuid", "merged_into_uuid", "created_at", "updated_at", "first_seen_at", "last_seen_at")
	for i, c := range m.campaigns {
		at := stamp(m.moment())
		l.add(i, c.uuid, c.merged, at, at, at, at)
	}
}

func (m *maker) writeIdentities(l *lines) {
	l.replace("uuid", "campaign_id", "merged_into_uuid", "created_at", "updated_at", "first_seen_at", "last_seen_at", "kd_digraph_simhash")
	for i, id := range m.identities {
		at := stamp(m.moment())
		l.add(i, id.uuid, id.parent, id.merged, at, at, at, at, null)
	}
}

func (m *maker) writeAttackers(l *lines) {
	l.replace("uuid", "ip", "identity_id", "first_seen", "last_seen", "updated_at")
	for i, a := range m.attackers {
		first, last := m.moment(), m.moment()
		if last.Before(first) {
			first, last = last, first
		}
		l.add(i, a.uuid, fmt.Sprintf("198.18.%d.%d", i/250, i%250+1), a.identity, stamp(first), stamp(last), stamp(last))
	}
}

// writeStates writes verdicts on five behaviours for each identity, rotating over all behaviours.
func (m *maker) writeStates(l *lines) {
	const perIdentity = 5
	l.replace("identity_uuid", "primitive", "updated_at")
	place := slices.Index(l.pattern.columns, "primitive")
	var primitives []string
	for _, row := range l.pattern.rows {
		if !slices.Contains(primitives, row[place]) {
			primitives = append(primitives, row[place])
		}
	}
	slices.Sort(primitives)
	for i, id := range m.identities {
		for k := range perIdentity {
			n := i*perIdentity + k
			l.add(n, id.uuid, primitives[n%len(primitives)], stamp(m.moment()))
		}
	}
}

// writeTags writes tags in the order of their time. The tags of an attacker are copies of up to 40 consecutive tags
// of the sample, starting at its habit, the first of them most often. As in a live DECNET, most tags have no
// identity of their own; some have one, as after a backfill, and a few have no attacker.
func (m *maker) writeTags(l *lines) {
	const habit = 40
	l.replace("uuid", "source_id", "attacker_uuid", "identity_uuid", "session_id", "created_at")
	step := year / time.Duration(m.size.Tags)
	for n := range m.size.Tags {
		a := m.attackers[m.lots[m.IntN(len(m.lots))]]
		k := m.IntN(a.sessions)
		session := uuidOf(uint64(a.habit)<<32|uint64(k), uint64(len(m.attackers))+uint64(a.habit)*2654435761)
		who, self := a.uuid, null
		switch p := m.IntN(100); {
		case a.identity == null:
		case p == 0:
			who, self = null, a.identity
		case p < 25:
			self = a.identity
		}
		at := began.Add(step*time.Duration(n) + time.Duration(m.Int64N(int64(step))))
		l.add(a.habit+m.IntN(1+m.IntN(habit)), m.uuid(), session+"#"+strconv.Itoa(n), who, self, session, stamp(at))
	}
}
