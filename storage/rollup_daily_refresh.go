package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The totals by day or month, technique, sub-technique and tactic are rows of rollup_daily. A refresh adds rows for the parts
// that it merges, and then adds up the rows of each group that has a new one. A row is stale while tags of its group have gone
// whose bounds it may still have: then its bounds are read again. No other transaction sees stale rows.

// dailyColumns are the columns of rollup_daily that every INSERT sets.
var dailyColumns = "kind, membership, owner, grain, day, technique_id, sub_technique_id, tactic, " + measureList(dailyMeasures, nameColumn) + ", stale"

// dailyGroup are the columns of a group of one owner's rows with an alias, which ends with a dot or is empty.
func (d dialect) dailyGroup(alias string) string {
	return alias + "day, " + d.Bytewise(alias+"technique_id") + ", " + d.Bytewise(alias+"sub_technique_id") +
		", " + d.Bytewise(alias+"tactic")
}

// dailyRows are the columns of sums, with the alias t, that sums by day and technique are added up from.
var dailyRows = "t.day, t.technique_id, t.sub_technique_id, t.tactic, " + measureList(dailyMeasures, func(m measure) string { return "t." + m.column })

// dailySums is a SELECT for dailyColumns of rows with the columns of dailyRows and extra ones. number is the SQL of the
// number of tags, stale that of the last column.
func (d dialect) dailySums(scope Scope, rel relation, extra, number, stale string) *statement {
	rows := &statement{dialect: d}
	group := "c.owner, " + d.dailyGroup("c.")
	rows.add("SELECT " + scope.literals() + ", c.owner, 'day', " + d.dailyGroup("c.") + ", " + measureList(dailyMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return number
		}
		return m.over(fromSums, "c", d.Bytewise)
	}) + ", " + stale + " FROM ")
	rows.rowsOf(rel, dailyRows+extra, nil)
	rows.add(" c GROUP BY " + group)
	return rows
}

// addDaily adds rows for the parts that are marked for replacement, to all of their owners of a scope.
func (c *change) addDaily(ctx context.Context, scope Scope) error {
	d, owners := c.dialect, scope.totalOwners()
	parts := partCondition("t", replacedKinds(byDayAndTechnique.fresh)...)
	stale := ", CASE WHEN " + partCondition("t", freshDayPart.replaced()) + " THEN 1 ELSE 0 END AS stale"
	rows := d.dailySums(scope, relation{arms: []arm{owners.partsArm(d, parts)}}, stale, "SUM(c.tags)", "MAX(c.stale)")
	return c.insertSums(ctx, byDayAndTechnique.table, dailyColumns, owners.ancestorsCTE(d, nil, parts), rows)
}

// insertDaily makes the rows of owners from the tags, without those that fresh parts count. A snapshot has either a tag and
// its part or neither, so the difference is right even if others add tags meanwhile. A bound may include a tag whose part is
// fresh: that does no harm.
func (c *change) insertDaily(ctx context.Context, scope Scope, owners []string) error {
	d := c.dialect
	rel := d.mergedTags("requested", scope)
	rows := d.dailySums(scope, rel, "", "SUM(c.tags)", "0")
	rows.add(" HAVING SUM(c.tags) <> 0")
	return c.insertSumsOf(ctx, byDayAndTechnique.table, dailyColumns, owners, rel.with, rows)
}

// mergedTags is the relation of all tags but those that fresh parts count, as sums by day and technique, for the owners of
// the expression of(k, owner).
func (d dialect) mergedTags(of string, scope Scope) relation {
	rel := d.tagsAsSums(of, scope, tagSpan{})
	bounds := measureList(dailyMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "-" + m.column + " AS " + m.column
		}
		return m.column
	})
	fresh := d.anchored(of, scope, "(SELECT attacker_uuid, identity_uuid, day, technique_id, sub_technique_id, tactic, "+bounds+
		" FROM rollup_part WHERE "+partCondition("", byDayAndTechnique.fresh...)+")")
	rel.arms = append(rel.arms, fresh.arms...)
	return rel
}

// lastDaily returns the number of the newest row, or 0.
func (c *change) lastDaily(ctx context.Context) (last int64, err error) {
	err = c.catalogue(ctx, "SELECT COALESCE(MAX(daily), 0) FROM rollup_daily", []scanner{{Into: large(&last)}}, func() {})
	return last, err
}

