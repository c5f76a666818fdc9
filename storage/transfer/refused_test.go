package transfer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/storagetest/dbserver"
)

// TestOneRefusedRowCostsNoOther has one row among many that the database itself refuses, behind several
// statements of the same batch that it took.
func TestOneRefusedRowCostsNoOther(t *testing.T) {
	t.Parallel()
	from := sourceFile(t, `INSERT INTO canary_tokens (uuid, kind, decky_name, placement_path, callback_token, secret_seed, placed_at, trigger_count, created_by, state)
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 700)
SELECT printf('token-%04d', n), 'http', 'decky', '/', CASE n WHEN 700 THEN 'slug-1' ELSE 'slug-' || n END, 's', '2026-05-01 00:00:00.000000', 0, 'system', 'planted' FROM n`)
	onEach(t, func(t *testing.T, to string) {
		t.Helper()
		_, err := Migrate(t.Context(), parsed(t, to)) // so that the unique index is there
		require.NoError(t, err)
		report := imported(t, from, to)
		for _, one := range report.Tables {
			if one.Table == "canary_tokens" {
				require.Equal(t, Counts{Read: 700, Written: 699, Skipped: 1}, one.Counts)
				require.Equal(t, []string{"token-0700"}, one.First[0].Key)
			}
		}
		require.Equal(t, 699, number(t, to, "SELECT COUNT(*) FROM canary_tokens"))
	})
}

// TestAViewIsNotCopied: a view has no rowid to read by.
func TestAViewIsNotCopied(t *testing.T) {
	t.Parallel()
	var notices []string
	from := sourceFile(t, append(oneRowEach(t), "ALTER TABLE smtp_targets RENAME TO renamed", "CREATE VIEW smtp_targets AS SELECT * FROM renamed")...)
	report := imported(t, from, targets[0].make(t), func(o *Options) { o.Notice = func(text string) { notices = append(notices, text) } })
	require.NotEmpty(t, report.Tables)
	require.Contains(t, notices, "the source has no table smtp_targets")
}

// TestOnlyTheCurrentSchemaIsCopied has a table with a name of DECNET's in a later schema of the search path.
func TestOnlyTheCurrentSchemaIsCopied(t *testing.T) {
	t.Parallel()
	source := dbserver.Postgres(t).Database(t)
	change(t, source, "CREATE SCHEMA other", "CREATE TABLE other.smtp_targets (uuid TEXT)", "CREATE TABLE campaigns (uuid TEXT)")
	d, err := open(t.Context(), parsed(t, source+"&search_path=public,other"), false)
	require.NoError(t, err)
	defer d.close()
	have, err := d.columnsByTable(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"campaigns": {"uuid"}}, have)
}

// TestSourcesOfTheSameSizeAreDistinguished shows that the fingerprint of a source depends on more than its number of rows.
func TestSourcesOfTheSameSizeAreDistinguished(t *testing.T) {
	t.Parallel()
	prints := map[string]bool{}
	for _, key := range []string{"one", "another"} {
		tables, err := schema()
		require.NoError(t, err)
		database, err := open(t.Context(), parsed(t, sourceFile(t, "INSERT INTO ttp_rule VALUES ('"+key+"', 1, '', '', '2026-05-01 00:00:00', '')")), false)
		require.NoError(t, err)
		from := &origin{database: database, tables: tables}
		t.Cleanup(from.close)
		require.NoError(t, from.inspect(t.Context(), false, func(string) {}))
		require.NoError(t, from.measure(t.Context()))
		prints[from.print] = true
	}
	require.Len(t, prints, 2)
}
