package storage

import (
	"slices"
	"strings"
)

// Our own databases keep sums of tags by rule and by decky, too. rollup_name_part has the rows that were added and deleted since
// the last refresh, rollup_name_total the sums that refreshes have merged, and rollup_name_actor the attackers of each total. A
// read adds up totals and parts in one statement. rollup_name_absent has attackers in tags that may have no row of their own.
// docs/rollups.md says why the result is exact.

// nameGrain is what some totals of rules or deckies count by.
type nameGrain struct {
	of      Kind
	grain   string   // in rollup_name_total
	name    string   // the column of parts and tags with the rule or the decky
	details []string // the further columns of parts and tags that totals tell apart; only the last may be NULL
	bounds  []measure
	actors  bool // whether attackers are counted
	listed  bool // whether attackers that list the name count, too
}

var (
	ruleNames       = nameGrain{of: KindRule, grain: "name", name: "rule_id", bounds: instantBounds, actors: true}
	ruleTechniques  = nameGrain{of: KindRule, grain: "technique", name: "rule_id", details: byTechnique.columns, bounds: allBounds, actors: true}
	ruleDeckies     = nameGrain{of: KindRule, grain: "decky", name: "rule_id", details: []string{"decky_id"}}
	deckyNames      = nameGrain{of: KindDecky, grain: "name", name: "decky_id", bounds: instantBounds, actors: true, listed: true}
	deckyTechniques = nameGrain{of: KindDecky, grain: "technique", name: "decky_id", details: byTechnique.columns, bounds: allBounds, actors: true}

	nameGrains = []nameGrain{ruleNames, ruleTechniques, ruleDeckies, deckyNames, deckyTechniques}

	// allBounds are the smallest and largest values that parts of names have, and instantBounds those of instants.
	allBounds     = slices.DeleteFunc(slices.Clone(partMeasures), func(m measure) bool { return m.aggregate == numberOfTags })
	instantBounds = slices.DeleteFunc(slices.Clone(allBounds), func(m measure) bool { return m.tagColumn != "created_at" })
)

// namesOf and nameTechniquesOf return the grains of a kind of owner.
func namesOf(of Kind) nameGrain {
	if of == KindRule {
		return ruleNames
	}
	return deckyNames
}

func nameTechniquesOf(of Kind) nameGrain {
	if of == KindRule {
		return ruleTechniques
	}
	return deckyTechniques
}

// The tables of the sums by rule and by decky.
const (
	nameParts  = "rollup_name_part"
	nameTotals = "rollup_name_total"
	nameActors = "rollup_name_actor"
	nameAbsent = "rollup_name_absent"
)

// namePartColumns are the columns of tags that parts tell apart.
var namePartColumns = []string{"rule_id", "decky_id", "technique_id", "sub_technique_id", "attacker_uuid"}

// keepsNames reports whether a database with these columns of each table keeps sums by rule and by decky, with every measure.
func keepsNames(columns map[string][]string) bool {
	for _, m := range partMeasures {
		if !slices.Contains(columns[nameParts], m.column) || !slices.Contains(columns[nameTotals], m.column) {
			return false
		}
	}
	return len(columns[nameActors]) > 0 && len(columns[nameAbsent]) > 0
}

// usesNameSums reports whether tags of a kind of owner are counted from the sums by rule and by decky.
func (s *shared) usesNameSums(of Kind) bool {
	return s.facts().names && (of == KindRule || of == KindDecky) && !s.dialect.holdsOdd("created_at")
}

// totalsCondition is the condition on totals with an alias that they are of the grain.
func (g nameGrain) totalsCondition(alias string) string {
	return alias + ".kind = '" + string(g.of) + "' AND " + alias + ".grain = '" + g.grain + "'"
}

// partsCondition is the condition that the grain counts the parts, or the tags, with an alias.
func (g nameGrain) partsCondition(alias string) string {
	condition := alias + "." + g.name + " IS NOT NULL"
	if len(g.details) > 0 {
		condition += " AND " + alias + "." + g.details[0] + " IS NOT NULL"
	}
	return condition
}

// texts are the columns of parts that the grain tells apart.
func (g nameGrain) texts() []string { return append([]string{g.name}, g.details...) }

// asTotal returns the name that one of texts has in totals.
func (g nameGrain) asTotal(column string) string {
	if column == g.name {
		return "name"
	}
	return column
}

// sameTotal is the condition that a total with an alias is that of a row with another alias, where column names one of texts.
func (g nameGrain) sameTotal(d dialect, total, row string, column func(string) string) string {
	conditions := []string{g.totalsCondition(total)}
	for i, text := range g.texts() {
		a, b := total+"."+g.asTotal(text), row+"."+column(text)
		if i > 1 { // a sub-technique
			conditions = append(conditions, d.nullSafeBytewiseEqual(a, b))
		} else {
			conditions = append(conditions, d.Equal(a, b))
		}
	}
	return strings.Join(conditions, " AND ")
}

