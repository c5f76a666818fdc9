package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// refreshMarks is how many marks one transaction processes.
const refreshMarks = 1_000

// ErrNoSearchIndex says that a database has no index for searches.
var ErrNoSearchIndex = &Error{Kind: ErrInvalid, Message: "the database has no index for searches: it is DECNET's own, or it needs migrate"}

// SearchIndexed reports whether the database has an index for searches that is complete.
func (s *Store) SearchIndexed(ctx context.Context) (ready bool, err error) {
	if !s.facts().searchable {
		return false, nil
	}
	err = s.catalogue(ctx, "SELECT ready FROM search_state", []scanner{{Into: flag(&ready)}}, func() {})
	return ready, err
}

// RebuildSearch makes the index for searches again from the rows. Until it is done, searches scan the newest rows. Other
// programs can write meanwhile.
func (s *Store) RebuildSearch(ctx context.Context) error {
	if !s.facts().searchable {
		return ErrNoSearchIndex
	}
	err := s.write(ctx, func(c *change) error {
		statements := []string{"UPDATE search_state SET ready = false", "DELETE FROM search_stale", "DELETE FROM search_entry", "DELETE FROM search_gram", "DELETE FROM search_text"}
		return c.runAll(ctx, append(statements, markAll()...)...)
	})
	if err != nil {
		return err
	}
	if _, err := s.RefreshSearch(ctx); err != nil {
		return err
	}
	return s.write(ctx, func(c *change) error { return c.runAll(ctx, "UPDATE search_state SET ready = true") })
}

// markAll returns statements that mark all rows as changed.
func markAll() (statements []string) {
	groups := map[int][]string{}
	for _, source := range searchSources {
		table, key := source.rows()
		selected := "SELECT " + strconv.Itoa(source.number()) + ", " + key + " FROM " + table
		if !slices.Contains(groups[source.number()], selected) {
			groups[source.number()] = append(groups[source.number()], selected)
		}
	}
	for group := campaignGroup; group <= triggerGroup; group++ {
		statements = append(statements, "INSERT INTO search_stale (source, row_key) "+strings.Join(groups[group], " UNION "))
	}
	return statements
}

// RefreshSearch indexes what has changed since the last refresh, and returns the number of marks that were processed. Each of
// its transactions processes some of them.
func (s *Store) RefreshSearch(ctx context.Context) (marks int, err error) {
	if !s.facts().searchable {
		return 0, ErrNoSearchIndex
	}
	for {
		// The bound is read before the transaction, whose statements must see no older rows than the marks.
		last, found := int64(0), 0
		q := &statement{dialect: s.dialect}
		q.add("SELECT mark FROM search_stale ORDER BY mark")
		q.limit(refreshMarks, 0)
		if err := s.scanRows(ctx, q, []scanner{{Into: wide64(&last)}}, func() error { found++; return nil }); err != nil || found == 0 {
			return marks, err
		}
		err := s.write(ctx, func(c *change) error { return c.refreshSearch(ctx, last) })
		if err != nil {
			return marks, err
		}
		marks += found
	}
}

// refreshSearch processes the marks up to a number.
func (c *change) refreshSearch(ctx context.Context, last int64) error {
	var ready bool
	lock := &statement{dialect: c.dialect}
	lock.add("SELECT ready FROM search_state" + c.dialect.ForUpdate)
	if err := c.scanRows(ctx, lock, []scanner{{Into: flag(&ready)}}, func() error { return nil }); err != nil {
		return err
	}
	mark := &statement{dialect: c.dialect}
	mark.add("UPDATE search_stale SET seen = 1 WHERE mark <= ?", last)
	if _, err := c.exec(ctx, mark); err != nil {
		return err
	}
	changed := map[int][]string{}
	var group int
	var key string
	q := &statement{dialect: c.dialect}
	q.add("SELECT DISTINCT source, row_key FROM search_stale WHERE mark <= ? AND seen = 1", last)
	err := c.scanRows(ctx, q, []scanner{{Into: whole(&group)}, {Into: text(&key)}}, func() error {
		changed[group] = append(changed[group], key)
		return nil
	})
	if err != nil {
		return err
	}
	w := indexWriter{change: c, texts: map[string]*indexedText{}}
	for group := campaignGroup; group <= triggerGroup; group++ {
		if err := w.collect(ctx, group, changed[group]); err != nil {
			return err
		}
	}
	if err := w.write(ctx); err != nil {
		return err
	}
	done := &statement{dialect: c.dialect}
	done.add("DELETE FROM search_stale WHERE mark <= ? AND seen = 1", last)
	_, err = c.exec(ctx, done)
	return err
}
