package storage

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"decnetgraph/storage/engine"
)

// maxText is the largest number of characters that DECNET's columns hold on MySQL. Other databases would store
// more, but what one of them refuses is refused everywhere.
const maxText = 255

// validation checks a row before it is written, and keeps the first problem that it finds, in words for the
// person who sent the row. What any of the databases would refuse, truncate or change is a problem.
type validation struct{ first string }

// fail notes a problem, unless there is one already.
func (v *validation) fail(format string, args ...any) {
	if v.first == "" {
		v.first = fmt.Sprintf(format, args...)
	}
}

// reason returns the problem, nil if there is none.
func (v *validation) reason() *string {
	if v.first == "" {
		return nil
	}
	return &v.first
}

// invalid returns the problem as an error of kind ErrInvalid, nil if there is none.
func (v *validation) invalid() error {
	if v.first == "" {
		return nil
	}
	return Invalid("%s", v.first)
}

// required checks a text that must not be empty.
func (v *validation) required(name, value string) {
	if value == "" {
		v.fail("the %s is missing", name)
	}
	v.text(name, &value, maxText)
}

// optional checks a text that may be missing.
func (v *validation) optional(name string, value *string) { v.text(name, value, maxText) }

// text checks a text of at most a number of characters; nil is none.
func (v *validation) text(name string, value *string, most int) {
	switch {
	case value == nil:
	case !utf8.ValidString(*value):
		v.fail("the %s is not valid UTF-8", name)
	case strings.ContainsRune(*value, 0):
		v.fail("the %s has a character U+0000", name)
	case utf8.RuneCountInString(*value) > most:
		v.fail("the %s is longer than %d characters", name, most)
	}
}

// share checks a number from 0 to 1.
func (v *validation) share(name string, value float64) {
	if math.IsNaN(value) || value < 0 || value > 1 {
		v.fail("the %s is not a number from 0 to 1", name)
	}
}

// between checks a whole number.
func (v *validation) between(name string, value, least, most int) {
	if value < least || value > most {
		v.fail("the %s is not a number from %d to %d", name, least, most)
	}
}

// instant checks that an instant is in the years that every database can store.
func (v *validation) instant(name string, at time.Time) {
	if !engine.Storable(at) {
		v.fail("the %s is not within the years %d to %d", name, engine.FirstStoredYear, engine.LastYear)
	}
}

// words lists the values of an enumeration for a message.
func words[W ~string](list []W) string {
	names := make([]string, len(list))
	for i, word := range list {
		names[i] = string(word)
	}
	return strings.Join(names, ", ")
}

// json checks JSON text; nil is null.
func (v *validation) json(name string, value JSON) {
	if value == nil {
		return
	}
	if problem := value.problem(); problem != "" {
		v.fail("the %s %s", name, problem)
	}
}
