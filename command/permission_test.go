package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage/engine"
)

// programVariable makes the test binary run as the program itself.
const programVariable = "DECNET_GRAPH_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		os.Exit(Main(context.Background(), os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	resolverstest.Main(m)
}

// nobody is a user without any rights of its own.
const nobody = 65534

// stranger is the program, run by a user that owns no files.
type stranger struct{ program, folder string }

func newStranger(t *testing.T) stranger {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755)) // other users must get in
	require.NoError(t, os.Chmod(folder, 0o755))
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(folder, "program")
	if os.Link(self, program) != nil { // on another device
		require.NoError(t, copyFile(self, program, 0o755))
	}
	return stranger{program, folder}
}

// run runs the program. Root reads and writes everything, so it becomes nobody.
func (s stranger) run(t *testing.T, args ...string) (errOut string, code int) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), s.program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = []string{programVariable + "=1"}, io.Discard, &log, s.folder
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	_ = cmd.Run()
	return log.String(), cmd.ProcessState.ExitCode()
}

func copyFile(from, to string, mode os.FileMode) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, mode)
}

// sqlite runs statements on one connection to a file. Before it is closed, meanwhile is called if it is not nil.
func sqlite(t *testing.T, path string, meanwhile func(), statements ...string) {
	t.Helper()
	source, err := engine.Parse(path)
	require.NoError(t, err)
	db, err := engine.SQLite.OpenSQL(source)
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := conn.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	if meanwhile != nil {
		meanwhile()
	}
	require.NoError(t, conn.Close())
	require.NoError(t, db.Close())
}

