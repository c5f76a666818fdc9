//go:build cluster

package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	run "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// cluster is a set of nodes that hold the same rows: the first is written to, the others are read.
type cluster struct {
	name   string
	script string   // starts and restarts nodes
	dir    string   // variable with the folder of the nodes
	nodes  []string // names of the nodes; variables name their DSNs
	env    []string
	backend
}

var clusters = []cluster{
	{
		name: "PostgreSQL with a hot standby", script: "postgres-standby.sh", dir: "POSTGRES_DIR", nodes: []string{"primary", "standby"},
		env:     []string{"POSTGRES_PRIMARY", "POSTGRES_STANDBY"},
		backend: backend{value: serverValue, unchecked: "SET session_replication_role = replica"},
	},
	{
		name: "MariaDB Galera", script: "galera.sh", dir: "GALERA_DIR", nodes: []string{"node1", "node2", "node3"},
		env:     []string{"GALERA_NODE1", "GALERA_NODE2", "GALERA_NODE3"},
		backend: backend{value: serverValue, unchecked: "SET SESSION foreign_key_checks = 0"},
	},
}

var databases atomic.Int64

// make makes a new database with our tables and tells its DSN on every node.
func (c cluster) make(t *testing.T) []string {
	t.Helper()
	name := fmt.Sprintf("decnet_%d", databases.Add(1))
	sources := make([]string, len(c.env))
	for n, variable := range c.env {
		require.NotEmpty(t, os.Getenv(variable), "run these tests by make test-cluster")
		at, err := url.Parse(os.Getenv(variable))
		require.NoError(t, err)
		at.Path = "/" + name
		sources[n] = at.String()
	}
	db, _ := openSQL(t, os.Getenv(c.env[0]))
	defer db.Close()
	execute(t, db, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		db, _ := openSQL(t, os.Getenv(c.env[0]))
		defer db.Close()
		_, _ = db.ExecContext(context.Background(), "DROP DATABASE "+name)
	})
	return []string(migratedNodes(t, sources))
}

func migratedNodes(t *testing.T, sources []string) []string {
	t.Helper()
	migrated(func(*testing.T) string { return sources[0] })(t)
	return sources
}

// open fills a new database and opens it, with the other nodes as replicas, for writing.
func (c cluster) open(t *testing.T, g storagetest.Graph) (*storage.Store, []string) {
	t.Helper()
	sources := c.make(t)
	c.fill(t, sources[0], g)
	c.caughtUp(t, sources)
	options := storagetest.Options()
	options.Write, options.Replicas = true, sources[1:]
	return openStore(t, sources[0], options), sources
}

// caughtUp waits until the replicas have what was written around the store. Galera's nodes wait themselves.
func (c cluster) caughtUp(t *testing.T, sources []string) {
	t.Helper()
	if c.script != "postgres-standby.sh" {
		return
	}
	position := valueOf[string](t, sources[0], "SELECT pg_current_wal_lsn()::text")
	require.Eventually(t, func() bool {
		return valueOf[bool](t, os.Getenv(c.env[1]), "SELECT pg_last_wal_replay_lsn() >= '"+position+"'")
	}, time.Minute, 5*time.Millisecond)
}

func valueOf[T any](t *testing.T, source, query string) (value T) {
	t.Helper()
	db, _ := openSQL(t, source)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value), query)
	return value
}

func each(t *testing.T, test func(*testing.T, cluster)) {
	t.Helper()
	for _, c := range clusters {
		t.Run(c.name, func(t *testing.T) { test(t, c) }) // one after the other: they kill nodes
	}
}

func TestClusterKeepsTheContract(t *testing.T) {
	each(t, func(t *testing.T, c cluster) {
		var mu sync.Mutex
		nodes := map[*storage.Store][]string{}
		open := func(t *testing.T, g storagetest.Graph) *storage.Store {
			t.Helper()
			s, sources := c.open(t, g)
			mu.Lock()
			defer mu.Unlock()
			nodes[s] = sources
			return s
		}
		again := func(t *testing.T, of *storage.Store, write bool) *storage.Store {
			t.Helper()
			mu.Lock()
			sources := nodes[of]
			mu.Unlock()
			options := storagetest.Options()
			options.Write = write
			if write { // a server that only reads cannot know what another one has written
				options.Replicas = sources[1:]
			}
			s := openStore(t, sources[0], options)
			mu.Lock()
			defer mu.Unlock()
			nodes[s] = sources
			return s
		}
		storagetest.Run(t, open)
		storagetest.RunWrites(t, open, again)
	})
}

// pid is the process of a node.
func (c cluster) pid(t *testing.T, node string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv(c.dir), node+".pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	require.NoError(t, err)
	return pid
}

