package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RollupRefresh reports what a refresh found to do.
type RollupRefresh struct {
	Parts int // fresh parts that were merged
	Names int // parts of the sums by rule and by decky that were merged
	Marks int // marks of changed links, or of tags that have gone, that were processed
}

// ErrNoRollups says that a database keeps no sums, or not those of every measure.
var ErrNoRollups = &Error{Kind: ErrInvalid, Message: "the database keeps no sums of its tags: it is DECNET's own, or it needs migrate"}

// RollupsKept reports whether this store reads rollups from sums, which databases of our own keep.
func (s *Store) RollupsKept() bool { return s.facts().sums }

// keepsEveryMeasure reports whether a database with these columns of each table keeps sums of every measure. One that
// an older release has migrated may lack some.
func keepsEveryMeasure(columns map[string][]string) bool {
	for _, m := range measures {
		if m.aggregate != distinctCount && !slices.Contains(columns["rollup_part"], m.column) || !slices.Contains(columns["rollup_total"], m.column) {
			return false
		}
	}
	for _, column := range append([]string{"tactic", "stale"}, columnsOf(dailyMeasures)...) {
		if !slices.Contains(columns[byDayAndTechnique.table], column) {
			return false
		}
	}
	return true
}

// columnsOf returns the columns of measures.
func columnsOf(of []measure) []string {
	columns := make([]string, len(of))
	for i, m := range of {
		columns[i] = m.column
	}
	return columns
}

// rollupsReady reports whether the sums of a database of our own include all its tags.
func (s *Store) rollupsReady(ctx context.Context) (ready bool, err error) {
	err = s.catalogue(ctx, "SELECT ready FROM rollup_state", []scanner{{Into: flag(&ready)}}, func() {})
	return ready, err
}

// RefreshRollups merges the parts added since the last refresh into the sums, and replaces totals that changed links
// have made outdated. It is one transaction, and readers get the same numbers before and after.
func (s *Store) RefreshRollups(ctx context.Context) (RollupRefresh, error) {
	var done RollupRefresh
	if !s.facts().sums {
		return done, ErrNoRollups
	}
	err := s.write(ctx, func(c *change) (err error) {
		if err := c.lockRollups(ctx); err != nil {
			return err
		}
		began := time.Now()
		// What changes from here on leaves marks without seen, which stay.
		if done.Marks, err = c.run(ctx, markSeen); err != nil {
			return err
		}
		if done.Parts, err = c.run(ctx, "UPDATE rollup_part SET "+markReplaced+" WHERE "+partCondition("", byDay.fresh...)); err != nil {
			return err
		}
		if err := c.mergeSums(ctx, done); err != nil {
			return err
		}
		if done.Names, err = c.mergeNames(ctx); err != nil {
			return err
		}
		if done == (RollupRefresh{}) {
			return nil // and a recount that is running can go on
		}
		if err := c.runAll(ctx, deleteSeen); err != nil {
			return err
		}
		return c.noteRefresh(ctx, began, "")
	})
	return done, err
}

// refreshTime is the column of rollup_state with the time at which the last refresh began. Databases that an older release has
// migrated lack it.
const refreshTime = "refreshed_at"

// noteRefresh counts that totals were replaced, and notes when that began. further are other columns to set, each after a comma.
func (c *change) noteRefresh(ctx context.Context, began time.Time, further string) error {
	q := &statement{dialect: c.dialect}
	q.add("UPDATE rollup_state SET refreshes = refreshes + 1" + further)
	if c.facts().refreshTimed {
		q.add(", "+refreshTime+" = ?", c.dialect.InstantArg(began.UTC().Truncate(time.Microsecond)))
	}
	_, err := c.exec(ctx, q)
	return err
}

// The marks that a transaction has processed are those that it has marked as seen.
const (
	markSeen   = "UPDATE rollup_stale SET seen = 1"
	deleteSeen = "DELETE FROM rollup_stale WHERE seen = 1"
)

