package engine

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// send implements pipelinedPool. The statements are one implicit transaction, in which each sees what is committed when it
// begins. If one fails, the server skips the others.
func (p *postgresPool) send(ctx context.Context, statements []*pendingStatement) (pipelinedResults, error) {
	if p.shared.Load() {
		return p.sendTransaction(ctx, statements)
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(statements))}
	for _, s := range statements {
		batch.Queue(p.rebind(s.text), s.args...)
	}
	return &postgresResults{conn, conn.SendBatch(ctx, batch)}, nil
}

// repeatable implements pipelinedPool.
func (p *postgresPool) repeatable(err error) bool { return unprepared(err) || p.connectionLost(err) }

// unprepared reports whether statements were not run because one of them could not be prepared, or was prepared before a
// migration. The error says nothing of the others.
func unprepared(err error) bool {
	_, failed := errors.AsType[pgx.ErrPreprocessingBatch](err)
	return failed || preparedTextLost(err)
}

// postgresResults are the rows of prepared statements.
type postgresResults struct {
	conn    *pgxpool.Conn
	results pgx.BatchResults
}

func (r *postgresResults) next() (Rows, error) {
	found, err := r.results.Query()
	if err != nil {
		return nil, err
	}
	return &postgresRows{Rows: found}, nil
}

func (r *postgresResults) close() {
	_ = r.results.Close() // an error came with the rows
	r.conn.Release()
}
