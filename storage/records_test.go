package storage_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// besideStore is a store on a database with DECNET's tables and one campaign, with its records in a file.
type besideStore struct {
	*storage.Store

	path, records string
}

// openBeside opens such a store. Statements of the records are observed.
func openBeside(t *testing.T, folder string, write bool, observe func(storage.Statement)) besideStore {
	t.Helper()
	b := backend{create: createSQLite, value: sqliteValue}
	s := besideStore{path: createSQLite(t), records: filepath.Join(folder, "records.db")}
	b.fill(t, s.path, storagetest.Graph{Campaigns: []storage.Campaign{{UUID: "c1"}}})
	empty, err := emptyRecords()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.records, empty, 0o600))
	s.Store = openStore(t, s.path, storage.Options{
		Write: true, Reopen: true, Log: slog.New(slog.DiscardHandler),
		Records: func(ctx context.Context) (*storage.Store, error) {
			options := storage.Options{Write: write, Reopen: true, Log: slog.New(slog.DiscardHandler)}
			options.Observe = func(_ context.Context, s storage.Statement) {
				if observe != nil {
					observe(s)
				}
			}
			return storage.Open(ctx, s.records, options)
		},
	})
	return s
}

// note sets the notes of the campaign.
func (s besideStore) note(t *testing.T, notes string) error {
	t.Helper()
	_, err := s.SetCampaignNotes(t.Context(), "c1", &notes, storage.Expected{})
	return err
}

// requireNotes shows what the notes are; empty if there are none.
func (s besideStore) requireNotes(t *testing.T, want string) {
	t.Helper()
	rows, err := s.CampaignRows(t.Context(), []string{"c1"})
	require.NoError(t, err)
	has := ""
	if rows["c1"].Notes != nil {
		has = *rows["c1"].Notes
	}
	require.Equal(t, want, has)
}

// outcomes are those of the audit log, the last first.
func (s besideStore) outcomes(t *testing.T) (all []storage.AuditOutcome) {
	t.Helper()
	page, err := s.AuditLog(storage.ListOptions{}).Page(t.Context(), []string{""}, storage.Page{Limit: 100})
	require.NoError(t, err)
	for _, entry := range page[""].Rows {
		all = append(all, entry.Outcome)
	}
	return all
}

func TestNothingIsChangedWithoutAnAuditEntry(t *testing.T) {
	t.Parallel()
	t.Run("the file is gone", func(t *testing.T) {
		t.Parallel()
		s := openBeside(t, t.TempDir(), true, nil)
		require.NoError(t, s.note(t, "one"))
		require.NoError(t, os.Rename(s.records, s.records+".away"))
		err := s.note(t, "two")
		require.ErrorIs(t, err, storage.ErrUnavailable)
		require.ErrorContains(t, err, "the audit log cannot be written, so nothing was changed")
		s.requireNotes(t, "one")
		require.NoError(t, os.Rename(s.records+".away", s.records))
		require.Eventually(t, func() bool { return s.note(t, "three") == nil }, time.Minute, 50*time.Millisecond)
		s.requireNotes(t, "three")
	})
	t.Run("the file may only be read", func(t *testing.T) {
		t.Parallel()
		s := openBeside(t, t.TempDir(), false, nil)
		require.ErrorIs(t, s.note(t, "one"), storage.ErrUnavailable)
		s.requireNotes(t, "")
		require.Empty(t, s.outcomes(t))
	})
	t.Run("there is no file yet", func(t *testing.T) {
		t.Parallel()
		path := createSQLite(t)
		backend{value: sqliteValue}.fill(t, path, storagetest.Graph{})
		s := openStore(t, path, storage.Options{
			Write: true, Log: slog.New(slog.DiscardHandler), Records: func(context.Context) (*storage.Store, error) { return nil, storage.ErrNoRecords },
		})
		_, err := s.ClearRuleState(t.Context(), "R0001")
		require.ErrorIs(t, err, storage.ErrUnavailable)
		_, err = s.TokenByDigest(t.Context(), [32]byte{})
		require.ErrorIs(t, err, storage.ErrNoRecords)
		require.Empty(t, besideStore{Store: s}.outcomes(t), "nothing has been changed yet")
	})
	t.Run("a commit that fails marks the entry", func(t *testing.T) {
		t.Parallel()
		var s besideStore
		var once sync.Once
		s = openBeside(t, t.TempDir(), true, func(did storage.Statement) {
			if strings.HasPrefix(did.SQL, "INSERT INTO audit_log") {
				once.Do(func() { _ = os.Rename(s.path, s.path+".away") }) // a file without its name takes no commit
			}
		})
		require.ErrorIs(t, s.note(t, "one"), storage.ErrUnavailable)
		require.Equal(t, []storage.AuditOutcome{storage.AuditFailed}, s.outcomes(t))
		require.NoError(t, os.Rename(s.path+".away", s.path))
		require.Eventually(t, func() bool { return s.note(t, "two") == nil }, time.Minute, 50*time.Millisecond)
		s.requireNotes(t, "two")
	})
}

// TestNoPlaceForRecordsIsNoEmptyLog shows that the absence of an audit log is an error that says what to do.
func TestNoPlaceForRecordsIsNoEmptyLog(t *testing.T) {
	t.Parallel()
	path := createSQLite(t)
	backend{value: sqliteValue}.fill(t, path, storagetest.Graph{})
	s := openStore(t, path, storage.Options{Log: slog.New(slog.DiscardHandler)})
	_, err := s.AuditLog(storage.ListOptions{}).Count(t.Context(), []string{""})
	require.ErrorIs(t, err, storage.ErrNotFound)
	require.ErrorContains(t, err, "--access-db")
	_, err = s.SpendCost(t.Context(), "TOKEN:x", time.Now(), 1)
	require.ErrorIs(t, err, storage.ErrNotFound)
}

// TestOwnTablesOfAnOlderReleaseAreNotChanged shows that a database whose audit log is missing must be migrated first.
func TestOwnTablesOfAnOlderReleaseAreNotChanged(t *testing.T) {
	t.Parallel()
	path := ownFile(t)
	db, _ := openSQL(t, path)
	defer db.Close()
	execute(t, db, "DROP TABLE audit_log")
	s := openStore(t, path, storage.Options{Write: true, Log: slog.New(slog.DiscardHandler)})
	_, err := s.ClearRuleState(t.Context(), "R0001")
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.ErrorContains(t, err, "decnet-graph migrate")
	_, err = s.TokenByDigest(t.Context(), [32]byte{})
	require.ErrorIs(t, err, storage.ErrNotFound)
}
