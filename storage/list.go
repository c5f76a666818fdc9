package storage

import (
	"context"
	"fmt"
	"slices"
)

// A List is an ordered list of rows for each owner: what a connection pages through. The same
// value answers for one owner and for all owners of a level, always in one statement.
type List[T any] interface {
	// Page reads the same page for every owner.
	Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error)
	// Count counts the rows of every owner across all pages.
	Count(ctx context.Context, owners []string) (map[string]int, error)
}

// relation says which rows of a table, alias t, belong to which owner. Scopes and memberships are
// values of this type; the statements around them exist once.
type relation struct {
	// with holds common table expressions that the arms stand on; they may use asked(k, owner).
	with string
	// arms each bring rows; no row comes twice for one owner, neither within an arm nor by two.
	arms []arm
	// wide says that an owner may have very many members, each with rows.
	wide bool
}

// scattered reports whether most of an owner's rows that bounded arms bring are on none of its pages.
func (r relation) scattered() bool {
	return r.wide || slices.ContainsFunc(r.arms, func(a arm) bool { return len(a.steps) > 1 })
}

// direct reports whether each owner is a key that its rows name themselves: bounded arms then bring an
// owner's first rows and no others, one after the other, since a derived table that refers to those before
// it is read once for each of their rows. To sort them again would take as long as to find them.
func (r relation) direct() bool { return len(r.arms) == 1 && r.arms[0].from == "asked" }

// each is the relation in parts of one arm.
func (r relation) each() []relation {
	parts := make([]relation, len(r.arms))
	for i, a := range r.arms {
		parts[i] = relation{arms: []arm{a}}
	}
	return parts
}

// arm is one way from an owner to rows: tables joined in the order written, the last with the alias t.
type arm struct {
	owner string // SQL of the owner
	from  string // the table that the way starts at
	steps []step
	where string // condition, or empty
}

// step joins a table to those before it, where a column of it holds the same text as key.
type step struct{ table, column, key string }

// condition is a part of a WHERE clause on t: a text column that must hold a value, or any text
// with the values of its marks.
type condition struct {
	column, value string
	text          string
	args          []any
	// filter marks a condition that starts with a column and narrows an owner's rows.
	filter bool
}

// equal adds the filter that a text column has a value, if one is given.
func equal(where []condition, column string, value *string) []condition {
	if value == nil {
		return where
	}
	return append(where, condition{column: column, value: *value, filter: true})
}

// rowsOf makes a derived table of the relation's rows that meet the conditions, with the columns
// owner and those given.
func (q *statement) rowsOf(r relation, columns string, where []condition) {
	q.firstRowsOf(r, columns, where, bound{})
}

// bound says which rows of an owner are wanted: the first ones in an order, or all if most is 0.
type bound struct {
	key   string // column that no two rows share
	order string
	most  int
}

// firstRowsOf is rowsOf, but leaves out rows that cannot be among the first of an owner: it bounds what
// the last step of an arm brings at a time.
func (q *statement) firstRowsOf(r relation, columns string, where []condition, first bound) {
	q.add("(")
	for i, a := range r.arms {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		last := len(a.steps) - 1
		if first.most == 0 || last < 0 || a.steps[last].column == first.key {
			q.add("SELECT " + a.owner + " AS owner, " + columns + " FROM " + a.from)
			if last >= 0 {
				q.joins(a.steps[:last])
				q.add(q.bring(a.steps[last].table, a.steps[last].column, a.steps[last].key))
			}
			q.narrow(a, where, " WHERE ")
			continue
		}
		q.add("SELECT " + a.owner + " AS owner, t.* FROM " + a.from)
		q.joins(a.steps[:last])
		end := a.steps[last]
		q.add(" CROSS JOIN LATERAL (SELECT " + columns + " FROM " + end.table + " WHERE " + q.Equal(end.column, end.key))
		q.narrow(a, where, " AND ")
		q.add(" ORDER BY " + first.order)
		q.first(first.most, 0)
		q.add(") t")
	}
	q.add(")")
}

