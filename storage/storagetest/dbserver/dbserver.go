// Package dbserver starts real PostgreSQL and MariaDB servers for tests. Each server has a directory of its
// own in the temporary folder and a free port of 127.0.0.1. It runs without systemd and never as root, and
// it does not outlive the process that started it, even if that process is killed.
//
// The tests of a process share one server of each engine, and processes that run under the program
// withservers share those of that program. A test that kills, freezes, fills or reconfigures a server
// starts a private one.
//
// A test whose server is not installed is skipped; with CI=true it fails.
package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// startLimit bounds the installation of a server together with its start. An idle machine needs about three
// seconds; the rest is for machines that do much else at the same time.
const startLimit = 3 * time.Minute

var (
	sharedPostgres = shared{engine: postgres}
	sharedMariaDB  = shared{engine: mariaDB}
)

// Postgres returns the shared PostgreSQL server. The first call starts or joins it.
func Postgres(t testing.TB) *Server {
	t.Helper()
	return sharedPostgres.get(t)
}

// MariaDB returns the shared MariaDB server. The first call starts or joins it.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	return sharedMariaDB.get(t)
}

// StartPostgres starts a PostgreSQL server for one test, which may kill it. The server stops after the test.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return private(t, postgres)
}

// StartMariaDB starts a MariaDB server for one test, which may kill it. The server stops after the test.
func StartMariaDB(t testing.TB) *Server {
	t.Helper()
	return private(t, mariaDB)
}

// Main is a TestMain: it runs the tests, stops the shared servers that this process started, and exits.
func Main(m *testing.M) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Stop stops the shared servers that this process started, removes their files, and leaves those of
// withservers alone. It is for a TestMain, after the tests: later calls of Postgres and MariaDB fail.
// Without it the servers still end with the process, but nothing waits for their end.
func Stop() error {
	var err error
	if pooler := sharedPgbouncer.pooler; pooler != nil {
		err = pooler.leave(startLimit)
	}
	return errors.Join(err, sharedPostgres.stop(), sharedMariaDB.stop())
}

// shared is a server that is started or joined once.
type shared struct {
	engine engine
	once   sync.Once
	server *Server
	err    error
}

func (s *shared) get(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() {
		if port := os.Getenv(s.engine.variable); port != "" {
			s.server, s.err = join(s.engine, port)
		} else {
			s.server, s.err = start(s.engine, startLimit)
		}
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

// join connects to a server that another process started and will stop.
func join(e engine, port string) (*Server, error) {
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("%s must be a port: %w", e.variable, err)
	}
	s := &Server{engine: e, limit: startLimit, home: home{port: number}, names: newNames()}
	if s.admin, err = e.connect(number); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	if err := s.admin.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s=%s, but no server answers there: %w", e.variable, port, err), s.stop())
	}
	return s, nil
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

// check ends a test that cannot have its server: it is skipped if the server is not installed, except in CI.
func check(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
