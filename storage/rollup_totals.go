package storage

import "context"

// totalColumns are the columns of rollup_total that every INSERT sets.
var totalColumns = "kind, membership, owner, technique_id, sub_technique_id, day, " + measureList(measures, nameColumn)

// insertTotals adds totals by a SELECT on common table expressions, which may be missing.
func (c *change) insertTotals(ctx context.Context, with string, rows *statement) error {
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO rollup_total (" + totalColumns + ")\n")
	if with != "" {
		q.add("WITH RECURSIVE " + with + "\n")
	}
	q.add(rows.text.String(), rows.args...)
	_, err := c.exec(ctx, q)
	return err
}

// insertTotalsOf is insertTotals with requested(k, owner), made of owners, and with expressions that stand on it.
func (c *change) insertTotalsOf(ctx context.Context, owners []string, with string, rows *statement) error {
	head, err := c.keyed(owners, with)
	if err != nil {
		return err
	}
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO rollup_total ("+totalColumns+")\n"+head.text.String()+rows.text.String(), append(head.args, rows.args...)...)
	_, err = c.exec(ctx, q)
	return err
}

// techniqueTotals is a SELECT of totals by technique, of rows of sums. extra is a column more that rows need, or empty;
// distinct is the SQL of a distinct count.
func (d dialect) techniqueTotals(scope Scope, rel relation, extra, distinct string) *statement {
	rows := &statement{dialect: d}
	rows.add("SELECT " + scope.literals() + ", " + d.groupColumns() + ", '', " + totalMeasures(
		func(m measure) string { return m.over(fromSums, "c", d.Bytewise) },
		func(measure) string { return distinct },
	) + " FROM ")
	rows.rowsOf(rel, rollupColumns(fromSums, dialect{})+extra, nil)
	rows.add(" c GROUP BY " + d.groupColumns())
	return rows
}

// dayTotals is a SELECT of totals by day, of rows with a day and a number of tags.
func (d dialect) dayTotals(scope Scope, rel relation) *statement {
	rows := &statement{dialect: d}
	rows.add("SELECT " + scope.literals() + ", c.owner, '', NULL, c.day, " + dayMeasures(func(m measure) string {
		return m.over(fromSums, "c", d.Bytewise)
	}) + " FROM ")
	rows.rowsOf(rel, dayColumns, nil)
	rows.add(" c GROUP BY c.owner, c.day HAVING SUM(c.tags) <> 0")
	return rows
}

// dayMeasures joins the measures of a total by day, which has the number of tags alone.
func dayMeasures(number func(measure) string) string {
	return measureList(measures, func(m measure) string {
		switch m.aggregate {
		case numberOfTags:
			return number(m)
		case distinctCount:
			return "0" // so that no recount is due
		default:
			return "NULL"
		}
	})
}

// addTotals adds the parts that are marked for replacement to the totals of their owners. A part whose group has no
// other part may bring an identity or an attacker that is new to the total: then the distinct counts become NULL.
func (c *change) addTotals(ctx context.Context) error {
	d := c.dialect
	fresh, days := partCondition("t", replacedKinds(byTechnique.fresh)...), partCondition("t", replacedKinds(byDay.fresh)...)
	for _, scope := range totalledScopes {
		owners := scope.totalOwners()
		techniques := d.techniqueTotals(scope, relation{arms: []arm{owners.partsArm(d, fresh)}},
			", CASE WHEN "+d.newGroupCondition()+" THEN 1 ELSE 0 END AS new_group", "CASE WHEN MAX(c.new_group) = 1 THEN NULL ELSE 0 END")
		if err := c.insertTotals(ctx, owners.ancestorsCTE(d, nil, fresh), techniques); err != nil {
			return err
		}
		if err := c.insertTotals(ctx, owners.ancestorsCTE(d, nil, days), d.dayTotals(scope, relation{arms: []arm{owners.partsArm(d, days)}})); err != nil {
			return err
		}
	}
	return nil
}

// replaceOutdatedTotals replaces the totals of owners below which links have changed or tags have gone.
func (c *change) replaceOutdatedTotals(ctx context.Context) error {
	for _, scope := range totalledScopes {
		for _, of := range []struct {
			by     dimension
			insert func(context.Context, Scope, []string) error
		}{{byTechnique, c.insertTechniqueTotals}, {byDay, c.insertDayTotals}} {
			owners, err := c.outdatedOwners(ctx, scope, of.by)
			if err != nil {
				return err
			}
			if len(owners) == 0 {
				continue
			}
			if err := c.deleteTotals(ctx, scope, owners, of.by); err != nil {
				return err
			}
			if err := of.insert(ctx, scope, owners); err != nil {
				return err
			}
		}
	}
	return c.forgetIdentityCounts(ctx)
}

// forgetIdentityCounts sets the counts of identities to NULL, so that they are counted again, where another identity may
// now represent merged ones. That concerns owners that are not above a changed link, too.
func (c *change) forgetIdentityCounts(ctx context.Context) error {
	for _, scope := range totalledScopes {
		if scope.Membership == Literal {
			continue
		}
		_, err := c.run(ctx, "UPDATE rollup_total SET "+string(RollupIdentities)+" = NULL WHERE "+scope.totalsCondition(byTechnique)+
			" AND EXISTS (SELECT 1 FROM rollup_stale WHERE "+markCondition(scope.totalOwners().mergeMarks())+")")
		if err != nil {
			return err
		}
	}
	return nil
}