// first bounds what is listed.
func (q *statement) first(rows, skip int) {
	text, args := q.Limit(rows, skip)
	q.add(text, args...)
}

func (q *statement) joins(steps []step) {
	for _, s := range steps {
		q.add(q.join(s.table, s.column, s.key))
	}
}

// narrow adds the conditions of an arm and those given, the first behind glue.
func (q *statement) narrow(a arm, where []condition, glue string) {
	if a.where != "" {
		q.add(glue + a.where)
		glue = " AND "
	}
	for _, c := range where {
		if c.filter && len(a.steps) > 0 {
			glue += q.NoIndexPrefix
		}
		if c.column != "" {
			q.add(glue)
			q.equal(c.column, c.value)
		} else {
			q.add(glue+c.text, c.args...)
		}
		glue = " AND "
	}
}

// query is the List that lives in a relation.
type query[T any] struct {
	store *Store
	table table[T]
	rel   relation
	order order
	where []condition
	// bind, if set, are the keys to bind where they differ from the owners.
	bind []string
}

// listOf lists the rows of a relation that meet all conditions.
func listOf[T any](s *Store, t table[T], o order, rel relation, where ...condition) query[T] {
	return query[T]{store: s, table: t, order: o, rel: rel, where: where}
}

// bounds adds the page's range to the conditions, as comparisons that an index on the order serves.
func (l query[T]) bounds(p Page) []condition {
	where := slices.Clip(l.where)
	for _, bound := range []struct {
		at   *Position
		past bool
	}{{p.After, true}, {p.Before, false}} {
		if bound.at == nil {
			continue
		}
		beyond := ">"
		if bound.past == l.order.descending {
			beyond = "<"
		}
		sort, _ := readKey(bound.at.Sort) // both were checked
		key, _ := readKey(bound.at.Key)
		// Other than a comparison of rows, this is a range of an index for every planner.
		column := "t." + l.order.column
		where = append(where, condition{
			text: column + " " + beyond + "= ? AND (" + column + " " + beyond + " ? OR t." + l.table.key() + " " + beyond + " ?)",
			args: []any{sort, sort, key},
		})
	}
	return where
}

// Page implements List. Where arms can be bounded, and most of what they bring is on the page, they
// bring whole rows. Otherwise rows are ranked by key and order column alone and read in full only if
// they are on the page: a window over wide rows sorts much more.
func (l query[T]) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error) {
	if err := l.order.check(p); err != nil {
		return nil, err
	}
	l.table = l.table.only(ctx)
	q, err := l.start(owners)
	if err != nil {
		return nil, err
	}
	o := l.order.reversed(p.Backward)
	key, sort := "t."+l.table.key(), "t."+o.column
	columns, whole := key+" AS k, "+sort+" AS sort", "t"
	var first bound
	if q.Lateral && l.bind == nil { // what an arm brings at a time belongs to one owner
		first = bound{key: key, order: o.by(sort, key), most: p.Offset + p.ahead()}
		if p.Offset == 0 && !l.rel.scattered() {
			columns, whole = columns+", "+l.table.columns("t"), "r"
		}
	}
	// COALESCE hides the column's type from the driver, which would parse the sort key.
	q.add("SELECT r.owner, ")
	if !p.Bare {
		q.add("COALESCE(r.sort, NULL), r.k, ")
	}
	q.add(l.table.columns(whole) + " FROM ")
	if first.most > 0 && whole == "r" && l.rel.direct() { // what it brings is the page
		q.firstRowsOf(l.rel, columns, l.bounds(p), first)
		q.add(" r")
		return l.slices(ctx, q, owners, p)
	}
	q.add("(SELECT c.*")
	ranked := len(owners) != 1
	if ranked {
		q.add(", ROW_NUMBER() OVER (PARTITION BY c.owner ORDER BY " + o.by("c.sort", "c.k") + ") AS place")
	}
	q.add(" FROM ")
	q.firstRowsOf(l.rel, columns, l.bounds(p), first)
	q.add(" c")
	if !ranked { // nothing to rank: the list can stop at the limit
		q.add(" ORDER BY " + o.by("c.sort", "c.k"))
		q.first(p.ahead(), p.Offset)
	}
	q.add(") r")
	if whole == "t" {
		q.add(q.join(l.table.name+" t", key, "r.k"))
	}
	if ranked {
		q.add(" WHERE r.place > ? AND r.place <= ?", p.Offset, p.Offset+p.ahead())
	}
	q.add(" ORDER BY r.owner, " + o.by("r.sort", "r.k"))
	return l.slices(ctx, q, owners, p)
}

