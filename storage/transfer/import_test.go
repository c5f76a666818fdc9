package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

func TestImportAgainCopiesWhatIsNew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := sourceFile(t, oneRowEach(t)...)
		check(t, imported(t, from, to))
		db, list := openPlain(t, to)
		defer db.Close()
		require.NotContains(t, strings.Join(column1(t, db, list), " "), "decnet_graph_import", "the records are gone")

		report := imported(t, from, to)
		require.Equal(t, Counts{Read: 39, There: 39}, report.Total())
		change(t, to, "UPDATE campaigns SET notes = 'ours'")
		change(t, from, "UPDATE campaigns SET notes = 'theirs', identity_count = 7",
			"INSERT INTO campaigns SELECT 'new', schema_version, first_seen_at, last_seen_at, created_at, updated_at, confidence, 1, ja3_hashes, hassh_hashes,"+
				" tls_cert_sha256, payload_simhashes, c2_endpoints, merged_into_uuid, notes FROM campaigns")
		require.Equal(t, Counts{Read: 40, Written: 1, There: 39}, imported(t, from, to).Total())
		require.Equal(t, 1, number(t, to, "SELECT COUNT(*) FROM campaigns WHERE notes = 'ours'"), "rows that are there stay as they are")

		update := func(o *Options) { o.Update = true }
		require.Equal(t, Counts{Read: 40, There: 39, Updated: 1}, imported(t, from, to, update).Total())
		requireSame(t, from, to)
		require.Equal(t, Counts{Read: 40, There: 40}, imported(t, from, to, update).Total())
	})
}

func TestNumbersContinueAfterThoseOfTheSource(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := sourceFile(t, oneRowEach(t)...)
		for range 2 { // also where nothing is new
			imported(t, from, to)
		}
		change(t, to, "INSERT INTO logs (timestamp, decky, service, event_type, attacker_ip, raw_line, fields) VALUES ('2026-05-01 07:21:37', 'd', 's', 'e', 'i', 'r', 'f')")
		require.Equal(t, 1, number(t, to, "SELECT COUNT(*) FROM logs WHERE id = 2147483648"))
	})
}

// TestKilledImportContinues kills processes that import; the next one continues.
func TestKilledImportContinues(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := smallFile(t)
		for range 3 {
			_, killed := importAsProcess(t, from, to, 2+rand.IntN(25))
			require.True(t, killed)
		}
		report, killed := importAsProcess(t, from, to, 1000) // at the indexes
		if killed {                                          // and not a moment too late
			report, killed = importAsProcess(t, from, to, -1)
		}
		require.False(t, killed)
		require.True(t, report.Resumed)
		check(t, report) // each row is counted once
		requireSame(t, from, to)
	})
}

// importAsProcess imports in another process, which kills itself with SIGKILL soon after so many lines of progress or
// when it makes the indexes. It reports whether the process was killed before it ended.
func importAsProcess(t *testing.T, from, to string, lines int) (report Report, killed bool) {
	t.Helper()
	text, err := json.Marshal(process{From: from, To: to, Rows: 20, Lines: lines})
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), processFile+"="+string(text))
	var out, progress bytes.Buffer
	child.Stdout, child.Stderr = &out, &progress
	if err := child.Run(); err != nil {
		require.Equal(t, -1, child.ProcessState.ExitCode(), progress.String()) // -1 is a signal
		return Report{}, true
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	return report, false
}

func TestAChangedSourceIsReadAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := smallFile(t)
		cut(t, from, to)
		change(t, from, "PRAGMA foreign_keys = OFF", "DELETE FROM ttp_tag WHERE rowid = (SELECT MAX(rowid) FROM ttp_tag)",
			"UPDATE campaigns SET uuid = 'another' WHERE rowid = 1") // of a table that was done
		var notices []string
		report := imported(t, from, to, func(o *Options) { o.Notice = func(text string) { notices = append(notices, text) } })
		require.False(t, report.Resumed)
		require.Contains(t, strings.Join(notices, "\n"), "not those of the import that was cut short")
		require.Equal(t, 1, number(t, to, "SELECT COUNT(*) FROM campaigns WHERE uuid = 'another'"))
	})
}