// insertMonths adds up the rows by day that meet a condition to rows by month.
func (c *change) insertMonths(ctx context.Context, condition string, args ...any) error {
	return c.addUpMonths(ctx, "SUM(tags)", condition+" AND "+byDayAndTechnique.totals, args...)
}

// addUpMonths is insertMonths with the SQL of the number of tags.
func (c *change) addUpMonths(ctx context.Context, number, condition string, args ...any) error {
	d := c.dialect
	owner, group := "kind, membership, "+d.Bytewise("owner"), monthOfDay+", "+d.dailyGroup("")[len("day, "):]
	q := &statement{dialect: d}
	q.add("INSERT INTO rollup_daily ("+dailyColumns+") SELECT "+owner+", 'month', "+group+", "+measureList(dailyMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return number
		}
		return m.over(fromSums, "", d.Bytewise)
	})+", MAX(stale) FROM rollup_daily WHERE "+condition+" GROUP BY "+owner+", "+group, args...)
	_, err := c.exec(ctx, q)
	return err
}

// monthOfDay is the first day of the month of a row by day. What is no instant is in no month, as it is on no day.
const monthOfDay = "CASE WHEN day = '' THEN day ELSE CONCAT(SUBSTR(day, 1, 8), '01') END"

// insertMonthsOf makes the rows by month of owners from those by day.
func (c *change) insertMonthsOf(ctx context.Context, scope Scope, owners []string) error {
	q := &statement{dialect: c.dialect}
	q.add(scope.totalsCondition(byDayAndTechnique) + " AND ")
	q.condition(amongTexts{"owner", owners}, row{})
	if q.err != nil {
		return q.err
	}
	return c.insertMonths(ctx, q.text.String(), q.args...)
}

// mergeDaily adds up the rows of each group that has one with a number above last. Then it reads the bounds of stale ones
// again: by day from the tags, and by month from the rows by day. Because of the lock no other transaction adds any.
func (c *change) mergeDaily(ctx context.Context, last int64) error {
	newest, err := c.addUpDaily(ctx, last)
	if err != nil {
		return err
	}
	days, err := c.staleRuns(ctx, byDayAndTechnique, newest)
	if err != nil {
		return err
	}
	months, err := c.staleRuns(ctx, byMonthAndTechnique, newest)
	if err != nil || len(days)+len(months) == 0 {
		return err
	}
	if _, err := c.run(ctx, "UPDATE rollup_daily SET stale = 0 WHERE daily > "+strconv.FormatInt(newest, 10)+" AND stale <> 0"); err != nil {
		return err
	}
	if err := c.addBounds(ctx, days, c.insertBounds); err != nil {
		return err
	}
	return c.addBounds(ctx, months, c.insertMonthBounds)
}

// addBounds adds rows with bounds, and without tags, to the groups of runs.
func (c *change) addBounds(ctx context.Context, runs []dayRun, insert func(context.Context, dayRun) error) error {
	last, err := c.lastDaily(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := insert(ctx, run); err != nil {
			return err
		}
	}
	_, err = c.addUpDaily(ctx, last)
	return err
}

// addUpDaily adds up the rows of each group that has one with a number above last. The sums have numbers above the one
// returned. Those of stale groups have no bounds.
func (c *change) addUpDaily(ctx context.Context, last int64) (newest int64, err error) {
	if newest, err = c.lastDaily(ctx); err != nil {
		return 0, err
	}
	d := c.dialect
	sameGroup := []string{d.Equal("o.owner", "n.owner")}
	for _, column := range []string{"kind", "membership", "grain", "day", "technique_id"} { // as the index has them
		sameGroup = append(sameGroup, "o."+column+" = n."+column)
	}
	for _, column := range byDayAndTechnique.columns {
		sameGroup = append(sameGroup, d.nullSafeBytewiseEqual("o."+column, "n."+column))
	}
	earlier := "SELECT o.daily FROM rollup_daily n" + d.OrderedJoin + "rollup_daily o ON " + strings.Join(sameGroup, " AND ") +
		" WHERE n.daily > ? AND n.daily <= ? AND o.daily <= ?"
	touched := "(daily > ? OR " + inChangedTable("daily", earlier) + ") AND daily <= ?"
	args := []any{last, last, newest, last, newest}
	group := "kind, membership, " + d.Bytewise("owner") + ", grain, " + d.dailyGroup("")
	values := measureList(dailyMeasures, func(m measure) string {
		value := m.over(fromSums, "", d.Bytewise)
		if m.aggregate != numberOfTags {
			value = "CASE WHEN MAX(stale) = 0 THEN " + value + " END"
		}
		return value
	})
	for _, text := range []string{
		"INSERT INTO rollup_daily (" + dailyColumns + ") SELECT " + group + ", " + values + ", MAX(stale) FROM rollup_daily WHERE " + touched +
			" GROUP BY " + group + " HAVING SUM(tags) <> 0",
		"DELETE FROM rollup_daily WHERE " + touched,
	} {
		q := &statement{dialect: d}
		q.add(text, args...)
		if _, err := c.exec(ctx, q); err != nil {
			return 0, err
		}
	}
	return newest, nil
}

