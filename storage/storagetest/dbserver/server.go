package dbserver

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// Server is a database server for tests.
type Server struct {
	engine  engine
	limit   time.Duration // longest time of a start, a stop or a statement of this package
	shared  bool          // other tests use it, too
	home                  // has no directory if another process started the server
	program string
	admin   *sql.DB
	names   *names
}

// Admin returns a connection pool of the superuser, which is decnet on PostgreSQL and root on MariaDB. It is
// connected to the database postgres on PostgreSQL and to none on MariaDB.
func (s *Server) Admin() *sql.DB {
	return s.admin
}

// Database creates an empty database with the server's default settings and returns its URL. No other test has
// a database of this name, not even in another process. The database is dropped after the test, if
// that is possible then.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.limit)
	defer cancel()
	name := s.names.next()
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("%s cannot create a database: %v", s.engine.name, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.limit)
		defer cancel()
		if _, err := s.admin.ExecContext(ctx, fmt.Sprintf(s.engine.drop, name)); err != nil {
			t.Logf("%s could not drop the database %s: %v", s.engine.name, name, err)
		}
	})
	return fmt.Sprintf(s.engine.url, s.port, name)
}

// Kill ends the server as a crash would, by SIGKILL to all of its processes, and waits until they are gone.
// The data stays.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.requirePrivate(t)
	if err := s.process.kill(s.limit); err != nil {
		t.Fatalf("%s cannot be killed: %v", s.engine.name, err)
	}
}

// Restart starts the server again, with the same port and data, and waits until it answers. A server that is
// running is killed first.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill(t)
	ctx, cancel := context.WithTimeout(t.Context(), s.limit)
	defer cancel()
	if err := s.launch(ctx); err != nil {
		t.Fatal(s.explain(err))
	}
}

// Pause stops all processes of the server with SIGSTOP: Linux still accepts connections and keeps those that
// exist, but nothing is answered until Resume or the end of the test.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.requirePrivate(t)
	t.Cleanup(s.process.resume)
	if err := s.process.pause(s.limit); err != nil {
		t.Fatalf("%s cannot be paused: %v", s.engine.name, err)
	}
}

// Resume lets a paused server continue.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.requirePrivate(t)
	s.process.resume()
}

// requirePrivate fails a test that would disturb a server that other tests use.
func (s *Server) requirePrivate(t testing.TB) {
	t.Helper()
	if s.shared {
		t.Fatalf("this %s is shared by all tests; start one for this test alone", s.engine.name)
	}
}

// names makes the names of databases. They begin with a random number, which separates the processes
// that share a server.
type names struct {
	prefix string
	last   atomic.Int64
}

func newNames() *names {
	return &names{prefix: fmt.Sprintf("decnet_%08x", rand.Uint32())}
}

func (n *names) next() string {
	return fmt.Sprintf("%s_%d", n.prefix, n.last.Add(1))
}
