package engine

import (
	"context"
	"database/sql"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// prepared are the prepared statements of a pool that were used last: a cache by their texts.
type prepared struct {
	db *sql.DB
	// once reports whether a statement must not run twice, so that it is prepared for each use; nil if all may.
	once func(text string) bool

	mu      sync.Mutex
	cache   *lru.Cache[string, *preparedText]
	closing sync.WaitGroup
}

// preparedText is a statement and the number of its users.
type preparedText struct {
	*sql.Stmt

	users   int
	evicted bool // from the cache
}

func newPrepared(db *sql.DB, most int) *prepared {
	p := &prepared{db: db}
	p.cache, _ = lru.NewWithEvict(most, func(_ string, old *preparedText) { // it only fails for a size of 0
		old.evicted = true
		p.closeUnused(old)
	})
	return p
}

// closeUnused closes a statement that was evicted, once its last user is done. Closing may wait for a connection
// that another user holds.
func (p *prepared) closeUnused(s *preparedText) {
	if s.evicted && s.users == 0 {
		p.closing.Go(func() { _ = s.Close() })
	}
}

// query runs a text with a statement that is prepared once. The rows stay valid if the statement is evicted.
func (p *prepared) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if p.once != nil && p.once(text) {
		return p.db.QueryContext(ctx, text, args...) //nolint:sqlclosecheck // the caller closes them
	}
	statement, err := p.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer p.release(statement)
	return statement.QueryContext(ctx, args...) //nolint:sqlclosecheck // the caller closes them
}

func (p *prepared) take(ctx context.Context, text string) (*preparedText, error) {
	if known := p.use(text, nil); known != nil {
		return known, nil
	}
	fresh, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return p.use(text, fresh), nil
}

// use returns the statement of a text from the cache. If it is not there, a fresh one is added, unless it is nil.
func (p *prepared) use(text string, fresh *sql.Stmt) *preparedText {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, found := p.cache.Get(text)
	switch {
	case found && fresh != nil: // another goroutine was faster
		p.closing.Go(func() { _ = fresh.Close() })
	case !found && fresh == nil:
		return nil
	case !found:
		known = &preparedText{Stmt: fresh}
		p.cache.Add(text, known)
	}
	known.users++
	return known
}

func (p *prepared) release(s *preparedText) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.users--
	p.closeUnused(s)
}

// close closes the pool and its statements.
func (p *prepared) close() error {
	err := p.db.Close()
	p.mu.Lock()
	p.cache.Purge()
	p.mu.Unlock()
	p.closing.Wait()
	return err
}
