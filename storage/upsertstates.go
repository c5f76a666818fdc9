package storage

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxNewStates is the most states that one call of UpsertAttributionStates takes.
const MaxNewStates = 1000

// NewAttributionState is a state of a behaviour of an identity to write.
type NewAttributionState struct {
	IdentityUUID      string
	Primitive         string
	CurrentValue      JSON // any JSON value; nil is null
	State             AttributionVerdict
	Confidence        float64
	ObservationCount  int
	LastChangeAt      time.Time
	LastObservationAt time.Time

	Problem string // why the state was refused when it was read; empty if it was not
}

// StateOutcome is what happened to a NewAttributionState.
type StateOutcome string

// The outcomes of writing a state.
const (
	StateInserted StateOutcome = "INSERTED"
	StateUpdated  StateOutcome = "UPDATED"
	StateRejected StateOutcome = "REJECTED" // malformed, or its identity does not exist
)

// StateResult is what happened to a NewAttributionState.
type StateResult struct {
	Outcome StateOutcome
	Reason  *string // why it was rejected, for the person who sent it
}

// UpsertAttributionStates writes states and returns a result for each, in order. A state that exists is replaced
// as a whole. Of several rows with one key the last is stored, and the results are as if the rows were written one
// after the other. A rejected row does not block the others. It fails with ErrInvalid for more than MaxNewStates
// rows.
func (s *Store) UpsertAttributionStates(ctx context.Context, rows []NewAttributionState) ([]StateResult, error) {
	var tooMany error
	if len(rows) > MaxNewStates {
		tooMany = Invalid("at most %d states can be written at once", MaxNewStates)
	}
	return writeRows(ctx, s, "upsertAttributionStates", tooMany, rows, NewAttributionState.check, (*change).upsertStates)
}

// check returns the outcome of a row that is malformed; that of any other is open.
func (n NewAttributionState) check() StateResult {
	if reason := n.validate().reason(); reason != nil {
		return StateResult{StateRejected, reason}
	}
	return StateResult{}
}

// upsertStates decides the outcomes that validation left open, and writes.
func (c *change) upsertStates(ctx context.Context, rows []NewAttributionState, results []StateResult, now time.Time, d *deed) error {
	if err := c.rejectUnidentified(ctx, rows, results); err != nil {
		return err
	}
	last := map[StateKey]int{}
	for i, row := range rows {
		if results[i].Outcome == "" {
			last[row.Key()] = i
		}
	}
	keys := slices.SortedFunc(maps.Keys(last), StateKey.compare)
	exists, err := c.existingStates(ctx, keys)
	if err != nil {
		return err
	}
	var fresh, old []newRow
	for _, key := range keys {
		given := rows[last[key]]
		row := newRow{key.IdentityUUID + " " + key.Primitive, given.values(c.dialect, now)}
		if _, there := exists[key]; there {
			old = append(old, row)
		} else {
			fresh = append(fresh, row)
		}
	}
	d.tellStates(rows, last, keys, exists)
	seen := map[StateKey]bool{}
	for i, row := range rows {
		_, there := exists[row.Key()]
		switch {
		case results[i].Outcome != "":
		case there || seen[row.Key()]:
			results[i].Outcome = StateUpdated
		default:
			results[i].Outcome = StateInserted
			seen[row.Key()] = true
		}
	}
	d.countStates(results)
	if err := c.insert(ctx, attributionStates.names(), fresh, ""); err != nil {
		return err
	}
	slices.SortFunc(old, newRow.compare)
	for _, row := range old {
		if err := c.updateState(ctx, row.values); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) rejectUnidentified(ctx context.Context, rows []NewAttributionState, results []StateResult) error {
	var uuids []string
	for i, row := range rows {
		if results[i].Outcome == "" {
			uuids = append(uuids, row.IdentityUUID)
		}
	}
	found, err := c.existing(ctx, "attacker_identities", "uuid", uuids)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if results[i].Outcome == "" && !found[row.IdentityUUID] {
			var v validation
			v.fail("there is no identity %q", row.IdentityUUID)
			results[i] = StateResult{StateRejected, v.reason()}
		}
	}
	return nil
}

// existingStates returns the states that exist, as the audit log has them.
func (c *change) existingStates(ctx context.Context, keys []StateKey) (map[StateKey]auditedState, error) {
	exists := map[StateKey]auditedState{}
	long := "COALESCE(OCTET_LENGTH(t.current_value), 0) > " + strconv.Itoa(mostAuditValue)
	for _, batch := range batches(keys, func(StateKey) int { return 0 }, 100, 10) { // SQLite refuses a condition of 1,000 parts
		var oneOf or
		for _, key := range batch {
			oneOf = append(oneOf, and{
				comparison{"identity_uuid", textValues, equalTo, key.IdentityUUID}, comparison{"primitive", textValues, equalTo, key.Primitive},
			})
		}
		q := &statement{dialect: c.dialect}
		q.add("SELECT t.identity_uuid, t.primitive, t.state, t.confidence, t.observation_count, CASE WHEN " + long + " THEN 1 ELSE 0 END, CASE WHEN NOT (" + long +
			") THEN t.current_value END FROM attribution_state t WHERE ")
		q.condition(oneOf, row{alias: "t"})
		var row AttributionState
		var isLong int
		err := c.scanRows(ctx, q, []scanner{
			{Into: text(&row.IdentityUUID)},
			{Into: text(&row.Primitive)},
			{Into: verdict(&row.State)},
			{Into: finite(&row.Confidence)},
			{Into: safeInt(&row.ObservationCount)},
			{Into: safeInt(&isLong)},
			{Into: anyJSON(&row.CurrentValue)},
		}, func() error {
			if isLong == 1 {
				row.CurrentValue = nil
			}
			exists[StateKey{row.IdentityUUID, row.Primitive}] = row.audited()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return exists, nil
}

// updateState replaces a row that exists. The first two columns are its key.
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
