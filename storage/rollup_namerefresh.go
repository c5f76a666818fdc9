package storage

import (
	"context"
	"strings"
)

// mergeNames merges what has come and gone since the last refresh into the sums by rule and by decky. Because of the lock no
// other transaction changes totals and their attackers. It touches only parts that it has marked as seen, so parts that others
// add meanwhile stay.
func (c *change) mergeNames(ctx context.Context) (parts int, err error) {
	if !c.facts().namesKept {
		return 0, nil
	}
	if parts, err = c.run(ctx, "UPDATE "+nameParts+" SET seen = 1"); err != nil || parts == 0 {
		return 0, err
	}
	return parts, c.mergeSeenNames(ctx)
}

// mergeSeenNames merges the parts that are marked as seen.
func (c *change) mergeSeenNames(ctx context.Context) error {
	const seen = "p.seen = 1"
	d := c.dialect
	for _, g := range nameGrains {
		texts := make([]string, len(g.texts()))
		for i, text := range g.texts() {
			texts[i] = g.asTotal(text)
		}
		columns := strings.Join(texts, ", ")
		groups := "s." + strings.Join(texts, ", s.")
		exact := make([]string, len(texts))
		for i, text := range texts {
			exact[i] = d.Bytewise("s." + text)
		}
		statements := []string{
			"INSERT INTO " + nameTotals + " (kind, grain, " + columns + ", tags, listed, attackers, stale) SELECT " + g.literals() + ", " +
				minOfEach(groups) + ", 0, 0, 0, 0 FROM (" + g.numberedParts(d, "", nameParts+" p", seen) + ") s WHERE s.total IS NULL GROUP BY " +
				strings.Join(exact, ", "),
			d.addToNameTotals(g, "SELECT s.total, "+g.literals()+", '', SUM(s.tags), SUM(s.listed), SUM(s.came), MAX(s.gone)"+
				g.boundsOver(d, fromSums, "s")+" FROM ("+g.changes(d, "", nameParts+" p", seen)+") s GROUP BY s.total"),
		}
		if g.actors {
			statements = append(statements, "INSERT INTO "+nameActors+" (total, row_key, mentions) SELECT s.total, s.row_key, SUM(s.tags + s.listed) FROM ("+
				g.numberedParts(d, "", nameParts+" p", seen)+") s WHERE s.row_key IS NOT NULL GROUP BY s.total, s.row_key"+
				d.Upsert("total, row_key")+"mentions = "+nameActors+".mentions + "+d.Given("mentions"))
		}
		if err := c.runAll(ctx, statements...); err != nil {
			return err
		}
	}
	if err := c.forgetGoneNames(ctx); err != nil {
		return err
	}
	// Triggers do not see that an attacker goes while another transaction adds a tag of it.
	return c.runAll(
		ctx,
		"INSERT INTO "+nameAbsent+" (attacker_uuid) SELECT v.k FROM (SELECT MIN(p.attacker_uuid) AS k FROM "+nameParts+
			" p WHERE "+seen+" AND p.attacker_uuid IS NOT NULL GROUP BY "+d.Bytewise("p.attacker_uuid")+") v"+
			" WHERE NOT EXISTS (SELECT 1 FROM attackers a WHERE "+d.Equal("a.uuid", "v.k")+
			") AND NOT EXISTS (SELECT 1 FROM "+nameAbsent+" b WHERE "+d.Equal("b.attacker_uuid", "v.k")+")",
		"DELETE FROM "+nameAbsent+" WHERE EXISTS (SELECT 1 FROM attackers a WHERE "+d.Equal("a.uuid", nameAbsent+".attacker_uuid")+")",
		"DELETE FROM "+nameParts+" WHERE seen = 1",
	)
}

// forgetGoneNames deletes attackers and totals of which nothing is left, and reads the bounds of totals that have lost tags
// again. A bound that includes a tag whose part is not merged yet does no harm.
func (c *change) forgetGoneNames(ctx context.Context) error {
	d := c.dialect
	unknown := measureList(allBounds, func(m measure) string { return m.column + " = NULL" })
	stale, err := c.run(ctx, "UPDATE "+nameTotals+" SET stale = 2, "+unknown+" WHERE stale = 1")
	if err != nil || stale == 0 {
		return err
	}
	statements := []string{"DELETE FROM " + nameActors + " WHERE mentions = 0 AND total IN (SELECT total FROM " + nameTotals + " WHERE stale = 2)"}
	for _, g := range nameGrains {
		if len(g.bounds) > 0 {
			statements = append(statements, d.addToNameTotals(g, "SELECT n.total, "+g.literals()+", '', 0, 0, 0, 0"+g.boundsOver(d, fromTags, "t")+
				" FROM "+nameTotals+" n"+d.OrderedJoin+tags.name+" t ON "+g.sameTag(d)+
				" WHERE n.stale = 2 AND n.tags <> 0 AND "+g.totalsCondition("n")+" GROUP BY n.total"))
		}
	}
	return c.runAll(ctx, append(statements,
		"DELETE FROM "+nameTotals+" WHERE stale = 2 AND tags = 0 AND listed = 0",
		"UPDATE "+nameTotals+" SET stale = 0 WHERE stale = 2",
	)...)
}

