package storage

import (
	"log/slog"
	"sync"
	"sync/atomic"
)

// warnings logs malformed content once for each row and column. It remembers at most maxWarnings of these, and logs
// no others.
type warnings struct {
	log       *slog.Logger
	malformed atomic.Int64
	mu        sync.Mutex
	seen      map[[3]string]bool
}

const maxWarnings = 10_000

// odd logs the columns of a row whose values do not fit their fields, and empties the list.
func (w *warnings) odd(table string, columns *[]string, key string) {
	for _, column := range *columns {
		w.once("malformed content; what does not fit is left out", table, column, key)
	}
	*columns = (*columns)[:0]
}

// dangling logs that a merge link leads to a row that does not exist.
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

// Malformed counts the times, since the store was opened, that a value did not fit its field or a merge link led
// nowhere.
func (s *Store) Malformed() int64 { return s.warned.malformed.Load() }
