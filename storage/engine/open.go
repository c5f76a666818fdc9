package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"decnetgraph/storage/engine/dsn"
)

// Options say how Open opens a database.
type Options struct {
	Write    bool         // open a pool for writing, too
	Replicas []string     // DSNs of databases that follow the first one and are read in its place
	Log      *slog.Logger // takes messages about replicas
}

// Pools are the connection pools of one database.
type Pools struct {
	Dialect Dialect
	// Reads is the pool for reading; its sessions cannot write.
	Reads Pool
	// Ready is a pool of one connection that only readiness checks use, so that they need not wait for the others.
	Ready Pool
	// Connections is the most connections that Reads opens.
	Connections int
	// Writes is the pool for writing, nil without Options.Write.
	Writes Pool
	// Replicas is Reads if there are replicas, otherwise nil.
	Replicas *Replicated

	source  dsn.Source
	standby *Replicated // watches Reads where that may be a standby of a primary that is not known, otherwise nil
}

// Open inspects a database and opens its pools. It fails with a message for the operator: with ErrUnavailable if the
// database does not answer now, with ErrInvalid if it cannot be opened like this or a replica is of another engine. A
// replica that does not answer may do so later.
func Open(ctx context.Context, source dsn.Source, o Options) (pools *Pools, err error) {
	err = Start(ctx, source, func(ctx context.Context) error {
		pools, err = open(ctx, source, o)
		return err
	})
	switch {
	case err == nil:
		return pools, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return nil, CannotOpen(source, err)
}

func open(ctx context.Context, source dsn.Source, o Options) (*Pools, error) {
	server, err := Of(source).Inspect(ctx, source)
	if err != nil {
		return nil, err
	}
	p := &Pools{Dialect: server.Dialect, Connections: server.Connections, source: source}
	access := Access{Primary: o.Write || len(o.Replicas) > 0}
	if p.Reads, err = server.Open(ctx, source, access); err != nil {
		return nil, err
	}
	if err := p.Reads.Ping(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if p.Ready, err = server.Open(ctx, source, Access{Primary: access.Primary, Connections: 1}); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if o.Write {
		access.Write = true
		if p.Writes, err = server.Open(ctx, source, access); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	_, pipelines := p.Reads.(pipelinedPool)
	if err := p.addReplicas(ctx, server, source, o); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if !o.Write && p.Replicas == nil && p.Dialect.Positions != nil {
		p.followAlone(context.WithoutCancel(ctx))
	}
	if pipelines {
		p.Reads = pipelining{p.Reads.(pipelinedPool)}
	}
	return p, nil
}

func (p *Pools) addReplicas(ctx context.Context, server Server, primary dsn.Source, o Options) error {
	var replicas []*replica
	for _, name := range o.Replicas {
		source, err := forms.Parse(name)
		if err != nil {
			return Invalid("replica: %v", err)
		}
		if source.Form != primary.Form {
			return Invalid("the replica %s is of another kind than the database %s", source, primary)
		}
		pool, err := server.Open(ctx, source, Access{})
		if err != nil {
			return err
		}
		replicas = append(replicas, &replica{Pool: pool, name: source.String()})
	}
	if len(replicas) > 0 {
		p.Replicas = replicate(context.WithoutCancel(ctx), p.Reads, replicas, p.Dialect, o.Log)
		p.Reads = p.Replicas
	}
	return nil
}

// Close closes the pools.
func (p *Pools) Close() error {
	if p.standby != nil {
		p.standby.unwatch()
	}
	var err error
	for _, pool := range []Pool{p.Reads, p.Ready, p.Writes} {
		if pool != nil {
			err = errors.Join(err, pool.Close())
		}
	}
	return err
}
