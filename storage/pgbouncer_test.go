package storage_test

import (
	"database/sql"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/storagetest"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

// application is another client of the pooler, which counts on sessions as the server makes them.
type application struct{ *sql.DB }

const (
	// poolerConnections is how many connections to the server a pooler of the tests has.
	poolerConnections = 4
	clients           = 2 * poolerConnections
)

func newApplication(t *testing.T, source string) application {
	t.Helper()
	db, err := sql.Open("pgx", source+"&default_query_exec_mode=simple_protocol")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return application{db}
}

// each runs a statement on each connection of the pooler to the server: in transactions that are open at the same time.
func (a application) each(t *testing.T, statement string) {
	t.Helper()
	for range poolerConnections {
		tx, err := a.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Commit()) }()
		_, err = tx.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// session is what other clients see of a session. Nothing of ours may be in it.
const session = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE source = 'session' OR name IN" +
	" ('default_transaction_read_only', 'jit', 'plan_cache_mode', 'random_page_cost', 'statement_timeout', 'search_path')"

// sessions returns the settings of each connection that the pooler has, and the number of prepared statements there.
func (a application) sessions(t *testing.T) (settings []string, prepared int) {
	t.Helper()
	for range poolerConnections {
		tx, err := a.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Rollback()) }()
		var text string
		var count int
		require.NoError(t, tx.QueryRowContext(t.Context(), session).Scan(&text))
		require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_prepared_statements").Scan(&count))
		settings, prepared = append(settings, text), prepared+count
	}
	return settings, prepared
}

// ask reads with many clients at once.
func ask(t *testing.T, s *storage.Store) {
	t.Helper()
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() {
			for range 20 {
				found, err := s.Campaigns(t.Context(), []string{"c1", "c2"})
				if assert.NoError(t, err) {
					assert.NotEmpty(t, found)
				}
			}
		})
	}
	asking.Wait()
}

// TestConnectionsOfAPoolerAreLeftAsTheyWere serves through pgbouncer beside another application, which then finds all
// connections as before: it can write, and has its own settings and prepared statements.
func TestConnectionsOfAPoolerAreLeftAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact     string
		mode     dbserver.PoolMode
		settings []string
		params   string
	}{
		{"in transaction mode", dbserver.TransactionPooling, nil, ""},
		{"in session mode that resets nothing", dbserver.SessionPooling, []string{"server_reset_query =", "default_pool_size = 50"}, ""},
		{"that ignores some settings", dbserver.TransactionPooling, []string{"ignore_startup_parameters = extra_float_digits, jit, statement_timeout"}, ""},
		{"that the DSN names", dbserver.TransactionPooling, nil, "&pooler=true"},
		{"and a DSN that says how to run statements", dbserver.TransactionPooling, nil, "&default_query_exec_mode=exec"},
	} {
		t.Run("a pooler "+c.fact, func(t *testing.T) {
			t.Parallel()
			server := dbserver.Postgres(t)
			direct := server.Database(t)
			migrate(t, direct)
			backend{value: serverValue, unchecked: "SET session_replication_role = replica"}.fill(t, direct, storagetest.Fixture())
			pooled := dbserver.StartPgbouncer(t, server, c.mode, c.settings...).URL(direct)
			app := newApplication(t, pooled)
			execute(t, app, "CREATE TABLE app (i int)")
			app.each(t, "INSERT INTO app VALUES (0)")
			before, _ := app.sessions(t)
			if c.mode == dbserver.SessionPooling {
				require.NoError(t, app.Close()) // or its sessions are all that the pooler has
			}

			reader, err := storage.Open(t.Context(), pooled+c.params, storagetest.Options())
			require.NoError(t, err)
			ask(t, reader)
			if c.mode == dbserver.TransactionPooling {
				app.each(t, "INSERT INTO app VALUES (1)")
				ask(t, reader)
			}
			require.NoError(t, reader.Close())
			options := storagetest.Options()
			options.Write = true
			writer, err := storage.Open(t.Context(), pooled+c.params, options)
			require.NoError(t, err)
			for range clients {
				_, err = writer.SetCampaignNotes(t.Context(), "c1", new("x"), storage.Expected{})
				require.NoError(t, err)
			}
			require.NoError(t, writer.RebuildRollups(t.Context()))
			require.NoError(t, writer.Close())

			app = newApplication(t, pooled)
			app.each(t, "INSERT INTO app VALUES (2)")
			after, prepared := app.sessions(t)
			require.Equal(t, before, after)
			require.Zero(t, prepared)
		})
	}
}

// TestAPoolerIsRefusedWhereASessionIsNeeded tries the commands that keep a lock and settings in their session.
func TestAPoolerIsRefusedWhereASessionIsNeeded(t *testing.T) {
	t.Parallel()
	for _, mode := range []dbserver.PoolMode{dbserver.TransactionPooling, dbserver.SessionPooling} {
		server := dbserver.Postgres(t)
		direct := server.Database(t)
		pooled, err := engine.Parse(dbserver.StartPgbouncer(t, server, mode).URL(direct))
		require.NoError(t, err)
		_, err = transfer.Migrate(t.Context(), pooled)
		require.ErrorIs(t, err, storage.ErrInvalid)
		require.ErrorContains(t, err, "this command needs the server itself, not a connection pooler")
		from, err := engine.Parse(sqliteFile(t, storagetest.Fixture()))
		require.NoError(t, err)
		_, err = transfer.Import(t.Context(), transfer.Options{From: from, To: pooled})
		require.ErrorIs(t, err, storage.ErrInvalid)
		require.ErrorContains(t, err, "this command needs the server itself")
	}
}
