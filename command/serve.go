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
	observeFlags  `embed:""`
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
	watch, err := c.watch(ctx, source, log)
	if err != nil {
		return err
	}
	defer watch.close(context.WithoutCancel(ctx))
	store, err := c.openStore(ctx, rules.limits, watch, log)
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
	api, err := c.api(ctx, store, rules, watch, access, log)
	if err != nil {
		return err
	}
	var reloads reloads
	reloads.add("logins", access.reload)
	reloads.add("trusted documents", rules.reload)
	site := httpapi.Site{API: api, Database: store, Observer: watch.observer, Authenticator: access.authenticator}
	return network.serve(ctx, listeners, site, fmt.Sprintf("%s, %s", source, rights[c.Write]), &reloads, streams, log)
}

// openStore opens the database and its replicas.
func (c *serveCommand) openStore(ctx context.Context, limits resolvers.Limits, watch *watch, log *slog.Logger) (*storage.Store, error) {
	replicas, err := c.replicas(c.Replica)
	if err != nil {
		return nil, err
	}
	return c.recordFlags.open(ctx, c.databaseFlags, recordsOf(c.Write), storage.Options{
		Replicas: replicas, Write: c.Write, MaxRows: limits.Objects, MaxBytes: limits.AnswerBytes, Reopen: true, Observe: watch.statement(),
	}, log)
}

// api makes the API on a store, with what it needs in the background until ctx ends, and serves its metrics.
func (c *serveCommand) api(
	ctx context.Context, store *storage.Store, rules *requestRules, watch *watch, access *access, log *slog.Logger,
) (http.Handler, error) {
	budget := memory.NewBudget(c.MaxMemory)
	gate := admission.New(admission.DefaultLanes(c.MaxRunning, c.MaxWaiting), store.Connections())
	go gate.Report(ctx, log)
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default(), Version: buildVersion(), Admit: gate.Admit, Memory: budget}
	rules.charge(ctx, resolver, store)
	watch.attach(resolver)
	if c.Write {
		go store.KeepRollups(ctx)
		go store.KeepSearch(ctx)
	}
	executor := resolvers.NewExecutor(resolver, rules.limits, log)
	api := rules.handler(executor)
	return api, watch.serveMetrics(ctx, sources(store, gate, executor, budget, api, access), rules)
}
