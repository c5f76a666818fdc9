package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// errReplaced is for a statement that reads tables of our own that the database has no longer.
var errReplaced = errors.New("the database was replaced by one without the sums and indexes of this program's own tables")

// scanRows runs the statement, scans each row into dest and then calls visit. It is the only loop over rows, and so
// the place where the limits on rows and bytes are checked. It reports the statement to Options.Observe.
func (s *Store) scanRows(ctx context.Context, q *statement, dest []scanner, visit func() error) error {
	start := time.Now()
	count, err := s.scan(ctx, q, dest, visit)
	if s.options.Observe != nil {
		s.options.Observe(ctx, Statement{SQL: q.text.String(), Args: q.args, Rows: count, Took: time.Since(start), Err: err})
	}
	return err
}

func (s *Store) scan(ctx context.Context, q *statement, dest []scanner, visit func() error) (count int, err error) {
	if err := s.bindPrints(ctx, q); err != nil {
		return 0, err
	}
	rows, err := s.from.Query(ctx, q.text.String(), q.args)
	if err != nil {
		if found := s.facts(); q.lacksSums(found) || q.values && !found.values {
			err = engine.Unavailable(errReplaced)
		}
		return 0, s.fault(ctx, err)
	}
	defer rows.Close()
	if q.lacksSums(s.facts()) { // the statement was written for a file that was replaced meanwhile
		return 0, engine.Unavailable(errReplaced)
	}
	v := s.newValue()
	v.Done = ctx.Done()
	metered := rowMeter{}
	metered.meter, _ = ctx.Value(meterKey{}).(Meter)
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
		if v.GaveUp() {
			return count, s.fault(ctx, ctx.Err())
		}
		if err := metered.check(v); err != nil {
			return count, err
		}
		if err := visit(); err != nil {
			return count, err
		}
	}
	return count, s.fault(ctx, rows.Err())
}

// lacksSums reports whether the statement reads sums that a database does not have, or that are not complete. A database that an
// earlier release migrated may lack only the sums by rule and by decky.
func (q *statement) lacksSums(found facts) bool {
	return q.sums && (!found.sums || !found.names && strings.Contains(q.text.String(), nameParts))
}

// Meter bounds the text that several statements read together.
type Meter interface {
	// AddRowBytes adds bytes of text that a statement has read. Its error ends the statement.
	AddRowBytes(bytes int) error
}

type meterKey struct{}

// rowMeter adds the text of a statement's rows to the meter of its context, if there is one.
type rowMeter struct {
	meter Meter
	bytes int // that were added
}

// check returns an error if the row that was read last exceeds a limit.
func (m *rowMeter) check(v *value) error {
	if most := v.Exceeded(); most != "" {
		return &Error{Kind: ErrLimit, Message: "a row of this level has more than " + most}
	}
	fresh := v.Volume() - m.bytes
	if m.meter == nil || fresh == 0 {
		return nil
	}
	m.bytes += fresh
	return m.meter.AddRowBytes(fresh)
}

// WithMeter returns a context whose statements add what they read to a meter.
func WithMeter(ctx context.Context, m Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// newValue returns a value for the rows of a statement.
func (s *Store) newValue() *value {
	return &value{BytesAreText: s.dialect.TextIsBytes, AnyType: s.dialect.AnyType, MostElements: s.options.MaxRows}
}

// tooMuch returns ErrLimit for a statement that returns more than the options allow.
func tooMuch(format string, most int) error {
	return &Error{Kind: ErrLimit, Message: fmt.Sprintf("this level of the request has more than "+format+"; ask for smaller pages", most)}
}

// emptyLists returns a map with an empty list, not nil, for every owner.
func emptyLists[V any](owners []string) map[string][]V {
	found := make(map[string][]V, len(owners))
	for _, owner := range owners {
		found[owner] = []V{}
	}
	return found
}

// empties returns a map with the zero value for every owner.
func empties[V any](owners []string) map[string]V {
	found := make(map[string]V, len(owners))
	var zero V
	for _, owner := range owners {
		found[owner] = zero
	}
	return found
}
