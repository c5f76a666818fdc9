package storage

import (
	"context"
	"errors"
	"strconv"
)

// MemberRollups are the rollup of an identity and those of its attackers, of one snapshot.
type MemberRollups struct {
	identity  []*TechniqueRollup
	attackers map[string][]*TechniqueRollup // empty if they were not read
}

// Identity is the rollup of the identity.
func (m *MemberRollups) Identity() []*TechniqueRollup { return m.identity }

// Attacker is the rollup of an attacker, and whether it was read: of attackers that are none of the identity's, and of those
// of an identity with very many, it was not.
func (m *MemberRollups) Attacker(uuid string) (rows []*TechniqueRollup, read bool) {
	if m == nil {
		return nil, false
	}
	rows, read = m.attackers[uuid]
	return rows, read
}

// mostMemberRollups is how many attackers the identities of a level may have together whose rollups are read with those of
// the identities. Of more attackers, a page shows few.
const mostMemberRollups = 200

// MemberTechniques is Techniques for identities, and for all of their attackers, in one statement. It reads the sums at the
// level of attackers, where each tag is in one group, and the groups add up to the rollup of the identity. Where there are
// no sums it reads the rollups of the identities alone, because their tags may be many.
func (s *Store) MemberTechniques(m Membership) func(ctx context.Context, identities []string) (map[string]*MemberRollups, error) {
	return func(ctx context.Context, identities []string) (map[string]*MemberRollups, error) {
		scope := Scope{KindIdentity, m}
		if s.usesSums(scope) {
			found, err := s.memberRollups(ctx, scope, identities)
			if !errors.Is(err, ErrLimit) { // the rollups of the identities alone have fewer rows
				return found, err
			}
		}
		rows, err := s.rollup(ctx, scope, nil, identities, nil)
		found := make(map[string]*MemberRollups, len(rows))
		for identity, of := range rows {
			found[identity] = &MemberRollups{identity: of}
		}
		return found, err
	}
}

func (s *Store) memberRollups(ctx context.Context, scope Scope, identities []string) (map[string]*MemberRollups, error) {
	q, err := s.keyed(identities, expressions(s.dialect.members(scope.Of, scope.Membership), s.dialect.memberAttackersCTE()))
	if err != nil {
		return nil, err
	}
	single := len(identities) == 1
	q.addMemberRollups(single)
	found := make(map[string]*MemberRollups, len(identities))
	adding := make(map[string]*memberSums, len(identities))
	for _, identity := range identities {
		found[identity] = &MemberRollups{identity: []*TechniqueRollup{}, attackers: map[string][]*TechniqueRollup{}}
		adding[identity] = &memberSums{into: found[identity], scope: scope, owner: identity, places: map[rollupGroup]int{}}
	}
	var owner, attacker string
	var row TechniqueRollup
	var malformed []string
	dest := append([]scanner{{Into: sharedText{&owner}}, {Into: sharedText{&attacker}}}, rollupScanners(&row, &malformed)...)
	if single { // all rows are the identity's
		owner, dest = identities[0], dest[1:]
	}
	err = s.scanRows(ctx, q, dest, func() error {
		if of, wanted := adding[owner]; wanted {
			if len(malformed) > 0 && row.Count > 0 {
				s.warned.malformedColumns(tags.name, &malformed, row.key().String())
			}
			of.add(attacker, &row)
		}
		row, malformed = TechniqueRollup{}, malformed[:0]
		return nil
	})
	for _, of := range adding {
		of.finish()
	}
	return found, err
}

// memberAttackersCTE is member_attackers(owner, uuid): the attackers of the identities in members.
func (d dialect) memberAttackersCTE() string {
	return "member_attackers(owner, uuid) AS (\n  SELECT m.owner, a.uuid FROM members m" + d.join("attackers a", "a.identity_id", "m.uuid") + ")"
}

