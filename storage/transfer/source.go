package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// origin is the database that rows come from. A transaction shows one state of it as long as it is open.
type origin struct {
	*database

	tables []*table
	counts []int64 // rows of each table
	have   map[string][]string
	print  string // the fingerprint of the rows
	total  int64
	byKey  bool // rows are read in the order of their keys
}

// inspect checks that the database is DECNET's and begins the snapshot.
func (o *origin) inspect(ctx context.Context, anyRevision bool, notice func(string)) error {
	for _, statement := range o.engine.Snapshot {
		if err := o.exec(ctx, statement); err != nil {
			return err
		}
	}
	var err error
	if o.have, err = o.columnsByTable(ctx); err != nil {
		return err
	}
	if len(o.have[stateTable]) > 0 {
		return storage.Invalid("%s is itself half filled by an import; finish that first", o.source)
	}
	if err := o.checkRevision(ctx, anyRevision); err != nil {
		return err
	}
	return o.checkColumns(anyRevision, notice)
}

func (o *origin) checkRevision(ctx context.Context, anyRevision bool) error {
	if anyRevision {
		return nil
	}
	if !slices.Contains(o.have["alembic_version"], "version_num") {
		return storage.Invalid("%s states no schema revision: it has no table alembic_version with a column version_num;"+
			" --any-revision copies what revision %s has, too", o.source, storage.SchemaRevision)
	}
	rows, err := o.conn.QueryContext(ctx, "SELECT version_num FROM alembic_version ORDER BY version_num")
	if err != nil {
		return err
	}
	defer rows.Close()
	revisions := []string{}
	for rows.Next() {
		var revision string
		if err := rows.Scan(&revision); err != nil {
			return err
		}
		revisions = append(revisions, revision)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !slices.Equal(revisions, []string{storage.SchemaRevision}) {
		return storage.Invalid("%s has schema revision %s, but only %s is known; --any-revision copies what both have",
			o.source, strings.Join(append(revisions, "none")[:max(1, len(revisions))], " and "), storage.SchemaRevision)
	}
	return nil
}

// checkColumns finds tables and columns that only one side has. Nothing may be left out without a notice.
func (o *origin) checkColumns(anyRevision bool, notice func(string)) error {
	var absent, lacking []string
	for _, t := range o.tables {
		have := o.have[t.name]
		if len(have) == 0 {
			absent = append(absent, t.name)
			continue
		}
		for _, c := range t.columns {
			switch {
			case slices.Contains(have, c.name):
			case anyRevision && c.nullable:
				notice("the source has no column " + t.name + "." + c.name + "; it stays empty")
			default:
				lacking = append(lacking, t.name+"."+c.name)
			}
		}
		for _, name := range have {
			if t.position(name) < 0 {
				notice("column " + t.name + "." + name + " is not copied: revision " + storage.SchemaRevision + " has none")
			}
		}
	}
	switch {
	case len(absent) == len(o.tables):
		return storage.Invalid("%s is not a DECNET database: it has none of its tables", o.source)
	case len(lacking) > 0:
		return storage.Invalid("%s is not a DECNET database of revision %s: it lacks the columns %s", o.source, storage.SchemaRevision, strings.Join(lacking, ", "))
	case len(absent) > 0:
		notice("the source has no table " + strings.Join(absent, ", "))
	}
	for _, name := range o.unknownTables() {
		notice("table " + name + " is not copied: revision " + storage.SchemaRevision + " has none")
	}
	return nil
}

// unknownTables returns the names of the tables that revision SchemaRevision does not have.
func (o *origin) unknownTables() []string {
	var names []string
	for name := range o.have {
		known := slices.ContainsFunc(o.tables, func(t *table) bool { return t.name == name })
		if !known && name != "alembic_version" && name != "decnet_graph_version" && !strings.HasPrefix(name, "sqlite_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// measure counts the rows and computes a fingerprint of their keys: an interrupted import continues only if the rows
// are the same. A row that has changed since, but not its key, is copied as it is now.
func (o *origin) measure(ctx context.Context) error {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, o.engine.Name(), o.byKey)
	for _, t := range o.tables {
		var count int64
		var keys string
		switch {
		case len(o.have[t.name]) == 0:
		case o.engine.Checksum == nil:
			var err error
			if count, keys, err = o.hashKeys(ctx, t); err != nil {
				return fmt.Errorf("count %s: %w", t.name, err)
			}
		default:
			text := "SELECT COUNT(*), " + o.engine.Checksum(o.quoted(t.keyNames())) + " FROM " + o.engine.Quote(t.name)
			if err := o.conn.QueryRowContext(ctx, text).Scan(&count, &keys); err != nil {
				return fmt.Errorf("count %s: %w", t.name, err)
			}
		}
		o.counts = append(o.counts, count)
		o.total += count
		_, _ = io.WriteString(sum, fmt.Sprintln(t.name, count, keys))
	}
	o.print = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// hashKeys counts the rows of a table and hashes their keys, for an engine that has no function to do so.
func (o *origin) hashKeys(ctx context.Context, t *table) (count int64, keys string, err error) {
	sum := sha256.New()
	id := o.engine.RowID
	err = o.forEachRow(ctx, "SELECT "+id+", "+o.columnList(t.keyNames())+" FROM "+o.engine.Quote(t.name)+" ORDER BY "+id, nil, func(raw []any) error {
		count++
		_, err := fmt.Fprintf(sum, "%v\n", raw)
		return err
	})
	return count, hex.EncodeToString(sum.Sum(nil)), err
}

// page returns the query for the rows after a key, in the order of the key, which is in front of each row.
func (o *origin) page(t *table, after []any, rows int) (text string, args []any, keys int) {
	key := t.keyNames()
	names := slices.DeleteFunc(t.names(), func(name string) bool { return !slices.Contains(o.have[t.name], name) })
	order := o.quoted(key)
	front := o.columnList(key)
	if id := o.engine.RowID; id != "" && !o.byKey {
		key, order, front = []string{id}, []string{id}, id
	}
	text = "SELECT " + front + ", " + o.columnList(names) + " FROM " + o.engine.Quote(t.name)
	if after != nil {
		condition, values := o.afterCondition(key, after)
		text, args = text+" WHERE "+condition, values
	}
	return text + " ORDER BY " + strings.Join(order, ", ") + fmt.Sprintf(" LIMIT %d", rows), args, len(key)
}
