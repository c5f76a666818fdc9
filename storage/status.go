package storage

import "context"

// TableLayout says who made the tables of a database.
type TableLayout string

// The layouts of tables that a Store reads.
const (
	DECNETTables TableLayout = "DECNET" // DECNET made them
	OwnTables    TableLayout = "OWN"    // the command migrate made them, with sums and indexes of our own
)

// Database describes the database that a Store reads. It never holds a DSN, a path or a host.
type Database struct {
	Engine   string      // for people, such as "SQLite"
	Tables   TableLayout // as the tables are now: a SQLite file may be replaced
	Writable bool        // whether the methods that change rows are allowed
}

// Database describes the database, without a statement.
func (s *Store) Database() Database {
	layout := DECNETTables
	if s.facts().summable {
		layout = OwnTables
	}
	return Database{Engine: s.engineTitle, Tables: layout, Writable: s.options.Write}
}

// TagCounts counts the tags of each owner of a scope, in one statement for all owners. The tags of the fleet and of
// campaigns are added up from sums where the database maintains them, so that the number of tags does not matter.
func (s *Store) TagCounts(scope Scope) func(ctx context.Context, owners []string) (map[string]int, error) {
	return func(ctx context.Context, owners []string) (map[string]int, error) {
		d := s.dialect
		rel, columns, count := d.tags(scope), "1 AS tags", "COUNT(*)"
		sums := s.usesSums(scope) && scope.hasTotals()
		if sums {
			rel, columns, count = d.withTotals(scope, byDay, d.days(outdatedRequested, scope)), dayColumns, "SUM(c.tags)"
		}
		q, err := s.keyed(owners, rel.with)
		if err != nil {
			return nil, err
		}
		q.sums = sums
		q.addRowsCTE("c", rel, columns, nil)
		q.add("SELECT c.owner, " + count + " FROM c GROUP BY c.owner")
		found := make(map[string]int, len(owners))
		for _, owner := range owners {
			found[owner] = 0
		}
		var owner string
		var n int
		return found, s.scanRows(ctx, q, []scanner{{Into: text(&owner)}, {Into: safeInt(&n)}}, func() error {
			if _, wanted := found[owner]; wanted {
				found[owner] = n
			}
			return nil
		})
	}
}
