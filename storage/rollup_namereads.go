package storage

import "context"

// namedTags returns the rows that add up to the tags of rules or deckies that meet the conditions, from the sums by name;
// false if these cannot serve. With bounds, owners that have lost tags since the last refresh have their tags instead, because
// a bound may be that of a tag that has gone.
func (s *shared) namedTags(scope Scope, where and, bounds bool) (countable, bool) {
	if !s.usesNameSums(scope.Of) || !about(where, byTechnique.columns) {
		return countable{}, false
	}
	d, g := s.dialect, nameTechniquesOf(scope.Of)
	totals := arm{owner: "requested.owner", from: "requested", steps: []step{{g.totalsTable(), "t.name", "requested.k"}}}
	parts := arm{owner: "requested.owner", from: g.partsOfRequested(d, "t"), where: g.partsCondition("t")}
	if !bounds {
		return countable{relation{arms: []arm{totals, parts}}, fromSums, where}, true
	}
	columns := "technique_id, sub_technique_id, " + measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "1 AS " + m.column
		}
		return m.tagColumn + " AS " + m.column
	})
	tagsOfOutdated := arm{
		owner: outdatedRequested + ".owner",
		from:  outdatedRequested,
		steps: []step{{"(SELECT " + g.name + " AS name, " + columns + " FROM " + tags.name + ") t", "t.name", outdatedRequested + ".k"}},
	}
	return countable{relation{
		with: expressions(outdatedCTE("SELECT "+g.name+" FROM "+nameParts+" WHERE tags < 0 AND "+g.name+" IS NOT NULL"), outdatedRequestedCTE),
		arms: []arm{totals.withCondition(upToDateCondition), parts.withCondition(upToDateCondition), tagsOfOutdated},
	}, fromSums, where}, true
}

// summedNames is the SELECT of namesSelect for the names that tags or, of deckies, lists of attackers have, from the sums.
func (d dialect) summedNames(g nameGrain, among bool) string {
	totals := nameTotals + " t WHERE " + g.totalsCondition("t")
	parts := nameParts + " t WHERE t." + g.name + " IS NOT NULL"
	if among {
		totals = "requested" + d.lastJoin(g.totalsTable(), "t.name", "requested.k")
		parts = g.partsOfRequested(d, "t")
	}
	const columns = ", t.tags, t.listed, t.first_seen, t.last_seen, "
	rows := "SELECT t.name" + columns + "0 AS gone FROM " + totals +
		" UNION ALL SELECT t." + g.name + columns + "CASE WHEN t.tags < 0 THEN 1 ELSE 0 END FROM " + parts
	sums := "SELECT MIN(g.name) AS k, SUM(g.tags) AS tags, MIN(g.first_seen) AS first_seen, MAX(g.last_seen) AS last_seen, MAX(g.gone) AS gone FROM (" + rows +
		") g GROUP BY " + d.Bytewise("g.name") + " HAVING SUM(g.tags) <> 0 OR SUM(g.listed) <> 0"
	bound := func(aggregate, column string) string { // read again where tags have gone, by an index
		return "CASE WHEN s.gone = 0 THEN s." + column + " ELSE (SELECT " + aggregate + "(t.created_at) FROM " + tags.name + " t WHERE " +
			d.Equal("t."+g.name, "s.k") + ") END AS " + column
	}
	return "SELECT s.k, s.tags, " + bound("MIN", "first_seen") + ", " + bound("MAX", "last_seen") + " FROM (" + sums + ") s"
}

// summedAttackers is a SELECT of each name with the number of its attackers, from the sums.
func (d dialect) summedAttackers(g nameGrain) string {
	rows := "SELECT t.name, t.attackers AS n FROM " + nameTotals + " t WHERE " + g.totalsCondition("t") +
		" UNION ALL SELECT x.name, x.came FROM (" + g.changes(d, "", nameParts+" p", "") + ") x" +
		" UNION ALL SELECT x.name, -1 FROM (" + g.absentPairs(d, false) + ") x"
	return "SELECT " + d.Bytewise("g.name") + " AS name, SUM(g.n) AS n FROM (" + rows + ") g GROUP BY " + d.Bytewise("g.name")
}

// attackersOfNames adds up the numbers of attackers of owners, and of each of their techniques if the grain tells them apart.
func (s *Store) attackersOfNames(ctx context.Context, g nameGrain, owners []string, add func(owner, technique, sub string, n int)) error {
	q, err := s.keyed(owners, "")
	if err != nil {
		return err
	}
	q.sums = true
	d := s.dialect
	technique := func(alias string) string { return alias + ".technique_id, " + alias + ".sub_technique_id" }
	changed, absent := technique("x"), ""
	if len(g.details) == 0 {
		changed = "NULL, NULL"
		absent = " UNION ALL SELECT x.name, " + changed + ", -1 FROM (" + g.absentPairs(d, true) + ") x"
	}
	q.add("SELECT requested.owner, " + technique("t") + ", t.attackers FROM requested" + d.lastJoin(g.totalsTable(), "t.name", "requested.k") +
		" UNION ALL SELECT x.owner, " + changed + ", x.came FROM (" + g.changes(d, "requested.owner", g.partsOfRequested(d, "p"), "") + ") x" + absent)
	var owner string
	var of, sub *string
	var n int
	dest := []scanner{{Into: text(&owner)}, {Into: optionalText(&of)}, {Into: optionalText(&sub)}, {Into: safeInt(&n)}}
	return s.scanRows(ctx, q, dest, func() error {
		add(owner, textOr(of, ""), textOr(sub, ""), n)
		return nil
	})
}

// summedMembersCTE defines members(owner, uuid): the attackers of each rule or decky, from the sums. Some may not exist.
func (d dialect) summedMembersCTE(g nameGrain) string {
	rows := "SELECT requested.owner, a.row_key, a.mentions FROM requested" + d.join(g.totalsTable(), "t.name", "requested.k") +
		d.OrderedJoin + nameActors + " a ON a.total = t.total UNION ALL SELECT requested.owner, " + d.Bytewise("p.attacker_uuid") + ", p.tags + p.listed FROM " +
		g.partsOfRequested(d, "p") + " WHERE p.attacker_uuid IS NOT NULL"
	return "members(owner, uuid) AS (SELECT x.owner, " + d.TextOf("x.row_key") + " FROM (" + rows + ") x GROUP BY x.owner, x.row_key HAVING SUM(x.mentions) > 0)"
}

// countsAttackers returns the list, which is of all attackers of rules or deckies, with a way to count them from the sums.
func (l query[T]) countsAttackers(of Kind) query[T] {
	if !l.store.facts().names || of != KindRule && of != KindDecky {
		return l
	}
	l.sums = func(ctx context.Context, owners []string) (map[string]int, error) {
		found := empties[int](owners)
		return found, l.store.attackersOfNames(ctx, namesOf(of), owners, func(owner, _, _ string, n int) {
			if _, wanted := found[owner]; wanted {
				found[owner] += n
			}
		})
	}
	return l
}

// summedDeckies is the relation of rules to rows with a decky and a number of tags, from the sums.
func (d dialect) summedDeckies() relation {
	g := ruleDeckies
	return relation{arms: []arm{
		{owner: "requested.owner", from: "requested", steps: []step{{g.totalsTable(), "t.name", "requested.k"}}},
		{owner: "requested.owner", from: g.partsOfRequested(d, "t"), where: g.partsCondition("t")},
	}}
}