// cut begins an import and cancels it in the middle.
func cut(t *testing.T, from, to string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := importOf(ctx, from, to, func(o *Options) {
		o.BatchRows = 100
		o.Progress = func(p Progress) {
			if p.Done > p.Total/3 {
				cancel()
			}
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestCanceledImportContinues(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := smallFile(t)
		cut(t, from, to)
		begun := int64(-1)
		report := imported(t, from, to, func(o *Options) {
			o.Progress = func(p Progress) {
				if begun < 0 {
					begun = p.Done
				}
			}
		})
		require.True(t, report.Resumed)
		require.Positive(t, begun, "what was done is not done again")
		check(t, report)
		requireSame(t, from, to)
	})
}

func TestSecondImportIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		from := smallFile(t)
		tried := false
		report := imported(t, from, to, func(o *Options) {
			o.BatchRows = 300
			o.Progress = func(Progress) {
				if tried {
					return
				}
				tried = true
				_, err := importOf(t.Context(), from, to, func(o *Options) { o.Patience = time.Millisecond })
				require.ErrorIs(t, err, ErrBusy)
				_, err = importOf(t.Context(), to, filepath.Join(t.TempDir(), "copy.db"))
				require.ErrorIs(t, err, storage.ErrInvalid, "half a database is no source")
			}
		})
		check(t, report)
		requireSame(t, from, to)
	})
}

func TestMigratedTargetIsLoadedWithItsIndexes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		report, err := Migrate(t.Context(), parsed(t, to))
		require.NoError(t, err)
		require.NotEmpty(t, report.Applied)
		from := smallFile(t)
		check(t, imported(t, from, to))
		requireSame(t, from, to)
		report, err = Migrate(t.Context(), parsed(t, to))
		require.NoError(t, err)
		require.Empty(t, report.Applied)
	})
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	from := smallFile(t)
	missing := filepath.Join(t.TempDir(), "none", "x.db")
	refused := func(t *testing.T, from, to, says string) {
		t.Helper()
		_, err := importOf(t.Context(), from, to)
		require.ErrorIs(t, err, storage.ErrInvalid)
		require.ErrorContains(t, err, says)
	}
	refused(t, missing, "x.db", "no such database file")
	refused(t, from, missing, "cannot create")
	link := filepath.Join(t.TempDir(), "link.db")
	require.NoError(t, os.Symlink(from, link))
	refused(t, from, link, "the same database")
	refused(t, smallFile(t), sampleFile(t), "left as it is")
	_, err := importOf(t.Context(), from, "mysql://a:b@127.0.0.1:1/c")
	require.ErrorIs(t, err, storage.ErrUnavailable, "it may be up later")
	require.ErrorContains(t, err, "connection refused by 127.0.0.1:1, so mysql://a@127.0.0.1:1/c cannot be opened")
	require.Equal(t, 1, number(t, from, "SELECT COUNT(*) FROM campaigns"))
	_, err = os.Stat(from + "-import")
	require.ErrorIs(t, err, os.ErrNotExist, "no lock stays behind")

	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		odd := sourceFile(t, "UPDATE alembic_version SET version_num = 'another'", "ALTER TABLE campaigns DROP COLUMN notes",
			"ALTER TABLE campaigns ADD COLUMN extra TEXT", "CREATE TABLE more (a)", "DROP TABLE state")
		refused(t, odd, to, "revision another")
		var notices []string
		imported(t, odd, to, func(o *Options) {
			o.AnyRevision = true
			o.Notice = func(text string) { notices = append(notices, text) }
		})
		for _, what := range []string{"campaigns.notes", "campaigns.extra", "table more", "no table state"} {
			require.Contains(t, strings.Join(notices, "\n"), what)
		}
		refused(t, to, to, "the same database")
		change(t, to, "INSERT INTO decnet_graph_version (version_id, is_applied) SELECT 99, is_applied FROM decnet_graph_version WHERE version_id = 1")
		refused(t, from, to, "newer release")
		_, err := Migrate(t.Context(), parsed(t, to))
		require.ErrorIs(t, err, storage.ErrInvalid)
	})
}

func parsed(t *testing.T, source string) dsn.Source {
	t.Helper()
	one, err := engine.Parse(source)
	require.NoError(t, err)
	return one
}