// addMemberRollups adds the SELECT of the parts of each attacker, of the groups of the other tags of each identity, without
// an attacker, and of each attacker once with no tags. If there are too many attackers, theirs are groups without one, too.
// The first column is the identity, unless there is a single one.
func (q *statement) addMemberRollups(single bool) {
	q.sums = true
	parts := q.NoIndexPrefix + partCondition("t", byTechnique.complete...)
	ofAttackers := arm{owner: "w.owner", from: "member_attackers w", steps: []step{{"rollup_part t", "t.attacker_uuid", "w.uuid"}}, where: parts}
	others := anchoredOnMember("rollup_part").withCondition(parts).
		withCondition("(t.attacker_uuid IS NULL OR " + q.outsideOf("t.attacker_uuid", "member_attackers") + ")")
	few := "(SELECT COUNT(*) FROM member_attackers) <= " + strconv.Itoa(mostMemberRollups)
	columns := rollupColumns(fromSums, q.dialect)
	q.addRowsCTE("c0", relation{arms: []arm{ofAttackers.withCondition(few)}}, "w.uuid AS attacker, "+columns, nil)
	q.addRowsCTE("c1", relation{arms: []arm{others}}, columns, nil)
	q.addRowsCTE("c2", relation{arms: []arm{ofAttackers.withCondition("NOT " + few)}}, columns, nil)
	owner := func(alias string) string {
		if single {
			return "SELECT "
		}
		return "SELECT " + alias + ".owner, "
	}
	measured := q.techniqueColumns() + ", " + measureList(partMeasures, func(m measure) string { return m.over(fromSums, "c", q.GroupKey) })
	none := measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "0"
		}
		return "NULL"
	})
	unmeasured := measureList(partMeasures, func(m measure) string { return "c." + m.column })
	q.add(owner("c") + "c.attacker, c.technique_id, c.sub_technique_id, " + unmeasured + " FROM c0 c")
	q.add(" UNION ALL " + owner("c") + "'', " + measured + " FROM c1 c GROUP BY " + q.groupColumns())
	q.add(" UNION ALL " + owner("c") + "'', " + measured + " FROM c2 c GROUP BY " + q.groupColumns())
	q.add(" UNION ALL " + owner("w") + "w.uuid, '', NULL, " + none + " FROM member_attackers w WHERE " + few)
}

// rollupGroup is what the rows of a rollup are grouped by.
type rollupGroup struct {
	technique, sub string
	hasSub         bool
}

// memberSums adds up the rows of an identity.
type memberSums struct {
	into   *MemberRollups
	scope  Scope
	owner  string
	places map[rollupGroup]int // in the rollup of the identity
	rows   rowArena[TechniqueRollup]

	attacker string // of the last row
	last     []*TechniqueRollup
}

// add adds a row, which is about an attacker unless that is empty. A row without tags only says that the attacker was read.
func (s *memberSums) add(attacker string, row *TechniqueRollup) {
	if attacker != s.attacker {
		s.keep()
		s.attacker, s.last = attacker, s.into.attackers[attacker]
	}
	if row.Count == 0 {
		if s.last == nil {
			s.last = []*TechniqueRollup{}
		}
		return
	}
	s.addToIdentity(row)
	if attacker == "" {
		return
	}
	for i := len(s.last) - 1; i >= 0 && s.last[i].TechniqueID == row.TechniqueID; i-- { // an attacker's parts come by technique
		if s.last[i].compare(row) == 0 {
			s.last[i].add(row)
			return
		}
	}
	row.Scope, row.Owner = Scope{KindAttacker, s.scope.Membership}, attacker
	s.last = append(s.last, s.rows.put(*row))
}

// keep stores the rows of the last attacker.
func (s *memberSums) keep() {
	if s.last != nil {
		s.into.attackers[s.attacker] = s.last
	}
}

func (s *memberSums) addToIdentity(row *TechniqueRollup) {
	group := rollupGroup{technique: row.TechniqueID, hasSub: row.SubTechniqueID != nil}
	if group.hasSub {
		group.sub = *row.SubTechniqueID
	}
	if place, known := s.places[group]; known {
		s.into.identity[place].add(row)
		return
	}
	s.places[group] = len(s.into.identity)
	sum := s.rows.put(*row)
	sum.Scope, sum.Owner = s.scope, s.owner
	s.into.identity = append(s.into.identity, sum)
}

// finish sorts the rollups.
func (s *memberSums) finish() {
	s.keep()
	s.into.identity = inOrder(s.into.identity)
	for attacker, rows := range s.into.attackers {
		s.into.attackers[attacker] = inOrder(rows)
	}
}