// totalsTable is a derived table t of the totals of a grain.
func (g nameGrain) totalsTable() string {
	return "(SELECT * FROM " + nameTotals + " n WHERE " + g.totalsCondition("n") + ") t"
}

// partsOfRequested joins parts, with an alias, to the requested owners. Parts are few, and no index leads to them.
func (g nameGrain) partsOfRequested(d dialect, alias string) string {
	return nameParts + " " + alias + d.OrderedJoin + "requested ON " + d.Equal("requested.k", alias+"."+g.name)
}

// groupedParts is a SELECT of sums of parts p: owner if it is given, the texts of the grain by their names in totals, row_key of
// the attacker or NULL, tags, listed, gone, which is 1 if tags or a name in a list have gone, and the bounds. A list that
// changes has a part for each of its names before and after, which come to nothing where a name stays.
func (g nameGrain) groupedParts(d dialect, owner, from, where string) string {
	var columns, groups []string
	if owner != "" {
		columns, groups = append(columns, owner+" AS owner"), append(groups, owner)
	}
	for _, text := range g.texts() {
		columns = append(columns, "MIN(p."+text+") AS "+g.asTotal(text))
		groups = append(groups, d.Bytewise("p."+text))
	}
	if g.actors {
		columns = append(columns, d.Bytewise("p.attacker_uuid")+" AS row_key")
		groups = append(groups, d.Bytewise("p.attacker_uuid"))
	} else {
		columns = append(columns, "NULL AS row_key")
	}
	columns = append(columns, "SUM(p.tags) AS tags", "SUM(p.listed) AS listed", "CASE WHEN MIN(p.tags) < 0 OR SUM(p.listed) < 0 THEN 1 ELSE 0 END AS gone")
	for _, m := range g.bounds {
		columns = append(columns, m.over(fromSums, "p", d.Bytewise)+" AS "+m.column)
	}
	condition := g.partsCondition("p")
	if where != "" {
		condition = where + " AND " + condition
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + from + " WHERE " + condition + " GROUP BY " + strings.Join(groups, ", ")
}

// numberedParts is groupedParts with the number of the total; NULL if there is none yet.
func (g nameGrain) numberedParts(d dialect, owner, from, where string) string {
	return "SELECT s.*, n.total FROM (" + g.groupedParts(d, owner, from, where) + ") s LEFT JOIN " + nameTotals + " n ON " + g.sameTotal(d, "n", "s", g.asTotal)
}

// changes is numberedParts with came: 1 if the parts bring an attacker that the total does not count, -1 if they take one away
// that it counts, otherwise 0.
func (g nameGrain) changes(d dialect, owner, from, where string) string {
	parts := g.numberedParts(d, owner, from, where)
	if !g.actors {
		return "SELECT y.*, 0 AS came FROM (" + parts + ") y"
	}
	mentions := "COALESCE((SELECT a.mentions FROM " + nameActors + " a WHERE a.total = y.total AND a.row_key = y.row_key), 0)"
	counted := "SELECT y.*, " + mentions + " AS mentions FROM (" + parts + ") y"
	isOne := func(condition string) string { return "CASE WHEN " + condition + " THEN 1 ELSE 0 END" }
	return "SELECT z.*, " + isOne("z.row_key IS NOT NULL AND z.mentions + z.tags + z.listed > 0") + " - " + isOne("z.mentions > 0") +
		" AS came FROM (" + counted + ") z"
}

// absentPairs is a SELECT of names of rules or deckies: each one once for every attacker in its tags that has no row in
// attackers. Totals and parts count such an attacker, but lists cannot show it, so it is subtracted. If requested is set, only
// the names of requested owners are selected.
func (g nameGrain) absentPairs(d dialect, requested bool) string {
	absent := "(SELECT DISTINCT " + d.Bytewise("b.attacker_uuid") + " AS row_key FROM " + nameAbsent + " b WHERE NOT EXISTS (SELECT 1 FROM attackers e WHERE " +
		d.Equal("e.uuid", "b.attacker_uuid") + ")) v" + d.OrderedJoin
	name := func(column string) (owner, join string) {
		if requested {
			return "requested.owner", d.OrderedJoin + "requested ON " + d.Equal("requested.k", column)
		}
		return d.Bytewise(column), ""
	}
	inTotals, ofTotals := name("n.name")
	inParts, ofParts := name("p." + g.name)
	return "SELECT x.name FROM (SELECT " + inTotals + " AS name, v.row_key, a.mentions FROM " +
		absent + nameTotals + " n ON " + g.totalsCondition("n") + ofTotals +
		d.OrderedJoin + nameActors + " a ON a.total = n.total AND a.row_key = v.row_key UNION ALL SELECT " + inParts + ", v.row_key, p.tags + p.listed FROM " +
		absent + nameParts + " p ON " + d.Bytewise("p.attacker_uuid") + " = v.row_key AND " + g.partsCondition("p") + ofParts +
		") x GROUP BY x.name, x.row_key HAVING SUM(x.mentions) > 0"
}
