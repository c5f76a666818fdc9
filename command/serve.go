package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"decnetgraph/attack"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// serveCommand is the command serve with its flags.
type serveCommand struct {
	databaseFlags `embed:""`

	Replica    []string      `env:"DECNET_GRAPH_REPLICA" sep:" " placeholder:"DSN" help:"A replica of the database to read from; may be given more than once. A replica that fails or lags behind is not used until it has recovered."`
	Write      bool          `env:"DECNET_GRAPH_WRITE" help:"Allow the mutations: adding tags, writing verdicts, notes and rule states. Without it the database is only read."`
	Listen     string        `default:"127.0.0.1:8080" env:"DECNET_GRAPH_LISTEN" help:"Address to serve on. There is no authentication yet, so only loopback addresses are accepted."`
	Host       []string      `env:"DECNET_GRAPH_HOST" placeholder:"NAME" help:"A further host name, besides localhost, that requests from a local proxy may use."`
	Timeout    time.Duration `default:"30s" env:"DECNET_GRAPH_TIMEOUT" help:"Longest time for one request."`
	MaxBody    int64         `default:"4194304" env:"DECNET_GRAPH_MAX_BODY" placeholder:"BYTES" help:"Largest request body, in bytes (${default})."`
	MaxTokens  int           `default:"4000" env:"DECNET_GRAPH_MAX_TOKENS" placeholder:"N" help:"Most tokens in a GraphQL document (${default})."`
	MaxObjects int           `default:"50000" env:"DECNET_GRAPH_MAX_OBJECTS" placeholder:"N" help:"Most objects that one request may hold (${default})."`
}

// rights says what the server may do with its database, by the flag --write.
var rights = map[bool]string{false: "read-only", true: "writes allowed"}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	limits, err := resolvers.Limits{BodyBytes: c.MaxBody, Tokens: c.MaxTokens, Timeout: c.Timeout, Objects: c.MaxObjects}.Verify()
	if err != nil {
		return err
	}
	if err := httpapi.RequireLoopback(c.Listen); err != nil {
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
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default()}
	if c.Write {
		go store.KeepRollups(ctx)
	}
	api := httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, log), limits)
	server := httpapi.Server{Handler: httpapi.Routes(api, store, c.Host), Timeout: c.Timeout, Log: log}
	base := "http://" + listener.Addr().String()
	_, _ = fmt.Fprintf(streams.Out, `DECNET Graph is serving %s, %[3]s
  GraphiQL     %[2]s/graphiql/
  GraphQL API  %[2]s/graphql
  Health       %[2]s/healthz  %[2]s/readyz
Stop with Ctrl-C.
`, source, base, rights[c.Write])
	return server.Serve(ctx, listener)
}
