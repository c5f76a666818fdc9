package storage

import (
	"log/slog"
	"sync"
	"sync/atomic"
)

// warnings logs malformed content once per place, and stops noting places when there are too many.
type warnings struct {
	log       *slog.Logger
	malformed atomic.Int64
	mu        sync.Mutex
	seen      map[[3]string]bool
}

const maxWarnings = 10_000

// odd notes the columns of a row that hold something that their fields cannot take, and forgets them.
func (w *warnings) odd(table string, columns *[]string, key string) {
	for _, column := range *columns {
		w.once("malformed content; what does not fit is left out", table, column, key)
	}
	*columns = (*columns)[:0]
}

// dangling notes that a merge link leads to a row that is gone.
func (w *warnings) dangling(table, key string) {
	w.once("merge link leads nowhere; the lookup answers null", table, "merged_into_uuid", key)
}

func (w *warnings) once(message, table, column, key string) {
	w.malformed.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	place := [3]string{table, column, key}
	if w.seen[place] || len(w.seen) >= maxWarnings {
		return
	}
	if w.seen == nil {
		w.seen = map[[3]string]bool{}
	}
	w.seen[place] = true
	w.log.Warn("storage: "+message, "table", table, "column", column, "key", key)
}

// Malformed is the number of times so far that a value did not fit or a merge link led nowhere.
func (s *Store) Malformed() int64 { return s.warned.malformed.Load() }
