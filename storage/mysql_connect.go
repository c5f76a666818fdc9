package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/go-sql-driver/mysql"

	"decnetgraph/storage/dsn"
)

// mysqlSession connects with a config, and sets each connection up by statements before its first use. A
// MySQL server goes on with a statement whose client has gone, so a connection that is dropped in the
// middle of one, as the driver does when its context ends, is killed at the server.
func mysqlSession(config *mysql.Config, setup ...string) (driver.Connector, error) {
	config = config.Clone()
	config.Logger = &mysql.NopLogger{} // what it would tell comes as an error, too
	plain, err := mysql.NewConnector(config.Clone())
	if err != nil {
		return nil, err
	}
	s := session{setup: setup, killer: newKiller(plain)}
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		wire := &droppable{socket: conn.(socket)}
		*ctx.Value(wireKey{}).(**droppable) = wire
		return wire, nil
	}
	s.Connector, err = mysql.NewConnector(config)
	return s, err
}

// session is the connector of mysqlSession.
type session struct {
	driver.Connector

	setup  []string
	killer *killer
}

type wireKey struct{}

// Connect implements driver.Connector.
func (s session) Connect(ctx context.Context) (driver.Conn, error) {
	// The driver bounds only the dialing, and database/sql connects in the background without an end.
	limited, cancel := context.WithTimeout(ctx, dsn.ConnectTimeout)
	defer cancel()
	conn, err := s.connect(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: the server did not answer within %v", mysql.ErrInvalidConn, dsn.ConnectTimeout)
	}
	return conn, err
}

func (s session) connect(ctx context.Context) (driver.Conn, error) {
	var wire *droppable
	conn, err := s.Connector.Connect(context.WithValue(ctx, wireKey{}, &wire))
	if err != nil {
		return nil, err
	}
	c := &mysqlConnection{mysqlConn: conn.(mysqlConn), wire: wire}
	for _, statement := range s.setup {
		if _, err := c.ExecContext(ctx, statement, nil); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	// Who may not look at the list of connections cannot kill any either, and goes on without.
	if own, err := identify(ctx, c); err == nil {
		wire.drop.Store(new(func() { s.killer.add(own) }))
	}
	return c, nil
}

// Close implements io.Closer: database/sql calls it when the pool is closed.
func (s session) Close() error {
	s.killer.stop()
	return nil
}

// identify asks the server what it calls a connection.
func identify(ctx context.Context, conn driver.QueryerContext) (victim, error) {
	found, err := conn.QueryContext(ctx, "SELECT CAST(id AS CHAR), host FROM information_schema.processlist WHERE id = CONNECTION_ID()", nil)
	if err != nil {
		return victim{}, err
	}
	defer found.Close()
	cells := make([]driver.Value, 2)
	if err := found.Next(cells); err != nil {
		return victim{}, err
	}
	var id, host string
	for i, into := range []cell{text(&id), text(&host)} {
		takes(into, cells[i])
	}
	own, err := strconv.ParseUint(id, 10, 64)
	return victim{number: own, host: host}, err
}

// mysqlConn is what a connection of the driver can do.
type mysqlConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// mysqlConnection is a connection that knows when it is closed in order, and ends transactions in time.
type mysqlConnection struct {
	mysqlConn

	wire   *droppable
	broken bool // in the middle of a transaction
}

// Close implements driver.Conn.
func (c *mysqlConnection) Close() error {
	c.wire.farewell.Store(true)
	return c.mysqlConn.Close()
}

// IsValid implements driver.Validator.
func (c *mysqlConnection) IsValid() bool { return !c.broken && c.mysqlConn.IsValid() }

// BeginTx implements driver.ConnBeginTx.
func (c *mysqlConnection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	_, err := c.mysqlConn.BeginTx(ctx, options)
	return mysqlTransaction{ctx, c}, err
}

// mysqlTransaction ends with its context. The driver's own would wait without an end for a server that
// has stopped to answer.
type mysqlTransaction struct {
	ctx  context.Context //nolint:containedctx // driver.Tx has no other way to it
	conn *mysqlConnection
}

// Commit implements driver.Tx.
func (t mysqlTransaction) Commit() error { return t.end(t.ctx, "COMMIT") }

// Rollback implements driver.Tx.
func (t mysqlTransaction) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackTime)
	defer cancel()
	return t.end(ctx, "ROLLBACK")
}

func (t mysqlTransaction) end(ctx context.Context, statement string) error {
	_, err := t.conn.ExecContext(ctx, statement, nil)
	t.conn.broken = err != nil // or the pool would give it, and the open transaction, to the next one
	return err
}

// socket is a TCP or a Unix connection.
type socket interface {
	net.Conn
	syscall.Conn // by which the driver sees, before it uses a connection again, that the server has closed it
}

// droppable is a connection that is killed at the server when it is closed out of order.
type droppable struct {
	socket

	drop     atomic.Pointer[func()] // kills it; nil until it has a number
	farewell atomic.Bool            // it is closed in order
	gone     atomic.Bool            // it was closed by the server
	closed   atomic.Bool
}

// Read implements net.Conn.
func (d *droppable) Read(packet []byte) (int, error) {
	n, err := d.socket.Read(packet)
	if err != nil {
		d.gone.Store(true)
	}
	return n, err
}

// Write implements net.Conn.
func (d *droppable) Write(packet []byte) (int, error) {
	n, err := d.socket.Write(packet)
	if err != nil {
		d.gone.Store(true)
	}
	return n, err
}

// Close implements net.Conn.
func (d *droppable) Close() error {
	if drop := d.drop.Load(); drop != nil && !d.farewell.Load() && !d.gone.Load() && !d.closed.Swap(true) {
		(*drop)()
	}
	return d.socket.Close()
}