// dayRun are consecutive days, or a month, with stale sums of owners of a scope.
type dayRun struct {
	scope  Scope
	owners []string
	days   []string
}

// staleRuns returns the days, or the months, of stale rows with numbers above last.
func (c *change) staleRuns(ctx context.Context, by dimension, last int64) (runs []dayRun, err error) {
	var of Scope
	var kind, membership, day, owner string
	dest := []scanner{{Into: text(&kind)}, {Into: text(&membership)}, {Into: text(&day)}, {Into: text(&owner)}}
	err = c.catalogue(ctx, "SELECT DISTINCT kind, membership, day, owner FROM rollup_daily WHERE daily > "+strconv.FormatInt(last, 10)+
		" AND stale <> 0 AND "+by.totals+" ORDER BY kind, membership, day", dest, func() {
		of = Scope{Kind(kind), Membership(membership)}
		if n := len(runs) - 1; n >= 0 && runs[n].scope == of && runs[n].continues(day) {
			runs[n].days, runs[n].owners = append(runs[n].days, day), append(runs[n].owners, owner)
			return
		}
		runs = append(runs, dayRun{of, []string{owner}, []string{day}})
	})
	return runs, err
}

// continues reports whether a day is the last one of the run, or the one after it.
func (r dayRun) continues(day string) bool {
	last := r.days[len(r.days)-1]
	at, err := time.Parse(time.DateOnly, last)
	return day == last || err == nil && day == at.AddDate(0, 0, 1).Format(time.DateOnly)
}

// span is the time of the run. It is open for the day of what is no instant.
func (r dayRun) span() tagSpan {
	from, err := time.Parse(time.DateOnly, r.days[0])
	until, failed := time.Parse(time.DateOnly, r.days[len(r.days)-1])
	if err != nil || failed != nil {
		return tagSpan{}
	}
	return tagSpan{&from, new(until.AddDate(0, 0, 1))}
}

// insertBounds adds a row with the bounds, and without tags, for each group of the owners on the days.
func (c *change) insertBounds(ctx context.Context, of dayRun) error {
	d := c.dialect
	slices.Sort(of.owners)
	rel := d.tagsAsSums("requested", of.scope, of.span())
	for i := range rel.arms {
		rel.arms[i].only = and{raw("t.day >= ? AND t.day <= ?", of.days[0], of.days[len(of.days)-1])}
	}
	return c.insertSumsOf(ctx, byDayAndTechnique.table, dailyColumns, slices.Compact(of.owners), rel.with, d.dailySums(of.scope, rel, "", "0", "0"))
}

// insertMonthBounds is insertBounds for a month, from the rows by day.
func (c *change) insertMonthBounds(ctx context.Context, of dayRun) error {
	slices.Sort(of.owners)
	q := &statement{dialect: c.dialect}
	last := ""
	if of.days[0] != "" {
		last = of.days[0][:len("2006-01-")] + "31"
	}
	q.add(of.scope.totalsCondition(byDayAndTechnique)+" AND day >= ? AND day <= ? AND ", of.days[0], last)
	q.condition(amongTexts{"owner", slices.Compact(of.owners)}, row{})
	if q.err != nil {
		return q.err
	}
	return c.addUpMonths(ctx, "0", q.text.String(), q.args...)
}
