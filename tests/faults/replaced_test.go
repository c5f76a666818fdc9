package faults_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest"
)

const countQuery = "{ attackers(first: 1) { totalCount } }"

// counted is the answer to countQuery on a database of n attackers.
func counted(n int) string { return fmt.Sprintf(`{"attackers":{"totalCount":%d}}`, n) }

// attackers is how many attackers the fixture has.
var attackers = len(storagetest.Fixture().Attackers)

// crowdFile makes a database file as DECNET has it, with more attackers than the fixture has, in a journal mode. The
// server writes nothing to it by itself, so that the log stays empty.
func crowdFile(t *testing.T, path string, more int, mode string) {
	t.Helper()
	decnetFile(t, fixtureFile(t), path)
	db := openDatabase(t, path)
	change(t, db, "PRAGMA journal_mode = "+mode)
	addAttackers(t, db, more)
	require.NoError(t, db.Close())
}

// addAttackers adds attackers without tags.
func addAttackers(t *testing.T, db *sql.DB, more int) {
	t.Helper()
	var columns string // all but the first two, uuid and ip
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT group_concat(name, ', ') FROM pragma_table_info('attackers') WHERE cid > 1").Scan(&columns))
	for n := range more {
		change(t, db, fmt.Sprintf("INSERT INTO attackers SELECT 'more-%[1]d' AS uuid, 'more-%[1]d' AS ip, %[2]s FROM attackers WHERE uuid = 'a1'", n, columns))
	}
}

func change(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// answers waits until the server answers countQuery for n attackers. Until then it may answer for the former file.
func (s *served) answers(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return s.ask(t.Context(), countQuery).whole(counted(n)) }, patience, 5*time.Millisecond,
		"%d attackers; log: %s", n, s.log)
	s.becomes(t, http.StatusOK)
}

// refuses waits until the readiness check is 503 for a reason, and asserts that queries then fail and the log says why.
func (s *served) refuses(t *testing.T, status, cause string) {
	t.Helper()
	s.becomes(t, http.StatusServiceUnavailable)
	require.Eventually(t, func() bool { return strings.Contains(s.body(t, "/readyz"), status) }, patience, 10*time.Millisecond, status)
	assert.NotContains(t, s.body(t, "/readyz"), os.TempDir(), "clients see no path")
	a := s.ask(t.Context(), countQuery)
	assert.Equal(t, []string{"UNAVAILABLE"}, a.codes, "%v", a)
	assert.Contains(t, s.log.String(), cause)
}

