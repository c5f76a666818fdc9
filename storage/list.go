package storage

import (
	"cmp"
	"context"
	"fmt"
)

// A List is an ordered list of rows for each owner: what a connection pages through. One value answers for one
// owner and for all owners of a level, always in one statement.
type List[T any] interface {
	// Page reads the same page for every owner.
	Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error)
	// Count counts the rows of every owner across all pages.
	Count(ctx context.Context, owners []string) (map[string]int, error)
}

// Countable is a List that may be counted without reading any of its rows.
type Countable interface {
	// CountsAlone reports whether sums have the number of rows. A page of the list costs much more, and tells nothing else about
	// the list: it has no filter that names values that occur nowhere.
	CountsAlone() bool
}

// query is the List of the rows of a relation.
type query[T any] struct {
	store *Store
	table table[T]
	rel   relation
	order order
	where and
	// keys, if set, are bound instead of the owners where these are not the keys that the relation starts at.
	keys []string
	// scope, if set, is the scope whose tags the relation has, so that they can be counted from sums.
	scope *Scope
	// sums, if set, counts the rows of lists without conditions from sums.
	sums func(ctx context.Context, owners []string) (map[string]int, error)
	// note, if set, notes in a row the owner that it was read for.
	note func(owner string, row *T)
	// named are the values of open columns that the filter names.
	named []openValue
	// err is set if the table does not declare what the options use.
	err error
}

// listOf lists the rows of a relation that match the conditions and the options.
func listOf[T any](s *Store, t table[T], rel relation, o ListOptions, where ...condition) query[T] {
	l := query[T]{store: s, table: t, rel: rel}
	if l.order, l.err = t.ordered(o.Order); l.err != nil {
		return l
	}
	walk := newFilterWalk(s.options.Filters)
	l.where, l.err = t.conditions(o, walk)
	l.named = walk.named
	l.where = append(where, l.where...)
	return l
}

// CountsAlone implements Countable.
func (l query[T]) CountsAlone() bool { return l.err == nil && l.sums != nil && len(l.where) == 0 }

// bounded returns the conditions with those that the page's positions state.
func (l query[T]) bounded(p Page) and {
	where := append(and{}, l.where...)
	if p.After != nil {
		where = append(where, l.order.beyond(p.After, false, l.table.key()))
	}
	if p.Before != nil {
		where = append(where, l.order.beyond(p.Before, true, l.table.key()))
	}
	return where
}

// Page implements List. If arms can be bounded, and most rows that they return are on the page, they return
// whole rows. Otherwise rows are ranked by their keys and sort keys alone, and only the rows of the page are
// read in full: a window function over wide rows would sort much more data.
func (l query[T]) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := l.order.check(p); err != nil {
		return nil, err
	}
	if err := l.store.checkInstants(ctx); err != nil {
		return nil, err
	}
	l.order.dialect, l.table = l.store.dialect, l.table.only(ctx)
	q, err := l.start(owners)
	if err != nil {
		return nil, err
	}
	q.stopsEarly = true
	o, key := l.order.reversed(p.Backward), l.table.key()
	columns, whole := o.selectedColumns(key), "t"
	var first bound
	lateral := q.Lateral && l.keys == nil // an arm brings the rows of one owner at a time
	if lateral || l.rel.ownerless() {
		first = bound{key: "t." + key, order: o.byColumns(key), most: p.Offset + p.ahead()}
		if lateral && p.Offset == 0 && !l.rel.scattered() {
			columns, whole = columns+", "+l.table.columns("t", q.dialect), "r"
		}
	}
	q.add("SELECT r.owner, ")
	if !p.Bare {
		q.add(o.placeColumns("r"))
	}
	q.add(l.table.columns(whole, q.dialect) + " FROM ")
	if first.most > 0 && whole == "r" && l.rel.direct() { // the rows of the arm are the page
		q.firstRowsOf(l.rel, columns, l.bounded(p), first)
		q.add(" r")
		return l.slices(ctx, q, owners, p)
	}
	ranked := len(owners) != 1
	l.ranks(q, o, ranked, func() { q.firstRowsOf(l.rel, columns, l.bounded(p), first) })
	if !ranked { // the rows of one owner need no rank: the list stops at the limit
		q.add(" ORDER BY " + o.byAliases("c"))
		q.limit(p.ahead(), p.Offset)
	}
	q.add(") r")
	if whole == "t" {
		q.add(q.join(l.table.name+" t", "t."+key, "r.k"))
	}
	if ranked {
		q.add(" WHERE r.place > ? AND r.place <= ?", p.Offset, p.Offset+p.ahead())
	}
	q.add(" ORDER BY r.owner, " + o.byAliases("r"))
	return l.slices(ctx, q, owners, p)
}

