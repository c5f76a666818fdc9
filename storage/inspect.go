package storage

import (
	"context"
	"maps"
	"slices"
	"strings"

	"decnetgraph/storage/engine"
)

// inspect refuses a database that lacks a column that this package reads or has another schema revision. Otherwise it
// records the facts about the database.
func (s *shared) inspect(ctx context.Context, from engine.Querier) error {
	looking := &Store{s, from}
	have, err := looking.columns(ctx)
	if err != nil {
		return err
	}
	if err := s.checkColumns(have); err != nil {
		return err
	}
	if err := looking.checkRevision(ctx, have); err != nil {
		return err
	}
	found := &facts{
		summable: keepsEveryMeasure(have), namesKept: keepsNames(have), searchable: len(have["search_entry"]) > 0, rules: len(have[ruleTable]) > 0,
		parties: len(have["credential_reuse_party"]) > 0, values: len(have[filterValues]) > 0,
		own: len(have[migratedTable]) > 0, records: hasRecords(have),
		refreshTimed: slices.Contains(have["rollup_state"], refreshTime),
	}
	for _, table := range slices.Sorted(maps.Keys(fleetTables)) {
		if slices.Contains(have[table], fleetTables[table]) {
			found.fleet = append(found.fleet, table)
		}
	}
	if found.summable {
		if found.sums, err = looking.rollupsReady(ctx); err != nil {
			return err
		}
		found.names = found.sums && found.namesKept
	}
	s.found.Store(found)
	return nil
}

// columns returns the names of the columns of each table.
func (s *Store) columns(ctx context.Context) (map[string][]string, error) {
	have := map[string][]string{}
	var table, column string
	both := []scanner{{Into: text(&table)}, {Into: text(&column)}}
	err := s.catalogue(ctx, s.dialect.ColumnsQuery, both, func() { have[table] = append(have[table], column) })
	return have, err
}

// checkColumns fails with ErrInvalid, and names what is missing, if this package reads a column that is not there.
func (s *shared) checkColumns(have map[string][]string) error {
	var missing []string
	tables := 0
	for _, want := range schema() {
		if len(have[want.table]) == 0 {
			missing = append(missing, "table "+want.table)
			continue
		}
		tables++
		for _, column := range want.columns {
			if !slices.Contains(have[want.table], column) {
				missing = append(missing, "column "+want.table+"."+column)
			}
		}
	}
	slices.Sort(missing)
	missing = slices.Compact(missing) // some tables are read in parts
	switch {
	case tables == 0:
		return Invalid("this is not a DECNET database: it has none of its tables")
	case len(missing) > 0:
		return Invalid("this is not a DECNET database of revision %s: missing %s", SchemaRevision, strings.Join(missing, ", "))
	}
	return nil
}

const (
	revisionTable, revisionColumn = "alembic_version", "version_num"
	// anyRevisionHint is what to do about a revision that is not known.
	anyRevisionHint = "; --any-revision opens it as long as it has all columns that are read"
)

// checkRevision fails with ErrInvalid if the database has another revision, unless any revision is allowed. A database
// that DECNET has made without Alembic has no table of revisions.
func (s *Store) checkRevision(ctx context.Context, have map[string][]string) error {
	if s.options.AnyRevision {
		return nil
	}
	if !slices.Contains(have[revisionTable], revisionColumn) {
		return Invalid("the database states no schema revision: it has no table %s with a column %s%s", revisionTable, revisionColumn, anyRevisionHint)
	}
	var revision string
	var revisions []string
	err := s.catalogue(ctx, "SELECT "+revisionColumn+" FROM "+revisionTable, []scanner{{Into: text(&revision)}}, func() {
		revisions = append(revisions, revision)
	})
	if err != nil {
		return err
	}
	if len(revisions) == 0 {
		revisions = []string{"none"}
	}
	if !slices.Equal(revisions, []string{SchemaRevision}) {
		return Invalid("the database has schema revision %s, but this server reads revision %s%s", strings.Join(revisions, " and "), SchemaRevision, anyRevisionHint)
	}
	return nil
}
