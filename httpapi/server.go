package httpapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"decnetgraph/observe"
)

// Server serves a handler until its context ends.
type Server struct {
	Handler http.Handler // what Routes returns; it bounds the time of operations
	Log     *slog.Logger
	// Observer notes clients that are cut off; nil if nobody wants to know.
	Observer *observe.Observer
}

// headerBytes is the length of a request's line and headers from which net/http itself refuses it. It is a little more
// than Routes allows, so that most requests that are too long get an answer that says so.
const headerBytes = maxURL + maxHeaders

// shutdownGrace is how long running requests may continue after the server begins to stop.
const shutdownGrace = 10 * time.Second

// Serve answers requests on the listener, which it closes, until ctx ends. It then waits for running requests,
// and cancels those that take longer than shutdownGrace. Its error is nil after such a shutdown.
func (s Server) Serve(ctx context.Context, listener net.Listener) error {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	server := &http.Server{
		Handler:        s.Handler,
		ReadTimeout:    defaultPace.period, // until the handler has read the body, see pacedBody
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: headerBytes,
		ErrorLog:       slog.NewLogLogger(s.Observer.Bounded(s.Log.Handler()), slog.LevelWarn),
		BaseContext:    func(net.Listener) context.Context { return requests },
	}
	paced := defaultPace
	paced.cutOff = s.Observer.CutOff
	listener = wrapConnections(server, listener, paced)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return s.shutDown(context.WithoutCancel(ctx), server, cancelRequests)
	}
}

// shutDown stops a server that serves. Requests that are canceled after the grace get a second to say so.
func (s Server) shutDown(ctx context.Context, server *http.Server, cancelRequests func()) error {
	s.Log.InfoContext(ctx, "stopping; running requests may finish", "within", shutdownGrace)
	grace, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
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
