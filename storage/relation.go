package storage

import (
	"cmp"
	"slices"
	"strconv"
)

// relation says which rows of a table, with the alias t, belong to which owner. Scopes and memberships are
// values of this type; the statements around them exist once.
type relation struct {
	// with holds common table expressions that the arms use, or is empty. They may use requested(k, owner).
	with string
	// arms are united. No row occurs twice for one owner, neither within an arm nor in two arms.
	arms []arm
	// wide reports that an owner may have very many members, each with rows.
	wide bool
	// sums reports that with reads sums.
	sums bool
}

// scattered reports whether bounded arms would mostly return rows that are not on the page.
func (r relation) scattered() bool {
	return r.wide || slices.ContainsFunc(r.arms, func(a arm) bool { return len(a.steps) > 1 })
}

// direct reports whether rows name their owner themselves. Bounded arms then return exactly an owner's first rows, in
// order, one owner after the other, because a lateral derived table is read once for each row before it. Sorting the
// rows again would take as long as finding them.
func (r relation) direct() bool { return len(r.arms) == 1 && r.arms[0].from == "requested" }

// perArm returns a relation for each arm, without common table expressions.
func (r relation) perArm() []relation {
	parts := make([]relation, len(r.arms))
	for i, a := range r.arms {
		parts[i] = relation{arms: []arm{a}}
	}
	return parts
}

// ownerless reports whether the rows are those of one table, for the only owner.
func (r relation) ownerless() bool { return len(r.arms) == 1 && len(r.arms[0].steps) == 0 }

// arm is one path from owners to rows: tables joined in the order written, the last with the alias t.
type arm struct {
	owner string // SQL of the owner
	from  string // the first table
	steps []step
	args  []any  // the values of the placeholders in the last table
	where string // condition, or empty
	only  and    // conditions on the rows of this arm alone
}

// step joins a table to those before it, where a column of it holds the same text as key.
type step struct{ table, column, key string }

// unowned returns the relation of one owner, the empty text, to the rows of a table that meet a condition.
func unowned(table, where string) relation {
	return relation{arms: []arm{{owner: "''", from: table + " t", where: where}}}
}

// child returns the relation of owners to the rows that name them in a column.
func child(table, column string) relation {
	return relation{arms: []arm{{owner: "requested.owner", from: "requested", steps: []step{{table + " t", "t." + column, "requested.k"}}}}}
}

// through returns the relation of owners to the rows that name one of their members in a column. with must
// define members(owner, uuid).
func through(with, table, column string) relation {
	return relation{with: with, arms: []arm{{owner: "m.owner", from: "members m", steps: []step{{table + " t", "t." + column, "m.uuid"}}}}}
}

// bound limits the rows of an arm to the first ones of each owner.
type bound struct {
	key   string // column that no two rows share
	order string // ORDER BY list
	most  int    // number of rows, or 0 for all
}

// rowsOf appends a derived table of the relation's rows that meet the conditions, with the column owner and
// the given columns.
func (q *statement) rowsOf(r relation, columns string, where and) {
	q.firstRowsOf(r, columns, where, bound{})
}

// firstRowsOf is rowsOf, but may leave out rows that are not among the first of an owner.
func (q *statement) firstRowsOf(r relation, columns string, where and, first bound) {
	q.add("(")
	if r.ownerless() {
		if before, parts := q.fewFirst(where); parts != nil {
			before()
			q.unite(r.arms[0], columns, parts, first)
			q.add(")")
			return
		}
	}
	for i, a := range r.arms {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		last := len(a.steps) - 1
		if first.most == 0 || last < 0 || a.steps[last].column == first.key {
			q.add("SELECT " + a.owner + " AS owner, " + columns + " FROM " + a.from)
			if last >= 0 {
				q.joins(a.steps[:last])
				q.add(q.lastJoin(a.steps[last].table, a.steps[last].column, a.steps[last].key))
			}
			q.args = append(q.args, a.args...)
			q.narrow(a, where, " WHERE ")
			continue
		}
		q.add("SELECT " + a.owner + " AS owner, t.* FROM " + a.from)
		q.joins(a.steps[:last])
		end := a.steps[last]
		q.add(" CROSS JOIN LATERAL (SELECT "+columns+" FROM "+end.table+" WHERE "+q.Equal(end.column, end.key), a.args...)
		q.narrow(a, where, " AND ")
		q.add(" ORDER BY " + first.order)
		q.limit(first.most, 0)
		q.add(") t")
	}
	q.add(")")
}

// unite appends the rows of an arm that meet any of several conditions, with one SELECT for each, of which only one is decided to
// have rows.
func (q *statement) unite(a arm, columns string, parts []decided, first bound) {
	for n, part := range parts {
		if n > 0 {
			q.add(" UNION ALL ")
		}
		where := part.where
		if !q.LimitDecides {
			where = slices.Concat(and{part.by}, where)
		}
		q.add("SELECT * FROM (SELECT "+a.owner+" AS owner, "+columns+" FROM "+a.from, a.args...)
		q.narrow(a, where, " WHERE ")
		if first.most > 0 {
			q.add(" ORDER BY " + first.order)
		}
		switch {
		case q.LimitDecides:
			q.add(" LIMIT CASE WHEN ")
			q.condition(part.by, row{})
			q.add(" THEN " + strconv.Itoa(cmp.Or(first.most, -1)) + " ELSE 0 END")
		case first.most > 0:
			q.limit(first.most, 0)
		}
		q.add(") part" + strconv.Itoa(n))
	}
}

// limit appends the clause that skips rows and then takes the next ones.
func (q *statement) limit(rows, skip int) {
	text, args := q.Limit(rows, skip)
	q.add(text, args...)
}

func (q *statement) joins(steps []step) {
	for _, s := range steps {
		q.add(q.join(s.table, s.column, s.key))
	}
}

// narrow appends the condition of an arm and the others, the first after the given keyword.
func (q *statement) narrow(a arm, where and, keyword string) {
	if a.where != "" {
		q.add(keyword + a.where)
		keyword = " AND "
	}
	all := slices.Concat(a.only, where)
	for _, c := range all {
		q.add(keyword)
		q.condition(c, q.hidden(c, all, row{alias: "t", joined: len(a.steps) > 0}))
		keyword = " AND "
	}
}
