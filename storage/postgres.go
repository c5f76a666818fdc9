package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"decnetgraph/storage/dsn"
)

// postgresDialect is for texts of a collation, quoted, or of none where the database's own serves.
func postgresDialect(collation string) dialect {
	// The inner SELECT hides the number of keys from the planner. It would plan anew for every request, which
	// takes longer than most requests run, only to know that number.
	collate := ""
	if collation != "" { // a recursive expression must keep the collation that it starts with
		collate = " COLLATE " + collation
	}
	list, one := "(SELECT UNNEST((SELECT ?::text[]))"+collate+" AS k)", "(SELECT ?::text"+collate+" AS k)"
	return dialect{
		KeyList: func(keys []string) (string, any, error) {
			if len(keys) == 1 {
				return one, postgresKey(keys[0]), nil
			}
			return list, arrayLiteral(keys), nil
		},
		BindKey:         postgresKey,
		OrderedJoin:     " JOIN ",
		Limit:           limitPostgres,
		Lateral:         true,
		HashedNotIn:     true,
		Equal:           plainlySame,
		Bytewise:        plain,
		GroupKey:        plain,
		NullSafeEqual:   func(a, b string) string { return a + " IS NOT DISTINCT FROM " + b },
		ForUpdate:       " FOR UPDATE",
		LockTags:        "LOCK TABLE ttp_tag IN SHARE MODE",
		DayOf:           func(at string) string { return "COALESCE(TO_CHAR(" + at + ", 'YYYY-MM-DD'), '')" },
		ColumnsQuery:    "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))",
		InstantArg:      func(at time.Time) any { return at.UTC() },
		Precision:       time.Microsecond,
		SkipDuplicates:  keepOnConflict,
		PrimaryPosition: "SELECT pg_current_wal_lsn()::text",
		ReplicaReached:  "SELECT CASE WHEN pg_last_wal_replay_lsn() >= ?::text::pg_lsn THEN '1' ELSE '0' END",
		Classify:        classifyPostgres,
	}
}

// limitPostgres writes the numbers out: statements are planned once, and a planner that does not know
// them takes a tenth of the table for what is wanted.
func limitPostgres(rows, skip int) (text string, args []any) {
	text = " LIMIT " + strconv.Itoa(rows)
	if skip > 0 {
		text += " OFFSET " + strconv.Itoa(skip)
	}
	return text, nil
}

// inspectPostgres finds the collation of DECNET's keys, quoted; empty for the database's own.
func inspectPostgres(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	var collation string
	err = conn.QueryRow(ctx, `SELECT COALESCE(collation_name, '')::text FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_name = 'attackers' AND column_name = 'uuid'`).Scan(&collation)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && collation == "") {
		return "", nil
	}
	return pgx.Identifier{collation}.Sanitize(), err
}

// onlyPrimary is a configuration of several hosts that connects to the one that is no standby. What
// the operator says about the hosts stands.
func onlyPrimary(config *pgx.ConnConfig) *pgx.ConnConfig {
	if len(config.Fallbacks) == 0 || config.ValidateConnect != nil {
		return config
	}
	config = config.Copy()
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	return config
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
	// Compiling a recursive expression takes longer than running it, and so does planning one each time, or
	// starting processes for the branch of a rollup that has no rows unless sums are out of date. The default
	// cost of a random page is that of a disk that turns: an owner's rows would be sorted, not read in order.
	setup := "SET timezone = 'UTC'; SET jit = off; SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0; SET random_page_cost = 1.1"
	if !write { // enforced by the session, not only by our code
		setup += "; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
	}
	settings.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		ctx, cancel := context.WithTimeout(ctx, dsn.ConnectTimeout) // the pool's context has no end
		defer cancel()
		_, err := conn.PgConn().Exec(ctx, setup).ReadAll()
		return err
	}
	// A statement whose request is gone is cancelled at the server, and the connection lives on. A server
	// that does not heed that within the delay loses the connection, so that the request ends in time.
	p := &postgres{}
	settings.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &canceler{&pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTime}, &p.canceledAt}
	}
	if p.rebound, err = lru.New[string, string](2 * keptTexts); err != nil { // as many as pgx prepares on a connection
		return nil, err
	}
	settings.ShouldPing = func(_ context.Context, lay pgxpool.ShouldPingParams) bool {
		return lay.IdleDuration > time.Second || lay.IdleDuration > time.Since(*p.droppedAt.Load())
	}
	settings.PingTimeout = dsn.ConnectTimeout // or one that a firewall swallows would take all of a request's time
	p.droppedAt.Store(&time.Time{})
	p.canceledAt.Store(&time.Time{})
	p.pool, err = pgxpool.NewWithConfig(ctx, settings)
	return p, err
}

// postgres is a pool of pgx, without database/sql in between: statements are fewer allocations and a
// quarter less time for one row, and a request that is gone is cancelled at the server.
type postgres struct {
	pool       *pgxpool.Pool
	rebound    *lru.Cache[string, string] // text with "?" marks to text with numbered ones
	droppedAt  atomic.Pointer[time.Time]  // when a connection was last found dropped; all that lay idle then are suspect
	canceledAt atomic.Pointer[time.Time]  // when a statement was last canceled
}

