package storage

import (
	"time"

	"decnetgraph/storage/engine"
)

// ParseRFC3339 reads an instant that a person or a program gives, as RFC 3339 defines it, and returns it in UTC. Every
// reader of such texts calls it: arguments, files and the command line. exact is false where the instant is not quite the
// one that the text names: a leap second, or digits after the nanosecond. See engine.ParseRFC3339.
func ParseRFC3339(text string) (at time.Time, exact, ok bool) { return engine.ParseRFC3339(text) }
