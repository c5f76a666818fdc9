package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// writer opens a database file as DECNET does, for writing.
func writer(t *testing.T, path, settings string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000"+settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// changed makes a database file and changes it.
func changed(t *testing.T, statements ...string) string {
	t.Helper()
	path := sqliteFile(t, storagetest.Graph{})
	exec(t, writer(t, path, ""), statements...)
	return path
}

func TestDatabasesThatAreRefused(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	whole, err := os.ReadFile(sqliteFile(t, storagetest.Fixture()))
	require.NoError(t, err)
	for _, c := range []struct {
		fact, dsn string
		says      []string
	}{
		{"a file that does not exist", filepath.Join(t.TempDir(), "missing.db"), []string{"no such database file", "missing.db"}},
		{"a path under a file", file("x") + "/decnet.db", []string{"cannot read the database file"}},
		{"a directory", t.TempDir(), []string{"is a directory"}},
		{"a text file", file(strings.Repeat("not a database\n", 1_000)), []string{"is not a SQLite database"}},
		{"half a header", file("SQLite format 3\x00"), []string{"is damaged: it ends after 16 bytes"}},
		{"an empty file", file(""), []string{"none of its tables"}},
		{"an empty path", "", []string{"no database named"}},
		{"a file cut off in the middle", file(string(whole[:len(whole)/2])), []string{fmt.Sprintf("is damaged: it has %d of its %d bytes", len(whole)/2, len(whole))}},
		{"a database of another program", otherProgram(t), []string{"none of its tables"}},
		{"a database without a table", changed(t, "DROP TABLE observations"), []string{"missing table observations"}},
		{
			"a database without a column", changed(t, "DROP INDEX ix_attackers_asn", "ALTER TABLE attackers DROP COLUMN asn", "ALTER TABLE ttp_tag RENAME COLUMN mitre_url TO url"),
			[]string{"column attackers.asn", "column ttp_tag.mitre_url"},
		},
		{"a database without revisions", changed(t, "DROP TABLE alembic_version"), []string{"no table alembic_version", "--any-revision"}},
		{"a database of an older revision", changed(t, "UPDATE alembic_version SET version_num = '0123456789ab'"), []string{"schema revision 0123456789ab", "reads revision " + storage.SchemaRevision}},
		{"a database that no revision was written to", changed(t, "DELETE FROM alembic_version"), []string{"schema revision none"}},
	} {
		t.Run(c.fact+" is refused in words", func(t *testing.T) {
			s, err := storage.Open(t.Context(), c.dsn, storagetest.Options())
			require.Nil(t, s)
			require.ErrorIs(t, err, storage.ErrInvalid, "%v", err)
			var known *storage.Error
			require.ErrorAs(t, err, &known)
			for _, words := range c.says {
				require.Contains(t, known.Message, words)
			}
			require.NotContains(t, known.Message, "SELECT")
		})
	}
}

func otherProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	exec(t, writer(t, path, ""), "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
	return path
}

func TestDatabasesThatAreOpened(t *testing.T) {
	t.Parallel()
	t.Run("any revision if that is asked for, but no lack of columns", func(t *testing.T) {
		options := storagetest.Options()
		options.AnyRevision = true
		openFile(t, changed(t, "UPDATE alembic_version SET version_num = 'f00'"), options)
		openFile(t, changed(t, "DELETE FROM alembic_version"), options)
		_, err := storage.Open(t.Context(), changed(t, "DROP TABLE canary_tokens"), options)
		require.ErrorIs(t, err, storage.ErrInvalid)
	})
	t.Run("columns and tables that are new", func(t *testing.T) {
		openFile(t, changed(t, "ALTER TABLE campaigns ADD COLUMN mood TEXT", "CREATE TABLE moods (id INTEGER)"), storagetest.Options())
	})
	t.Run("with the scheme before the path", func(t *testing.T) {
		openFile(t, "sqlite:"+sqliteFile(t, storagetest.Graph{}), storagetest.Options())
	})
	t.Run("under a name with signs that mean something in a URL", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "dec net?mode=rwc#1%41&é;'.db")
		require.NoError(t, os.Rename(sqliteFile(t, storagetest.Fixture()), path))
		s := openFile(t, path, storagetest.Options())
		found, err := s.Campaigns(t.Context(), []string{"c1"})
		require.NoError(t, err)
		require.Len(t, found, 1)
	})
	t.Run("with default options", func(t *testing.T) {
		s := openFile(t, sqliteFile(t, storagetest.Fixture()), storage.Options{})
		require.NoError(t, s.Ping(t.Context()))
	})
	t.Run("in WAL mode, though nobody has it open", func(t *testing.T) {
		openFile(t, changed(t, "PRAGMA journal_mode = WAL"), storagetest.Options())
	})
}

