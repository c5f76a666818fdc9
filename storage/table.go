package storage

import (
	"context"
	"slices"
	"strings"
)

// table says how rows of one table become values of T, and what lists of them can be filtered and ordered by:
// one line for each column. The first column is the key, which no two rows share.
type table[T any] struct {
	name   string
	list   string    // names lists of the table in cursors; empty if there are none
	sorted []SortKey // the order of these lists unless ListOptions has another
	fields []field[T]
}

// field is one column, the place for its value, and what lists may do with it.
type field[T any] struct {
	column string
	into   func(*T) cell
	// shown are the fields and edges of GraphQL that alone need the column, with | between them: Only leaves it
	// out unless it names one of them. Empty for keys and for columns that code of this package needs.
	shown string
	use   use
}

// use declares what lists may do with a column. The zero value is nothing.
type use struct {
	// kind says how the values compare, where the column is in filters or bounded by since.
	kind valueKind
	// filter is the field of filters that the column must equal or, where the field is a list, be one of.
	filter string
	// atLeast is the field of filters that the column must not be less than.
	atLeast string
	// order is the name of the column as a sort key. Such a column is never NULL.
	order string
	// since reports that ListOptions.Since bounds the column.
	since bool
	// index is the index of our own tables that starts with the column, and serves filter and order across all
	// rows of the table, or noIndex.
	index string
}

const (
	noIndex  = "none"
	keyIndex = "primary key"
)

// needed reports whether one of the fields and edges with these names needs the column.
func (f field[T]) needed(names []string) bool {
	for shown := range strings.SplitSeq(f.shown, "|") {
		if shown == "" || slices.Contains(names, shown) {
			return true
		}
	}
	return false
}

func (t table[T]) key() string { return t.fields[0].column }

// only is the table with the columns that a context made by Only needs.
func (t table[T]) only(ctx context.Context) table[T] {
	names, narrowed := ctx.Value(onlyKey{}).([]string)
	if !narrowed {
		return t
	}
	needed := make([]field[T], 0, len(t.fields))
	for _, f := range t.fields {
		if f.needed(names) {
			needed = append(needed, f)
		}
	}
	t.fields = needed
	return t
}

// columns lists the columns, each with an alias before it.
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

// names lists the columns and what lists may do with each.
func (t table[T]) names() tableColumns {
	names := tableColumns{table: t.name}
	for _, f := range t.fields {
		names.columns, names.uses = append(names.columns, f.column), append(names.uses, f.use)
	}
	return names
}

// read runs a statement whose columns are owner, then those that the scanners of more take, and then those of
// the table. It calls visit with each row, nil where an outer join found none. A value that does not fit its
// field leaves the field empty and is logged: one malformed value never hides a row.
func read[T any](ctx context.Context, s *Store, q *statement, t table[T], visit func(owner string, row *T), more ...scanner) error {
	at := &struct { // one allocation
		owner string
		key   keyCell
		row   T
		odd   []string
		rows  rowArena[T]
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
			visit(at.owner, at.rows.put(at.row))
		}
		var zero T
		at.row, at.odd = zero, at.odd[:0]
		return nil
	})
}

// keyCell notes the key of a row before the row's own cell takes it.
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

// rowArena allocates the rows of a result in chunks, which start with one row and double.
type rowArena[T any] struct{ rows []T }

// put copies a row to memory that stays.
func (a *rowArena[T]) put(row T) *T {
	const most = 64 // rows of a chunk
	if len(a.rows) == cap(a.rows) {
		a.rows = make([]T, 0, min(max(1, 2*cap(a.rows)), most))
	}
	a.rows = append(a.rows, row)
	return &a.rows[len(a.rows)-1]
}

// lookup finds rows by their keys, exactly these rows: it follows no merges.
func lookup[T any](ctx context.Context, s *Store, t table[T], keys []string) (map[string]*T, error) {
	return lookupBy(ctx, s, t, t.key(), keys)
}

// lookupBy finds at most one row per value of a unique column.
func lookupBy[T any](ctx context.Context, s *Store, t table[T], column string, values []string) (map[string]*T, error) {
	found := make(map[string]*T, len(values))
	return found, visitBy(ctx, s, t, column, values, func(value string, row *T) { found[value] = row })
}

// visitBy calls visit with each row that holds one of the values in a column.
func visitBy[T any](ctx context.Context, s *Store, t table[T], column string, values []string, visit func(value string, row *T)) error {
	t = t.only(ctx)
	selected := "SELECT t." + column + ", " + t.columns("t") + " FROM "
	if len(values) == 1 { // needs no list to look up by
		q := &statement{dialect: s.dialect}
		q.add(selected+t.name+" t WHERE t."+column+" = "+q.TextPlaceholder, q.BindKey(values[0]))
		return read(ctx, s, q, t, func(value string, row *T) {
			if value == values[0] { // some collations match more, and comparing here costs less
				visit(value, row)
			}
		})
	}
	q, err := s.keyed(values, "")
	if err != nil {
		return err
	}
	q.add(selected + "requested" + q.join(t.name+" t", "t."+column, "requested.k"))
	return read(ctx, s, q, t, visit)
}

// listBy finds all rows per value of a column, in the given order.
func listBy[T any](ctx context.Context, s *Store, t table[T], column, order string, owners []string) (map[string][]*T, error) {
	q, err := s.keyed(owners, "")
	if err != nil {
		return nil, err
	}
	t = t.only(ctx)
	q.add("SELECT t." + column + ", " + t.columns("t") + " FROM requested" + q.join(t.name+" t", "t."+column, "requested.k") + " ORDER BY " + order)
	return collect(ctx, s, q, t, owners)
}

// collect gathers the rows of a statement by owner. Rows of other owners are left out.
func collect[T any](ctx context.Context, s *Store, q *statement, t table[T], owners []string) (map[string][]*T, error) {
	found := emptyLists[*T](owners)
	return found, read(ctx, s, q, t, func(owner string, row *T) {
		if _, wanted := found[owner]; wanted {
			found[owner] = append(found[owner], row)
		}
	})
}

// tableColumns names the columns of one table that this package reads, the key first.
type tableColumns struct {
	table   string
	columns []string
	uses    []use // of each column
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
