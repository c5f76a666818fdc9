package command

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// childArguments makes the test binary run as the program itself; see TestRunAsTheProgram.
const childArguments = "DECNET_GRAPH_TEST_ARGUMENTS"

// TestRunAsTheProgram is what a child process of a test runs.
func TestRunAsTheProgram(t *testing.T) {
	arguments := os.Getenv(childArguments)
	if arguments == "" {
		t.Skip("only for child processes of other tests")
	}
	os.Exit(Main(t.Context(), strings.Split(arguments, "\n"), Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// program starts the program in a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunAsTheProgram$")
	child.Env = append(os.Environ(), childArguments+"="+strings.Join(args, "\n"))
	return child
}

func lastCursor(t *testing.T, lines string) string {
	t.Helper()
	whole := strings.Split(strings.TrimSpace(lines), "\n")
	var last struct{ Cursor string }
	require.NoError(t, json.Unmarshal([]byte(whole[len(whole)-1]), &last))
	return last.Cursor
}

func TestExportSaysWhatIsWrongWithItsFlags(t *testing.T) {
	dir, db := t.TempDir(), sampleFile(t)
	notes := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(notes, []byte("not an export\n"), 0o600))
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"unknown list":            {[]string{"export", "secrets", "--db", db}, "secrets"},
		"no list":                 {[]string{"export", "--db", db}, "<list>"},
		"no instant":              {[]string{"export", "tags", "--db", db, "--since", "yesterday"}, "yesterday"},
		"no cursor":               {[]string{"export", "tags", "--db", db, "--after", "x"}, "cursor"},
		"resume without a file":   {[]string{"export", "tags", "--db", db, "--resume"}, "--out"},
		"resume and after":        {[]string{"export", "tags", "--db", db, "--resume", "--after", "x", "--out", notes}, "--after"},
		"a file that is there":    {[]string{"export", "tags", "--db", db, "--out", notes}, "exists already"},
		"a file of another kind":  {[]string{"export", "tags", "--db", db, "--out", notes, "--resume"}, "does not end in a line"},
		"no folder for the file":  {[]string{"export", "tags", "--db", db, "--out", filepath.Join(dir, "no", "x")}, "cannot write"},
		"too little text allowed": {[]string{"export", "tags", "--db", db, "--max-text", "1"}, "--max-text"},
	} {
		t.Run(fact, func(t *testing.T) {
			_, errOut, code := command(t, c.args...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, errOut, c.says)
		})
	}
	kept, err := os.ReadFile(notes)
	require.NoError(t, err)
	require.Equal(t, "not an export\n", string(kept))
}

func TestSinceTakesInstantsDaysAndTimesAgo(t *testing.T) {
	now := time.Date(2026, time.May, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-05-01T07:21:37.5+02:00": "2026-05-01T05:21:37.5Z", "2026-05-01": "2026-05-01T00:00:00Z", "7d": "2026-05-03T12:00:00Z", "24h": "2026-05-09T12:00:00Z",
		"90m": "2026-05-10T10:30:00Z", "": "0001-01-01T00:00:00Z",
	} {
		at, err := parseSince(text, now)
		require.NoError(t, err, text)
		require.Equal(t, want, at.UTC().Format(time.RFC3339Nano), text)
	}
	for _, text := range []string{"7", "d", "-7d", "7w", "999999d", "2026-13-01", "now"} {
		_, err := parseSince(text, now)
		require.Error(t, err, text)
	}
}

func TestKilledExportContinues(t *testing.T) {
	db, dir := sampleFile(t), t.TempDir()
	whole, errOut, code := command(t, "export", "tags", "--db", db)
	require.Equal(t, exitOK, code, errOut)
	path := filepath.Join(dir, "tags.ndjson")
	child := program(t, "export", "tags", "--db", db, "--out", path)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	}, time.Minute, time.Millisecond)
	_ = child.Process.Kill()
	_ = child.Wait()
	left, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, cut := range []int{len(left), len(left) - 1, len(left) / 2, 40, 1, 0} { // a line may have been written in part
		require.NoError(t, os.WriteFile(path, left[:cut], 0o600))
		_, errOut, code = command(t, "export", "tags", "--db", db, "--out", path, "--resume")
		require.Equal(t, exitOK, code, errOut)
		resumed, err := os.ReadFile(path)
		require.NoError(t, err)
		if whole != string(resumed) {
			t.Fatalf("cut at %d of %d, it is not the same", cut, len(left))
		}
	}
	_, _, code = command(t, "export", "tags", "--db", db, "--out", path, "--resume")
	require.Equal(t, exitOK, code, "there is nothing more, which is no failure")
	_, errOut, code = command(t, "export", "attackers", "--db", db, "--out", path, "--resume")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "another list")
}

func TestExportEndsQuietlyWhenNobodyReadsOn(t *testing.T) {
	db := sampleFile(t)
	reader, writer := io.Pipe()
	_ = reader.Close()
	var errOut bytes.Buffer
	code := Main(t.Context(), []string{"export", "tags", "--db", db}, Streams{Out: writer, Err: &errOut})
	assert.Equal(t, exitPipe, code)
	assert.Empty(t, errOut.String())

	child := program(t, "export", "tags", "--db", db)
	pipe, err := child.StdoutPipe()
	require.NoError(t, err)
	child.Stderr = &errOut
	require.NoError(t, child.Start())
	_, err = io.ReadFull(pipe, make([]byte, 1_000))
	require.NoError(t, err)
	require.NoError(t, pipe.Close())
	require.Error(t, child.Wait(), "a signal or its exit code")
	assert.Empty(t, errOut.String())
}

// stopping stops the program after a number of writes.
type stopping struct {
	bytes.Buffer

	writes int
	stop   func()
}

func (s *stopping) Write(content []byte) (int, error) {
	if s.writes--; s.writes == 0 {
		s.stop()
	}
	return s.Buffer.Write(content)
}

func TestStoppedExportSaysHowToContinue(t *testing.T) {
	db := sampleFile(t)
	whole, _, _ := command(t, "export", "tags", "--db", db)
	for name, stop := range map[string]func(t *testing.T, cancel func()){
		"Ctrl-C":               func(_ *testing.T, cancel func()) { cancel() },
		"a database that goes": func(t *testing.T, _ func()) { t.Helper(); require.NoError(t, os.Truncate(db, 4096)) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			content, err := os.ReadFile(db)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.WriteFile(db, content, 0o600)) })
			out, errOut := &stopping{writes: 2, stop: func() { stop(t, cancel) }}, &bytes.Buffer{}
			code := Main(ctx, []string{"export", "tags", "--db", db}, Streams{Out: out, Err: errOut})
			require.Equal(t, exitFault, code)
			require.Len(t, strings.Split(strings.TrimSpace(errOut.String()), "\n"), 1, errOut)
			cursor := lastCursor(t, out.String())
			require.Contains(t, errOut.String(), "--after "+cursor)
			require.NoError(t, os.WriteFile(db, content, 0o600))
			rest, _, code := command(t, "export", "tags", "--db", db, "--after", cursor)
			require.Equal(t, exitOK, code)
			if whole != out.String()+rest {
				t.Fatal("both parts are not the whole")
			}
		})
	}
}

func TestExportReportsHowManyAttackersItLeftOut(t *testing.T) {
	_, errOut, code := command(t, "export", "commands", "--db", sampleFile(t))
	require.Equal(t, exitOK, code)
	require.Contains(t, errOut, "1 attackers were left out")
}
