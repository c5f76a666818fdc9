package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresDialect is for texts of a collation, quoted, or of none where the database's own serves.
func postgresDialect(collation string) dialect {
	keys := "(SELECT UNNEST(?::text[]) AS k)"
	if collation != "" { // a recursive expression must keep the collation that it starts with
		keys = "(SELECT UNNEST(?::text[]) COLLATE " + collation + " AS k)"
	}
	return dialect{
		keys: keys,
		bindKeys: func(keys []string) (any, error) {
			held := make([]string, 0, len(keys))
			for _, key := range keys {
				if utf8.ValidString(key) && !strings.ContainsRune(key, 0) { // no text of PostgreSQL is another
					held = append(held, key)
				}
			}
			return held, nil
		},
		then:     " JOIN ",
		limit:    " LIMIT ? OFFSET ?",
		equal:    "{a} = {b}",
		exact:    "{a}",
		columns:  "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))",
		instant:  func(at time.Time) any { return at.UTC() },
		position: "SELECT pg_current_wal_lsn()::text",
		applied:  "SELECT CASE WHEN pg_last_wal_replay_lsn() >= ?::text::pg_lsn THEN '1' ELSE '0' END",
		classify: classifyPostgres,
	}
}

// inspectPostgres finds the collation of DECNET's keys, quoted; empty for the database's own.
func inspectPostgres(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var collation string
	err = conn.QueryRow(ctx, `SELECT COALESCE(collation_name, '')::text FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_name = 'attackers' AND column_name = 'uuid'`).Scan(&collation)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && collation == "") {
		return "", nil
	}
	return pgx.Identifier{collation}.Sanitize(), err
}

// openPostgres opens a pool of read-only connections, or of connections for writing.
func openPostgres(ctx context.Context, config *pgx.ConnConfig, write bool) (*postgres, error) {
	settings, err := pgxpool.ParseConfig("") // the only way to make one
	if err != nil {
		return nil, err
	}
	settings.ConnConfig = config.Copy()
	settings.MaxConns = serverConnections
	if params := settings.ConnConfig.RuntimeParams; params["application_name"] == "" {
		params["application_name"] = "decnet-graph"
	}
	if len(settings.ConnConfig.Fallbacks) > 0 && settings.ConnConfig.ValidateConnect == nil && write {
		settings.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // of several hosts, the primary
	}
	setup := "SET timezone = 'UTC'; SET jit = off" // compiling a recursive expression takes longer than running it
	if !write {                                    // enforced by the session, not only by our code
		setup += "; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
	}
	settings.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, setup).ReadAll()
		return err
	}
	// A statement whose request is gone is cancelled at the server, and the connection lives on.
	settings.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second}
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, err
	}
	return &postgres{pool: pool}, nil
}

// postgres is a pool of pgx, without database/sql in between: rows are decoded straight from the
// wire, which takes a third of the time.
type postgres struct {
	pool    *pgxpool.Pool
	rebound sync.Map // text with "?" marks to text with numbered ones
}

func (p *postgres) query(ctx context.Context, text string, args []any) (rows, error) {
	found, err := p.pool.Query(ctx, p.rebind(text), args...)
	if err != nil {
		return nil, err
	}
	return &postgresRows{Rows: found}, nil
}

func (p *postgres) ping(ctx context.Context) error { return p.pool.Ping(ctx) }

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

// rebind numbers the marks of a text. No text has a "?" that is no mark.
func (p *postgres) rebind(text string) string {
	if kept, ok := p.rebound.Load(text); ok {
		return kept.(string)
	}
	numbered := numberMarks(text)
	p.rebound.Store(text, numbered)
	return numbered
}

func (p *postgres) begin(ctx context.Context) (transaction, error) {
	tx, err := p.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return nil, err
	}
	return postgresTransaction{p, tx}, nil
}

type postgresTransaction struct {
	pool *postgres
	tx   pgx.Tx
}

func (t postgresTransaction) query(ctx context.Context, text string, args []any) (rows, error) {
	found, err := t.tx.Query(ctx, t.pool.rebind(text), args...)
	if err != nil {
		return nil, err
	}
	return &postgresRows{Rows: found}, nil
}

func (t postgresTransaction) exec(ctx context.Context, text string, args []any) (int64, error) {
	result, err := t.tx.Exec(ctx, t.pool.rebind(text), args...)
	return result.RowsAffected(), err
}

func (t postgresTransaction) commit(ctx context.Context) error { return t.tx.Commit(ctx) }

// rollback outlives the request: a transaction left open would hold its locks.
func (t postgresTransaction) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	_ = t.tx.Rollback(ctx)
}

// rollbackTime is the longest that a rollback may take before its connection is given up.
const rollbackTime = 2 * time.Second

// postgresRows gives cells what they know: texts, 64-bit numbers, bools, instants and bytes.
type postgresRows struct {
	pgx.Rows
	read bool // whether the first row or the end has been reached
}

// Next implements rows.
func (r *postgresRows) Next() bool {
	r.read = true
	return r.Rows.Next()
}

// Scan implements rows.
func (r *postgresRows) Scan(dest ...any) error {
	fields, raw := r.FieldDescriptions(), r.RawValues()
	for i, target := range dest {
		value, err := decode(r.Conn(), fields[i].DataTypeOID, fields[i].Format, raw[i])
		if err == nil {
			err = target.(sql.Scanner).Scan(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close implements rows.
func (r *postgresRows) Close() error {
	r.Rows.Close()
	return r.Err()
}

// misfit is a value of the question that the column compared with cannot hold, as in a forged cursor.
func misfit(cause error) error {
	return fmt.Errorf("%w: %w", Invalid("a cursor or a filter holds a value that its column cannot hold"), cause)
}

func classifyPostgres(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code[:2] {
		case "08", "53", "57", "58", "XX": // connection, resources, operator's intervention, system, corruption
			return unavailable(err)
		}
		switch refused.Code {
		case "40001", "40P01", "55P03": // serialization, deadlock, lock not available
			return busy(err)
		case "23505", "23503": // unique, foreign key
			return raced(err)
		case "25006": // read-only transaction: a primary that was demoted
			return unavailable(err)
		}
		if refused.Code[:2] == "22" {
			return misfit(err)
		}
		return err
	}
	if strings.Contains(err.Error(), "failed to encode") { // pgx has no type for it
		return misfit(err)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) {
		return unavailable(err)
	}
	return err
}
