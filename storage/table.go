package storage

import (
	"context"
	"slices"
	"strings"
)

// table says how rows of one table become values of T: its columns and where each one goes, side
// by side. The first field is the key.
type table[T any] struct {
	name   string
	fields []field[T]
}

// field is one column and the place for its value.
type field[T any] struct {
	column string
	into   func(*T) cell
	// shown are the fields that alone show the column or lead on by it, with | between them, so that it can be
	// left out by Only; empty for keys, and whatever code of this package goes by.
	shown string
}

// asked reports whether one of the fields named needs the column.
func (f field[T]) asked(names []string) bool {
	for shown := range strings.SplitSeq(f.shown, "|") {
		if shown == "" || slices.Contains(names, shown) {
			return true
		}
	}
	return false
}

func (t table[T]) key() string { return t.fields[0].column }

// only is the table with the columns that a context asks for.
func (t table[T]) only(ctx context.Context) table[T] {
	asked, narrowed := ctx.Value(onlyKey{}).([]string)
	if !narrowed {
		return t
	}
	needed := make([]field[T], 0, len(t.fields))
	for _, f := range t.fields {
		if f.asked(asked) {
			needed = append(needed, f)
		}
	}
	t.fields = needed
	return t
}

// columns lists the columns, each behind an alias.
func (t table[T]) columns(alias string) string {
	const usual = 20 // bytes of a column
	var list strings.Builder
	list.Grow(usual * len(t.fields))
	for i, f := range t.fields {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(alias)
		list.WriteByte('.')
		list.WriteString(f.column)
	}
	return list.String()
}

// names lists the columns as the schema check wants them.
func (t table[T]) names() tableColumns {
	names := tableColumns{table: t.name}
	for _, f := range t.fields {
		names.columns = append(names.columns, f.column)
	}
	return names
}

// read runs a statement whose columns are owner, then those that more takes, and then those of the
// table, and calls visit with each row, nil where an outer join found none. A value that does not fit
// its field leaves the field empty and is warned about: one odd value never costs a row.
func read[T any](ctx context.Context, s *Store, q *statement, t table[T], visit func(owner string, row *T), more ...scanner) error {
	at := &struct { // in one piece of memory
		owner string
		key   keyCell
		row   T
		odd   []string
		kept  shelf[T]
	}{}
	dest := make([]scanner, 0, 1+len(more)+len(t.fields))
	dest = append(append(dest, scanner{Into: sharedText{&at.owner}}), more...)
	for i, f := range t.fields {
		into := f.into(&at.row)
		if i == 0 {
			at.key.inner, into = into, &at.key
		}
		dest = append(dest, scanner{Into: into, Odd: &at.odd, Column: f.column})
	}
	return s.each(ctx, q, dest, func() error {
		if at.key.null {
			visit(at.owner, nil)
		} else {
			if len(at.odd) > 0 {
				s.warned.odd(t.name, &at.odd, at.key.text)
			}
			visit(at.owner, at.kept.put(at.row))
		}
		var zero T
		at.row, at.odd = zero, at.odd[:0]
		return nil
	})
}

// keyCell looks at the key of a row before the row's own cell takes it.
type keyCell struct {
	inner cell
	null  bool
	text  string
}

// Take implements engine.Cell.
func (c *keyCell) Take(v *value) bool {
	c.null = v.IsNull()
	c.text, _ = v.Text()
	return c.inner.Take(v)
}

// shelf keeps the rows of a result in a few pieces of memory, which start small and double.
type shelf[T any] struct{ rows []T }

func (s *shelf[T]) put(row T) *T {
	const most = 64
	if len(s.rows) == cap(s.rows) {
		s.rows = make([]T, 0, min(max(1, 2*cap(s.rows)), most))
	}
	s.rows = append(s.rows, row)
	return &s.rows[len(s.rows)-1]
}

// lookup finds rows by their keys: exactly the rows named, without merges.
func lookup[T any](ctx context.Context, s *Store, t table[T], keys []string) (map[string]*T, error) {
	return lookupBy(ctx, s, t, t.key(), keys)
}

// lookupBy finds at most one row per value of a unique column.
func lookupBy[T any](ctx context.Context, s *Store, t table[T], column string, values []string) (map[string]*T, error) {
	found := make(map[string]*T, len(values))
	return found, visitBy(ctx, s, t, column, values, func(value string, row *T) { found[value] = row })
}

// visitBy hands over the rows that hold one of the values in a column.
func visitBy[T any](ctx context.Context, s *Store, t table[T], column string, values []string, visit func(value string, row *T)) error {
	t = t.only(ctx)
	selected := "SELECT t." + column + ", " + t.columns("t") + " FROM "
	if len(values) == 1 { // needs no list to look up by
		q := &statement{dialect: s.dialect}
		q.add(selected+t.name+" t WHERE t."+column+" = ?", q.BindKey(values[0]))
		return read(ctx, s, q, t, func(value string, row *T) {
			if value == values[0] { // some collations find more, and it is cheaper to look here
				visit(value, row)
			}
		})
	}
	q, err := s.keyed(values, "")
	if err != nil {
		return err
	}
	q.add(selected + "asked" + q.join(t.name+" t", "t."+column, "asked.k"))
	return read(ctx, s, q, t, visit)
}

// listBy finds all rows per value of a column, in the given order.
func listBy[T any](ctx context.Context, s *Store, t table[T], column, order string, owners []string) (map[string][]*T, error) {
	q, err := s.keyed(owners, "")
	if err != nil {
		return nil, err
	}
	t = t.only(ctx)
	q.add("SELECT t." + column + ", " + t.columns("t") + " FROM asked" + q.join(t.name+" t", "t."+column, "asked.k") + " ORDER BY " + order)
	return collect(ctx, s, q, t, owners)
}

// collect gathers the rows of a statement per owner that was asked for.
func collect[T any](ctx context.Context, s *Store, q *statement, t table[T], owners []string) (map[string][]*T, error) {
	found := emptyLists[*T](owners)
	return found, read(ctx, s, q, t, func(owner string, row *T) {
		if _, asked := found[owner]; asked {
			found[owner] = append(found[owner], row)
		}
	})
}

// tableColumns names the columns of one table that this package reads.
type tableColumns struct {
	table   string
	columns []string
}

// schema lists every table and column that this package reads.
func schema() []tableColumns {
	return []tableColumns{
		campaigns.names(), identities.names(), attackers.names(), tags.names(), attributionStates.names(),
		observations.names(), behaviors.names(), intels.names(), intelReports.names(), fingerprintStates.names(), smtpTargets.names(),
		ruleStates.names(), canaryTokens.names(), canaryTriggers.names(), canaryBlobs.names(), commandTexts.names(), fingerprintTexts.names(),
		{table: "alembic_version", columns: []string{"version_num"}},
	}
}
