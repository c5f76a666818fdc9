package storage

import (
	"context"
	"strings"
)

// nameSource is a place where DECNET writes names of things that have no row of their own, such as deckies.
type nameSource struct {
	table string // with the alias g
	name  string // the column that holds a name, or a JSON list of names
	list  bool   // whether it is a list
	tags  bool   // whether the rows are tags, which are counted
}

// placesOf returns where names are, for filters that name some.
func placesOf(sources []nameSource) []openColumn {
	places := make([]openColumn, len(sources))
	for i, source := range sources {
		places[i] = openColumn{table: source.table, column: source.name, list: source.list}
	}
	return places
}

// nameColumns are the columns of namesCTE.
const nameColumns = "name, tags, first_seen, last_seen, latest"

// namesCTE is an expression with a row for each name that one of the sources has: name, tags, first_seen, last_seen and
// latest, which is last_seen or, for a name without tags, an instant before all others. The first source must be tags.
// With among, it has only names that are requested.
func (d dialect) namesCTE(cte string, sources []nameSource, among bool) string {
	return d.namesFrom(cte, d.namesSelects(sources, among))
}

// summedNamesCTE is namesCTE where the sums of a grain stand for tags, and others are the sources that sums do not know.
func (d dialect) summedNamesCTE(cte string, g nameGrain, others []nameSource, among bool) string {
	return d.namesFrom(cte, append([]string{d.summedNames(g, among)}, d.namesSelects(others, among)...))
}

func (d dialect) namesSelects(sources []nameSource, among bool) []string {
	selects := make([]string, len(sources))
	for i, source := range sources {
		selects[i] = d.namesSelect(source, among)
	}
	return selects
}

// namesFrom is the expression of namesCTE from the SELECTs of its sources.
func (d dialect) namesFrom(cte string, selects []string) string {
	key := d.GroupKey("u.k")
	return cte + "(" + nameColumns + ") AS (\n  SELECT " + key +
		", MAX(u.tags), MIN(u.first_seen), MAX(u.last_seen), COALESCE(MAX(u.last_seen), " + d.EarliestInstant +
		") FROM (\n  " + strings.Join(selects, "\n  UNION ALL\n  ") + ") u WHERE u.k IS NOT NULL GROUP BY " + key + ")"
}

// namesSelect selects the names of a source: k, which compares as the column does, tags, first_seen and last_seen.
func (d dialect) namesSelect(source nameSource, among bool) string {
	name, column := "g."+source.name, "g."+source.name
	from, where := source.table+" g", column+" IS NOT NULL"
	if source.list {
		list := d.ListElements(column)
		name, from, where = list.Element, from+" CROSS JOIN "+list.From, list.Where
	}
	switch {
	case among && source.list:
		from += d.OrderedJoin + "requested ON " + d.Equal(name, "requested.k")
	case among:
		from = "requested" + d.join(source.table+" g", column, "requested.k")
	}
	measured := "0 AS tags, NULL AS first_seen, NULL AS last_seen"
	if source.tags {
		at := d.knownKey("g.created_at")
		measured = "COUNT(*) AS tags, MIN(" + at + ") AS first_seen, MAX(" + at + ") AS last_seen"
	}
	return "SELECT MIN(" + name + ") AS k, " + measured + " FROM " + from + " WHERE " + where + " GROUP BY " + d.nameKey(source, name)
}

// nameKey groups names byte by byte.
func (d dialect) nameKey(source nameSource, name string) string {
	if source.list { // an expression
		return d.Bytewise(name)
	}
	return d.GroupKey(name)
}

// namedOf is the relation of all rows of namesCTE, which the table reads.
func namedOf(cte, with string, sums bool) relation {
	return relation{with: with, arms: []arm{{owner: "''", from: cte + " t"}}, sums: sums}
}

// unread is the cell of a column that only orders rows.
func unread() cell { return cellFunc(func(*value) bool { return true }) }

// namedRows finds the rows of an expression of namesCTE with among, by name.
func namedRows[T any](ctx context.Context, s *Store, t table[T], with string, names []string, sums bool) (map[string]*T, error) {
	if err := s.checkInstants(ctx); err != nil {
		return nil, err
	}
	q, err := s.keyed(names, with)
	if err != nil {
		return nil, err
	}
	q.sums = sums
	t = t.only(ctx)
	q.add("SELECT t." + t.key() + ", " + t.columns("t", s.dialect) + " FROM " + t.name + " t")
	found := make(map[string]*T, len(names))
	return found, read(ctx, s, q, t, func(name string, row *T) { found[name] = row })
}
