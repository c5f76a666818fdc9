//go:build cluster

// Package cluster_test runs several servers of ours on databases that have replicas, or on the nodes of a cluster. `make
// test-cluster` starts the databases.
package cluster_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

const patience = 2 * time.Minute

var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "decnet-graph")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "decnet-graph")
	build := exec.Command("go", "build", "-o", binary, "../..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// databases are the nodes that have the rows of one database.
type databases struct {
	name  string
	nodes []string // variables that name the DSNs; the first is written to
	// lag makes the last node fall behind a little, or as long as the pause lasts. It is nil where each node waits for the others.
	lag, pause, resume []string
	driver             string
	number             int
}

var (
	postgres = databases{
		name: "PostgreSQL", nodes: []string{"POSTGRES_PRIMARY", "POSTGRES_STANDBY"}, driver: "pgx",
		lag:   []string{"ALTER SYSTEM SET recovery_min_apply_delay = '30ms'", "SELECT pg_reload_conf()"},
		pause: []string{"SELECT pg_wal_replay_pause()"}, resume: []string{"SELECT pg_wal_replay_resume()"},
	}
	mariaDB = databases{
		name: "MariaDB", nodes: []string{"MARIADB_PRIMARY", "MARIADB_REPLICA"}, driver: "mysql",
		pause: []string{"STOP SLAVE SQL_THREAD"}, resume: []string{"START SLAVE SQL_THREAD"},
	}
	galera   = databases{name: "Galera", nodes: []string{"GALERA_NODE1", "GALERA_NODE2", "GALERA_NODE3"}, driver: "mysql"}
	clusters = []databases{postgres, mariaDB, galera}
)

var made atomic.Int64

// create makes a database with the sample and returns its DSN on each node.
func (d databases) create(t *testing.T) []string {
	t.Helper()
	name := fmt.Sprintf("decnet_servers_%d_%d", os.Getpid(), made.Add(1))
	dsns := make([]string, len(d.nodes))
	for n, variable := range d.nodes {
		at, err := url.Parse(os.Getenv(variable))
		require.NoError(t, err)
		require.NotEmpty(t, at.Host, "run these tests by make test-cluster")
		at.Path = "/" + name
		dsns[n] = at.String()
	}
	d.execute(t, os.Getenv(d.nodes[0]), "CREATE DATABASE "+name)
	file := filepath.Join(t.TempDir(), "sample.db")
	command(t, "sample", "--db", file)
	command(t, "import", "--from", file, "--to", dsns[0])
	return dsns
}

// execute runs statements as the superuser of a server.
func (d databases) execute(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	db, err := sql.Open(d.driver, d.driverName(t, dsn))
	require.NoError(t, err)
	defer db.Close()
	for _, statement := range statements {
		_, err := db.ExecContext(context.Background(), statement)
		require.NoError(t, err, statement)
	}
}

func (d databases) driverName(t *testing.T, dsn string) string {
	t.Helper()
	if d.driver == "pgx" {
		return dsn
	}
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	return "root@tcp(" + at.Host + ")" + at.Path
}

func command(t *testing.T, arguments ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary, arguments...).CombinedOutput()
	require.NoError(t, err, string(out))
}

// server is a process of ours.
type server struct {
	address   string
	arguments []string
	process   *exec.Cmd
	log       *os.File
}

// serve starts a server and waits until it is ready.
func serve(t *testing.T, arguments ...string) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{address: listener.Addr().String(), arguments: arguments}
	require.NoError(t, listener.Close())
	s.log, err = os.Create(filepath.Join(t.TempDir(), "server.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		s.end(t, syscall.SIGKILL)
		if t.Failed() {
			content, _ := os.ReadFile(s.log.Name())
			t.Logf("log of %s %v:\n%s", s.address, arguments, content)
		}
		_ = s.log.Close()
	})
	s.start(t)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(binary, append([]string{"serve", "--listen", s.address}, s.arguments...)...)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	require.NoError(t, s.process.Start())
	require.Eventually(t, func() bool {
		answer, err := http.Get("http://" + s.address + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, patience, 20*time.Millisecond, "the server becomes ready")
}

// end sends a signal and waits for the process to end.
func (s *server) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if s.process.ProcessState == nil {
		_ = s.process.Process.Signal(signal)
		_ = s.process.Wait()
	}
}

// response is what a server answers.
type response struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	Extensions struct{ Consistency string }
	token      string // of the header
}

// ask sends an operation with tokens. An error means that no answer came.
func (s *server) ask(query string, variables map[string]any, tokens ...string) (response, error) {
	var answer response
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	for _, token := range tokens {
		request.Header.Add("Graphql-Consistency", token)
	}
	request.Close = true // like a balancer that sends each request to any server
	received, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer, err
	}
	defer received.Body.Close()
	content, err := io.ReadAll(received.Body)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return answer, fmt.Errorf("%w: %s", err, content)
	}
	answer.token = received.Header.Get("Graphql-Consistency")
	return answer, nil
}

// mustAsk is ask for an operation that must succeed.
func (s *server) mustAsk(t *testing.T, query string, variables map[string]any, tokens ...string) response {
	t.Helper()
	answer, err := s.ask(query, variables, tokens...)
	require.NoError(t, err)
	require.Empty(t, answer.Errors)
	return answer
}

const (
	setNotes = `mutation ($uuid: UUID!, $notes: String) { setCampaignNotes(input: {uuid: $uuid, notes: $notes}) { campaign { notes } userErrors { code } } }`
	getNotes = `query ($uuid: UUID!) { campaign(by: {uuid: $uuid}) { notes } }`
)

// write sets the notes of a campaign and returns the token.
func (s *server) write(t *testing.T, campaign, notes string) string {
	t.Helper()
	answer := s.mustAsk(t, setNotes, map[string]any{"uuid": campaign, "notes": notes})
	require.NotEmpty(t, answer.token)
	require.Equal(t, answer.token, answer.Extensions.Consistency)
	return answer.token
}

// read returns the notes of a campaign.
func (s *server) read(t *testing.T, campaign string, tokens ...string) string {
	t.Helper()
	answer := s.mustAsk(t, getNotes, map[string]any{"uuid": campaign}, tokens...)
	notes, _ := answer.Data["campaign"].(map[string]any)["notes"].(string)
	return notes
}

func (s *server) campaign(t *testing.T) string {
	t.Helper()
	answer := s.mustAsk(t, `{ campaigns(first: 1) { nodes { uuid } } }`, nil)
	return answer.Data["campaigns"].(map[string]any)["nodes"].([]any)[0].(map[string]any)["uuid"].(string)
}

// replicas are the flags that name replicas.
func replicas(dsns []string) (flags []string) {
	for _, dsn := range dsns {
		flags = append(flags, "--replica", dsn)
	}
	return flags
}

// await waits until a server has a token's changes, as seen by a server that reads only it.
func await(t *testing.T, s *server, campaign, token string) {
	t.Helper()
	require.Eventually(t, func() bool {
		answer, err := s.ask(getNotes, map[string]any{"uuid": campaign}, token)
		return err == nil && len(answer.Errors) == 0
	}, patience, 50*time.Millisecond)
}

func requireNoStrayLetters(t *testing.T, token string) {
	t.Helper()
	require.Empty(t, strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
}
