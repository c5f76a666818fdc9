package engine

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A connection pooler such as pgbouncer gives a connection of the server to one client for a session, or only for a
// transaction, and then to another. Reads through it are transactions of their own, which begin with all settings and
// use no prepared statements, in one round trip.

// beginText begins a transaction of a pool. What other clients have left as the session's defaults has no effect.
func (p *postgresPool) beginText() string {
	return "BEGIN ISOLATION LEVEL READ COMMITTED, " + strings.ToUpper(string(p.mode)) + ", NOT DEFERRABLE"
}

// readInTransaction runs a statement in a transaction of its own.
func (p *postgresPool) readInTransaction(ctx context.Context, text string, args []any) (Rows, error) {
	sent, err := p.sendTransaction(ctx, []*pendingStatement{{text: text, args: args}})
	if err != nil {
		return nil, err
	}
	found, err := sent.next()
	if err != nil {
		sent.close()
		return nil, err
	}
	return &transactionRows{found, sent}, nil
}

// transactionRows are the rows of the only statement of a transaction.
type transactionRows struct {
	Rows

	of pipelinedResults // nil when they are closed
}

// Close implements Rows.
func (r *transactionRows) Close() error {
	err := r.Rows.Close()
	if r.of != nil {
		r.of.close()
		r.of = nil
	}
	return err
}

// sendTransaction sends statements in a transaction of their own.
func (p *postgresPool) sendTransaction(ctx context.Context, statements []*pendingStatement) (pipelinedResults, error) {
	values := make([][][]byte, len(statements))
	for i, s := range statements {
		for _, arg := range s.args {
			value, err := postgresText(arg)
			if err != nil {
				return nil, err
			}
			values[i] = append(values[i], value)
		}
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	pipeline := conn.Conn().PgConn().StartPipeline(ctx)
	pipeline.SendQueryParams(p.beginText(), nil, nil, nil, nil)
	pipeline.SendQueryParams(p.settings, nil, nil, nil, nil)
	for i, s := range statements {
		pipeline.SendQueryParams(p.rebind(s.text), values[i], nil, nil, []int16{pgx.BinaryFormatCode})
	}
	pipeline.SendPipelineSync() // after an error the server goes on from here, with the end of the transaction
	pipeline.SendQueryParams("COMMIT", nil, nil, nil, nil)
	err = pipeline.Sync()
	r := &transactionResults{conn, pipeline}
	for range 2 { // BEGIN, settings
		if err == nil {
			err = r.skip()
		}
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// transactionResults are the rows of the statements of a transaction.
type transactionResults struct {
	conn     *pgxpool.Conn
	pipeline *pgconn.Pipeline
}

func (r *transactionResults) next() (Rows, error) {
	reader, err := r.reader()
	if err != nil {
		return nil, err
	}
	return &unpreparedRows{conn: r.conn, reader: reader}, nil
}

// reader returns the result of the next statement in the pipeline.
func (r *transactionResults) reader() (*pgconn.ResultReader, error) {
	result, err := r.pipeline.GetResults()
	if err != nil {
		return nil, err
	}
	reader, ok := result.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("unexpected result %T of a pipeline", result)
	}
	return reader, nil
}

// skip reads the result of the next statement to its end.
func (r *transactionResults) skip() error {
	reader, err := r.reader()
	if err == nil {
		_, err = reader.Close()
	}
	return err
}

func (r *transactionResults) close() {
	_ = r.pipeline.Close() // an error came with the rows
	r.conn.Release()       // closes the connection if it is still in a transaction
}

// unpreparedRows are the rows of a statement that is not prepared.
type unpreparedRows struct {
	conn   *pgxpool.Conn
	reader *pgconn.ResultReader // nil after its end
	err    error
}

// Next implements Rows.
func (r *unpreparedRows) Next() bool {
	if r.reader == nil {
		return false
	}
	if r.reader.NextRow() {
		return true
	}
	r.end()
	return false
}

// end reads the rest of the result.
func (r *unpreparedRows) end() {
	if r.reader != nil {
		if _, err := r.reader.Close(); err != nil {
			r.err = err
		}
		r.reader = nil
	}
}

// Scan implements Rows.
func (r *unpreparedRows) Scan(to []Scanner, v *Value) error {
	return scanPostgres(r.conn.Conn(), r.reader.FieldDescriptions(), r.reader.Values(), to, v)
}

// Err implements Rows.
func (r *unpreparedRows) Err() error { return r.err }

// Close implements Rows.
func (r *unpreparedRows) Close() error {
	r.end()
	return r.err
}

// poolerCanceler cancels the statement of a connection that leads to a pooler. It waits for the answer to the request,
// even after the statement has ended: pgbouncer 1.18 crashes if that connection is closed early.
type poolerCanceler struct {
	conn     *pgconn.PgConn
	answered chan struct{}
}

// poolerCancelTime is how long the pooler may take to pass on a request to cancel.
const poolerCancelTime = time.Minute

// HandleCancel implements ctxwatch.Handler.
func (c *poolerCanceler) HandleCancel(context.Context) {
	_ = c.conn.Conn().SetDeadline(time.Now().Add(cancelTime))
	answered := make(chan struct{})
	c.answered = answered
	go func() { //nolint:gosec,contextcheck // the context has ended, which is why the statement is cancelled
		defer close(answered)
		ctx, cancel := context.WithTimeout(context.Background(), poolerCancelTime)
		defer cancel()
		_ = c.conn.CancelRequest(ctx)
	}()
}

// HandleUnwatchAfterCancel implements ctxwatch.Handler. The request must not hit the next statement of the connection.
func (c *poolerCanceler) HandleUnwatchAfterCancel() {
	select {
	case <-c.answered:
		_ = c.conn.Conn().SetDeadline(time.Time{})
	case <-time.After(cancelTime):
		_ = c.conn.Conn().Close()
	}
}

// unpreparedArgs returns the arguments of a statement that is not prepared, after the options for pgx.
func unpreparedArgs(args []any, options ...any) ([]any, error) {
	for _, arg := range args {
		text, err := postgresText(arg)
		switch {
		case err != nil:
			return nil, err
		case text == nil:
			options = append(options, nil)
		default:
			options = append(options, string(text))
		}
	}
	return options, nil
}

// postgresText writes an argument as text. The server decides by the statement which type it is of, as it does for a
// prepared statement.
func postgresText(arg any) ([]byte, error) {
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, err
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(v), nil
	case []byte:
		return []byte(`\x` + hex.EncodeToString(v)), nil
	case time.Time:
		return v.UTC().AppendFormat(nil, "2006-01-02 15:04:05.999999-07:00"), nil
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
	default: // int64 and bool
		return fmt.Append(nil, v), nil
	}
}
