package transfer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/migrations"
	"decnetgraph/storage/sample"
	"decnetgraph/storage/storagetest/dbserver"
)

// processFile is the environment variable with the import that this program runs when a test starts it again.
const processFile = "DECNET_GRAPH_TEST_IMPORT"

// process is an import in a process of its own.
type process struct {
	From, To string
	Rows     int // of a batch
	Lines    int // kills the process soon after so many lines of progress, or when it makes the indexes; negative is never
}

// main runs the import. It prints progress as lines on standard error and the report as JSON.
func (p process) main() error {
	lines := 0
	say := func(text string) {
		fmt.Fprintln(os.Stderr, text)
		if lines == p.Lines || p.Lines > 0 && strings.HasPrefix(text, "making") {
			soon := time.Duration(rand.IntN(10_000)) * time.Microsecond // in the middle of the next step
			time.AfterFunc(soon, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
		}
		lines++
	}
	report, err := importOf(context.Background(), p.From, p.To, func(o *Options) {
		o.BatchRows = p.Rows
		o.Progress = func(p Progress) { say(fmt.Sprint("batch ", p.Done)) }
		o.Notice = say
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func TestMain(m *testing.M) {
	text, child := os.LookupEnv(processFile)
	if !child {
		dbserver.Main(m)
	}
	var p process
	err := json.Unmarshal([]byte(text), &p)
	if err == nil {
		err = p.main()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func importOf(ctx context.Context, from, to string, change ...func(*Options)) (Report, error) {
	var o Options
	var err error
	if o.From, err = engine.Parse(from); err != nil {
		return Report{}, err
	}
	if o.To, err = engine.Parse(to); err != nil {
		return Report{}, err
	}
	for _, c := range change {
		c(&o)
	}
	return Import(ctx, o)
}

// imported is an import that must end well.
func imported(t *testing.T, from, to string, change ...func(*Options)) Report {
	t.Helper()
	report, err := importOf(t.Context(), from, to, change...)
	require.NoError(t, err)
	return report
}

// target makes an empty database of an engine.
type target struct {
	name string
	make func(t *testing.T) string
}

var targets = []target{
	{"SQLite", func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "target.db") }},
	{"MariaDB", func(t *testing.T) string { t.Helper(); return dbserver.MariaDB(t).Database(t) }},
	{"PostgreSQL", func(t *testing.T) string { t.Helper(); return dbserver.Postgres(t).Database(t) }},
}

func onEach(t *testing.T, test func(t *testing.T, to string)) {
	t.Helper()
	for _, one := range targets {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			test(t, one.make(t))
		})
	}
}

// sampleFile is a sample database.
func sampleFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	db, err := storage.CreateSQLite(t.Context(), path)
	require.NoError(t, err)
	defer db.Close()
	_, err = sample.Write(t.Context(), db, sample.Options{Scale: 1, Seed: 1})
	require.NoError(t, err)
	return path
}

// smallFile is a database of some thousand rows, of which the tags come late.
func smallFile(t *testing.T) string {
	t.Helper()
	const count = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) "
	return sourceFile(t, append(oneRowEach(t),
		count+bad(t, "attackers", "uuid='a' || n.n; ip='192.0.2.' || n.n % 250")+", n",
		count+bad(t, "ttp_tag", "uuid=hex(randomblob(16)); attacker_uuid='a' || (1 + n.n % 500)")+", n",
		count+bad(t, "observations", "id=hex(randomblob(16)); attacker_uuid='a' || n.n; primitive='p' || n.n")+", n")...)
}

// oracle is the database that DECNET itself has made.
func oracle(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../shared/oracle/decnet.db")
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skip("NOT TRIED WITH DECNET'S OWN DATABASE: ../shared/oracle/decnet.db is missing")
	}
	return path
}

// sourceFile is a SQLite database of our schema, without what would keep odd values out.
func sourceFile(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.db")
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = migrations.UpTo(t.Context(), db, engine.SQLite, 1, nil) // unique indexes would refuse some rows
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	return path
}

// change runs statements on any database.
func change(t *testing.T, source string, statements ...string) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	d, err := open(t.Context(), parsed, true)
	require.NoError(t, err)
	defer d.close()
	for _, statement := range statements {
		require.NoError(t, d.exec(t.Context(), statement), statement)
	}
}

// number asks any database for a number.
func number(t *testing.T, source, query string) (n int) {
	t.Helper()
	parsed, err := engine.Parse(source)
	require.NoError(t, err)
	d, err := open(t.Context(), parsed, false)
	require.NoError(t, err)
	defer d.close()
	require.NoError(t, d.one(t.Context(), &n, query), query)
	return n
}
