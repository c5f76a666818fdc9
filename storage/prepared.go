package storage

import (
	"context"
	"database/sql"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// keptTexts is how many statements a pool remembers, the last ones used. A server prepares each on
// every connection, and MySQL allows 16,382 of them in all.
const keptTexts = 256

// prepared are the prepared statements of a pool that were used last.
type prepared struct {
	db *sql.DB

	mu      sync.Mutex
	kept    *lru.Cache[string, *preparedText]
	closing sync.WaitGroup
}

// preparedText is a statement and who uses it.
type preparedText struct {
	*sql.Stmt

	users   int
	dropped bool // it is kept no more
}

func newPrepared(db *sql.DB, most int) *prepared {
	p := &prepared{db: db}
	p.kept, _ = lru.NewWithEvict(most, func(_ string, old *preparedText) { // it only fails for a size of 0
		old.dropped = true
		p.closeUnused(old)
	})
	return p
}

// closeUnused closes a statement that is kept no more, when its last user is done. That may wait for the
// connection of another one.
func (p *prepared) closeUnused(s *preparedText) {
	if s.dropped && s.users == 0 {
		p.closing.Go(func() { _ = s.Close() })
	}
}

// query runs a text with a statement that is prepared once. Rows hold what they need of it themselves.
func (p *prepared) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	statement, err := p.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer p.release(statement)
	return statement.QueryContext(ctx, args...) //nolint:sqlclosecheck // whoever reads the rows closes them
}

func (p *prepared) take(ctx context.Context, text string) (*preparedText, error) {
	if kept := p.use(text, nil); kept != nil {
		return kept, nil
	}
	fresh, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return p.use(text, fresh), nil
}

// use finds the statement of a text, or else keeps a fresh one if there is one.
func (p *prepared) use(text string, fresh *sql.Stmt) *preparedText {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, found := p.kept.Get(text)
	switch {
	case found && fresh != nil: // another one was faster
		p.closing.Go(func() { _ = fresh.Close() })
	case !found && fresh == nil:
		return nil
	case !found:
		kept = &preparedText{Stmt: fresh}
		p.kept.Add(text, kept)
	}
	kept.users++
	return kept
}

func (p *prepared) release(s *preparedText) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.users--
	p.closeUnused(s)
}

// close closes the pool, and the statements with it.
func (p *prepared) close() error {
	err := p.db.Close()
	p.mu.Lock()
	p.kept.Purge()
	p.mu.Unlock()
	p.closing.Wait()
	return err
}
