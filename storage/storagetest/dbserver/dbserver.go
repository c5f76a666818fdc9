// Package dbserver starts real PostgreSQL and MariaDB servers for tests: each in a directory of its own
// under the temporary one, on a free port of 127.0.0.1, without systemd and without rights that a server
// does not need. Nothing of a server outlives the test process, however that ends.
//
// Where a server is not installed, its tests are skipped; with CI=true they fail.
package dbserver

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// startLimit is how long a server may take to be made, or to come back.
const startLimit = time.Minute

var (
	sharedPostgres = shared{engine: postgres}
	sharedMariaDB  = shared{engine: mariaDB}
)

// Postgres is the PostgreSQL server that all tests of the process share. The first to ask starts it.
func Postgres(t testing.TB) *Server {
	t.Helper()
	return sharedPostgres.get(t)
}

// MariaDB is the MariaDB server that all tests of the process share. The first to ask starts it.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	return sharedMariaDB.get(t)
}

// StartPostgres starts a PostgreSQL server for one test, which may kill it. It ends with the test.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return private(t, postgres)
}

// StartMariaDB starts a MariaDB server for one test, which may kill it. It ends with the test.
func StartMariaDB(t testing.TB) *Server {
	t.Helper()
	return private(t, mariaDB)
}

// Main is a TestMain: it runs the tests, stops the shared servers and exits.
func Main(m *testing.M) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Stop ends the shared servers and removes all they wrote. It is for TestMain, after the tests: nobody
// gets a shared server afterwards. Should it not be called, the servers end with the process, but
// nobody waits for that.
func Stop() error {
	return errors.Join(sharedPostgres.stop(), sharedMariaDB.stop())
}

// shared is a server that starts once.
type shared struct {
	engine engine
	once   sync.Once
	server *Server
	err    error
}

func (s *shared) get(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() {
		s.server, s.err = start(s.engine, startLimit)
		if s.err == nil {
			s.server.shared = true
		}
	})
	check(t, s.err)
	return s.server
}

func (s *shared) stop() error {
	s.once.Do(func() { s.err = errors.New("the shared servers are stopped already") })
	if s.server == nil {
		return nil
	}
	return s.server.stop()
}

func private(t testing.TB, e engine) *Server {
	t.Helper()
	s, err := start(e, startLimit)
	check(t, err)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// check ends a test that cannot have its server: a missing one is skipped, except in CI.
func check(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