// body returns what a health check says.
func (s *served) body(t *testing.T, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// restore puts a database with more attackers in the place of the one at path, as mv does.
func restore(t *testing.T, path string, more int, mode string) {
	t.Helper()
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	crowdFile(t, fresh, more, mode)
	require.NoError(t, os.Rename(fresh, path))
}

// overwrite writes such a database into the file at path, as cp does.
func overwrite(t *testing.T, path string, more int, mode string) {
	t.Helper()
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	crowdFile(t, fresh, more, mode)
	content, err := os.ReadFile(fresh)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

const (
	cannotServe = "the database file cannot be served"
	missing     = "the database file is missing or cannot be read"
)

func TestReplacedFileIsReadInsteadOfTheFormerOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact   string
		change func(t *testing.T, s *served, path, mode string)
	}{
		{"a backup is restored by mv, twice", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			for more := range 3 {
				restore(t, path, more+1, mode)
				s.answers(t, attackers+more+1)
			}
		}},
		{"a backup of the other journal mode is restored", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			for more, other := range []string{"WAL", "DELETE", "WAL"} {
				if other != mode {
					restore(t, path, more+1, other)
					s.answers(t, attackers+more+1)
				}
			}
		}},
		{"the file is deleted and comes back", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			require.NoError(t, os.Rename(path, path+".away"))
			s.refuses(t, missing, "no such database file: "+path)
			require.NoError(t, os.Rename(path+".away", path))
			s.answers(t, attackers)
			require.NoError(t, os.Remove(path))
			s.refuses(t, missing, "no such database file: "+path)
			restore(t, path, 1, mode)
			s.answers(t, attackers+1)
		}},
		{"the folder is renamed", func(t *testing.T, s *served, path, _ string) {
			t.Helper()
			folder := filepath.Dir(path)
			require.NoError(t, os.Rename(folder, folder+".away"))
			s.refuses(t, missing, "no such database file: "+path)
			require.NoError(t, os.Rename(folder+".away", folder))
			s.answers(t, attackers)
		}},
		{"a link leads to another file", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			other := filepath.Join(t.TempDir(), "other.db")
			crowdFile(t, other, 2, mode)
			require.NoError(t, os.Symlink(other, path+".link"))
			require.NoError(t, os.Rename(path+".link", path))
			s.answers(t, attackers+2)
		}},
		{"a file that is no database takes its place", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			text := filepath.Join(t.TempDir(), "text")
			require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600))
			require.NoError(t, os.Rename(text, path))
			s.refuses(t, cannotServe, "is not a SQLite database")
			require.NoError(t, os.Mkdir(path+".folder", 0o700))
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Rename(path+".folder", path))
			s.refuses(t, missing, "is a directory")
			require.NoError(t, os.Remove(path))
			restore(t, path, 1, mode)
			s.answers(t, attackers+1)
		}},
		{"a database of another revision takes its place", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			fresh := filepath.Join(t.TempDir(), "fresh.db")
			crowdFile(t, fresh, 1, mode)
			db := openDatabase(t, fresh)
			change(t, db, "UPDATE alembic_version SET version_num = 'f00'")
			require.NoError(t, db.Close())
			require.NoError(t, os.Rename(fresh, path))
			s.refuses(t, cannotServe, "schema revision f00")
			restore(t, path, 2, mode)
			s.answers(t, attackers+2)
		}},
		{"the file is cut off, made empty, and restored", func(t *testing.T, s *served, path, mode string) {
			t.Helper()
			require.NoError(t, os.Truncate(path, 100_000))
			s.refuses(t, cannotServe, "is damaged: it has 100000 of its")
			require.NoError(t, os.Truncate(path, 0))
			s.refuses(t, cannotServe, "is an empty file")
			restore(t, path, 1, mode)
			s.answers(t, attackers+1)
		}},
	} {
		for _, mode := range []string{"DELETE", "WAL"} {
			for _, flags := range [][]string{nil, {"--write"}} {
				t.Run(strings.Join(append([]string{c.fact, mode}, flags...), " "), func(t *testing.T) {
					t.Parallel()
					path := filepath.Join(t.TempDir(), "decnet.db")
					crowdFile(t, path, 0, mode)
					s := serveOn(t, path, flags...)
					s.answers(t, attackers)
					c.change(t, s, path, mode)
				})
			}
		}
	}
}

// TestOverwrittenFileIsReadAnew overwrites a file in place with others of the same size and number of commits, which
// SQLite itself takes for unchanged.
func TestOverwrittenFileIsReadAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "decnet.db")
	crowdFile(t, path, 2, "DELETE")
	s := serveOn(t, path)
	s.answers(t, attackers+2)
	for _, deleted := range []int{1, 2, 1} {
		fresh := filepath.Join(t.TempDir(), "fresh.db")
		crowdFile(t, fresh, 2, "DELETE")
		db := openDatabase(t, fresh)
		change(t, db, fmt.Sprintf("DELETE FROM attackers WHERE rowid IN (SELECT rowid FROM attackers WHERE uuid LIKE 'more-%%' LIMIT %d)", deleted))
		require.NoError(t, db.Close())
		content, err := os.ReadFile(fresh)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		s.answers(t, attackers+2-deleted)
	}
	overwrite(t, path, 5, "DELETE")
	s.answers(t, attackers+5)
}

// TestLogOfTheFormerFileIsNotMixedWithTheNewOne restores a backup while a program has not checkpointed its log.
func TestLogOfTheFormerFileIsNotMixedWithTheNewOne(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"DELETE", "WAL"} {
		t.Run("restored in mode "+mode, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "decnet.db")
			crowdFile(t, path, 1, "WAL")
			s := serveOn(t, path)
			s.answers(t, attackers+1)
			db := openDatabase(t, path)
			change(t, db, "PRAGMA wal_autocheckpoint = 0", "DELETE FROM attackers WHERE uuid = 'more-0'")
			s.answers(t, attackers)
			restore(t, path, 7, mode)
			s.refuses(t, "a file of the former database is still beside it", "decnet.db-wal belongs to the file that was replaced")
			require.NoError(t, os.Remove(path+"-wal"))
			require.NoError(t, os.Remove(path+"-shm"))
			s.answers(t, attackers+7)
		})
	}
}

