package questions

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// session is a visit of an attacker: one that tags name, or that DECNET has recorded.
type session struct {
	id       string
	tags     []*tag // the latest first
	recorded *recording
	deckies  map[string]bool
}

// recording is the event that DECNET logs when a recorded session ends.
type recording struct {
	decky, service string
	from, until    time.Time
}

// recordings are the recordings of an address by session.
func (m *model) recordings(ip string) map[string]*recording {
	found := map[string]*recording{}
	for _, r := range m.tables["logs"] {
		if r.text("event_type") != "session_recorded" || r.text("attacker_ip") != ip {
			continue
		}
		var fields map[string]any
		_ = json.Unmarshal([]byte(r.text("fields")), &fields)
		id, _ := fields["sid"].(string)
		if id == "" {
			continue
		}
		service, _ := fields["service"].(string)
		seconds, _ := strconv.ParseFloat(asText(fields["duration_s"]), 64)
		until := m.instant(r, "timestamp")
		found[id] = &recording{decky: r.text("decky"), service: service, until: until, from: until.Add(-time.Duration(seconds * float64(time.Second))).Round(time.Microsecond)}
	}
	return found
}

// sessionsOf are the sessions of an attacker, the oldest first.
func (m *model) sessionsOf(a *attacker) []*session {
	byID := map[string]*session{}
	get := func(id string) *session {
		if byID[id] == nil {
			byID[id] = &session{id: id, deckies: map[string]bool{}}
		}
		return byID[id]
	}
	for _, g := range m.tags {
		if g.attacker == a.key && g.row["session_id"] != nil {
			get(g.session)
		}
	}
	for id, r := range m.recordings(a.ip) {
		s := get(id)
		s.recorded = r
		s.deckies[r.decky] = true
	}
	var sessions []*session
	for _, s := range byID {
		for _, g := range m.tags { // of any attacker
			if g.row["session_id"] != nil && g.session == s.id {
				s.tags = append(s.tags, g)
				if g.decky != "" {
					s.deckies[g.decky] = true
				}
			}
		}
		sessions = append(sessions, s)
	}
	slices.SortFunc(sessions, func(a, b *session) int { return cmp.Or(a.from().Compare(b.from()), strings.Compare(a.id, b.id)) })
	return sessions
}

func (s *session) from() time.Time {
	if s.recorded != nil {
		return s.recorded.from
	}
	return s.tags[len(s.tags)-1].createdAt
}

func (s *session) until() time.Time {
	if s.recorded != nil {
		return s.recorded.until
	}
	return s.tags[0].createdAt
}

// commandsOf are the commands of a session in the order in which they were typed. Of one that was recorded they are those that
// its attackers typed on its decky meanwhile; of another one those that its tags tell of.
func (m *model) commandsOf(s *session, a *attacker) []*command {
	attackers := map[string]*attacker{a.key: a}
	for _, g := range s.tags {
		if by := m.attackerByKey[g.attacker]; by != nil {
			attackers[by.key] = by
		}
	}
	var commands []*command
	precision := time.Microsecond
	if m.rounds {
		precision = time.Second
	}
	for _, key := range sortedKeys(attackers) {
		for _, c := range typed(attackers[key]) {
			within := s.recorded != nil && !c.at.IsZero() && (c.decky == nil || *c.decky == s.recorded.decky) &&
				!c.at.Before(s.recorded.from.Add(-time.Millisecond)) && c.at.Before(s.recorded.until.Add(precision))
			if c.session == s.id || c.session == "" && within {
				commands = append(commands, c)
			}
		}
	}
	if s.recorded == nil {
		commands = append(commands, m.taggedCommands(s)...)
	}
	slices.SortStableFunc(commands, func(a, b *command) int { return a.at.Compare(b.at) })
	return commands
}

