package command

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"decnetgraph/documents"
	"decnetgraph/graph/model"
	"decnetgraph/httpapi"
	"decnetgraph/httpapi/ratelimit"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

// documentFlags say which documents requests may have, and what their operations may cost together.
type documentFlags struct {
	TrustedDocuments     string   `env:"DECNET_GRAPH_TRUSTED_DOCUMENTS" placeholder:"FILE|DIR" help:"Documents that clients may name by an id: a manifest of Relay, GraphQL Code Generator or Apollo, or a folder with such files and with files that end in .graphql or .gql."`
	TrustedDocumentsMode string   `enum:",off,log,only" default:"" env:"DECNET_GRAPH_TRUSTED_DOCUMENTS_MODE" placeholder:"MODE" help:"What happens to other documents: only refuses them and is the default with --trusted-documents, log runs and logs them, off runs them."`
	PersistedQueries     int      `default:"8388608" env:"DECNET_GRAPH_PERSISTED_QUERIES" placeholder:"BYTES" help:"Memory for the automatic persisted queries of Apollo's clients (${default}); 0 turns them off. They are off in the mode only."`
	RateLimit            []string `env:"DECNET_GRAPH_RATE_LIMIT" placeholder:"[ROLE=]UNITS/PERIOD" help:"Cost that the operations of one principal may have together in each period, in units of extensions.cost, such as 600000/1m, or INGEST=5000000/1m for one role; may be given more than once. Without it there is no limit."`
}

// requestRules is what the flags make of the limits, the documents and the cost of operations.
type requestRules struct {
	documentFlags

	mode     documents.Mode
	limits   resolvers.Limits
	trusted  *resolvers.TrustedDocuments // nil if there are none
	limiter  *ratelimit.Limiter          // nil if nobody is limited
	executor *resolvers.Executor         // nil until the server has one
	named    func(operations []string)   // is told the names of the operations in the trusted documents; nil if nobody is
	log      *slog.Logger
}

// maxPersistedQueries is the largest value of --persisted-queries.
const maxPersistedQueries = 1 << 30

// rules reads the limits, documents and rates of the flags. Its error is storage.ErrInvalid.
func (f documentFlags) rules(ctx context.Context, flags limitFlags, log *slog.Logger) (*requestRules, error) {
	limits, err := flags.limits()
	if err != nil {
		return nil, err
	}
	r := &requestRules{documentFlags: f, mode: documents.Mode(f.TrustedDocumentsMode), limits: limits, log: log}
	rates, err := ratelimit.ParseRates(f.RateLimit)
	switch {
	case err != nil:
		return nil, storage.Invalid("--rate-limit: %v", err)
	case rates.Limited():
		r.limiter = ratelimit.New(ratelimit.Options{Rates: rates, Log: log})
	}
	switch {
	case f.PersistedQueries < 0 || f.PersistedQueries > maxPersistedQueries:
		return nil, storage.Invalid("--persisted-queries must lie between 0 and %d bytes, not %d", maxPersistedQueries, f.PersistedQueries)
	case f.TrustedDocuments == "" && (r.mode == documents.Log || r.mode == documents.Only):
		return nil, storage.Invalid("--trusted-documents-mode %s needs documents; name them with --trusted-documents", r.mode)
	case f.TrustedDocuments == "":
		return r, nil
	case r.mode == "":
		r.mode = documents.Only
	}
	return r, r.read(ctx)
}

// read reads the trusted documents. If that fails, nothing changes.
func (r *requestRules) read(ctx context.Context) error {
	set, err := documents.Read(r.TrustedDocuments)
	if err != nil {
		return storage.Invalid("%v", err)
	}
	trusted, err := resolvers.NewTrustedDocuments(ctx, set, r.limits)
	if err != nil {
		return err
	}
	r.trusted = trusted
	r.log.InfoContext(ctx, "trusted documents were read", "documents", len(set.Documents()), "mode", string(r.mode))
	return nil
}

// reload reads the trusted documents again. If one of them is not valid, its error says which, and those from before stay
// trusted.
func (r *requestRules) reload() error {
	if r.TrustedDocuments == "" {
		return nil
	}
	if err := r.read(context.Background()); err != nil {
		return err
	}
	r.executor.Trust(r.trusted)
	r.tellNames()
	return nil
}

func (r *requestRules) tellNames() {
	if r.named != nil && r.trusted != nil {
		r.named(r.trusted.Names())
	}
}

// documents has an executor trust the documents, and returns what requests to it may have as a document.
func (r *requestRules) documents(executor *resolvers.Executor) httpapi.Documents {
	r.executor = executor
	executor.Trust(r.trusted)
	return httpapi.Documents{Trusted: executor.Trusted, Mode: r.mode, PersistedBytes: r.PersistedQueries, Log: r.log}
}

// handler serves an executor.
func (r *requestRules) handler(executor *resolvers.Executor) http.Handler {
	return httpapi.API{Executor: executor, Limits: r.limits, Documents: r.documents(executor)}.Handler()
}

// costTable counts costs in a database that several servers share, as ratelimit.Spender.
type costTable interface {
	SpendCost(ctx context.Context, key string, window time.Time, cost int) (spent int, err error)
}

// spender is the form of a costTable that a limiter takes.
type spender struct{ costTable }

// Spend implements ratelimit.Spender.
func (s spender) Spend(ctx context.Context, key string, window time.Time, cost int) (int, error) {
	return s.SpendCost(ctx, key, window, cost)
}

// rateLimit is what the principal of a context may still spend; nil if that is any amount.
func (r *requestRules) rateLimit(ctx context.Context) *model.RateLimit {
	rate, left := r.limiter.Balance(ctx)
	if rate == (ratelimit.Rate{}) {
		return nil
	}
	return &model.RateLimit{Capacity: rate.Units, Period: rate.Period.Seconds(), Remaining: left.Remaining, ResetAt: left.ResetAt}
}

// charge sets how a resolver charges operations. Servers count together if the database has a place for that.
func (r *requestRules) charge(ctx context.Context, resolver *resolvers.Resolver, database any) {
	if r.limiter == nil {
		return
	}
	resolver.Charge, resolver.RateLimit = r.limiter.Charge, r.rateLimit
	table, shared := database.(costTable)
	if shared {
		_, err := table.SpendCost(ctx, "", time.Now().UTC().Truncate(time.Hour), 0)
		if shared = err == nil || errors.Is(err, storage.ErrUnavailable); shared { // which may pass
			r.limiter.Spender = spender{table}
		}
	}
	r.log.InfoContext(ctx, "operations are limited by cost", "rates", strings.Join(r.RateLimit, " "), "shared", shared)
}
