package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// readOnly has the statements that make a server read-only, as a demoted primary is, and writable again. A running
// PostgreSQL cannot be demoted, and default_transaction_read_only is only a preset, so a trigger reports the error of a
// standby.
var readOnly = map[string][2][]string{
	"PostgreSQL": {
		{
			"CREATE FUNCTION demoted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$",
			"CREATE TRIGGER demoted BEFORE INSERT ON ttp_tag EXECUTE FUNCTION demoted()",
		},
		{"DROP FUNCTION demoted CASCADE"},
	},
	"MariaDB": {{"SET GLOBAL read_only = 1"}, {"SET GLOBAL read_only = 0"}},
}

func writingStore(t *testing.T, r *rig) *storage.Store {
	t.Helper()
	store, err := storage.Open(t.Context(), r.source, storage.Options{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func testReadOnlyServer(t *testing.T, r *rig) {
	t.Helper()
	s, store := serveOn(t, r.source), writingStore(t, r)
	admin := openDatabase(t, r.source)
	become := func(state int) {
		for _, statement := range readOnly[r.name][state] {
			_, err := admin.ExecContext(context.WithoutCancel(t.Context()), statement)
			require.NoError(t, err, statement)
		}
	}
	insert := func(source string) error {
		_, err := store.InsertTags(t.Context(), []storage.NewTag{newTag(source)})
		return err
	}
	l := s.load(t)
	become(0)
	require.Eventually(t, func() bool { return insert(fmt.Sprint("read-only ", rand.Int())) != nil }, patience, time.Millisecond)
	for range 5 {
		require.ErrorIs(t, insert("refused"), storage.ErrUnavailable)
	}
	l.until(t, "reads go on", 2, func(a answer) bool { return len(a.codes) == 0 })
	become(1)
	back := time.Now()
	require.Eventually(t, func() bool { return insert("accepted") == nil }, patience, time.Millisecond)
	t.Logf("written %v after the server took writes again", time.Since(back))
	for _, a := range l.stop() {
		assert.Empty(t, a.codes)
		assert.Empty(t, a.problem)
	}
}

// testLostWrites kills connections of writers at random moments, and the server once. A writer that gets
// UNAVAILABLE tries again, and in the end every row is there once.
func testLostWrites(t *testing.T, r *rig) {
	t.Helper()
	store := writingStore(t, r)
	const writers, calls, rows = 4, 30, 5
	var failures, duplicates atomic.Int64
	var work sync.WaitGroup
	for writer := range writers {
		work.Go(func() {
			for call := range calls {
				tags := make([]storage.NewTag, rows)
				for row := range rows {
					tags[row] = newTag(fmt.Sprintf("lost %d %d %d", writer, call, row))
				}
				for {
					found, err := store.InsertTags(t.Context(), tags)
					if err == nil {
						for _, result := range found {
							if result.Outcome == storage.TagDuplicate {
								duplicates.Add(1)
							}
							assert.Contains(t, []storage.TagOutcome{storage.TagInserted, storage.TagDuplicate}, result.Outcome)
						}
						break
					}
					if !errors.Is(err, storage.ErrUnavailable) {
						t.Errorf("write: %v", err)
						return
					}
					failures.Add(1)
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	ended := 0
	const most = 100 // otherwise the writers would make no progress on a slow machine
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(time.Duration(rand.IntN(6000)) * time.Microsecond):
			if ended < most {
				ended += r.endOne(t)
			}
			if ended == most/2 {
				r.server.Restart(t)
				ended++
			}
		}
	}
	var there, once int
	query := "SELECT COUNT(*), COUNT(DISTINCT source_id) FROM ttp_tag WHERE source_id LIKE 'lost %'"
	require.NoError(t, openDatabase(t, r.source).QueryRowContext(t.Context(), query).Scan(&there, &once))
	assert.Equal(t, writers*calls*rows, there)
	assert.Equal(t, writers*calls*rows, once)
	assert.Positive(t, failures.Load())
	t.Logf("%d connections ended, %d calls failed and were repeated, %d rows were there already", ended, failures.Load(), duplicates.Load())
}

// testLostCommits loses the response to a commit, so that a writer cannot know that its change was made.
func testLostCommits(t *testing.T, r *rig) {
	t.Helper()
	at, err := url.Parse(r.source)
	require.NoError(t, err)
	p := startProxy(t, at.Host)
	at.Host = p.address
	store, err := storage.Open(t.Context(), at.String(), storage.Options{Write: true})
	require.NoError(t, err)
	defer store.Close()
	for _, c := range []struct {
		fact    string
		mode    int32
		timeout time.Duration
		want    error
	}{
		{"cut", cutting, patience, storage.ErrUnavailable},
		{"stalled", stalling, requestTimeout, context.DeadlineExceeded}, // the commit must be sent before, which takes milliseconds
	} {
		tags := []storage.NewTag{newTag(c.fact + " 1"), newTag(c.fact + " 2")}
		ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
		defer cancel()
		p.mode.Store(c.mode)
		finish(t, "a write whose commit is lost", func() { _, err = store.InsertTags(ctx, tags) })
		require.ErrorIs(t, err, c.want, c.fact)
		require.Zero(t, p.mode.Load(), "the commit was lost, and nothing before it")
		found, err := store.InsertTags(t.Context(), tags)
		require.NoError(t, err)
		for _, result := range found {
			assert.Equal(t, storage.TagDuplicate, result.Outcome)
		}
	}
}

// proxy forwards between our server and a database. In one of the modes, it waits for a commit, which it
// forwards, and does not forward the response.
type proxy struct {
	address string
	mode    atomic.Int32 // 0 again when a commit has come
}

const (
	cutting  = 1 // closes the connection instead
	stalling = 2 // keeps the connection open and forwards nothing any more
)

var commits = regexp.MustCompile("(?i)commit(\x00|$)") // does not match READ COMMITTED

func startProxy(t *testing.T, to string) *proxy {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{address: listener.Addr().String()}
	var work sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); work.Wait() })
	work.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { p.pass(client, to) })
		}
	})
	return p
}

func (p *proxy) pass(client net.Conn, to string) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	var lost atomic.Int32
	go func() {
		defer server.Close()
		packet := make([]byte, 1<<16)
		for {
			n, err := client.Read(packet)
			if err != nil {
				return
			}
			if commits.Match(packet[:n]) {
				lost.CompareAndSwap(0, p.mode.Swap(0))
			}
			if _, err := server.Write(packet[:n]); err != nil {
				return
			}
		}
	}()
	packet := make([]byte, 1<<16)
	for {
		n, err := server.Read(packet)
		if err != nil || lost.Load() == cutting {
			return
		}
		if lost.Load() == stalling {
			continue
		}
		if _, err := client.Write(packet[:n]); err != nil {
			return
		}
	}
}

// endOne kills a random connection of our server and returns how many it killed.
func (r *rig) endOne(t *testing.T) int {
	t.Helper()
	if r.name == "PostgreSQL" {
		return r.count(t, "SELECT COUNT(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'decnet-graph' ORDER BY RANDOM() LIMIT 1) one")
	}
	var number int64
	err := r.server.Admin().QueryRowContext(t.Context(), "SELECT id FROM information_schema.processlist WHERE user = 'decnet' ORDER BY RAND() LIMIT 1").Scan(&number)
	if err != nil {
		return 0
	}
	if _, err := r.server.Admin().ExecContext(t.Context(), fmt.Sprint("KILL ", number)); err != nil {
		return 0
	}
	return 1
}