// ranks begins a derived table of rows c, with the place of each among those of its owner if there are many
// owners.
func (l query[T]) ranks(q *statement, o order, ranked bool, rows func()) {
	q.add("(SELECT c.*")
	if ranked {
		q.add(", ROW_NUMBER() OVER (PARTITION BY c.owner ORDER BY " + o.byAliases("c") + ") AS place")
	}
	q.add(" FROM ")
	rows()
	q.add(" c")
}

// ownerRows are the neighbouring rows of one owner in a result: those from an index on.
type ownerRows struct {
	owner string
	from  int
}

// slices reads the rows of a page, each owner's together, after their sort keys and keys. The rows of
// all owners lie side by side: most owners have few.
func (l query[T]) slices(ctx context.Context, q *statement, owners []string, p Page) (map[string]Slice[T], error) {
	runs := make([]ownerRows, 0, len(owners)+1)
	rows := make([]*T, 0, len(owners))
	width := len(l.order.columns) + 1 // number of values in the position of a row
	var places []stored               // of all rows, width for each
	at := make([]stored, width)
	var positions []scanner
	for i := range at {
		if !p.Bare {
			positions = append(positions, l.store.storedScanner(&at[i]))
		}
	}
	err := read(ctx, l.store, q, l.table, func(owner string, row *T) {
		if last := len(runs) - 1; last < 0 || runs[last].owner != owner {
			runs = append(runs, ownerRows{owner, len(rows)})
		}
		rows = append(rows, row)
		if l.note != nil {
			l.note(owner, row)
		}
		if !p.Bare {
			places = append(places, at...)
		}
	}, positions...)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Slice[T], len(owners))
	for _, owner := range owners {
		found[owner] = cut([]*T{}, p, nil)
	}
	name := l.order.name()
	for i, r := range runs {
		before, wanted := found[r.owner]
		if !wanted {
			continue
		}
		if before.Len() > 0 { // no database's plan does that
			return nil, fmt.Errorf("rows of one owner are apart in %s", l.table.name)
		}
		end := len(rows)
		if i+1 < len(runs) {
			end = runs[i+1].from
		}
		var position func(int) Position
		if !p.Bare {
			position = func(i int) Position {
				place := places[(r.from+i)*width:][:width]
				return Position{List: name, Sort: writeSort(place[:width-1]), Key: writeKey(place[width-1])}
			}
		}
		found[r.owner] = cut(rows[r.from:end:end], p, position)
	}
	return found, nil
}

// storedScanner returns a scanner that takes any value unchanged.
func (s *Store) storedScanner(target *stored) scanner {
	return scanner{Into: storedCell{target}}
}

// Count implements List.
func (l query[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := l.store.checkInstants(ctx); err != nil {
		return nil, err
	}
	if l.CountsAlone() {
		return l.sums(ctx, owners)
	}
	of := l.numbered()
	q, err := l.startFrom(of, owners)
	if err != nil {
		return nil, err
	}
	q.add("SELECT c.owner, " + of.number() + " FROM ")
	q.rowsOf(of.rel, cmp.Or(of.columns(""), "1 AS one"), of.where)
	q.add(" c GROUP BY c.owner")
	return countBy(ctx, l.store, q, owners)
}

// numbered returns the rows that add up to the number of rows of the list.
func (l query[T]) numbered() countable {
	if l.scope != nil {
		if of, named := l.store.namedTags(*l.scope, l.where, false); named {
			return of
		}
	}
	return l.countable(byDay, inSpan)
}

// countable returns the rows that the rows of the list are counted from: sums of one of some dimensions, if the list is of
// tags and they can serve.
func (l query[T]) countable(dimensions ...dimension) countable {
	if l.scope == nil {
		return countable{l.rel, fromTags, l.where}
	}
	of := l.store.countable(*l.scope, l.where, dimensions...)
	if of.from == fromTags {
		of.rel, of.where = l.rel, l.where
	}
	return of
}

func (l query[T]) start(owners []string) (*statement, error) {
	return l.startFrom(countable{l.rel, fromTags, l.where}, owners)
}

// startFrom is start for other rows than those of the list.
func (l query[T]) startFrom(of countable, owners []string) (*statement, error) {
	if l.keys != nil {
		owners = l.keys
	}
	q, err := l.store.keyedWhere(owners, of.rel.with, of.where...)
	if err == nil {
		q.sums = of.from == fromSums || of.rel.sums
	}
	return q, err
}

// countBy reads a statement of owners and numbers. Owners without a row have 0.
func countBy(ctx context.Context, s *Store, q *statement, owners []string) (map[string]int, error) {
	found := empties[int](owners)
	var owner string
	var n int
	dest := []scanner{{Into: text(&owner)}, {Into: safeInt(&n)}}
	return found, s.scanRows(ctx, q, dest, func() error {
		if _, wanted := found[owner]; wanted {
			found[owner] = n
		}
		return nil
	})
}
