package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"decnetgraph/attack"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/admission"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// serveCommand is the command serve with its flags.
type serveCommand struct {
	databaseFlags `embed:""`

	Replica    []string      `env:"DECNET_GRAPH_REPLICA" sep:" " placeholder:"DSN" help:"A replica of the database to read from; may be given more than once. A replica that fails or lags behind is not used until it has recovered."`
	Write      bool          `env:"DECNET_GRAPH_WRITE" help:"Allow the mutations: adding tags, writing verdicts, notes and rule states. Without it the database is only read."`
	Listen     string        `default:"127.0.0.1:8080" env:"DECNET_GRAPH_LISTEN" help:"Address to serve on. There is no authentication yet, so only loopback addresses are accepted."`
	Host       []string      `env:"DECNET_GRAPH_HOST" placeholder:"NAME" help:"A further host name, besides localhost, that requests from a local proxy may use, as browsers see it: with the port unless it is the usual one."`
	Timeout    time.Duration `default:"30s" env:"DECNET_GRAPH_TIMEOUT" help:"Longest time for one request."`
	MaxBody    int64         `default:"4194304" env:"DECNET_GRAPH_MAX_BODY" placeholder:"BYTES" help:"Largest request body, in bytes (${default})."`
	MaxTokens  int           `default:"4000" env:"DECNET_GRAPH_MAX_TOKENS" placeholder:"N" help:"Most tokens in a GraphQL document (${default})."`
	MaxRunning int           `default:"0" env:"DECNET_GRAPH_MAX_RUNNING" placeholder:"UNITS" help:"Cost of the operations that may run at a time, in units of extensions.cost; 0 means 40000 for each processor core. While the server is overloaded, half of it."`
	MaxWaiting int           `default:"0" env:"DECNET_GRAPH_MAX_WAITING" placeholder:"N" help:"Most operations that may wait for others to end before further ones are refused; 0 means 8 for each processor core."`
	MaxAnswer  int           `default:"16777216" env:"DECNET_GRAPH_MAX_ANSWER" placeholder:"BYTES" help:"Largest answer, in bytes (${default})."`
	MaxMemory  int64         `default:"134217728" env:"DECNET_GRAPH_MAX_MEMORY" placeholder:"BYTES" help:"Most bytes of rows and answers that all requests together may hold (${default})."`
	MaxObjects int           `default:"50000" env:"DECNET_GRAPH_MAX_OBJECTS" placeholder:"N" help:"Most objects that one request may hold (${default})."`
}

// Help is the text of --help below the first line.
func (c *serveCommand) Help() string {
	return `Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 the database does not answer or the address is in use, so that the same command may ` +
		`succeed later, 2 the command, the database or a permission must change.`
}

// rights says what the server may do with its database, by the flag --write.
var rights = map[bool]string{false: "read-only", true: "writes allowed"}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	limits, err := resolvers.Limits{BodyBytes: c.MaxBody, Tokens: c.MaxTokens, Timeout: c.Timeout, Objects: c.MaxObjects, AnswerBytes: c.MaxAnswer}.Verify()
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
	store, err := c.open(ctx, storage.Options{
		Replicas: c.Replica, Write: c.Write, MaxRows: limits.Objects, MaxBytes: limits.AnswerBytes, Reopen: true,
	}, log)
	switch {
	case err != nil && ctx.Err() != nil: // stopped while it waited
		return nil
	case err != nil:
		return err
	}
	defer store.Close()
	defer leaveHeadroom()()
	go returnIdleMemory(ctx, time.Tick(idleInterval))
	listener, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	budget := memory.NewBudget(c.MaxMemory)
	gate := admission.New(admission.DefaultLanes(c.MaxRunning, c.MaxWaiting), store.Connections())
	go gate.Report(ctx, log)
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default(), Admit: gate.Admit, Memory: budget}
	if c.Write {
		go store.KeepRollups(ctx)
		go store.KeepSearch(ctx)
	}
	api := httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, log), limits)
	server := httpapi.Server{Handler: httpapi.Routes(api, store, c.Host), Log: log}
	base := "http://" + listener.Addr().String()
	_, _ = fmt.Fprintf(streams.Out, `DECNET Graph is serving %s, %[3]s
  GraphiQL     %[2]s/graphiql/
  GraphQL API  %[2]s/graphql
  Schema       %[2]s/schema.graphql
  Health       %[2]s/healthz  %[2]s/readyz
Stop with Ctrl-C.
`, source, base, rights[c.Write])
	return server.Serve(ctx, listener)
}

// listen opens the socket. That another program uses the address may pass, so it has the exit code of faults.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, codedError{exitFault, fmt.Errorf("cannot listen on %s: another program uses this address; stop it, or name another with --listen", address)}
	case err != nil:
		return nil, storage.Invalid("cannot listen on %s: %v", address, errors.Unwrap(err))
	}
	return listener, nil
}