// slices reads the rows of a page, each owner's together, after their sort keys and keys. The rows of
// all owners lie side by side: most owners have few.
func (l query[T]) slices(ctx context.Context, q *statement, owners []string, p Page) (map[string]Slice[T], error) {
	type run struct {
		owner string
		from  int
	}
	runs := make([]run, 0, len(owners)+1)
	rows := make([]*T, 0, len(owners))
	var places [][2]stored // of each row, its sort key and its key
	var at [2]stored
	var positions []scanner
	if !p.Bare {
		positions = []scanner{l.store.storedScanner(&at[0]), l.store.storedScanner(&at[1])}
	}
	err := read(ctx, l.store, q, l.table, func(owner string, row *T) {
		if last := len(runs) - 1; last < 0 || runs[last].owner != owner {
			runs = append(runs, run{owner, len(rows)})
		}
		rows = append(rows, row)
		if !p.Bare {
			places = append(places, at)
		}
	}, positions...)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Slice[T], len(owners))
	for _, owner := range owners {
		found[owner] = cut([]*T{}, p, nil)
	}
	order := l.order
	for i, r := range runs {
		before, asked := found[r.owner]
		if !asked {
			continue
		}
		if before.Len() > 0 { // no plan of a database does that
			return nil, fmt.Errorf("rows of one owner are apart in %s", l.table.name)
		}
		end := len(rows)
		if i+1 < len(runs) {
			end = runs[i+1].from
		}
		var position func(int) Position
		if !p.Bare {
			own := places[r.from:end]
			position = func(i int) Position { return order.position(own[i][0], own[i][1]) }
		}
		found[r.owner] = cut(rows[r.from:end:end], p, position)
	}
	return found, nil
}

// storedScanner takes any value as it is.
func (s *Store) storedScanner(target *stored) scanner {
	return scanner{Into: storedCell{target, s.dialect.TextIsBytes}}
}

// Count implements List.
func (l query[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	q, err := l.start(owners)
	if err != nil {
		return nil, err
	}
	q.add("SELECT c.owner, COUNT(*) FROM ")
	q.rowsOf(l.rel, "1 AS one", l.where)
	q.add(" c GROUP BY c.owner")
	return countBy(ctx, l.store, q, owners)
}

func (l query[T]) start(owners []string) (*statement, error) {
	if l.bind != nil {
		owners = l.bind
	}
	return l.store.keyed(owners, l.rel.with)
}

// countBy reads a statement of owners and numbers.
func countBy(ctx context.Context, s *Store, q *statement, owners []string) (map[string]int, error) {
	found := empties[int](owners)
	var owner string
	var n int
	dest := []scanner{{Into: text(&owner)}, {Into: whole(&n)}}
	return found, s.each(ctx, q, dest, func() error {
		if _, asked := found[owner]; asked {
			found[owner] = n
		}
		return nil
	})
}

// unowned is a relation of one owner, the empty text: the rows of a table that meet a condition.
func unowned(table, where string) relation {
	return relation{arms: []arm{{owner: "''", from: table + " t", where: where}}}
}

// child is the relation of rows that name their owner in a column.
func child(table, column string) relation {
	return relation{arms: []arm{{owner: "asked.owner", from: "asked", steps: []step{{table + " t", "t." + column, "asked.k"}}}}}
}

// through builds on members(owner, uuid): rows that name a member in a column.
func through(with, table, column string) relation {
	return relation{with: with, arms: []arm{{owner: "m.owner", from: "members m", steps: []step{{table + " t", "t." + column, "m.uuid"}}}}}
}
