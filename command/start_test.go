package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// sharedLog is a log that is read while it is written.
type sharedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *sharedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String implements fmt.Stringer.
func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log contains a text.
func (l *sharedLog) await(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(l.String(), text) }, time.Minute, 5*time.Millisecond, text)
}

// lockedFile makes a sample database that a writer has locked until release is called.
func lockedFile(t *testing.T) (path string, release func()) {
	t.Helper()
	path = sampleFile(t)
	source, err := engine.Parse(path)
	require.NoError(t, err)
	db, err := engine.SQLite.OpenSQL(source)
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	require.NoError(t, err)
	release = sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		assert.NoError(t, err)
		assert.NoError(t, conn.Close())
		assert.NoError(t, db.Close())
	})
	t.Cleanup(release)
	return path, release
}

// run starts a command and returns its log and a function that waits for its exit code.
func run(ctx context.Context, t *testing.T, args ...string) (log *sharedLog, exit func() int) {
	t.Helper()
	log = &sharedLog{}
	done := make(chan int, 1)
	go func() { done <- Main(ctx, args, Streams{In: strings.NewReader(""), Out: io.Discard, Err: log}) }()
	return log, func() int {
		select {
		case code := <-done:
			return code
		case <-time.After(time.Minute):
			t.Fatal("the command does not end: " + log.String())
			return -1
		}
	}
}

func TestDatabaseThatMayAnswerLaterIsExitCode1(t *testing.T) {
	t.Parallel()
	path, _ := lockedFile(t)
	_, errOut, code := command(t, "export", "attackers", "--db", path)
	assert.Equal(t, exitFault, code)
	assert.Equal(t, "decnet-graph: "+path+" is locked by another program\n", errOut)
}

func TestWaitEndsWhenTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	path, release := lockedFile(t)
	log, exit := run(t.Context(), t, "export", "attackers", "--db", path, "--wait", "10m")
	log.await(t, "waiting for the database")
	release()
	assert.Equal(t, exitOK, exit(), log.String())
	assert.Equal(t, 1, strings.Count(log.String(), "waiting for the database"), log.String())
	assert.Contains(t, log.String(), "locked by another program")
}

func TestWaitEndsWithCtrlC(t *testing.T) {
	t.Parallel()
	path, _ := lockedFile(t)
	for args, want := range map[string]int{"serve --listen 127.0.0.1:0": exitOK, "export attackers": exitFault} {
		ctx, cancel := context.WithCancel(t.Context())
		log, exit := run(ctx, t, append(strings.Fields(args), "--db", path, "--wait", "10h")...)
		log.await(t, "waiting for the database")
		cancel()
		assert.Equal(t, want, exit(), log.String())
	}
}

func TestWaitTriesAgainOnlyWhatMayAnswerLater(t *testing.T) {
	t.Parallel()
	source := dsn.Source{Form: dsn.SQLite, Target: dsn.File{Path: "x.db"}}
	away := engine.Unavailable(errors.New("away"))
	for fact, c := range map[string]struct {
		wait  time.Duration
		fails []error // what the attempts fail with; later ones succeed
		err   error
		tries int
	}{
		"a database that answers":               {0, nil, nil, 1},
		"no wait":                               {0, []error{away}, storage.ErrUnavailable, 1},
		"an answer at the third attempt":        {time.Hour, []error{away, away}, nil, 3},
		"an error that needs another command":   {time.Hour, []error{storage.Invalid("wrong")}, storage.ErrInvalid, 1},
		"such an error after one that may pass": {time.Hour, []error{away, storage.Invalid("wrong")}, storage.ErrInvalid, 2},
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			tries := 0
			err := waitFlags{c.wait}.open(t.Context(), slog.New(slog.DiscardHandler), source, func(context.Context) error {
				if tries++; tries <= len(c.fails) {
					return c.fails[tries-1]
				}
				return nil
			})
			if c.err == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.err)
			}
			assert.Equal(t, c.tries, tries)
		})
	}
}

func TestSilentDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	source := dsn.Source{Form: dsn.SQLite, Target: dsn.File{Path: "x.db"}}
	err := tryWithin(t.Context(), time.Millisecond, source, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.ErrorContains(t, err, "cannot open x.db: it does not answer")
}

func TestAddressInUseIsExitCode1(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	address := listener.Addr().String()
	_, errOut, code := command(t, "serve", "--db", sampleFile(t), "--listen", address)
	assert.Equal(t, exitFault, code)
	assert.Equal(t, "decnet-graph: cannot listen on "+address+": another program uses this address; stop it, or name another with --listen\n", errOut)
}

func TestDatabaseWithoutRevisionIsOpenedByTheOption(t *testing.T) {
	t.Parallel()
	path := sampleFile(t)
	source, err := engine.Parse(path)
	require.NoError(t, err)
	db, err := engine.SQLite.OpenSQL(source)
	require.NoError(t, err)
	defer db.Close()
	drop := func(statement string) {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	drop("DROP TABLE alembic_version")
	commands := [][]string{
		{"export", "attackers", "--db", path}, {"insert-tags", "--db", path}, {"import", "--from", path, "--to", path + ".own"},
	}
	for _, args := range commands {
		log, exit := run(t.Context(), t, args...)
		assert.Equal(t, exitUsage, exit(), args)
		assert.Contains(t, log.String(), "--any-revision", args)
		log, exit = run(t.Context(), t, append(args, "--any-revision")...)
		assert.Equal(t, exitOK, exit(), log.String())
	}
	drop("DROP TABLE canary_triggers")
	drop("ALTER TABLE campaigns DROP COLUMN notes")
	log, exit := run(t.Context(), t, append(commands[0], "--any-revision")...)
	assert.Equal(t, exitUsage, exit())
	assert.Contains(t, log.String(), "missing column campaigns.notes, table canary_triggers")
}
