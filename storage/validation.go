package storage

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// maxText is the most characters that DECNET's columns hold on MySQL. Other databases would take more,
// but what one of them refuses is refused everywhere.
const maxText = 255

// flaws finds what keeps a row from being written, in words for the person who asked: the first flaw.
// What any of the databases would refuse, cut or change is a flaw.
type flaws struct{ first string }

func (f *flaws) note(format string, args ...any) {
	if f.first == "" {
		f.first = fmt.Sprintf(format, args...)
	}
}

// reason is the flaw as results have it, nil if there is none.
func (f *flaws) reason() *string {
	if f.first == "" {
		return nil
	}
	return &f.first
}

// invalid is the flaw as an error, nil if there is none.
func (f *flaws) invalid() error {
	if f.first == "" {
		return nil
	}
	return Invalid("%s", f.first)
}

// required checks a text that must not be empty.
func (f *flaws) required(name, value string) {
	if value == "" {
		f.note("the %s is missing", name)
	}
	f.text(name, &value, maxText)
}

// optional checks a text that may be missing.
func (f *flaws) optional(name string, value *string) { f.text(name, value, maxText) }

func (f *flaws) text(name string, value *string, most int) {
	switch {
	case value == nil:
	case !utf8.ValidString(*value):
		f.note("the %s is not valid UTF-8", name)
	case strings.ContainsRune(*value, 0):
		f.note("the %s has a character U+0000", name)
	case utf8.RuneCountInString(*value) > most:
		f.note("the %s is longer than %d characters", name, most)
	}
}

// share checks a number from 0 to 1.
func (f *flaws) share(name string, value float64) {
	if math.IsNaN(value) || value < 0 || value > 1 {
		f.note("the %s is not a number from 0 to 1", name)
	}
}

// between checks a whole number.
func (f *flaws) between(name string, value, least, most int) {
	if value < least || value > most {
		f.note("the %s is not a number from %d to %d", name, least, most)
	}
}

// instant checks an instant for the years that all databases know.
func (f *flaws) instant(name string, at time.Time) {
	if year := at.UTC().Year(); year < 1000 || year > 9999 {
		f.note("the %s is not within the years 1000 to 9999", name)
	}
}

// words names the words of a list.
func words[W ~string](list []W) string {
	names := make([]string, len(list))
	for i, word := range list {
		names[i] = string(word)
	}
	return strings.Join(names, ", ")
}

// json checks JSON text; nil is null.
func (f *flaws) json(name string, value JSON) {
	if value == nil {
		return
	}
	if flaw := value.flaw(); flaw != "" {
		f.note("the %s %s", name, flaw)
	}
}
