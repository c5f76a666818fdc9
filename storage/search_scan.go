package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// scan searches a database without an index: the newest rows of each table.
func (l searchList) scan(ctx context.Context, c *collector) error {
	if err := l.store.checkInstants(ctx); err != nil {
		return err
	}
	for _, source := range searchSources {
		table, _ := source.rows()
		if !slices.ContainsFunc(source.makes(), l.has) || table == ruleTable && !l.store.facts().rules {
			continue
		}
		if err := source.scan(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// scan implements searchSource. If the texts of all rows in the window are too much for a statement, it scans fewer rows.
func (t searchTable[T]) scan(ctx context.Context, c *collector) error {
	const fewer = 4
	for window := t.window; ; window /= fewer {
		found := c.mark()
		notice, err := t.scanWindow(ctx, c, window)
		if window < fewer || !errors.Is(err, ErrLimit) {
			if notice != "" {
				c.list.notice("%s", notice)
			}
			return err
		}
		c.reset(found)
	}
}

// scanWindow scans the newest rows, or all where there are always few, and returns a notice of rows that it leaves out.
func (t searchTable[T]) scanWindow(ctx context.Context, c *collector, window int) (notice string, err error) {
	s := c.list.store
	q := &statement{dialect: s.dialect}
	q.add("SELECT '' AS owner, " + t.table.columns("t", s.dialect) + " FROM " + t.table.name + " t")
	keyword := " WHERE "
	if t.newest != "" {
		oldest, since, err := t.oldest(ctx, s, window)
		if err != nil {
			return "", err
		}
		if oldest != nil {
			newest := "without a time"
			if !since.IsZero() {
				newest = "of " + since.UTC().Format(time.RFC3339)
			}
			notice = fmt.Sprintf("only the newest %d rows were searched for %s; the newest one that was not is %s", window, t.what, newest)
			q.add(keyword)
			q.condition(*oldest, row{alias: "t"})
			keyword = " AND "
		}
	}
	if likely := c.list.likely(t.fields); likely != "" && len(t.texts) > 0 && (t.unlike == nil || !t.unlike.MatchString(c.list.needle.folded)) {
		q.add(keyword + "(")
		for i, column := range t.texts {
			if i > 0 {
				q.add(" OR ")
			}
			q.add(q.BytePosition("?", "LOWER(t."+column+")")+" > 0 OR "+q.BytePosition("?", "t."+column)+" > 0", likely, `\u00`)
		}
		q.add(")")
	}
	return notice, read(ctx, s, q, t.table, func(_ string, row *T) { t.each(row, c.add) })
}

// oldest returns the condition that a row is among the newest of a number, and the time of the last one; nil if there are
// no more rows than that.
func (t searchTable[T]) oldest(ctx context.Context, s *Store, window int) (*keyset, time.Time, error) {
	l := listOf(s, t.table, unowned(t.table.name, ""), ListOptions{Order: []SortKey{{By: t.newest, Descending: true}}})
	found, err := l.Page(ctx, []string{""}, Page{Limit: 1, Offset: window})
	if err != nil || found[""].Len() == 0 {
		return nil, time.Time{}, err
	}
	at := found[""].Position(0)
	newer := l.order.beyond(&at, true, t.table.key())
	return &newer, t.at(found[""].Rows[0]), nil
}

// likely returns a part of the text that every row with a hit in the fields holds, in lower case, or empty if there is none.
// Texts in JSON lists may be written with escapes, so it consists of characters that are not escaped; rows that escape other
// characters by their numbers must be read in any case. An address is in many spellings.
func (l searchList) likely(fields []*searchField) string {
	if l.needle.from != "" && slices.ContainsFunc(fields, func(f *searchField) bool { return f.address && l.has(f) }) {
		return ""
	}
	longest := longestUnescaped(l.needle.folded)
	if len(longest) < leastNeedle {
		return ""
	}
	return longest
}

// escapedInJSON reports whether writers of JSON may escape a character in another way than by its number.
func escapedInJSON(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\/`, r) }

// mark and reset take back what was added since.
func (c *collector) mark() int { return len(c.hits) }

func (c *collector) reset(to int) {
	for _, h := range c.hits[to:] {
		if h.Kind == SearchDecky {
			delete(c.deckies, h.Key)
		}
	}
	c.hits = c.hits[:to]
}

// addWhole adds the tag and the session whose key is the text. There are too many for an index of the parts of their keys.
func (l searchList) addWhole(ctx context.Context, c *collector) error {
	text := l.query.Text
	spellings := sorted([]string{text, strings.ToLower(text), strings.ToUpper(text)})
	if l.has(tagUUID) && len(text) >= len("00000000000000000000000000000000") {
		found, err := l.store.Tags(ctx, spellings)
		if err != nil {
			return err
		}
		for _, tag := range found {
			c.add(searchText{field: tagUUID, key: tag.UUID, text: tag.UUID, seen: tag.CreatedAt})
		}
	}
	if !l.has(sessionID) {
		return nil
	}
	found, err := l.store.Sessions(ctx, spellings)
	for id := range found {
		c.add(searchText{field: sessionID, key: id, text: id})
	}
	return err
}

// fleetTables are tables of deckies and the columns of their names. A database may lack them.
var fleetTables = map[string]string{"fleet_deckies": "name", "decky_shards": "decky_name", "topology_deckies": "name"}

// addFleet adds the deckies that DECNET has deployed. They are few.
func (l searchList) addFleet(ctx context.Context, c *collector) error {
	tables := l.store.facts().fleet
	if !l.has(deckyName) || len(tables) == 0 {
		return nil
	}
	q := &statement{dialect: l.store.dialect}
	for i, table := range tables {
		if i > 0 {
			q.add(" UNION ")
		}
		q.add("SELECT " + q.Bytewise(fleetTables[table]) + " AS name FROM " + table)
	}
	var name string
	return l.store.scanRows(ctx, q, []scanner{{Into: text(&name)}}, func() error {
		c.add(searchText{field: deckyName, key: name, text: name})
		return nil
	})
}