// taggedCommands are the commands that the tags of a session were made of: what the attacker's list has under the source's
// name, or once with the text; otherwise the text alone.
func (m *model) taggedCommands(s *session) []*command {
	made := choose(s.tags, func(g *tag) bool { return g.text("source_kind") == "command" })
	slices.SortFunc(made, func(a, b *tag) int {
		x, y := a.text("source_id"), b.text("source_id")
		return cmp.Or(a.createdAt.Compare(b.createdAt), len(x)-len(y), strings.Compare(x, y))
	})
	seen, taken := map[string]bool{}, map[string]bool{}
	var found []*command
	for _, g := range made {
		if seen[g.text("source_id")] {
			continue
		}
		seen[g.text("source_id")] = true
		c := m.sourceOf(g)
		if c == nil || c.attacker != nil && taken[c.attacker.key+"#"+strconv.Itoa(c.place)] {
			continue
		}
		if c.attacker != nil {
			taken[c.attacker.key+"#"+strconv.Itoa(c.place)] = true
		}
		found = append(found, c)
	}
	return found
}

func (m *model) sourceOf(g *tag) *command {
	evidence, _ := readJSON(g.text("evidence")).(map[string]any)
	text, hasText := evidence["command_text"].(string)
	source := g.text("source_id")
	var same []*command
	if a := m.attackerByKey[g.attacker]; a != nil {
		all := typed(a)
		fits := func(c *command) bool {
			return (!hasText || c.text != nil && *c.text == text) && (g.decky == "" || c.decky == nil || *c.decky == g.decky)
		}
		if place, named := strings.CutPrefix(source, a.key+"#cmd"); named {
			if n, err := strconv.Atoi(place); err == nil && n >= 0 && n < len(all) && fits(all[n]) {
				return all[n]
			}
		}
		for _, c := range all {
			if slices.Contains(c.ids, source) {
				return c
			}
			if hasText && fits(c) {
				same = append(same, c)
			}
		}
	}
	if _, written, dated := strings.Cut(source, "-"); dated && !strings.Contains(source, "#") {
		if at, err := time.Parse(time.RFC3339Nano, written); err == nil {
			same = choose(same, func(c *command) bool { return c.at.Equal(at) })
		}
	}
	if len(same) == 1 {
		return same[0]
	}
	if !hasText {
		return nil
	}
	c := &command{text: &text, decky: g.row["decky_id"]}
	for _, other := range same {
		c.service = same[0].service
		if deref(other.service) != deref(same[0].service) {
			c.service = nil
			break
		}
	}
	return c
}

// sessionsOfAnAddress answers question 15.
func sessionsOfAnAddress(m *model, v vars) object {
	ip := asText(v["ip"])
	of := choose(m.attackers, func(a *attacker) bool { return a.ip == ip })
	if len(of) == 0 {
		return object{"attacker": nil}
	}
	return object{"attacker": object{"ip": ip, "sessions": page(m.sessionsOf(of[0]), func(s *session) any {
		commands := m.commandsOf(s, of[0])
		tags := slices.Clone(s.tags)
		slices.Reverse(tags)
		var service any
		if s.recorded != nil {
			service = s.recorded.service
		}
		return object{
			"sessionId": s.id, "startedAt": shown(s.from()), "endedAt": shown(s.until()), "isRecorded": s.recorded != nil, "service": service,
			"deckies": append([]string{}, sortedKeys(s.deckies)...), "tagCount": len(s.tags),
			"commands": object{"totalCount": len(commands), "nodes": mapped(commands[:min(50, len(commands))], func(c *command) any {
				return object{"timestamp": shown(c.at), "service": c.service, "decky": c.decky, "command": c.text}
			})},
			"tags": object{"totalCount": len(tags), "nodes": mapped(tags[:min(50, len(tags))], func(g *tag) any {
				return object{
					"createdAt": shown(g.createdAt), "decky": g.row["decky_id"], "tacticId": g.tactic, "techniqueId": g.technique, "subTechniqueId": g.row["sub_technique_id"],
					"ruleId": g.rule, "confidence": g.confidence,
				}
			})},
		}
	})}}
}