func TestReplacedFileUnderLoad(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"DELETE", "WAL"} {
		t.Run("mode "+mode, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "decnet.db")
			crowdFile(t, path, 0, mode)
			want := knownAnswer(t)
			s := serveOn(t, path, "--write", "--timeout", noTimeout)
			l := s.load(t)
			for more := range 5 {
				l.until(t, "answers", 2, func(a answer) bool { return a.whole(want) })
				restore(t, path, more+1, mode)
				s.answers(t, attackers+more+1)
				got := s.ask(t.Context(), wideQuery)
				require.Empty(t, got.codes)
				want = got.data
			}
			for _, a := range l.stop() {
				assert.Empty(t, a.problem)
				assert.NotContains(t, a.codes, "INTERNAL", "%v", a)
			}
		})
	}
}

// TestWritesGoToTheFileThatHasTheName writes while the file is replaced again and again: a write that was acknowledged
// is in the file that had the name then or in one that took its place later.
func TestWritesGoToTheFileThatHasTheName(t *testing.T) {
	t.Parallel()
	path := fixtureFile(t)
	s := serveOn(t, path, "--write")
	const disable = `mutation { setRuleState(input: {ruleId: "%s", state: DISABLED}) { ruleState { state } } }`
	for n := range 5 {
		require.NoError(t, os.Rename(fixtureFile(t), path))
		rule := fmt.Sprint("R-replaced-", n)
		require.Eventually(t, func() bool {
			return s.ask(t.Context(), fmt.Sprintf(disable, rule)).whole(`{"setRuleState":{"ruleState":{"state":"DISABLED"}}}`)
		}, patience, time.Millisecond)
		var kept int
		require.NoError(t, openDatabase(t, path).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM ttp_rule_state WHERE rule_id = ?", rule).Scan(&kept))
		assert.Equal(t, 1, kept)
	}
}

// TestRollupsAreRightAfterAFileOfTheOtherKind replaces a database of our own, whose rollups are read from sums, by
// DECNET's own, which has none, and back.
func TestRollupsAreRightAfterAFileOfTheOtherKind(t *testing.T) {
	t.Parallel()
	const rollup = "{ techniques { techniqueId count } }"
	path, ours := fixtureFile(t), fixtureFile(t)
	s := serveOn(t, path, "--write")
	want := s.ask(t.Context(), rollup)
	require.Empty(t, want.codes)
	require.Empty(t, want.problem)
	theirs := filepath.Join(t.TempDir(), "theirs.db")
	decnetFile(t, ours, theirs)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			a := s.ask(context.WithoutCancel(ctx), rollup)
			if assert.Empty(t, a.problem); !assert.Subset(t, []string{"UNAVAILABLE"}, a.codes) || len(a.codes) > 0 {
				continue
			}
			assert.Equal(t, want.data, a.data)
		}
	}()
	for n := range 6 {
		content, err := os.ReadFile([]string{theirs, ours}[n%2])
		require.NoError(t, err)
		fresh := filepath.Join(t.TempDir(), "fresh.db")
		require.NoError(t, os.WriteFile(fresh, content, 0o600))
		db := openDatabase(t, fresh)
		addAttackers(t, db, n+1)
		require.NoError(t, db.Close())
		require.NoError(t, os.Rename(fresh, path))
		s.answers(t, attackers+n+1)
	}
	cancel()
	<-done
}

// decnetFile makes a copy of a database of our own as DECNET would have it: without sums and their triggers.
func decnetFile(t *testing.T, ours, to string) {
	t.Helper()
	content, err := os.ReadFile(ours)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, 0o600))
	db := openDatabase(t, to)
	var drop string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT group_concat('DROP ' || type || ' ' || name, '; ' ORDER BY type DESC) FROM sqlite_master"+
		" WHERE type = 'trigger' OR type = 'table' AND (name GLOB 'rollup_*' OR name GLOB 'search_*')").Scan(&drop))
	require.NotEmpty(t, drop)
	change(t, db, drop)
	require.NoError(t, db.Close())
}
