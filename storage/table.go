package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// table describes a database table: one line for each column, which says how its value gets into a T and whether
// lists can be filtered and ordered by it. The first column is the key, which no two rows share.
type table[T any] struct {
	name   string
	list   string    // names lists of the table in cursors; empty if there are none
	sorted []SortKey // the order of these lists unless ListOptions has another
	// named, for rows of an expression, is where the database has the values of its open columns.
	named  []openColumn
	fields []field[T]
}

// field is one column, the place for its value, and what lists may do with it.
type field[T any] struct {
	column string
	into   func(*T) cell
	// shown are the GraphQL fields and edges, separated by |, that need the column. A read restricted by Only skips
	// the column if it needs none of them. Empty for keys and for columns that this package itself needs: they are
	// always read.
	shown string
	use   use
}

// use declares what lists may do with a column; the zero value allows nothing.
type use struct {
	// kind says how the values compare. It is needed if the column is in filters or bounded by since.
	kind valueKind
	// filter is the field of filters that is about the column. A leaf such as *TextFilter states conditions on it, a plain
	// value must equal it, and of a list of texts one must. The case of letters does not matter.
	filter string
	// single marks a column of JSON lists that may hold one text instead, which counts as a list of it.
	single bool
	// open marks a column of texts or numbers of an open set, such as the ids of rules: where a filter names one that
	// occurs nowhere, an empty answer comes with a warning.
	open bool
	// order is the name of the column as a sort key. Such a column is never NULL.
	order string
	// wide marks a text that may be longer than a server should read at once: mostWide bytes. Statements select tooLong
	// in place of a longer one.
	wide bool
	// since reports that ListOptions.Since bounds the column.
	since bool
	// uniform reports that only DECNET writes the instants of the column, all in one layout. A large table of such rows is
	// not looked through for others.
	uniform bool
	// values is the number of the column in filterValues, whose index serves filters of its elements or addresses; 0 if its
	// values are not there.
	values valueField
	// index is the index of our own tables that starts with the column and serves filter and order over all rows of
	// the table, or noIndex.
	index string
}

// mostWide is the largest size of a wide text, in bytes.
const mostWide = 32 << 20

const (
	noIndex  = "none"
	keyIndex = "primary key"
)

// needed reports whether one of the fields and edges with these names needs the column.
func (f *field[T]) needed(names []string) bool {
	for shown := range strings.SplitSeq(f.shown, "|") {
		if shown == "" || slices.Contains(names, shown) {
			return true
		}
	}
	return false
}

func (t table[T]) key() string { return t.fields[0].column }

// only returns the table with just the columns that the context needs; see Only.
func (t table[T]) only(ctx context.Context) table[T] {
	names, narrowed := ctx.Value(onlyKey{}).([]string)
	if !narrowed || slices.Contains(names, revisionField) {
		return t
	}
	const usual = 64 // columns, so that their indices need no memory of their own
	needed := make([]int, 0, usual)
	for i := range t.fields {
		if t.fields[i].needed(names) {
			needed = append(needed, i)
		}
	}
	fields := make([]field[T], len(needed))
	for n, i := range needed {
		fields[n] = t.fields[i]
	}
	t.fields = fields
	return t
}

// columns returns the column names as an SQL list, each qualified by the alias. Instants are selected as the database
// holds them: the driver would make its own guesses of their texts and numbers.
func (t table[T]) columns(alias string, d dialect) string {
	const usual = 20 // bytes of a column
	var list strings.Builder
	list.Grow(usual * len(t.fields))
	for i, f := range t.fields {
		if i > 0 {
			list.WriteString(", ")
		}
		if f.use.wide {
			column := alias + "." + f.column
			list.WriteString("CASE WHEN OCTET_LENGTH(" + column + ") > " + strconv.Itoa(mostWide) + " THEN '" + tooLong + "' ELSE " + column + " END AS " + f.column)
			continue
		}
		if f.use.kind == instantValues {
			list.WriteString(d.UntypedPrefix)
		}
		list.WriteString(alias)
		list.WriteByte('.')
		list.WriteString(f.column)
	}
	return list.String()
}

