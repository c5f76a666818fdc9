package storage

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// HitFilter states conditions on hits. A hit must meet all that are set.
type HitFilter struct {
	// Seen is the span of time of the hits, nil for any. Hits without a time are in no span that has a bound.
	Seen *InstantRange
	// Fields are the fields of the hits, as SearchHit.Field writes them; nil for any.
	Fields []string
	// Matches are the ways in which hits match, nil for any.
	Matches []SearchMatch
	// Attackers is a filter of attackers, as in ListOptions, that the hit's attacker meets; nil for any hits. Only commands,
	// and hits in attackers themselves, have one.
	Attackers any
}

// invalidSearch makes an error of a value in the argument "filter" of a search.
func invalidSearch(path []string, format string, args ...any) error {
	w := filterWalk{path: append([]string{"filter"}, path...)}
	return w.invalid("", format, args...)
}

// filtered returns the list with only the fields that the filter leaves, and with its conditions on attackers. It fails with
// ErrInvalid if the filter leaves nothing that could be a hit.
func (l searchList) filtered() (searchList, error) {
	f := l.query.HitFilter
	if f.Matches != nil && len(f.Matches) == 0 {
		return l, invalidSearch([]string{"match"}, "a search of no matches finds nothing; leave match out to find all")
	}
	var err error
	if f.Fields != nil {
		if l.fields, err = l.fieldsNamed(f.Fields); err != nil {
			return l, err
		}
	}
	walk := newFilterWalk(l.store.options.Filters)
	walk.path = append(walk.path, "attacker")
	if l.owners, err = filterConditions(attackers, f.Attackers, walk); err != nil || l.owners == nil {
		return l, err
	}
	l.named = walk.named
	l.fields = slices.DeleteFunc(slices.Clone(l.fields), func(f *searchField) bool { return f.kind != SearchAttacker && f.kind != SearchCommand })
	if len(l.fields) == 0 {
		return l, invalidSearch([]string{"attacker"}, "only hits of the kinds %s and %s belong to a source address, and the search leaves these out",
			SearchAttacker, SearchCommand)
	}
	return l, nil
}

// fieldsNamed returns those fields of the list that have some names, which all must be such.
func (l searchList) fieldsNamed(names []string) (left []*searchField, err error) {
	if len(names) == 0 {
		return nil, invalidSearch([]string{"fields"}, "a search of no fields finds nothing; leave fields out to search all")
	}
	for i, name := range names {
		path := []string{"fields", strconv.Itoa(i)}
		all := slices.IndexFunc(searchFields, func(f *searchField) bool { return f.coordinate == name && !l.hides(f) })
		if all < 0 {
			return nil, invalidSearch(path, "%q is no field that is searched; they are %s", name, fieldNames(l.fields))
		}
		if !l.has(searchFields[all]) {
			return nil, invalidSearch(path, "hits in %s are of the kind %s, which kinds leaves out", name, searchFields[all].kind)
		}
		left = append(left, searchFields[all])
	}
	slices.SortFunc(left, func(a, b *searchField) int { return a.code - b.code })
	return slices.Compact(left), nil
}

// hides reports whether a field is not searched, whatever the filter says.
func (l searchList) hides(f *searchField) bool { return slices.Contains(l.query.Hidden, f.coordinate) }

func fieldNames(fields []*searchField) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.coordinate
	}
	return strings.Join(names, ", ")
}

// ofOwners returns the hits whose attacker meets the filter. The keys of all hits are those of attackers if it has conditions.
func (l searchList) ofOwners(ctx context.Context, hits []*SearchHit) ([]*SearchHit, error) {
	if l.owners == nil || len(hits) == 0 {
		return hits, nil
	}
	keys := map[string]bool{}
	for _, h := range hits {
		keys[h.Key] = true
	}
	meets := map[string]bool{}
	const few = 1_000
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(keys)), few) {
		q := &statement{dialect: l.store.dialect}
		q.add("SELECT t.uuid FROM attackers t WHERE ")
		q.condition(append(and{inList{"uuid", batch}}, l.owners...), row{alias: "t"})
		var key string
		if err := l.store.scanRows(ctx, q, []scanner{{Into: text(&key)}}, func() error { meets[key] = true; return nil }); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(hits, func(h *SearchHit) bool { return !meets[h.Key] }), nil
}

// indexConditions appends the condition on how hits h of the index match, after WHERE. There is always one, so that others
// can follow.
func (l searchList) indexConditions(q *statement) {
	q.add(" WHERE 1 = 1")
	if l.query.Matches != nil {
		ranks := make([]string, len(l.query.Matches))
		for i, match := range l.query.Matches {
			ranks[i] = strconv.Itoa(match.rank())
		}
		q.add(" AND " + oneOfCondition("h.tier", ranks))
	}
}

// entryConditions appends the conditions on the attackers that entries e of the index belong to.
func (l searchList) entryConditions(q *statement) {
	if l.owners != nil {
		q.add(" AND EXISTS (SELECT 1 FROM attackers t WHERE " + q.Equal("t.uuid", q.TextOf("e.row_key")) + " AND ")
		q.condition(l.owners, row{alias: "t"})
		q.add(")")
	}
}

// UnknownValues implements Questioner.
func (l searchList) UnknownValues(ctx context.Context) ([]UnknownValue, error) {
	return query[Attacker]{store: l.store, err: l.err, named: l.named}.UnknownValues(ctx)
}
