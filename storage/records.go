package storage

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// The tables that only this program has: API tokens, the audit log and spent costs. Our own databases have them. For
// a database of DECNET's, which gets no tables of ours, a SQLite file beside it has them; it is one of our own databases whose
// other tables are empty.
const (
	tokenTable = "api_token"
	auditTable = "audit_log"
	costTable  = "cost_window"
	// migratedTable is in every database that our migrations have made.
	migratedTable = "decnet_graph_version"
)

var recordTables = []string{tokenTable, auditTable, costTable}

// ErrNoRecords is what Options.Records returns if there is no file for records yet. There is then no token, and nothing has been
// written that the audit log would have.
var ErrNoRecords = errors.New("there is no file for records yet")

// Where the records of a database are missing, and what to do about it.
const (
	noRecordsFile = "no tokens and no audit log are kept for this database; name a file for them with --access-db"
	oldRecords    = "the database was made by an older release, without tables for tokens and the audit log; upgrade it with decnet-graph migrate"
)

// recordsFile is the store of the file beside a database, opened when it is first needed.
type recordsFile struct {
	mu    sync.Mutex
	store *Store
}

func hasRecords(have map[string][]string) bool {
	return !slices.ContainsFunc(recordTables, func(table string) bool { return len(have[table]) == 0 })
}

// Own reports whether our migrations have made the database. Otherwise it is DECNET's.
func (s *Store) Own() bool { return s.facts().own }

// KeepsRecords reports whether the database itself has the tables for records.
func (s *Store) KeepsRecords() bool { return s.facts().records }

// Records returns the store with the tables for records: of this database, or of the file beside it. It fails with ErrNoRecords
// if that file does not exist yet, and with ErrNotFound if there is no place for records.
func (s *Store) Records(ctx context.Context) (*Store, error) {
	switch found := s.facts(); {
	case found.records:
		return &Store{s.shared, s.pools.Reads}, nil
	case found.own:
		return nil, &Error{Kind: ErrNotFound, Message: oldRecords}
	case s.options.Records == nil:
		return nil, &Error{Kind: ErrNotFound, Message: noRecordsFile}
	}
	beside := &s.beside
	beside.mu.Lock()
	defer beside.mu.Unlock()
	if beside.store != nil {
		return beside.store, nil
	}
	opened, err := s.options.Records(ctx)
	if err != nil {
		return nil, err
	}
	if !opened.KeepsRecords() {
		return nil, errors.Join(Invalid("the file for records: %s", oldRecords), opened.Close())
	}
	beside.store = opened
	return opened, nil
}

func (f *recordsFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.store == nil {
		return nil
	}
	return f.store.Close()
}

type recordKey struct{}

// recordOnly returns a context for writes of records that no later read of the graph depends on, so that replicas need not catch up.
func recordOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, recordKey{}, true)
}