// addToNameTotals adds rows, which a SELECT finds, to the totals with the same numbers.
func (d dialect) addToNameTotals(g nameGrain, rows string) string {
	bounds, sets := "", ""
	for _, m := range g.bounds {
		bounds += ", " + m.column
		old, given, operator := nameTotals+"."+m.column, d.Given(m.column), " > "
		if m.aggregate == smallest {
			operator = " < "
		}
		a, b := given, old
		if m.text {
			a, b = d.Bytewise(given), d.Bytewise(old)
		}
		sets += ", " + m.column + " = CASE WHEN " + old + " IS NULL OR " + a + operator + b + " THEN " + given + " ELSE " + old + " END"
	}
	add := func(column string) string {
		return column + " = " + nameTotals + "." + column + " + " + d.Given(column)
	}
	return "INSERT INTO " + nameTotals + " (total, kind, grain, name, tags, listed, attackers, stale" + bounds + ") " + rows + d.Upsert("total") +
		add("tags") + ", " + add("listed") + ", " + add("attackers") + ", " + add("stale") + sets
}

// boundsOver are the aggregates of the bounds of the grain, each after a comma.
func (g nameGrain) boundsOver(d dialect, from source, alias string) (list string) {
	for _, m := range g.bounds {
		list += ", " + m.over(from, alias, d.Bytewise)
	}
	return list
}

// literals are the kind and the grain as SQL.
func (g nameGrain) literals() string { return "'" + string(g.of) + "', '" + g.grain + "'" }

// sameTag is the condition that a tag t belongs to the group of a total n.
func (g nameGrain) sameTag(d dialect) string {
	var conditions []string
	for i, text := range g.texts() {
		a, b := "t."+text, "n."+g.asTotal(text)
		if i > 1 {
			conditions = append(conditions, d.nullSafeBytewiseEqual(a, b))
		} else {
			conditions = append(conditions, d.Equal(a, b))
		}
	}
	return strings.Join(conditions, " AND ")
}

// minOfEach is the smallest of each of some columns, which are the same in all rows of a group.
func minOfEach(columns string) string {
	return "MIN(" + strings.ReplaceAll(columns, ", ", "), MIN(") + ")"
}

// rebuildNames computes the sums by rule and by decky again, from all tags and all attackers' lists of deckies. The caller
// must hold locks that keep others from changing either.
func (c *change) rebuildNames(ctx context.Context) error {
	if !c.facts().namesKept {
		return nil
	}
	d := c.dialect
	columns, groups := strings.Join(namePartColumns, ", "), make([]string, len(namePartColumns))
	for i, column := range namePartColumns {
		groups[i] = d.Bytewise("t." + column)
	}
	list := d.ListElements("a.deckies")
	err := c.runAll(
		ctx,
		"DELETE FROM "+nameParts,
		"DELETE FROM "+nameTotals,
		"DELETE FROM "+nameActors,
		"DELETE FROM "+nameAbsent,
		"INSERT INTO "+nameParts+" ("+columns+", seen, "+measureList(partMeasures, nameColumn)+") SELECT "+strings.Join(groups, ", ")+", 1, "+
			measureList(partMeasures, func(m measure) string { return m.over(fromTags, "t", d.Bytewise) })+" FROM "+tags.name+" t GROUP BY "+strings.Join(groups, ", "),
		"INSERT INTO "+nameParts+" (decky_id, attacker_uuid, seen, tags, listed) SELECT MIN("+list.Element+"), MIN(a.uuid), 1, 0, 1"+
			" FROM attackers a CROSS JOIN "+list.From+" WHERE "+list.Where+" AND "+list.Element+" IS NOT NULL"+
			" GROUP BY "+d.Bytewise("a.uuid")+", "+d.Bytewise(list.Element),
	)
	if err != nil {
		return err
	}
	return c.mergeSeenNames(ctx)
}
