package storage

import (
	"log/slog"
	"sync"
	"sync/atomic"
)

// warnings logs malformed content once for each row and column, maxWarnings times in all.
type warnings struct {
	log   *slog.Logger
	count atomic.Int64 // of all, including those that are not logged
	mu    sync.Mutex
	seen  map[[3]string]bool
}

const maxWarnings = 10_000

// malformedColumns logs the columns of a row whose values do not fit their fields, and empties the list.
func (w *warnings) malformedColumns(table string, columns *[]string, key string) {
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
	w.count.Add(1)
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
func (s *Store) Malformed() int64 { return s.warned.count.Load() }
