package dbserver

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Server is a database server that runs for tests.
type Server struct {
	engine    engine
	limit     time.Duration // for a start
	shared    bool
	directory string // all that it writes is in here
	rights    syscall.SysProcAttr
	guard     *guard
	port      int
	program   string
	process   *process // the newest; nil before the first start
	admin     *sql.DB
	databases atomic.Int64
}

// Admin runs SQL as the superuser, who is decnet on PostgreSQL and root on MariaDB. On PostgreSQL it is
// in the database postgres, on MariaDB in none.
func (s *Server) Admin() *sql.DB {
	return s.admin
}

// Database makes an empty database for the test, with the settings that the server gives by itself, and
// returns its URL. It is dropped after the test, if that is possible then.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.limit)
	defer cancel()
	name := fmt.Sprintf("decnet_%d", s.databases.Add(1))
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("%s makes no database: %v", s.engine.name, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := s.admin.ExecContext(ctx, fmt.Sprintf(s.engine.drop, name)); err != nil {
			t.Logf("%s keeps the database %s: %v", s.engine.name, name, err)
		}
	})
	return fmt.Sprintf(s.engine.url, s.port, name)
}

// Kill ends the server as a crash does, by SIGKILL to all of its processes, and waits until they are
// gone. The data stays.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.mine(t)
	if err := s.process.kill(s.limit); err != nil {
		t.Fatalf("%s cannot be killed: %v", s.engine.name, err)
	}
}

// Restart starts a killed server again, on its port and its data, and waits until it answers. One that
// still runs is killed first.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill(t)
	ctx, cancel := context.WithTimeout(t.Context(), s.limit)
	defer cancel()
	if err := s.up(ctx); err != nil {
		t.Fatal(s.explain(err))
	}
}

// Pause halts all processes of the server where they stand: it accepts connections and keeps those it
// has, and answers nothing. It goes on with Resume, or after the test.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.mine(t)
	t.Cleanup(s.process.resume)
	if err := s.process.pause(s.limit); err != nil {
		t.Fatalf("%s cannot be paused: %v", s.engine.name, err)
	}
}

// Resume lets a paused server go on.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.mine(t)
	s.process.resume()
}

// mine keeps a test from disturbing a server that others use.
func (s *Server) mine(t testing.TB) {
	t.Helper()
	if s.shared {
		t.Fatalf("this %s is shared by all tests; start one for this test alone", s.engine.name)
	}
}
