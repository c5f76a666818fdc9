package httpapi

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"decnetgraph/observe"
)

// Server serves a handler until its context ends.
type Server struct {
	Handler http.Handler // what Routes returns; it bounds the time of operations
	TLS     *tls.Config  // of all addresses but unix sockets; nil serves in clear text
	Log     *slog.Logger
	// Observer notes clients that are cut off; nil if nobody wants to know.
	Observer *observe.Observer
}

// headerBytes is the length of a request's line and headers from which net/http itself refuses it. It is a little more
// than Routes allows, so that most requests that are too long get an answer that says so.
const headerBytes = maxURL + maxHeaders

// shutdownGrace is how long running requests may continue after the server begins to stop.
const shutdownGrace = 10 * time.Second

// Serve answers requests on the listeners, which it closes, until ctx ends. It then answers all requests on the connections
// that it has accepted, and cancels those that take longer than shutdownGrace. Its error is nil after such a shutdown.
func (s Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	busy := &busyConnections{}
	server := &http.Server{
		Handler:        s.Handler,
		ReadTimeout:    defaultPace.period, // until the handler has read the body, see pacedBody; also for the handshake of TLS
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: headerBytes,
		Protocols:      http1,
		ErrorLog:       slog.NewLogLogger(connectionLog{s.Observer.Bounded(s.Log.Handler())}, slog.LevelWarn),
		BaseContext:    func(net.Listener) context.Context { return requests },
		ConnContext:    withConnection,
		ConnState:      busy.note,
	}
	paced := defaultPace
	paced.cutOff = s.Observer.CutOff
	failed := make(chan error, len(listeners))
	for n, listener := range listeners {
		listeners[n] = closeOnce(listener)
		wrapped := wrapConnections(listeners[n], s.tlsOf(listener), paced)
		go func() { failed <- server.Serve(wrapped) }()
	}
	select {
	case err := <-failed:
		_ = server.Close() // the other listeners, too
		return err
	case <-ctx.Done():
		for _, listener := range listeners {
			_ = listener.Close()
		}
		for range listeners {
			<-failed //nolint:errcheck // it fails because the listener was closed; from now on, busy knows all accepted connections
		}
		return s.shutDown(context.WithoutCancel(ctx), server, busy, cancelRequests)
	}
}

// http1 is the only protocol that is served. HTTP/2 would put many requests on one connection, where deadlines and held
// writes of one would be those of all: the guards against slow clients, and the one write of an answer, need a connection
// for each request.
var http1 = func() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return protocols
}()

// tlsOf returns the encryption of a listener, or nil. A unix socket needs none, because it does not leave the machine.
func (s Server) tlsOf(listener net.Listener) *tls.Config {
	if listener.Addr().Network() == "unix" {
		return nil
	}
	return s.TLS
}

// connectionLog takes what net/http reports of connections. Failed handshakes are common on a network and rarely concern the
// operator, because port scanners and checks of balancers make them: they are for the debug level.
type connectionLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (l connectionLog) Handle(ctx context.Context, record slog.Record) error {
	if strings.Contains(record.Message, "TLS handshake error") {
		record.Level = slog.LevelDebug
	}
	if !l.Enabled(ctx, record.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, record)
}

// shutDown stops a server that accepts no connections any more. Requests that are canceled after the grace get a second to say so.
func (s Server) shutDown(ctx context.Context, server *http.Server, busy *busyConnections, cancelRequests func()) error {
	s.Log.InfoContext(ctx, "stopping; running requests may finish", "within", shutdownGrace)
	grace, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	busy.leave(grace, server)
	if server.Shutdown(grace) == nil {
		return nil
	}
	s.Log.WarnContext(ctx, "requests that took too long were cut off")
	cancelRequests()
	answering, cancelAnswers := context.WithTimeout(ctx, time.Second)
	defer cancelAnswers()
	if server.Shutdown(answering) == nil {
		return nil
	}
	return server.Close()
}
