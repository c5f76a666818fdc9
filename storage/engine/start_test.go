package engine

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/storagetest/dbserver"
)

// listen starts a server that runs talk on each connection and keeps it open afterwards.
func listen(t *testing.T, talk func(conn net.Conn)) (address string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go talk(conn)
		}
	}()
	return l.Addr().String()
}

// mysqlGreeting is the first packet of a server that speaks TLS: protocol 10, a version, the connection's number, the
// challenge, capabilities with SSL, and the name of a plugin.
func mysqlGreeting() []byte {
	packet := append([]byte{10}, "8.0.0\x00\x01\x00\x00\x0012345678\x00"...)
	packet = append(packet, 0xff, 0xff, 45, 2, 0, 0xff, 0xdf, 21)
	packet = append(packet, make([]byte, 10)...)
	packet = append(packet, "123456789012\x00mysql_native_password\x00"...)
	return append([]byte{byte(len(packet)), 0, 0, 0}, packet...)
}

// readSome reads what a client sends first, if it sends anything.
func readSome(conn net.Conn) { _, _ = conn.Read(make([]byte, 1024)) }

// TestSilentServersAreGivenUp opens databases of servers that accept connections and stop answering at some point.
func TestSilentServersAreGivenUp(t *testing.T) {
	t.Parallel()
	silent := func(net.Conn) {}
	for _, c := range []struct {
		fact, before, after string
		talk                func(net.Conn)
	}{
		{"MySQL says nothing", "mysql://a:b@", "/c", silent},
		{"MySQL is silent during authentication", "mysql://a:b@", "/c?connect_timeout=1", func(conn net.Conn) { _, _ = conn.Write(mysqlGreeting()) }},
		{"MySQL is silent during TLS", "mysql://a:b@", "/c?connect_timeout=1&tls=skip-verify", func(conn net.Conn) { _, _ = conn.Write(mysqlGreeting()) }},
		{"MySQL sends one byte each half second", "mysql://a:b@", "/c?connect_timeout=1", func(conn net.Conn) {
			for _, b := range mysqlGreeting() {
				if _, err := conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(500 * time.Millisecond)
			}
		}},
		{"PostgreSQL says nothing", "postgres://a:b@", "/c?connect_timeout=1", silent},
		{"PostgreSQL says nothing and no time for connecting is set", "postgres://a:b@", "/c?connect_timeout=0", silent},
		{"PostgreSQL says nothing without TLS", "postgres://a:b@", "/c?connect_timeout=1&sslmode=disable", silent},
		{"PostgreSQL is silent during TLS", "postgres://a:b@", "/c?connect_timeout=1&sslmode=require", func(conn net.Conn) {
			readSome(conn)
			_, _ = conn.Write([]byte("S"))
		}},
		{"PostgreSQL is silent during authentication", "postgres://a:b@", "/c?connect_timeout=1&sslmode=disable", func(conn net.Conn) {
			readSome(conn)
			_, _ = conn.Write([]byte("R\x00\x00\x00\x0c\x00\x00\x00\x05salt"))
		}},
		{"PostgreSQL is silent after authentication", "postgres://a:b@", "/c?connect_timeout=1&sslmode=disable", func(conn net.Conn) {
			readSome(conn)
			_, _ = conn.Write([]byte("R\x00\x00\x00\x08\x00\x00\x00\x00" + "K\x00\x00\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x02" + "Z\x00\x00\x00\x05I"))
		}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			address := listen(t, c.talk)
			source, err := Parse(c.before + address + c.after)
			require.NoError(t, err)
			patience, cancel := context.WithTimeout(t.Context(), time.Minute) // many times the limit
			defer cancel()
			_, err = Open(patience, source, Options{})
			require.NoError(t, patience.Err(), "the limit has ended it")
			require.ErrorIs(t, err, ErrUnavailable)
			require.ErrorContains(t, err, "no answer")
			requireOneLine(t, err, source)
			bulk, err := Of(source).OpenBulk(source, BulkAccess{Write: true})
			require.NoError(t, err)
			defer bulk.Close()
			err = Start(patience, source, bulk.PingContext)
			require.NoError(t, patience.Err())
			require.ErrorIs(t, CannotOpen(source, err), ErrUnavailable)
		})
	}
}

// requireOneLine checks the form of an error for an operator.
func requireOneLine(t *testing.T, err error, source dsn.Source) {
	t.Helper()
	require.NotContains(t, err.Error(), "\n")
	require.Contains(t, err.Error(), source.Redacted())
	require.NotContains(t, err.Error(), "secret")
	require.False(t, strings.HasPrefix(err.Error(), "cannot open"), "the cause comes first: %s", err)
}