// outdatedOwners returns the owners of a scope whose totals by a dimension may no longer hold.
func (c *change) outdatedOwners(ctx context.Context, scope Scope, by dimension) ([]string, error) {
	owners := scope.totalOwners()
	marks := owners.marksOf(by)
	if len(marks) == 0 {
		return nil, nil
	}
	with := owners.ancestorsCTE(c.dialect, marks, "")
	if with != "" {
		with = "WITH RECURSIVE " + with + "\n"
	}
	return c.texts(ctx, with+owners.outdatedSelect(by))
}

// texts returns the values of a SELECT of one text.
func (c *change) texts(ctx context.Context, query string) (all []string, err error) {
	var one string
	err = c.catalogue(ctx, query, []scanner{{Into: text(&one)}}, func() { all = append(all, one) })
	return all, err
}

// insertAllTotals makes the totals of all owners, of which there must be none.
func (c *change) insertAllTotals(ctx context.Context) error {
	for _, scope := range totalledScopes {
		owners, err := c.texts(ctx, scope.totalOwners().keysSelect())
		if err != nil {
			return err
		}
		if err := c.insertTechniqueTotals(ctx, scope, owners); err != nil {
			return err
		}
		if err := c.insertDayTotals(ctx, scope, owners); err != nil {
			return err
		}
	}
	return nil
}

// deleteTotals deletes the totals of owners by a dimension.
func (c *change) deleteTotals(ctx context.Context, scope Scope, owners []string, by dimension) error {
	q := &statement{dialect: c.dialect}
	q.add("DELETE FROM rollup_total WHERE " + scope.totalsCondition(by) + " AND ")
	q.condition(amongTexts{"owner", owners}, row{})
	_, err := c.exec(ctx, q)
	return err
}

// insertTechniqueTotals makes the totals of owners by technique from the merged parts. It leaves the distinct counts
// for RecountRollups.
func (c *change) insertTechniqueTotals(ctx context.Context, scope Scope, owners []string) error {
	rel := c.dialect.parts("requested", scope, mergedPart)
	return c.insertTotalsOf(ctx, owners, rel.with, c.dialect.techniqueTotals(scope, rel, "", "NULL"))
}

// insertDayTotals makes the totals of owners by day from the tags.
func (c *change) insertDayTotals(ctx context.Context, scope Scope, owners []string) error {
	rel := c.dialect.mergedDays("requested", scope)
	return c.insertTotalsOf(ctx, owners, rel.with, c.dialect.dayTotals(scope, rel))
}

// mergedDays is the relation of the days of all tags but those that fresh parts count, for the owners of the expression
// of(k, owner). A snapshot has either a tag and its part or neither, so the difference is right even if others add tags
// meanwhile.
func (d dialect) mergedDays(of string, scope Scope) relation {
	rel := d.days(of, scope)
	fresh := d.anchored(of, scope, "(SELECT attacker_uuid, identity_uuid, day, -tags AS tags FROM rollup_part WHERE "+partCondition("", byDay.fresh...)+")")
	rel.arms = append(rel.arms, fresh.arms...)
	return rel
}

// lastTotal returns the number of the newest total, or 0.
func (c *change) lastTotal(ctx context.Context) (last int64, err error) {
	err = c.catalogue(ctx, "SELECT COALESCE(MAX(total), 0) FROM rollup_total", []scanner{{Into: large(&last)}}, func() {})
	return last, err
}

// mergeTotals adds up the totals of each group that has one with a number above last. Because of the lock no other
// transaction adds any.
func (c *change) mergeTotals(ctx context.Context, last int64) error {
	newest, err := c.lastTotal(ctx)
	if err != nil {
		return err
	}
	d := c.dialect
	sameGroup := ""
	for _, column := range []string{"kind", "membership", "day"} {
		sameGroup += " AND o." + column + " = n." + column
	}
	for _, column := range []string{"technique_id", "sub_technique_id"} {
		sameGroup += " AND " + d.nullSafeBytewiseEqual("o."+column, "n."+column)
	}
	earlier := "SELECT o.total FROM rollup_total n" + d.join("rollup_total o", "o.owner", "n.owner") +
		" WHERE n.total > ? AND n.total <= ? AND o.total <= ?" + sameGroup
	touched := "(total > ? OR " + inChangedTable("total", earlier) + ") AND total <= ?"
	args := []any{last, last, newest, last, newest}
	group := "kind, membership, " + d.Bytewise("owner") + ", " + d.Bytewise("technique_id") + ", " + d.Bytewise("sub_technique_id") + ", day"
	values := totalMeasures(
		func(m measure) string { return m.over(fromSums, "", d.Bytewise) },
		func(m measure) string { // unknown if it is unknown in one of them
			return "CASE WHEN COUNT(*) = COUNT(" + m.column + ") THEN SUM(" + m.column + ") END"
		},
	)
	merge := &statement{dialect: d}
	merge.add("INSERT INTO rollup_total ("+totalColumns+") SELECT "+group+", "+values+
		" FROM rollup_total WHERE "+touched+" GROUP BY "+group+" HAVING day = '' OR SUM(tags) <> 0", args...)
	if _, err := c.exec(ctx, merge); err != nil {
		return err
	}
	drop := &statement{dialect: d}
	drop.add("DELETE FROM rollup_total WHERE "+touched, args...)
	_, err = c.exec(ctx, drop)
	return err
}

// literals are the kind and the membership of the scope as SQL.
func (s Scope) literals() string { return "'" + string(s.Of) + "', '" + string(s.Membership) + "'" }

// large takes a whole number that may need more than 32 bits.
func large(target *int64) cell {
	return cellFunc(func(v *value) bool {
		n, ok := v.Number()
		*target = int64(n)
		return ok
	})
}
