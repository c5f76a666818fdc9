package storage

import "context"

// totalColumns are the columns of rollup_total that every INSERT sets.
var totalColumns = "kind, membership, owner, technique_id, sub_technique_id, day, " + measureList(measures, nameColumn)

// insertSums adds rows to a table with some columns by a SELECT on common table expressions, which may be missing.
func (c *change) insertSums(ctx context.Context, table, columns, with string, rows *statement) error {
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO " + table + " (" + columns + ")\n")
	if with != "" {
		q.add("WITH RECURSIVE " + with + "\n")
	}
	q.add(rows.text.String(), rows.args...)
	_, err := c.exec(ctx, q)
	return err
}

// insertSumsOf adds rows to a table with some columns by a SELECT on requested(k, owner), made of owners, and on
// expressions that stand on it.
func (c *change) insertSumsOf(ctx context.Context, table, columns string, owners []string, with string, rows *statement) error {
	head, err := c.keyed(owners, with)
	if err != nil {
		return err
	}
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO "+table+" ("+columns+")\n"+head.text.String()+rows.text.String(), append(head.args, rows.args...)...)
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

// insertDayTotals adds up the sums by day and technique that meet a condition to totals by day.
func (c *change) insertDayTotals(ctx context.Context, condition string, args ...any) error {
	owner := "kind, membership, " + c.dialect.Bytewise("owner")
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO rollup_total ("+totalColumns+") SELECT "+owner+", '', NULL, day, "+dayMeasures(func(m measure) string {
		return m.over(fromSums, "", c.dialect.Bytewise)
	})+" FROM rollup_daily WHERE "+condition+" AND "+byDayAndTechnique.totals+" GROUP BY "+owner+", day HAVING SUM(tags) <> 0", args...)
	_, err := c.exec(ctx, q)
	return err
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
//
// The sums by day and technique that it adds have numbers above last.
func (c *change) addTotals(ctx context.Context, last int64) error {
	d := c.dialect
	fresh := partCondition("t", replacedKinds(byTechnique.fresh)...)
	for _, scope := range totalledScopes {
		owners := scope.totalOwners()
		techniques := d.techniqueTotals(scope, relation{arms: []arm{owners.partsArm(d, fresh)}},
			", CASE WHEN "+d.newGroupCondition()+" THEN 1 ELSE 0 END AS new_group", "CASE WHEN MAX(c.new_group) = 1 THEN NULL ELSE 0 END")
		if err := c.insertSums(ctx, byTechnique.table, totalColumns, owners.ancestorsCTE(d, nil, fresh), techniques); err != nil {
			return err
		}
		if err := c.addDaily(ctx, scope); err != nil {
			return err
		}
	}
	if err := c.insertMonths(ctx, "daily > ?", last); err != nil {
		return err
	}
	return c.insertDayTotals(ctx, "daily > ?", last)
}

// replaceOutdatedTotals replaces the totals of owners below which links have changed or tags have gone.
func (c *change) replaceOutdatedTotals(ctx context.Context) error {
	for _, scope := range totalledScopes {
		for _, of := range []struct {
			by     dimension
			insert func(context.Context, Scope, []string) error
		}{
			{byTechnique, c.insertTechniqueTotals},
			{byDayAndTechnique, c.insertDaily},
			{byMonthAndTechnique, c.insertMonthsOf},
			{byDay, c.insertDayTotalsOf}, // in this order
		} {
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
		if err := c.insertDaily(ctx, scope, owners); err != nil {
			return err
		}
	}
	if err := c.insertMonths(ctx, "1 = 1"); err != nil {
		return err
	}
	return c.insertDayTotals(ctx, "1 = 1")
}

// deleteTotals deletes the totals of owners by a dimension.
func (c *change) deleteTotals(ctx context.Context, scope Scope, owners []string, by dimension) error {
	q := &statement{dialect: c.dialect}
	q.add("DELETE FROM " + by.table + " WHERE " + scope.totalsCondition(by) + " AND ")
	q.condition(amongTexts{"owner", owners}, row{})
	_, err := c.exec(ctx, q)
	return err
}

// insertTechniqueTotals makes the totals of owners by technique from the merged parts. It leaves the distinct counts
// for RecountRollups.
func (c *change) insertTechniqueTotals(ctx context.Context, scope Scope, owners []string) error {
	rel := c.dialect.parts("requested", scope, mergedPart)
	return c.insertSumsOf(ctx, byTechnique.table, totalColumns, owners, rel.with, c.dialect.techniqueTotals(scope, rel, "", "NULL"))
}

// insertDayTotalsOf makes the totals of owners by day from their sums by day and technique.
func (c *change) insertDayTotalsOf(ctx context.Context, scope Scope, owners []string) error {
	q := &statement{dialect: c.dialect}
	q.add(scope.totalsCondition(byDayAndTechnique) + " AND ")
	q.condition(amongTexts{"owner", owners}, row{})
	if q.err != nil {
		return q.err
	}
	return c.insertDayTotals(ctx, q.text.String(), q.args...)
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