// names returns the columns of the table and what lists may do with each.
func (t table[T]) names() tableColumns {
	names := tableColumns{table: t.name}
	for _, f := range t.fields {
		names.columns, names.uses = append(names.columns, f.column), append(names.uses, f.use)
	}
	return names
}

// read runs a statement and calls visit with each row, or with nil where an outer join found none. The columns of
// the statement are the owner, then those that the scanners in more take, then those of the table. A value that does
// not fit its field leaves the field empty and is logged: one malformed value never hides a row.
func read[T any](ctx context.Context, s *Store, q *statement, t table[T], visit func(owner string, row *T), more ...scanner) error {
	at := &struct { // one allocation
		owner     string
		key       keyCell
		row       T
		malformed []string
		rows      rowArena[T]
	}{}
	dest := make([]scanner, 0, 1+len(more)+len(t.fields))
	dest = append(append(dest, scanner{Into: sharedText{&at.owner}}), more...)
	for i, f := range t.fields {
		into := f.into(&at.row)
		if i == 0 {
			at.key.inner, into = into, &at.key
		}
		dest = append(dest, scanner{Into: into, Malformed: &at.malformed, Column: f.column})
	}
	return s.scanRows(ctx, q, dest, func() error {
		if at.key.null {
			visit(at.owner, nil)
		} else {
			if len(at.malformed) > 0 {
				s.warned.malformedColumns(t.name, &at.malformed, at.key.text)
			}
			visit(at.owner, at.rows.put(at.row))
		}
		var zero T
		at.row, at.malformed = zero, at.malformed[:0]
		return nil
	})
}

// keyCell remembers the key of a row, for log messages, and passes it on to the row's own cell.
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

// rowArena allocates the rows of a result in chunks, the first of one row and each twice as large as the one before,
// up to 64 rows.
type rowArena[T any] struct{ rows []T }

// put copies a row into the arena and returns the copy.
func (a *rowArena[T]) put(row T) *T {
	const most = 64 // rows of a chunk
	if len(a.rows) == cap(a.rows) {
		a.rows = make([]T, 0, min(max(1, 2*cap(a.rows)), most))
	}
	a.rows = append(a.rows, row)
	return &a.rows[len(a.rows)-1]
}

// lookup finds the rows with exactly these keys, without following merges.
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
	selected := "SELECT t." + column + ", " + t.columns("t", s.dialect) + " FROM "
	if len(values) == 1 { // needs no list to look up by
		q := &statement{dialect: s.dialect}
		q.add(selected+t.name+" t WHERE t."+column+" = "+q.TextPlaceholder, q.BindKey(values[0]))
		return read(ctx, s, q, t, func(value string, row *T) {
			if value == values[0] { // a collation may match other texts; comparing here is cheaper than in SQL
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

// listBy finds the rows of each owner, the value of a column, in the given order.
func listBy[T any](ctx context.Context, s *Store, t table[T], column, order string, owners []string) (map[string][]*T, error) {
	q, err := s.keyed(owners, "")
	if err != nil {
		return nil, err
	}
	t = t.only(ctx)
	q.add("SELECT t." + column + ", " + t.columns("t", s.dialect) + " FROM requested" + q.join(t.name+" t", "t."+column, "requested.k") + " ORDER BY " + order)
	return collect(ctx, s, q, t, owners)
}

// collect groups the rows of a statement by owner. Rows of other owners, which collations may match, are left out.
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
		events.names(), credentials.names(), sharedCredentials.names(), attachments.names(), bounties.names(),
		ruleStates.names(), canaryTokens.names(), canaryTriggers.names(), canaryBlobs.names(), commandTexts.names(), fingerprintTexts.names(),
	}
}
