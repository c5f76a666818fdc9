package command

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"decnetgraph/attack"
	"decnetgraph/auth"
	"decnetgraph/graph/memory"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/admission"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// serveCommand is the command serve with its flags.
type serveCommand struct {
	databaseFlags `embed:""`
	networkFlags  `embed:""`
	limitFlags    `embed:"" group:"Limits"`
	documentFlags `embed:""`
	accessFlags   `embed:""`
	recordFlags   `embed:""`

	Replica []string `secret:"dsn" env:"DECNET_GRAPH_REPLICA" sep:" " placeholder:"DSN" help:"A replica of the database to read from; may be given more than once. A replica that fails or lags behind is not used until it has recovered."`
	Write   bool     `env:"DECNET_GRAPH_WRITE" help:"Allow the mutations: adding tags, writing verdicts, notes and rule states. Without it the database is only read."`
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
	network, problems := c.readNetwork(log)
	if len(problems) > 0 {
		return problems[0]
	}
	rules, err := c.rules(ctx, c.limitFlags, log)
	if err != nil {
		return err
	}
	source, err := c.source()
	if err != nil {
		return err
	}
	store, err := c.openStore(ctx, rules.limits, log)
	switch {
	case err != nil && ctx.Err() != nil: // stopped while it waited
		return nil
	case err != nil:
		return err
	}
	defer store.Close()
	access, err := c.openAccess(ctx, c.databaseFlags, store, auth.StoredTokens{Store: store}, log)
	if err != nil {
		return err
	}
	defer access.close()
	defer leaveHeadroom()()
	go returnIdleMemory(ctx, time.Tick(idleInterval))
	listeners, err := network.listen(ctx)
	if err != nil {
		return err
	}
	var reloads reloads
	reloads.add("logins", access.reload)
	reloads.add("trusted documents", rules.reload)
	site := httpapi.Site{API: c.api(ctx, store, rules, log), Database: store, Authenticator: access.authenticator}
	return network.serve(ctx, listeners, site, fmt.Sprintf("%s, %s", source, rights[c.Write]), &reloads, streams, log)
}

// openStore opens the database and its replicas.
func (c *serveCommand) openStore(ctx context.Context, limits resolvers.Limits, log *slog.Logger) (*storage.Store, error) {
	replicas, err := c.replicas(c.Replica)
	if err != nil {
		return nil, err
	}
	return c.recordFlags.open(ctx, c.databaseFlags, recordsOf(c.Write), storage.Options{
		Replicas: replicas, Write: c.Write, MaxRows: limits.Objects, MaxBytes: limits.AnswerBytes, Reopen: true,
	}, log)
}

// api makes the API on a store, with what it needs in the background until ctx ends.
func (c *serveCommand) api(ctx context.Context, store *storage.Store, rules *requestRules, log *slog.Logger) http.Handler {
	gate := admission.New(admission.DefaultLanes(c.MaxRunning, c.MaxWaiting), store.Connections())
	go gate.Report(ctx, log)
	resolver := &resolvers.Resolver{
		Store: store, Catalogue: attack.Default(), Version: buildVersion(), Admit: gate.Admit, Memory: memory.NewBudget(c.MaxMemory),
	}
	rules.charge(ctx, resolver, store)
	if c.Write {
		go store.KeepRollups(ctx)
		go store.KeepSearch(ctx)
	}
	return rules.handler(resolvers.NewExecutor(resolver, rules.limits, log))
}

// authenticated reports whether requests must prove who sent them.
func (c *serveCommand) authenticated() bool { return c.enabled() }
