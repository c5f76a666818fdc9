package storage

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// MaxNewStates is the most states that one call of UpsertAttributionStates takes.
const MaxNewStates = 1000

// NewAttributionState is the state of a behaviour of an identity as it shall be from now on.
type NewAttributionState struct {
	IdentityUUID      string
	Primitive         string
	CurrentValue      JSON // any JSON value; nil is null
	State             AttributionVerdict
	Confidence        float64
	ObservationCount  int
	LastChangeAt      time.Time
	LastObservationAt time.Time
}

// StateOutcome tells what became of a NewAttributionState.
type StateOutcome string

// The outcomes of writing a state.
const (
	StateInserted StateOutcome = "INSERTED"
	StateUpdated  StateOutcome = "UPDATED"
	StateRejected StateOutcome = "REJECTED" // malformed, or about an identity that is not there
)

// StateResult is what became of a NewAttributionState.
type StateResult struct {
	Outcome StateOutcome
	Reason  *string // why it was rejected, for the person who asked
}

// UpsertAttributionStates writes states and tells, in order, what became of each one. A state that is
// there already is replaced as a whole, by the last of the rows that speak of it; all of those are told
// as if they were written one after the other. A row that is rejected keeps no other from being written.
func (s *Store) UpsertAttributionStates(ctx context.Context, rows []NewAttributionState) ([]StateResult, error) {
	if len(rows) > MaxNewStates && s.Writable() {
		return nil, Invalid("at most %d states can be written at once", MaxNewStates)
	}
	checked, now := make([]StateResult, len(rows)), time.Now()
	for i, row := range rows {
		if reason := row.flaws().reason(); reason != nil {
			checked[i] = StateResult{StateRejected, reason}
		}
	}
	var results []StateResult
	err := s.write(ctx, func(c *change) error {
		results = slices.Clone(checked)
		return c.upsertStates(ctx, rows, results, now)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// upsertStates decides the outcomes that are still open, and writes.
func (c *change) upsertStates(ctx context.Context, rows []NewAttributionState, results []StateResult, now time.Time) error {
	if err := c.rejectUnidentified(ctx, rows, results); err != nil {
		return err
	}
	last := map[StateKey]insertion{}
	for i, row := range rows {
		if results[i].Outcome == "" {
			last[row.Key()] = insertion{row.IdentityUUID + " " + row.Primitive, row.values(c.dialect, now)}
		}
	}
	there, err := c.statesThere(ctx, slices.Collect(maps.Keys(last)))
	if err != nil {
		return err
	}
	var fresh, old []insertion
	for key, row := range last {
		if there[key] {
			old = append(old, row)
		} else {
			fresh = append(fresh, row)
		}
	}
	for i, row := range rows {
		switch {
		case results[i].Outcome != "":
		case there[row.Key()]:
			results[i].Outcome = StateUpdated
		default:
			results[i].Outcome = StateInserted
			there[row.Key()] = true
		}
	}
	if err := c.insert(ctx, attributionStates.names(), fresh, ""); err != nil {
		return err
	}
	slices.SortFunc(old, insertion.compare)
	for _, row := range old {
		if err := c.updateState(ctx, row.values); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) rejectUnidentified(ctx context.Context, rows []NewAttributionState, results []StateResult) error {
	var asked []string
	for i, row := range rows {
		if results[i].Outcome == "" {
			asked = append(asked, row.IdentityUUID)
		}
	}
	found, err := c.rowsIn(ctx, "attacker_identities", "uuid", asked)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if results[i].Outcome == "" && !found[row.IdentityUUID] {
			var f flaws
			f.note("there is no identity %q", row.IdentityUUID)
			results[i] = StateResult{StateRejected, f.reason()}
		}
	}
	return nil
}

// statesThere tells which states there are already.
func (c *change) statesThere(ctx context.Context, keys []StateKey) (map[StateKey]bool, error) {
	there := map[StateKey]bool{}
	for _, part := range parts(keys, func(StateKey) int { return 0 }, 100, 10) { // SQLite takes no condition of 1,000
		q := &statement{dialect: c.dialect}
		glue := "SELECT t.identity_uuid, t.primitive FROM attribution_state t WHERE ("
		for _, key := range part {
			q.add(glue)
			q.equal("t.identity_uuid", key.IdentityUUID)
			q.add(" AND ")
			q.equal("t.primitive", key.Primitive)
			glue = ") OR ("
		}
		q.add(")")
		var key StateKey
		err := c.each(ctx, q, []scanner{{Into: text(&key.IdentityUUID)}, {Into: text(&key.Primitive)}}, func() error {
			there[key] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return there, nil
}

// updateState replaces a row that is there. The first two columns are its key.
func (c *change) updateState(ctx context.Context, values []any) error {
	q := &statement{dialect: c.dialect}
	columns := attributionStates.names().columns
	q.add("UPDATE attribution_state SET "+strings.Join(columns[2:], " = ?, ")+" = ? WHERE ", values[2:]...)
	q.equal(columns[0], values[0])
	q.add(" AND ")
	q.equal(columns[1], values[1])
	_, err := c.exec(ctx, q)
	return err
}