func TestARelativePathIsOpened(t *testing.T) {
	path := sqliteFile(t, storagetest.Graph{})
	t.Chdir(filepath.Dir(path))
	openFile(t, filepath.Base(path), storagetest.Options())
}

func TestOpeningEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := storage.Open(ctx, sqliteFile(t, storagetest.Graph{}), storagetest.Options())
	require.ErrorIs(t, err, context.Canceled)
}

func TestANewDatabaseIsNeverWrittenOverAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = storage.CreateSQLite(t.Context(), path)
	require.ErrorIs(t, err, storage.ErrInvalid)
	_, err = storage.CreateSQLite(t.Context(), filepath.Join(path, "below"))
	require.ErrorIs(t, err, storage.ErrInvalid)
}

// TestReadingChangesNothing asks everything there is to ask, and compares the file.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, storagetest.Fixture())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	s := openFile(t, path, storagetest.Options())
	storagetest.Everything(t, s)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no journal and no lock stays behind")
}

// TestReadersSeeCommitsAndNeverFail reads while another connection writes, as DECNET does in WAL mode.
func TestReadersSeeCommitsAndNeverFail(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, storagetest.Fixture())
	db := writer(t, path, "&_journal_mode=WAL&_txlock=immediate")
	exec(t, db, "PRAGMA journal_mode = WAL")
	s := openFile(t, path, storagetest.Options())

	count := func() int {
		counts, err := s.AllCampaigns(storage.ListOptions{IncludeMerged: true, Order: storagetest.SortedBy(storage.ClusterUpdatedAt, true)}).Count(t.Context(), fleet)
		require.NoError(t, err)
		return counts[""]
	}
	insert := func(tx *sql.Tx, n int) {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO campaigns (uuid, schema_version, created_at, updated_at, identity_count) VALUES (?, 1, '2026-05-01 07:00:00.000000', '2026-05-01 07:00:00.000000', 0)",
			fmt.Sprintf("new-%04d", n))
		require.NoError(t, err)
	}
	start := count()

	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	insert(tx, 0)
	require.Equal(t, start, count(), "what is not committed is not seen")
	require.NoError(t, tx.Commit())
	require.Equal(t, start+1, count(), "a commit is seen at once")

	const commits, reads = 200, 50 // each reader goes on until both are reached
	done := make(chan error, 4)
	var over atomic.Bool
	for range cap(done) {
		go func() {
			seen := 0
			for n := 0; n < reads || !over.Load(); n++ {
				counts, err := s.AllCampaigns(storage.ListOptions{IncludeMerged: true, Order: storagetest.SortedBy(storage.ClusterUpdatedAt, true)}).Count(t.Context(), fleet)
				if err == nil && counts[""] < seen {
					err = fmt.Errorf("%d campaigns after %d", counts[""], seen)
				}
				if err != nil {
					done <- err
					return
				}
				seen = counts[""]
			}
			done <- nil
		}()
	}
	written := 1
	for ; written < commits; written++ {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		insert(tx, written)
		require.NoError(t, tx.Commit())
		if written%50 == 0 {
			exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
		}
	}
	over.Store(true)
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.Equal(t, start+written, count())
}

// TestALockedDatabaseIsUnavailable waits out the time that a reader is given: in rollback mode a
// writer may hold the file for itself.
func TestALockedDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, storagetest.Fixture())
	s := openFile(t, path, storagetest.Options())
	lock := writer(t, path, "&_txlock=exclusive")
	tx, err := lock.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = s.Campaigns(t.Context(), []string{"c1"})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.NoError(t, tx.Rollback())
	found, err := s.Campaigns(t.Context(), []string{"c1"})
	require.NoError(t, err)
	require.Len(t, found, 1)
}

func TestMicrosecondsAreKept(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, storagetest.Fixture())
	exec(t, writer(t, path, ""), "UPDATE campaigns SET updated_at = '2026-05-01 07:21:37.654321' WHERE uuid = 'c1'")
	found, err := openFile(t, path, storagetest.Options()).Campaigns(t.Context(), []string{"c1"})
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 5, 1, 7, 21, 37, 654_321_000, time.UTC), found["c1"].UpdatedAt)
}
