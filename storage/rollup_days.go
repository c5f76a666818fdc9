package storage

import (
	"context"
	"time"

	"decnetgraph/storage/engine"
)

// TagDay is a day, in UTC, with the number of its tags.
type TagDay struct {
	Day  time.Time // its first instant
	Tags int
}

// dayColumns are the columns that days are added up from.
const dayColumns = "t.day, t.tags"

// TagsByDay counts the tags of each owner by day, in one statement for all owners: days from the one of an
// instant to the one of another, if they are given, in order. Days without tags are left out.
func (s *Store) TagsByDay(scope Scope, from, to *time.Time) func(ctx context.Context, owners []string) (map[string][]TagDay, error) {
	return func(ctx context.Context, owners []string) (map[string][]TagDay, error) {
		if err := s.checkInstants(ctx); err != nil {
			return nil, err
		}
		d := s.dialect
		rel, day, count := d.tags(scope), d.DayOf(d.instantKey("t.created_at")), "COUNT(*)"
		columns := day + " AS day"
		sums := s.usesSums(scope) && scope.hasTotals()
		if sums { // an attacker's days, and an identity's, are counted from its tags
			rel, day, columns, count = d.withTotals(scope, byDay, d.days(outdatedRequested, scope)), "t.day", dayColumns, "SUM(c.tags)"
		}
		var where []condition
		if from != nil {
			where = append(where, raw(day+" >= ?", from.UTC().Format(time.DateOnly)))
		}
		if to != nil {
			where = append(where, raw(day+" <= ?", to.UTC().Format(time.DateOnly)))
		}
		q, err := s.keyed(owners, rel.with)
		if err != nil {
			return nil, err
		}
		q.sums = sums
		q.addRowsCTE("c", rel, columns, where)
		q.add("SELECT c.owner, c.day, " + count + " FROM c GROUP BY c.owner, c.day HAVING " + count + " <> 0 ORDER BY c.owner, c.day")
		found := emptyLists[TagDay](owners)
		var owner, name string
		var n int
		dest := []scanner{{Into: text(&owner)}, {Into: text(&name)}, {Into: safeInt(&n)}}
		return found, s.scanRows(ctx, q, dest, func() error {
			_, wanted := found[owner]
			switch at, err := time.Parse(time.DateOnly, name); {
			case err != nil || !engine.InYears(at): // SQLite holds any text as an instant
				s.warned.malformedColumns(tags.name, &[]string{"created_at"}, owner)
			case wanted:
				found[owner] = append(found[owner], TagDay{at, n})
			}
			return nil
		})
	}
}