func (c cluster) kill(t *testing.T, node string) {
	t.Helper()
	process, err := os.FindProcess(c.pid(t, node))
	require.NoError(t, err)
	require.NoError(t, process.Kill())
	t.Cleanup(func() { c.restart(t, node) })
}

func (c cluster) restart(t *testing.T, node string) {
	t.Helper()
	out, err := run.CommandContext(context.Background(), filepath.Join("..", "scripts", "cluster", c.script), "restart", os.Getenv(c.dir), node).CombinedOutput()
	require.NoError(t, err, string(out))
}

// TestClusterLosesAReplica kills one node that is read while clients read and write.
func TestClusterLosesAReplica(t *testing.T) {
	each(t, func(t *testing.T, c cluster) {
		s, sources := c.open(t, storagetest.Fixture())
		lost := c.nodes[len(c.nodes)-1]
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var wait sync.WaitGroup
		var reads atomic.Int64
		for range 8 {
			wait.Go(func() {
				for ctx.Err() == nil {
					found, err := s.Campaigns(t.Context(), []string{"c3"})
					if err != nil || found["c3"].UUID != "c1" {
						t.Errorf("read: %v %v", found, err)
						return
					}
					reads.Add(1)
				}
			})
		}
		more := func(text string) {
			seen := reads.Load()
			require.Eventually(t, func() bool { return reads.Load() > seen+100 }, time.Minute, time.Millisecond, text)
		}
		more("reads before")
		c.kill(t, lost)
		more("reads without the node")
		_, err := s.SetCampaignNotes(t.Context(), "c1", new("without a node"), storage.Expected{})
		require.NoError(t, err)
		c.restart(t, lost)
		more("reads after it came back")
		stop()
		wait.Wait()
		c.readsFrom(t, s, sources[len(sources)-1])
	})
}

// readsFrom waits until the store asks a node again.
func (c cluster) readsFrom(t *testing.T, s *storage.Store, source string) {
	t.Helper()
	db, _ := openSQL(t, source)
	defer db.Close()
	counted := "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
	if c.script == "postgres-standby.sh" {
		counted = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'decnet-graph' AND query LIKE '%campaigns%'"
	}
	require.Eventually(t, func() bool {
		_, err := s.Campaigns(t.Context(), []string{"c1"})
		require.NoError(t, err)
		return scalar(t, db, counted) > 0
	}, time.Minute, 20*time.Millisecond, "the node is asked again")
}

func scalar(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// TestClusterServesOwnWrites lets the replicas lag and reads what was written.
func TestClusterServesOwnWrites(t *testing.T) {
	each(t, func(t *testing.T, c cluster) {
		s, _ := c.open(t, storagetest.Fixture())
		resume := func() {}
		if c.script == "postgres-standby.sh" {
			standby, _ := openSQL(t, os.Getenv(c.env[1]))
			defer standby.Close()
			execute(t, standby, "SELECT pg_wal_replay_pause()")
			resume = func() { execute(t, standby, "SELECT pg_wal_replay_resume()") }
			defer resume()
		} else {
			last, _ := openSQL(t, strings.Replace(os.Getenv(c.env[len(c.env)-1]), "decnet:decnet@", "root@", 1))
			defer last.Close()
			execute(t, last, "SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=1000000'")
			execute(t, last, "SET GLOBAL wsrep_slave_threads = 1")
		}
		for n := range 200 {
			text := fmt.Sprint("note ", n)
			_, err := s.SetCampaignNotes(t.Context(), "c1", &text, storage.Expected{})
			require.NoError(t, err)
			found, err := s.CampaignRows(t.Context(), []string{"c1"})
			require.NoError(t, err)
			require.Equal(t, text, *found["c1"].Notes)
		}
		resume()
	})
}

// TestClusterRetriesConflicts writes the same row through two servers, with different primaries where
// the cluster has several.
func TestClusterRetriesConflicts(t *testing.T) {
	each(t, func(t *testing.T, c cluster) {
		first, sources := c.open(t, storagetest.Fixture())
		options := storagetest.Options()
		options.Write = true
		source := sources[0]
		if c.script == "galera.sh" {
			source = sources[1]
		}
		second := openStore(t, source, options)
		var wait sync.WaitGroup
		const each = 60
		for _, s := range []*storage.Store{first, second, first, second} {
			wait.Go(func() {
				for n := range each {
					if _, err := s.SetIdentityNotes(t.Context(), "i1", new(fmt.Sprint(n)), storage.Expected{}); err != nil {
						t.Errorf("write %d: %v", n, err)
						return
					}
					if _, _, err := s.EnsureStubIdentity(t.Context(), "a5"); err != nil {
						t.Errorf("stub %d: %v", n, err)
						return
					}
				}
			})
		}
		wait.Wait()
		found, err := first.Attackers(storage.Primary(t.Context()), []string{"a5"})
		require.NoError(t, err)
		require.NotNil(t, found["a5"].IdentityUUID)
	})
}