// evidence makes a folder with a database, decnet.db, in each of the states that a copy may be in.
var evidence = map[string]func(t *testing.T, path string){
	"plain": func(*testing.T, string) {},
	"WAL": func(t *testing.T, path string) {
		t.Helper()
		sqlite(t, path, nil, "PRAGMA journal_mode = WAL")
	},
	"a log": func(t *testing.T, path string) {
		t.Helper()
		live := path + ".live"
		require.NoError(t, os.Rename(path, live))
		sqlite(t, live, func() {
			require.NoError(t, copyFile(live, path, 0o644))
			require.NoError(t, copyFile(live+"-wal", path+"-wal", 0o644))
		}, "PRAGMA journal_mode = WAL", "UPDATE attackers SET ptr_record = 'x'")
	},
	"a journal": func(t *testing.T, path string) {
		t.Helper()
		live := path + ".live"
		require.NoError(t, os.Rename(path, live))
		sqlite(t, live, func() {
			require.NoError(t, copyFile(live, path, 0o644))
			require.NoError(t, copyFile(live+"-journal", path+"-journal", 0o644))
		}, "PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "UPDATE attackers SET ptr_record = hex(zeroblob(40))")
	},
}

func TestFilesThatMayNotBeReadOrWritten(t *testing.T) {
	t.Parallel()
	program := newStranger(t)
	sample := sampleFile(t)
	read, write := []string{"export", "attackers", "--db"}, []string{"insert-tags", "--db"}
	for n, c := range []struct {
		fact, state  string
		file, folder os.FileMode
		command      []string
		parameter    string
		says         string // of the error; empty if the command succeeds
	}{
		{"a file that may be read", "plain", 0o444, 0o555, read, "", ""},
		{"a file without read permission", "plain", 0o000, 0o755, read, "", "permission denied"},
		{"a folder without execute permission", "plain", 0o644, 0o644, read, "", "permission denied"},
		{"a file in WAL mode in a read-only folder", "WAL", 0o644, 0o555, read, "", "it is in WAL mode, which needs a folder that may be written"},
		{"the same as immutable", "WAL", 0o444, 0o555, read, "?immutable=1", ""},
		{"a file with a log in a read-only folder", "a log", 0o444, 0o555, read, "", "decnet.db-wal cannot be read in a folder that may not be written"},
		{"the same as immutable", "a log", 0o444, 0o555, read, "?immutable=1", "decnet.db-wal holds changes that would be missed"},
		{"a file with a journal", "a journal", 0o444, 0o555, read, "", "decnet.db-journal holds a transaction that was cut off"},
		{"the same as immutable", "a journal", 0o444, 0o555, read, "?immutable=1", "decnet.db-journal belongs to a transaction that was cut off"},
		{"a file with a journal, in a folder that may be written", "a journal", 0o666, 0o777, read, "", "only reads cannot roll it back"},
		{"writing to a file that may not be written", "plain", 0o444, 0o777, write, "", "the file, or the medium that it is on, is read-only"},
		{"writing in a folder that may not be written", "plain", 0o666, 0o555, write, "", "its folder may not be written"},
		{"writing to a file in WAL mode that may not be written", "WAL", 0o444, 0o777, write, "", "is read-only"},
		{"writing to a file that may be written", "plain", 0o666, 0o777, write, "", ""},
		{"writing to an immutable file", "plain", 0o666, 0o777, write, "?immutable=1", "immutable=1 is for a file that is only read"},
	} {
		t.Run(strings.Join([]string{c.fact, c.state}, ", "), func(t *testing.T) {
			folder := filepath.Join(program.folder, fmt.Sprint("evidence", n))
			require.NoError(t, os.Mkdir(folder, 0o700))
			path := filepath.Join(folder, "decnet.db")
			require.NoError(t, copyFile(sample, path, 0o644))
			evidence[c.state](t, path)
			require.NoError(t, os.Chmod(path, c.file))
			require.NoError(t, os.Chmod(folder, c.folder))
			defer os.Chmod(folder, 0o700) //nolint:errcheck // so that it can be removed
			errOut, code := program.run(t, append(c.command, "sqlite:"+path+c.parameter)...)
			if c.says == "" {
				assert.Equal(t, exitOK, code, errOut)
				return
			}
			assert.Equal(t, exitUsage, code, errOut)
			assert.Contains(t, errOut, c.says)
			assert.Equal(t, 1, strings.Count(errOut, "\n"), errOut)
			if c.state == "plain" {
				assert.NotContains(t, errOut, "WAL")
			}
		})
	}
}

func TestUnusableFilesAreNamedForWhatTheyAre(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(sampleFile(t))
	require.NoError(t, err)
	changed := func(at int, bytes ...byte) []byte {
		content := append([]byte{}, whole...)
		copy(content[at:], bytes)
		return content
	}
	const page = 4096
	for fact, c := range map[string]struct {
		content []byte
		says    string
	}{
		"a text":                          {[]byte(strings.Repeat("text ", 100)), "it does not begin with the header of SQLite"},
		"one byte":                        {[]byte("x"), "is not a SQLite database"},
		"an encrypted file":               {changed(0, []byte("\x9c\x01\xd7 sixteen bytes")...), "or it is encrypted"},
		"an empty file":                   {nil, "is an empty file"},
		"a part of a header":              {whole[:50], "is damaged: it ends after 50 bytes, in its header"},
		"a part of a database":            {whole[:3*page], "is damaged: it has 12288 of its"},
		"a page that was overwritten":     {changed(page, make([]byte, 60*page)...), "is damaged"},
		"a header that was overwritten":   {changed(16, make([]byte, 80)...), "is damaged"},
		"a file of a newer version":       {changed(18, 3, 3), "was written by a newer version of SQLite"},
		"a schema of a newer file format": {changed(44, 0, 0, 0, 9), "was written by a newer version of SQLite"},
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "file.db")
			require.NoError(t, os.WriteFile(path, c.content, 0o600))
			for _, args := range [][]string{{"export", "attackers"}, {"serve", "--write", "--listen", "127.0.0.1:0"}} {
				log, exit := run(t.Context(), t, append(args, "--db", path, "--wait", "10h")...)
				assert.Equal(t, exitUsage, exit(), log.String())
				assert.Contains(t, log.String(), c.says)
				assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
			}
		})
	}
}
