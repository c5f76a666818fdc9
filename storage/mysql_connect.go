package storage

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

// session is a connector whose connections are set up by statements before their first use.
type session struct {
	driver.Connector

	setup []string
}

// mysqlSession connects with a config. A MySQL server goes on with a statement whose client has
// gone, so a connection that is dropped in the middle of one, as the driver does when its context
// ends, is killed by its number.
func mysqlSession(config *mysql.Config, setup ...string) (driver.Connector, error) {
	config = config.Clone()
	plain, err := mysql.NewConnector(config.Clone())
	if err != nil {
		return nil, err
	}
	dial := config.DialFunc
	if dial == nil {
		dial = (&net.Dialer{Timeout: config.Timeout}).DialContext
	}
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		noted, _ := ctx.Value(numberKey{}).(*atomic.Uint64)
		return &droppable{Conn: conn, number: noted, kill: func(number uint64) { kill(plain, number) }}, nil
	}
	connector, err := mysql.NewConnector(config)
	return session{connector, setup}, err
}

type numberKey struct{}

// Connect implements driver.Connector.
func (s session) Connect(ctx context.Context) (driver.Conn, error) {
	number := &atomic.Uint64{}
	conn, err := s.Connector.Connect(context.WithValue(ctx, numberKey{}, number))
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, conn, number); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (s session) prepare(ctx context.Context, conn driver.Conn, number *atomic.Uint64) error {
	for _, statement := range s.setup {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, statement, nil); err != nil {
			return err
		}
	}
	found, err := conn.(driver.QueryerContext).QueryContext(ctx, "SELECT CONNECTION_ID()", nil)
	if err != nil {
		return err
	}
	defer found.Close()
	cells := make([]driver.Value, 1)
	if err := found.Next(cells); err != nil {
		return err
	}
	text, _ := asText(cells[0])
	if unsigned, ok := cells[0].(uint64); ok {
		text = strconv.FormatUint(unsigned, 10)
	}
	own, err := strconv.ParseUint(text, 10, 64)
	number.Store(own)
	return err
}

// droppable is a connection that is killed at the server when it is closed without a farewell.
type droppable struct {
	net.Conn

	number *atomic.Uint64
	kill   func(number uint64)
	polite atomic.Bool // the last packet said goodbye
	closed atomic.Bool
}

// farewell is the packet that ends a connection in order; behind TLS it is not to be told apart, and
// then a connection that is gone already is killed in vain.
var farewell = []byte{1, 0, 0, 0, 1}

// Write implements net.Conn.
func (d *droppable) Write(packet []byte) (int, error) {
	d.polite.Store(bytes.Equal(packet, farewell))
	return d.Conn.Write(packet)
}

// Close implements net.Conn.
func (d *droppable) Close() error {
	if d.number != nil && d.number.Load() > 0 && !d.polite.Load() && !d.closed.Swap(true) {
		go d.kill(d.number.Load())
	}
	return d.Conn.Close()
}

// kill ends a connection by its number, from another one. What cannot be killed is gone, or its
// server is.
func kill(connector driver.Connector, number uint64) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db := sql.OpenDB(connector)
	defer db.Close()
	_, _ = db.ExecContext(ctx, "KILL "+strconv.FormatUint(number, 10))
}
