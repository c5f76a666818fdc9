package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"decnetgraph/attack"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// serveCommand are the flags of serve.
type serveCommand struct {
	databaseFlags `embed:""`

	Replica    []string      `env:"DECNET_GRAPH_REPLICA" sep:" " placeholder:"DSN" help:"A replica of the database to read from in its place; may be given more than once. One that is away or behind is left out until it is back."`
	Write      bool          `env:"DECNET_GRAPH_WRITE" help:"Allow the mutations: adding tags, writing verdicts, notes and rule states. Without it the database is only read."`
	Listen     string        `default:"127.0.0.1:8080" env:"DECNET_GRAPH_LISTEN" help:"Address to serve on. There is no authentication yet, so only loopback addresses are accepted."`
	Host       []string      `env:"DECNET_GRAPH_HOST" placeholder:"NAME" help:"Further host names under which a local proxy may ask, besides localhost."`
	Timeout    time.Duration `default:"30s" env:"DECNET_GRAPH_TIMEOUT" help:"Longest time for one request."`
	MaxBody    int64         `default:"1048576" env:"DECNET_GRAPH_MAX_BODY" placeholder:"BYTES" help:"Longest request body, in bytes (${default})."`
	MaxTokens  int           `default:"4000" env:"DECNET_GRAPH_MAX_TOKENS" placeholder:"N" help:"Most tokens in a GraphQL document (${default})."`
	MaxObjects int           `default:"50000" env:"DECNET_GRAPH_MAX_OBJECTS" placeholder:"N" help:"Most objects that one request may hold (${default})."`
}

// rights says what a server may do with its database, by whether it may write.
var rights = map[bool]string{false: "read-only", true: "writes allowed"}

// grace is the time that running requests get when the server is told to stop.
const grace = 10 * time.Second

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	limits, err := resolvers.Limits{BodyBytes: c.MaxBody, Tokens: c.MaxTokens, Timeout: c.Timeout, Objects: c.MaxObjects}.Verify()
	if err != nil {
		return err
	}
	if err := requireLoopback(c.Listen); err != nil {
		return err
	}
	source, err := c.source()
	if err != nil {
		return err
	}
	store, err := storage.OpenSource(ctx, source, storage.Options{
		Replicas: c.Replica, Write: c.Write, MaxRows: limits.Objects, AnyRevision: c.AnyRevision, Log: log, Observe: logStatements(ctx, log),
	})
	if err != nil {
		return err
	}
	defer store.Close()
	defer leaveHeadroom()()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return storage.Invalid("cannot listen on %s: %v", c.Listen, errors.Unwrap(err))
	}
	resolver := &resolvers.Resolver{Store: store, Catalogue: model.Catalogue{Catalogue: attack.Default()}}
	if c.Write {
		go store.KeepRollups(ctx)
	}
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler:           routes(resolvers.Handler(resolver, limits, log), store, c.Host),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       c.Timeout + 10*time.Second,
		WriteTimeout:      c.Timeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	base := "http://" + listener.Addr().String()
	_, _ = fmt.Fprintf(streams.Out, `DECNET Graph is serving %s, %[3]s
  GraphiQL     %[2]s/graphiql/
  GraphQL API  %[2]s/graphql
  Health       %[2]s/healthz  %[2]s/readyz
Stop with Ctrl-C.
`, source, base, rights[c.Write])
	return serveUntilDone(ctx, server, resolvers.InOneWrite(server, listener), cut, log)
}

// serveUntilDone serves until ctx ends and then lets running requests finish; cut ends those that
// take longer than the grace.
func serveUntilDone(ctx context.Context, server *http.Server, listener net.Listener, cut func(), log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping; running requests may finish", "within", grace)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if server.Shutdown(stopping) == nil {
		return nil
	}
	log.Warn("requests that took too long were cut off")
	cut()
	answering, cancelAnswers := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancelAnswers()
	if server.Shutdown(answering) == nil {
		return nil
	}
	return server.Close()
}

// requireLoopback refuses an address that others could reach: nobody is asked who they are yet.
func requireLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return storage.Invalid("%q is not an address such as 127.0.0.1:8080", address)
	}
	if !loopback(host) {
		return storage.Invalid("refusing to listen on %s: without authentication only loopback addresses such as 127.0.0.1:8080 are safe", address)
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
