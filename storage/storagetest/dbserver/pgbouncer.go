package dbserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Pgbouncer is the connection pooler in front of a PostgreSQL server.
type Pgbouncer struct {
	home

	server *Server
}

// PoolMode is when pgbouncer gives a connection of the server to another client.
type PoolMode string

// SessionPooling is after the client has disconnected, TransactionPooling after each transaction.
const (
	SessionPooling     PoolMode = "session"
	TransactionPooling PoolMode = "transaction"
)

// pgbouncerConnections is how many connections of the server a database and user have. They are few, so that clients
// get each other's connections.
const pgbouncerConnections = 4

const pgbouncerSettings = `[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = users
pool_mode = %s
default_pool_size = %d
max_client_conn = 1000
`

// sharedPgbouncer is the pooler in transaction mode in front of the shared server.
var sharedPgbouncer struct {
	once   sync.Once
	pooler *Pgbouncer
	err    error
}

// TransactionPooler returns the shared pgbouncer, in transaction mode and in front of the server that Postgres returns.
// The first call starts it.
func TransactionPooler(t testing.TB) *Pgbouncer {
	t.Helper()
	server := Postgres(t)
	s := &sharedPgbouncer
	s.once.Do(func() { s.pooler, s.err = startPgbouncer(server, TransactionPooling) })
	check(t, s.err)
	return s.pooler
}

// StartPgbouncer starts a pgbouncer for one test. The settings are further lines of its configuration.
func StartPgbouncer(t testing.TB, server *Server, mode PoolMode, settings ...string) *Pgbouncer {
	t.Helper()
	p, err := startPgbouncer(server, mode, settings...)
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			said, _ := os.ReadFile(p.log())
			t.Logf("the log of pgbouncer:\n%s", said)
		}
		if err := p.leave(p.server.limit); err != nil {
			t.Error(err)
		}
	})
	return p
}

// URL returns the name of a database of the server by way of the pooler.
func (p *Pgbouncer) URL(database string) string {
	return strings.Replace(database, fmt.Sprintf(":%d/", p.server.port), fmt.Sprintf(":%d/", p.port), 1)
}

// Direct undoes URL.
func (p *Pgbouncer) Direct(database string) string {
	return strings.Replace(database, fmt.Sprintf(":%d/", p.port), fmt.Sprintf(":%d/", p.server.port), 1)
}

func startPgbouncer(server *Server, mode PoolMode, settings ...string) (p *Pgbouncer, err error) {
	found := program("pgbouncer", "/usr/sbin/pgbouncer")
	if found == "" {
		return nil, fmt.Errorf("pgbouncer %w (Debian: apt-get install pgbouncer)", errMissing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), server.limit)
	defer cancel()
	p = &Pgbouncer{server: server}
	if p.home, err = newHome(ctx, server.engine.account); err == nil {
		err = p.launch(ctx, found, mode, settings)
	}
	if err != nil {
		said, _ := os.ReadFile(p.log()) // there may be no log yet
		return nil, errors.Join(fmt.Errorf("pgbouncer does not start: %w\n-- its log\n%s-- end of its log", err, said), p.leave(server.limit))
	}
	return p, nil
}

// launch starts the pooler and waits until it answers.
func (p *Pgbouncer) launch(ctx context.Context, program string, mode PoolMode, settings []string) error {
	text := fmt.Sprintf(pgbouncerSettings, p.server.port, p.port, mode, pgbouncerConnections) + strings.Join(append(settings, ""), "\n")
	for name, content := range map[string]string{"pgbouncer.ini": text, "users": "\"decnet\" \"\"\n"} {
		if err := os.WriteFile(filepath.Join(p.directory, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	var err error
	if p.process, err = p.run(program, "pgbouncer.ini"); err != nil {
		return err
	}
	db, err := sql.Open("pgx", fmt.Sprintf(postgresURL+"&default_query_exec_mode=simple_protocol", p.port, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		var one int
		if err = db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err == nil {
			return nil
		}
		select {
		case <-p.process.gone:
			return fmt.Errorf("%s: %v", program, p.process.cmd.ProcessState)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
