package engine

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlSession returns a connector that gives each new connection the settings in mysqlSettings and some more, and lets
// it write or not. A MySQL server keeps running a
// statement after its client has disconnected. The driver drops a connection when the context of its statement ends, so
// if that happens during a statement, the connector kills the connection at the server.
func mysqlSession(config *mysql.Config, write bool, more ...mysqlSetting) (driver.Connector, error) {
	readOnly := "ON" // enforced by the session, not only by our code
	if write {
		readOnly = "OFF"
	}
	settings := append([]mysqlSetting{{"tx_read_only", readOnly}, {"transaction_read_only", readOnly}}, more...)
	config = config.Clone()
	config.Logger = &mysql.NopLogger{} // the errors return what it would print
	plain, err := mysql.NewConnector(config.Clone())
	if err != nil {
		return nil, err
	}
	s := mysqlConnector{settings: settings, limit: config.Timeout, killer: newKiller(plain)}
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

// mysqlConnector is the connector of mysqlSession.
type mysqlConnector struct {
	driver.Connector

	settings []mysqlSetting
	limit    time.Duration // for all of connecting
	killer   *killer
}

type wireKey struct{}

// Connect implements driver.Connector.
func (s mysqlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	// The driver has a timeout for dialing only, and database/sql connects in the background without a deadline.
	limited, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	conn, err := s.connect(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, errSilent
	}
	return conn, err
}

// errSilent means that the server did not answer within the time for connecting.
var errSilent = fmt.Errorf("%w: the server did not answer in time", mysql.ErrInvalidConn)

func (s mysqlConnector) connect(ctx context.Context) (driver.Conn, error) {
	var wire *droppable
	conn, err := s.Connector.Connect(context.WithValue(ctx, wireKey{}, &wire))
	if err != nil {
		return nil, err
	}
	c := &mysqlConnection{mysqlConn: conn.(mysqlConn), wire: wire}
	if err := setUp(ctx, c, s.settings); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	// A user who may not list connections cannot kill any either, and works without.
	if own, err := identify(ctx, c); err == nil {
		wire.kill.Store(new(func() { s.killer.add(own) }))
	}
	return c, nil
}

// Close implements io.Closer: database/sql calls it when the pool is closed.
func (s mysqlConnector) Close() error {
	s.killer.stop()
	return nil
}

// identify asks the server for the number and host by which it knows a connection.
func identify(ctx context.Context, conn driver.QueryerContext) (victim, error) {
	found, err := variables(ctx, conn, "SELECT CAST(id AS CHAR), host FROM information_schema.processlist WHERE id = CONNECTION_ID()")
	for id, host := range found {
		number, err := strconv.ParseUint(id, 10, 64)
		return victim{number: number, host: host}, err
	}
	return victim{}, errors.Join(errors.New("the server does not list this connection"), err)
}

// mysqlConn is the interface of the driver's connections.
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

// mysqlConnection is a connection that marks its socket when it is closed in order, and ends transactions in time.
type mysqlConnection struct {
	mysqlConn

	wire   *droppable
	broken bool // in the middle of a transaction
}

// Close implements driver.Conn.
func (c *mysqlConnection) Close() error {
	c.wire.orderly.Store(true)
	return c.mysqlConn.Close()
}

// IsValid implements driver.Validator.
func (c *mysqlConnection) IsValid() bool { return !c.broken && c.mysqlConn.IsValid() }

// BeginTx implements driver.ConnBeginTx.
func (c *mysqlConnection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	_, err := c.mysqlConn.BeginTx(ctx, options)
	return mysqlTransaction{ctx, c}, err
}

// mysqlTransaction ends with its context. The driver's own transaction would wait forever for a server that no longer
// answers.
type mysqlTransaction struct {
	ctx  context.Context //nolint:containedctx // the methods of driver.Tx take none
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
	t.conn.broken = err != nil // or the pool would give the connection, with its open transaction, to another user
	return err
}

// socket is a TCP or a Unix connection.
type socket interface {
	net.Conn
	syscall.Conn // the driver uses it to see that the server has closed an idle connection
}

// droppable is a connection that is killed at the server unless it is closed in order.
type droppable struct {
	socket

	kill    atomic.Pointer[func()] // nil until the connection has a number
	orderly atomic.Bool            // the client closes it in order
	gone    atomic.Bool            // the server has closed it
	closed  atomic.Bool
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
	if kill := d.kill.Load(); kill != nil && !d.orderly.Load() && !d.gone.Load() && !d.closed.Swap(true) {
		(*kill)()
	}
	return d.socket.Close()
}
