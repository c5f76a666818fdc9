package command

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigrateMakesADatabaseOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.db")
	out, errOut, code := command(t, "migrate", "--db", path)
	require.Equal(t, exitOK, code, errOut)
	assert.Regexp(t, `^(Version \d+ made in .*\n)+.*own.db has version \d+ of the schema, the newest\.\n$`, out)
	out, _, code = command(t, "migrate", "--db", path)
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "nothing to do")
}

func TestImportReportsEachTable(t *testing.T) {
	from, to := sampleFile(t), filepath.Join(t.TempDir(), "own.db")
	out, errOut, code := command(t, "import", "--from", from, "--to", to)
	require.Equal(t, exitOK, code, errOut)
	assert.Regexp(t, `\n +11026 +11026 +0 +0 +0  ttp_tag\n`, out)
	assert.Regexp(t, `33701 rows read, 33701 written, 0 already there, 0 updated, 0 skipped\.\n$`, out)
	out, _, code = command(t, "import", "--from", from, "--to", to)
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "0 written, 33701 already there")

	db, err := sql.Open("sqlite3", from)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "UPDATE ttp_tag SET attacker_uuid = 'nobody', uuid = 'new' || uuid WHERE rowid < 6")
	require.NoError(t, err)
	list := filepath.Join(t.TempDir(), "skipped.ndjson")
	out, errOut, code = command(t, "import", "--from", from, "--to", to, "--report", list)
	assert.Equal(t, exitSkipped, code)
	assert.Contains(t, errOut, "5 rows were skipped")
	assert.Contains(t, out, "ttp_tag: 5 skipped, attacker_uuid refers to no row of attackers\n")
	assert.Equal(t, 3, strings.Count(out, "whose attacker_uuid is nobody"))
	content, err := os.ReadFile(list)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	require.Len(t, lines, 5)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &line))
	assert.Equal(t, "nobody", line["value"])
}

func TestStoppedImportSaysHowToContinue(t *testing.T) {
	from, to := sampleFile(t), filepath.Join(t.TempDir(), "own.db")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	code := Main(ctx, []string{"import", "--from", from, "--to", to}, Streams{Out: &out, Err: stopper{&out, cancel}})
	assert.Equal(t, exitFault, code)
	assert.Contains(t, out.String(), "give the same command again to go on")
	_, errOut, code := command(t, "import", "--from", from, "--to", to)
	assert.Equal(t, exitOK, code, errOut)
	assert.Contains(t, errOut, "going on with the import that was cut short")
}

// stopper presses Ctrl-C when the rows have been counted.
type stopper struct {
	*bytes.Buffer

	stop func()
}

func (s stopper) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte("making the indexes")) {
		s.stop()
	}
	return s.Buffer.Write(text)
}

func TestMistakesOfImportAndMigrate(t *testing.T) {
	db, dir := sampleFile(t), t.TempDir()
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"DECNET's own is not migrated": {[]string{"migrate", "--db", db}, "left as it is"},
		"not the name of a server":     {[]string{"migrate", "--db", "postgres://a:secret@127.0.0.1:none/b"}, "the port is not a number"},
		"no database named":            {[]string{"migrate"}, "--db"},
		"no folder":                    {[]string{"migrate", "--db", filepath.Join(dir, "no", "x.db")}, "cannot create"},
		"no source":                    {[]string{"import", "--from", filepath.Join(dir, "none.db"), "--to", filepath.Join(dir, "x.db")}, "no such database file"},
		"no target":                    {[]string{"import", "--from", db}, "--to"},
		"itself":                       {[]string{"import", "--from", db, "--to", db}, "the same database"},
		"DECNET's own is not filled":   {[]string{"import", "--from", db, "--to", sampleFile(t)}, "left as it is"},
		"no report":                    {[]string{"import", "--from", db, "--to", filepath.Join(dir, "x.db"), "--report", filepath.Join(dir, "no", "x")}, "cannot write the report"},
	} {
		t.Run(fact, func(t *testing.T) {
			_, errOut, code := command(t, c.args...)
			assert.Equal(t, exitUsage, code)
			lines := strings.Split(strings.TrimSpace(errOut), "\n")
			assert.Contains(t, lines[len(lines)-1], c.says)
			assert.NotContains(t, errOut, "secret")
		})
	}
	_, err := os.Stat(filepath.Join(dir, "x.db"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing is made for a command that must change")
	out, _, _ := command(t, "import", "--help")
	for _, word := range []string{"Exit codes", "3 complete, but rows were skipped", "--update", "--report"} {
		assert.Contains(t, strings.Join(strings.Fields(out), " "), word)
	}
}
