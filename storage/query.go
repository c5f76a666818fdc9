package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// statement is SQL text under construction, together with the values of its marks in order.
type statement struct {
	dialect

	text strings.Builder
	args []any
}

// add appends text and the values of the marks in it.
func (q *statement) add(text string, args ...any) {
	q.text.WriteString(text)
	q.args = append(q.args, args...)
}

// equal appends the condition that a text column holds exactly a value.
func (q *statement) equal(column string, value any) {
	text := q.Equal(column, "?")
	q.text.WriteString(text)
	for range strings.Count(text, "?") {
		q.args = append(q.args, value)
	}
}

// keyed starts a statement with the common table expression asked(k, owner) made of owners: a text
// to look rows up by, and the same to group them by. More expressions that stand on it may follow.
func (s *Store) keyed(owners []string, with string) (*statement, error) {
	once := slices.Clone(owners)
	slices.Sort(once)
	once = slices.Compact(once) // an owner given twice must not double its rows
	// No text of a row is read as such, and JSON would make it another one's.
	once = slices.DeleteFunc(once, func(owner string) bool { return !utf8.ValidString(owner) })
	q := &statement{dialect: s.dialect}
	const usual = 512 // bytes of a statement
	q.text.Grow(usual)
	given, bound, err := q.KeyList(once)
	if err != nil {
		return nil, err
	}
	q.add("WITH RECURSIVE asked(k, owner) AS (SELECT k, "+q.Bytewise("k")+" FROM "+given+" AS given)", bound)
	if with != "" {
		q.add(",\n" + with)
	}
	q.add("\n")
	return q, nil
}

// each runs the statement and calls visit after every row has been scanned into dest. It is the
// only loop over rows, so it is where rows are counted against the limit.
func (s *Store) each(ctx context.Context, q *statement, dest []scanner, visit func() error) error {
	start := time.Now()
	count, err := s.scan(ctx, q, dest, visit)
	if s.options.Observe != nil {
		s.options.Observe(ctx, Statement{SQL: q.text.String(), Args: q.args, Rows: count, Took: time.Since(start), Err: err})
	}
	return err
}

func (s *Store) scan(ctx context.Context, q *statement, dest []scanner, visit func() error) (count int, err error) {
	rows, err := s.from.Query(ctx, q.text.String(), q.args)
	if err != nil {
		return 0, s.fault(ctx, err)
	}
	defer rows.Close()
	v := &value{}
	for rows.Next() {
		if count++; count > s.options.MaxRows {
			return count, tooMuch("%d rows", s.options.MaxRows)
		}
		if v.Volume() > s.options.MaxBytes {
			return count, tooMuch("%d bytes of text", s.options.MaxBytes)
		}
		if err := rows.Scan(dest, v); err != nil {
			return count, s.fault(ctx, fmt.Errorf("scan: %w", err))
		}
		if err := visit(); err != nil {
			return count, err
		}
	}
	return count, s.fault(ctx, rows.Err())
}

func tooMuch(format string, most int) error {
	return &Error{Kind: ErrLimit, Message: fmt.Sprintf("this level of the request has more than "+format+"; ask for smaller pages", most)}
}

// emptyLists is empties for lists: an owner without rows has an empty list, not none at all.
func emptyLists[V any](owners []string) map[string][]V {
	found := make(map[string][]V, len(owners))
	for _, owner := range owners {
		found[owner] = []V{}
	}
	return found
}

// empties makes the map of a keyed query: every owner is there, with the zero value.
func empties[V any](owners []string) map[string]V {
	found := make(map[string]V, len(owners))
	var zero V
	for _, owner := range owners {
		found[owner] = zero
	}
	return found
}
