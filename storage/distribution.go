package storage

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Group is a number of rows with the same values.
type Group struct {
	Keys  []*string // the values as texts; nil for a missing one
	Count int       // of rows or, as counted, of their distinct attackers
}

// A Divisible list counts its rows in groups.
type Divisible interface {
	// Groups counts the rows of every owner's list by one value or several, in one statement for all owners. The groups of
	// an owner are in no order. A row whose value is a list counts once for each element, and for a missing value if there
	// is none. The values must be those of the table, such as TagFacet.
	Groups(ctx context.Context, owners, by []string) (map[string][]Group, error)
	// AttackerGroups is Groups, but counts the distinct attackers of tags.
	AttackerGroups(ctx context.Context, owners, by []string) (map[string][]Group, error)
}

// Groups implements Divisible.
func (l query[T]) Groups(ctx context.Context, owners, by []string) (map[string][]Group, error) {
	of := l.countable()
	if !slices.ContainsFunc(by, func(name string) bool { return !facets[l.table.name][name].summed }) {
		of = l.countable(inSpan)
	}
	q, g, dest, err := l.grouped(ctx, of, owners, by)
	if err != nil {
		return nil, err
	}
	g.columns, g.aggregates = of.columns(g.columns), of.number()
	q.add(q.groupsOf("c", g))
	return l.groups(ctx, q, dest, owners)
}

// AttackerGroups implements Divisible. The attackers of two arms may be the same, so all arms are counted together.
func (l query[T]) AttackerGroups(ctx context.Context, owners, by []string) (map[string][]Group, error) {
	q, g, dest, err := l.grouped(ctx, l.countable(), owners, by)
	if err != nil {
		return nil, err
	}
	q.addRowsCTE("c", g.rel, g.columns+", t.attacker_uuid", g.where)
	q.add("SELECT " + g.groups + ", COUNT(DISTINCT " + q.Bytewise("c.attacker_uuid") + ") FROM c" + g.join + " GROUP BY " + g.groups)
	return l.groups(ctx, q, dest, owners)
}

// facetDest is where the values of a row of groups go.
type facetDest struct {
	owner  string
	keys   []*string
	count  int
	facets []facet
}

// grouped starts a statement that counts rows in groups.
func (l query[T]) grouped(ctx context.Context, of countable, owners, by []string) (*statement, grouping, *facetDest, error) {
	g, dest := grouping{rel: of.rel, groups: "c.owner", where: of.where}, &facetDest{keys: make([]*string, len(by))}
	if l.err != nil {
		return nil, g, nil, l.err
	}
	if err := l.store.checkInstants(ctx); err != nil {
		return nil, g, nil, err
	}
	q, err := l.startFrom(of, owners)
	if err != nil {
		return nil, g, nil, err
	}
	columns := make([]string, len(by))
	for i, name := range by {
		f, known := facets[l.table.name][name]
		if !known {
			return nil, g, nil, Invalid("rows of this list cannot be counted by %q", name)
		}
		alias := "value" + strconv.Itoa(i)
		columns[i] = f.columns(alias)
		g.join += f.join(alias, q.dialect)
		g.groups += ", " + f.group(alias, q.dialect)
		dest.facets = append(dest.facets, f)
	}
	g.columns = strings.Join(columns, ", ")
	return q, g, dest, nil
}

// groups reads the groups of a statement.
func (l query[T]) groups(ctx context.Context, q *statement, at *facetDest, owners []string) (map[string][]Group, error) {
	found := emptyLists[Group](owners)
	lists := make([][]string, len(at.keys))
	dest := []scanner{{Into: text(&at.owner)}}
	var malformed []string
	for i, f := range at.facets {
		into := facetValue(&at.keys[i])
		if f.list {
			into = texts(&lists[i])
		}
		dest = append(dest, scanner{Into: into, Malformed: &malformed, Column: strings.TrimPrefix(f.sql, "t.")})
	}
	dest = append(dest, scanner{Into: safeInt(&at.count)})
	return found, l.store.scanRows(ctx, q, dest, func() error {
		if len(malformed) > 0 {
			l.store.warned.malformedColumns(l.table.name, &malformed, at.owner)
		}
		if groups, wanted := found[at.owner]; wanted {
			found[at.owner] = at.appendGroups(groups, lists)
		}
		return nil
	})
}

// appendGroups appends the group of a row or, where a value is a list, one for each different element.
func (at *facetDest) appendGroups(groups []Group, lists [][]string) []Group {
	fresh := []Group{{Keys: slices.Clone(at.keys), Count: at.count}}
	for i, f := range at.facets {
		if !f.list || len(lists[i]) == 0 {
			continue
		}
		var each []Group
		elements := slices.Clone(lists[i])
		slices.Sort(elements)
		for _, element := range slices.Compact(elements) {
			for _, g := range fresh {
				keys := slices.Clone(g.Keys)
				keys[i] = &element
				each = append(each, Group{keys, g.Count})
			}
		}
		fresh = each
	}
	return append(groups, fresh...)
}

// Groups implements Divisible.
func (l rollupTags) Groups(ctx context.Context, keys, by []string) (map[string][]Group, error) {
	return perScope(ctx, l, keys, 0, func(q query[TTPTag], owners []string) (map[string][]Group, error) { return q.Groups(ctx, owners, by) })
}

// AttackerGroups implements Divisible.
func (l rollupTags) AttackerGroups(ctx context.Context, keys, by []string) (map[string][]Group, error) {
	return perScope(ctx, l, keys, 0, func(q query[TTPTag], owners []string) (map[string][]Group, error) {
		return q.AttackerGroups(ctx, owners, by)
	})
}

// Distribution is how the rows of a list are distributed over the values that they have.
type Distribution struct {
	Values   []*ValueCount // the most frequent ones, the largest count first
	Other    int           // the counts of all other values together
	Distinct int           // the number of different values; rows without a value count as one more
	Total    int           // the counts of all values together
}

// Distribute returns the distribution of groups over the last of their values, with at most top values. Only groups that
// begin with the given values count. facet says what the values are.
func Distribute(facet string, groups []Group, begin []*string, top int) Distribution {
	counts := map[string]int{}
	for _, g := range groups {
		if SameValues(begin, g.Keys[:len(begin)]) {
			counts[textOr(g.Keys[len(begin)], noValue)] += g.Count
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 }) // sums of tags that have gone
	d := Distribution{Values: valueCounts(facet, counts), Distinct: len(counts)}
	for i, value := range d.Values {
		if d.Total += value.Count; i >= top {
			d.Other += value.Count
		}
	}
	d.Values = d.Values[:min(top, len(d.Values))]
	return d
}

// SameValues reports whether two groups have the same values.
func SameValues(a, b []*string) bool {
	return slices.EqualFunc(a, b, func(a, b *string) bool { return textOr(a, noValue) == textOr(b, noValue) })
}

// Len is the number of objects.
func (d *Distribution) Len() int { return 1 + len(d.Values) }