// mergeSums merges the parts that a refresh has marked for replacement, and processes the marks.
func (c *change) mergeSums(ctx context.Context, found RollupRefresh) error {
	last, err := c.lastTotal(ctx)
	if err != nil {
		return err
	}
	lastDaily, err := c.lastDaily(ctx)
	if err != nil {
		return err
	}
	if found.Parts > 0 {
		if err := c.addTotals(ctx, lastDaily); err != nil {
			return err
		}
		if err := c.mergeParts(ctx); err != nil {
			return err
		}
	}
	if found.Marks > 0 {
		if err := c.replaceOutdatedTotals(ctx); err != nil {
			return err
		}
	}
	if found.Parts == 0 {
		return nil
	}
	if err := c.mergeTotals(ctx, last); err != nil {
		return err
	}
	return c.mergeDaily(ctx, lastDaily)
}

// lockRollups waits until no other transaction replaces parts, and keeps others from it until the transaction ends.
func (c *change) lockRollups(ctx context.Context) error {
	_, err := c.refreshes(ctx, c.dialect.ForUpdate)
	return err
}

// run runs a statement without arguments, and returns the number of rows that it changed.
func (c *change) run(ctx context.Context, text string) (int, error) {
	q := &statement{dialect: c.dialect}
	q.add(text)
	n, err := c.exec(ctx, q)
	return int(n), err
}

func (c *change) runAll(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if _, err := c.run(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// inChangedTable is the condition that a key is among those that a query selects from the table that the statement
// changes. MySQL reads such a table only in a subquery of a subquery.
func inChangedTable(key, query string) string {
	return key + " IN (SELECT " + key + " FROM (" + query + ") s)"
}

// partColumns are the columns of rollup_part that every INSERT of parts by technique sets.
var partColumns = "dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, " + measureList(partMeasures, nameColumn)

// insertMergedParts starts an INSERT of merged parts that are made of a source, with an alias that may be empty. The
// FROM clause must follow, and then GROUP BY the columns returned.
func (d dialect) insertMergedParts(from source, alias string) (text, group string) {
	if alias != "" {
		alias += "."
	}
	group = d.Bytewise(alias+"attacker_uuid") + ", " + d.Bytewise(alias+"identity_uuid") + ", " +
		d.Bytewise(alias+"technique_id") + ", " + d.Bytewise(alias+"sub_technique_id")
	aggregates := measureList(partMeasures, func(m measure) string { return m.over(from, strings.TrimSuffix(alias, "."), d.Bytewise) })
	return "INSERT INTO rollup_part (" + partColumns + ") SELECT " + strconv.Itoa(int(mergedPart)) + ", " + group + ", '', " + aggregates, group
}

// mergeParts replaces the parts that were fresh and the merged parts of their groups by sums, and deletes those that
// had days only. It touches only parts that this transaction has marked, so parts that others add meanwhile stay.
func (c *change) mergeParts(ctx context.Context) error {
	d := c.dialect
	sameGroup := ""
	for _, column := range []string{"attacker_uuid", "identity_uuid", "technique_id", "sub_technique_id"} {
		sameGroup += " AND " + d.nullSafeBytewiseEqual("p."+column, "c."+column)
	}
	// merged selects the merged parts of the groups of fresh parts c, by an index on an anchor.
	merged := func(anchor, condition string) string {
		return "SELECT p.part FROM rollup_part c" + d.join("rollup_part p", "p."+anchor, "c."+anchor) +
			" WHERE " + d.NoIndexPrefix + partCondition("p", mergedPart) + " AND " + partCondition("c", freshPart.replaced()) + condition + sameGroup
	}
	insert, group := d.insertMergedParts(fromSums, "")
	return c.runAll(
		ctx,
		"UPDATE rollup_part SET "+markReplaced+" WHERE "+partCondition("", mergedPart)+" AND "+inChangedTable("part",
			merged("attacker_uuid", "")+" UNION "+merged("identity_uuid", " AND c.attacker_uuid IS NULL")),
		insert+" FROM rollup_part WHERE "+partCondition("", replacedKinds(byTechnique.complete)...)+" GROUP BY "+group,
		"DELETE FROM rollup_part WHERE "+partCondition("", freshPart.replaced(), mergedPart.replaced(), freshDayPart.replaced()),
	)
}
