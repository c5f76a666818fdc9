package transfer

import (
	"context"
)

// mostParents is the most keys of one table that are cached. When there are more, the cache of the table is emptied.
const mostParents = 100_000

// parents are keys that the target is known to have, by table.
type parents map[string]map[string]bool

func (p parents) forget() { clear(p) }

func (p parents) of(table string) map[string]bool {
	known := p[table]
	if known == nil || len(known) > mostParents {
		known = map[string]bool{}
		p[table] = known
	}
	return known
}

// orphans leaves out the rows that refer to a row which the target does not have. The foreign keys would refuse them or,
// if they are made after the load, could not be made.
func (l *loader) orphans(ctx context.Context, work *lot, rows [][]any) ([][]any, error) {
	for _, r := range work.t.references {
		known, err := l.known(ctx, r, rows)
		if err != nil {
			return nil, err
		}
		kept := make([][]any, 0, len(rows)) // the batch may be needed again
		for _, cells := range rows {
			key, given := cells[r.column].(string)
			if given && !known[key] {
				work.leaveOut(cells, r.column, "refers to no row of "+r.parent)
				continue
			}
			kept = append(kept, cells)
		}
		rows = kept
	}
	return rows, nil
}

// known returns those of the keys that the rows refer to which have a row.
func (l *loader) known(ctx context.Context, r reference, rows [][]any) (map[string]bool, error) {
	known := l.parents.of(r.parent)
	listed := map[string]bool{}
	var unknown []any
	for _, cells := range rows {
		if key, given := cells[r.column].(string); given && !known[key] && !listed[key] {
			listed[key] = true
			unknown = append(unknown, key)
		}
	}
	text := "SELECT " + l.columnList([]string{r.key}) + " FROM " + l.engine.Quote(r.parent) + " WHERE " + l.keyCondition([]string{r.key}, lookupRows)
	for len(unknown) > 0 {
		args := append([]any{}, unknown[:min(lookupRows, len(unknown))]...)
		unknown = unknown[len(args):]
		for len(args) < lookupRows {
			args = append(args, args[0])
		}
		err := l.forEachRow(ctx, text, args, func(raw []any) error {
			known[plain(raw[0])] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}
