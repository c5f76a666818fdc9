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
		rows, err := s.rollup(ctx, scope, identities, nil)
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
	q.addMemberRollups()
	found := make(map[string]*MemberRollups, len(identities))
	sums := make(map[string]*rollupSum, len(identities))
	for _, identity := range identities {
		found[identity] = &MemberRollups{attackers: map[string][]*TechniqueRollup{}}
		sums[identity] = &rollupSum{scope: scope, owner: identity, places: map[rollupGroup]int{}}
	}
	var owner, attacker string
	var row TechniqueRollup
	var malformed []string
	dest := append([]scanner{{Into: sharedText{&owner}}, {Into: sharedText{&attacker}}}, rollupScanners(&row, &malformed)...)
	err = s.scanRows(ctx, q, dest, func() error {
		if of, wanted := found[owner]; wanted {
			switch {
			case row.Count == 0: // each attacker once, so that those without tags are known
				of.attackers[attacker] = append([]*TechniqueRollup{}, of.attackers[attacker]...)
			case attacker == "":
				sums[owner].add(s.rollupRow(row, &malformed))
			default:
				row.Scope, row.Owner = Scope{KindAttacker, scope.Membership}, attacker
				one := s.rollupRow(row, &malformed)
				of.attackers[attacker] = append(of.attackers[attacker], one)
				sums[owner].add(one)
			}
		}
		row, malformed = TechniqueRollup{}, malformed[:0]
		return nil
	})
	for identity, of := range found {
		of.identity = inOrder(sums[identity].rows)
		for uuid, rows := range of.attackers {
			of.attackers[uuid] = inOrder(rows)
		}
	}
	return found, err
}

// memberAttackersCTE is member_attackers(owner, uuid): the attackers of the identities in members.
func (d dialect) memberAttackersCTE() string {
	return "member_attackers(owner, uuid) AS (\n  SELECT m.owner, a.uuid FROM members m" + d.join("attackers a", "a.identity_id", "m.uuid") + ")"
}

// addMemberRollups adds the SELECT of the groups of each attacker, those of the other tags of each identity, without an
// attacker, and each attacker once with no tags. If there are too many attackers, all groups are without one.
func (q *statement) addMemberRollups() {
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
	groups, attacker := q.groupColumns(), q.GroupKey("c.attacker")
	measured := q.techniqueColumns() + ", " + measureList(partMeasures, func(m measure) string { return m.over(fromSums, "c", q.GroupKey) })
	q.add("SELECT c.owner, " + attacker + " AS attacker, " + measured + " FROM c0 c GROUP BY " + groups + ", " + attacker)
	q.add(" UNION ALL SELECT c.owner, '', " + measured + " FROM c1 c GROUP BY " + groups)
	q.add(" UNION ALL SELECT c.owner, '', " + measured + " FROM c2 c GROUP BY " + groups)
	none := measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "0"
		}
		return "NULL"
	})
	q.add(" UNION ALL SELECT w.owner, w.uuid, '', NULL, " + none + " FROM member_attackers w WHERE " + few)
}

// rollupGroup is what the rows of a rollup are grouped by.
type rollupGroup struct {
	technique, sub string
	hasSub         bool
}

// rollupSum adds up rows of several rollups.
type rollupSum struct {
	scope  Scope
	owner  string
	rows   []*TechniqueRollup
	places map[rollupGroup]int
}

// add adds a row to the one of its group.
func (s *rollupSum) add(row *TechniqueRollup) {
	group := rollupGroup{technique: row.TechniqueID, hasSub: row.SubTechniqueID != nil}
	if group.hasSub {
		group.sub = *row.SubTechniqueID
	}
	if place, known := s.places[group]; known {
		s.rows[place].add(row)
		return
	}
	s.places[group] = len(s.rows)
	sum := *row
	sum.Scope, sum.Owner = s.scope, s.owner
	s.rows = append(s.rows, &sum)
}