// canceler notes when a statement is canceled.
type canceler struct {
	*pgconn.CancelRequestContextWatcherHandler

	at *atomic.Pointer[time.Time]
}

// HandleCancel implements ctxwatch.Handler.
func (c *canceler) HandleCancel(ctx context.Context) {
	now := time.Now()
	c.at.Store(&now)
	c.CancelRequestContextWatcherHandler.HandleCancel(ctx)
}

func (p *postgres) query(ctx context.Context, text string, args []any) (found rows, err error) {
	err = twice(ctx, p.dropped, func() error {
		raw, err := p.pool.Query(ctx, p.rebind(text), args...)
		if err == nil {
			found, err = begun(&postgresRows{Rows: raw}, nil)
		}
		return err
	})
	return found, err
}

// dropped reports whether a connection of the pool was found dropped, and then has the others looked at
// before they are used again: a server that restarts drops all. A request to cancel names a connection, and a
// busy server may come to it only when the connection has its next statement: that one is as good as dropped.
func (p *postgres) dropped(err error) bool {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == queryCanceled {
		return time.Since(*p.canceledAt.Load()) < strayTime
	}
	if !staleConnection(err) {
		return false
	}
	now := time.Now()
	p.droppedAt.Store(&now)
	return true
}

func (p *postgres) ping(ctx context.Context) error {
	return twice(ctx, p.dropped, func() error { return p.pool.Ping(ctx) })
}

// close waits for the server to say goodbye, but not long: one that is frozen never does.
func (p *postgres) close() error {
	closed := make(chan struct{})
	go func() {
		p.pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTime):
	}
	return nil
}

// rebind numbers the marks of a text. No text has a "?" that is no mark.
func (p *postgres) rebind(text string) string {
	numbered, ok := p.rebound.Get(text)
	if !ok {
		numbered = numberMarks(text)
		p.rebound.Add(text, numbered)
	}
	return numbered
}

func (p *postgres) begin(ctx context.Context) (transaction, error) {
	var tx pgx.Tx
	err := twice(ctx, p.dropped, func() (err error) {
		tx, err = p.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		return err
	})
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
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == readOnlyTransaction {
		t.pool.pool.Reset() // a server that was demoted: the next connection may lead to the new primary
	}
	return result.RowsAffected(), err
}

func (t postgresTransaction) commit(ctx context.Context) error { return t.tx.Commit(ctx) }

// rollback outlives the request: a transaction left open would hold its locks.
func (t postgresTransaction) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	_ = t.tx.Rollback(ctx)
}

const (
	// cancelTime is how long a server may take to end a statement that was cancelled.
	cancelTime = 500 * time.Millisecond
	// strayTime is how long after a request to cancel one that nobody asked to cancel may have been hit by it.
	strayTime = 5 * time.Second
	// queryCanceled is the error of a statement that was canceled, by whatever.
	queryCanceled = "57014"
	// rollbackTime is how long a rollback may take before its connection is given up, which ends the
	// transaction, too.
	rollbackTime = 400 * time.Millisecond
	// closeTime is how long connections may take to be closed in order.
	closeTime = 2 * time.Second
	// readOnlyTransaction is the error of a write on a server that is, or became, read-only.
	readOnlyTransaction = "25006"
)

// postgresRows gives cells what they know: texts, 64-bit numbers, bools, instants and bytes.
type postgresRows struct {
	pgx.Rows
}

func (r *postgresRows) scan(to []scanner, v *value) error {
	fields, raw, conn := r.FieldDescriptions(), r.RawValues(), r.Conn()
	for i := range to {
		if err := v.decode(conn, fields[i].DataTypeOID, fields[i].Format, raw[i]); err != nil {
			return err
		}
		to[i].take(v)
	}
	return nil
}

// Close implements rows.
func (r *postgresRows) Close() error {
	r.Rows.Close()
	return r.Err()
}

// misfit is a value that the column it is compared with, or written to, cannot hold: as in a forged cursor.
func misfit(cause error) error {
	return fmt.Errorf("%w: %w", Invalid("a value is none that its column can hold"), cause)
}

// staleConnection reports whether a statement failed because of what happened to its connection before.
func staleConnection(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false // a new one would fail, too
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code {
		case "57P01", "57P02", "57P05": // ended by an operator or by a crash, or for being idle
			return true
		case "26000": // its prepared statement has gone, as behind a pooler
			return true
		case "0A000": // its prepared statement is of before a migration
			return refused.Routine == "RevalidateCachedQuery"
		}
		return false
	}
	return unreachable(err)
}

// unreachable reports whether err is that of a network.
func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

func classifyPostgres(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok { // whatever the server says of it, as that a password has changed
		return unavailable(err)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch refused.Code[:2] {
		case "08", "53", "57", "58", "XX": // connection, resources, operator's intervention, system, corruption
			return unavailable(err)
		}
		switch refused.Code {
		case "40001", "40P01", "55P03": // serialization, deadlock, lock not available
			return busy(err)
		case "23505", "23503": // unique, foreign key
			return raced(err)
		case readOnlyTransaction: // a primary that was demoted
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
	if unreachable(err) {
		return unavailable(err)
	}
	return err
}
