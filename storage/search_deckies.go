package storage

import (
	"context"
	"strings"

	"decnetgraph/storage/engine"
)

// taggedNames finds the names of deckies in tags by jumping from one to the next in the index, which has millions of tags but
// few names. Names that the column's collation takes for the same are one.
const taggedNames = `WITH RECURSIVE names(name) AS (
  SELECT MIN(decky_id) FROM ttp_tag
  UNION ALL
  SELECT (SELECT MIN(t.decky_id) FROM ttp_tag t WHERE t.decky_id > n.name) FROM names n WHERE n.name IS NOT NULL)
SELECT name FROM names WHERE name IS NOT NULL`

// addTagged adds the deckies that tags name. Where the column's collation ignores case or spaces at the end, the tags of the
// names that may match are read for their spellings.
func (l searchList) addTagged(ctx context.Context, c *collector) error {
	if !l.has(deckyName) {
		return nil
	}
	add := func(name string) { c.add(searchText{field: deckyName, key: name, text: name}) }
	const column = "t.decky_id"
	d := l.store.dialect
	spelled := d.GroupKey(column)
	if spelled == column {
		return l.store.names(ctx, &statement{dialect: d}, taggedNames, add)
	}
	var likely []string
	err := l.store.names(ctx, &statement{dialect: d}, taggedNames, func(name string) {
		if l.needle.maybeIn(name) {
			likely = append(likely, name)
		}
	})
	if err != nil || len(likely) == 0 {
		return err
	}
	q := &statement{dialect: d}
	q.add("SELECT DISTINCT " + spelled + " FROM ttp_tag t WHERE ")
	q.condition(amongTexts{column, likely}, row{alias: "t"})
	return l.store.names(ctx, q, "", add)
}

// names runs a statement that selects texts.
func (s *Store) names(ctx context.Context, q *statement, more string, each func(string)) error {
	q.add(more)
	var name string
	return s.scanRows(ctx, q, []scanner{{Into: text(&name)}}, func() error { each(name); return nil })
}

// maybeIn reports whether a text may contain the needle in a spelling that a collation takes for the same. Collations differ in
// other letters than those of ASCII.
func (n needle) maybeIn(text string) bool {
	isASCII := func(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 }
	return !isASCII(text) || !isASCII(n.folded) || strings.Contains(engine.FoldASCII(text), strings.TrimRight(n.folded, " "))
}