// TestWhyADatabaseCannotBeOpened holds the kind of each error: ErrUnavailable if the same command may succeed later.
func TestWhyADatabaseCannotBeOpened(t *testing.T) {
	t.Parallel()
	// closed is the address of a port that was free a moment ago.
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := l.Addr().String()
	require.NoError(t, l.Close())
	reset := listen(t, func(conn net.Conn) { _ = conn.Close() })
	other := listen(t, func(conn net.Conn) {
		readSome(conn)
		_, _ = io.Copy(conn, bytes.NewBufferString("HTTP/1.1 400 Bad Request\r\n\r\n"))
		_ = conn.Close()
	})
	starting := listen(t, func(conn net.Conn) {
		readSome(conn)
		const failure = "SFATAL\x00VFATAL\x00C57P03\x00Mthe database system is starting up\x00\x00"
		_, _ = conn.Write(append([]byte{'E', 0, 0, 0, byte(len(failure) + 4)}, failure...))
		_ = conn.Close()
	})
	maria, postgres := dbserver.MariaDB(t).Database(t), dbserver.Postgres(t).Database(t)
	admin := dbserver.Postgres(t).Admin()
	for _, c := range []struct {
		fact, name, says string
		kind             error
	}{
		{"MySQL: nobody listens", "mysql://a:secret@" + closed + "/c", "connection refused by " + closed, ErrUnavailable},
		{"MySQL: no socket", "mysql://a:secret@/c?unix_socket=/nowhere/socket", "no server listens on /nowhere/socket", ErrUnavailable},
		{"MySQL: no such host", "mysql://a:secret@nowhere.invalid/c", "nowhere.invalid was not found", ErrUnavailable},
		{"MySQL: the server closes the connection", "mysql://a:secret@" + reset + "/c", "closed the connection", ErrUnavailable},
		{"MySQL: a wrong password", strings.Replace(maria, ":decnet@", ":secret@", 1), "Access denied for user 'decnet'", ErrInvalid},
		{"MySQL: no such database", maria + "_not", "Unknown database", ErrInvalid},
		{"MySQL: no TLS", maria + "?tls=true", "TLS requested but server does not support TLS", ErrInvalid},
		{"PostgreSQL: nobody listens", "postgres://a:secret@" + closed + "/c", "connection refused by " + closed, ErrUnavailable},
		{"PostgreSQL: no socket", "postgres://a:secret@/c?host=/nowhere", "no server listens on /nowhere/.s.PGSQL.5432", ErrUnavailable},
		{"PostgreSQL: no such host", "postgres://a:secret@nowhere.invalid/c", "nowhere.invalid was not found", ErrUnavailable},
		{"PostgreSQL: the server closes the connection", "postgres://a:secret@" + reset + "/c?sslmode=disable", "closed the connection", ErrUnavailable},
		{"PostgreSQL: the server starts up", "postgres://a:secret@" + starting + "/c?sslmode=disable", "the database system is starting up", ErrUnavailable},
		{"PostgreSQL: all hosts are down", "postgres://a:secret@" + closed + ",127.0.0.1:1/c", "connection refused by " + closed + "; connection refused by 127.0.0.1:1", ErrUnavailable},
		{"PostgreSQL: another kind of server", "postgres://a:secret@" + other + "/c?sslmode=disable", "", nil},
		{"PostgreSQL: no such role", strings.Replace(postgres, "decnet@", "nobody:secret@", 1), `role "nobody" does not exist`, ErrInvalid},
		{"PostgreSQL: no such database", strings.Replace(postgres, "?", "_not?", 1), "does not exist", ErrInvalid},
		{"PostgreSQL: no TLS", strings.Replace(postgres, "disable", "require", 1), "TLS failed", ErrInvalid},
		{"PostgreSQL: an unknown setting", postgres + "&worked_mem=1", `unrecognized configuration parameter "worked_mem"`, ErrInvalid},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			source, err := Parse(c.name)
			require.NoError(t, err)
			_, err = Open(t.Context(), source, Options{})
			require.ErrorContains(t, err, c.says)
			requireOneLine(t, err, source)
			if c.kind != nil {
				require.ErrorIs(t, err, c.kind)
			}
		})
	}
	require.NoError(t, admin.PingContext(t.Context()))
}

// TestTheCallerEndsTheStart leaves before the limit: the error is the caller's.
func TestTheCallerEndsTheStart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mysql://a:b@", "postgres://a:b@"} {
		source, err := Parse(name + listen(t, func(net.Conn) {}) + "/c")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err = Open(ctx, source, Options{})
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, ErrUnavailable)
	}
}
