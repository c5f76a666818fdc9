package dsn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Form is how the databases of one engine are named. The functions that an engine has no use for are nil.
type Form struct {
	// Name is the engine's name in DECNET's settings, in folders and in messages, such as "mysql".
	Name string
	// Schemes are the words before "://" that mean this engine.
	Schemes []string
	// Drivers are the drivers that SQLAlchemy lets a URL name after a "+", as in mysql+asyncmy://.
	Drivers []string
	// Example is a name of this form, for messages.
	Example string
	// URL reads what follows "scheme://".
	URL func(rest string) (Target, error)
	// Path reads the path of a file; a name of no other form is one.
	Path func(path string) (Target, error)
	// Prefixed reads what follows the name of the form and a colon, for the form that has a Path.
	Prefixed func(rest string) (Target, error)
	// Native reads a form that is neither a URL nor a path. It returns false for any other text.
	Native func(text string) (Target, bool, error)
	// Mistaken returns what to type instead of a form of this engine that is not read, or nil for any other text.
	Mistaken func(text string) error
	// Environment reads the variables in which DECNET names a database of this engine.
	Environment func(get func(string) string) (Target, error)
}

// Forms are the forms that are known, in the order in which messages list them. One of them has a Path.
type Forms []*Form

// examples ends the errors about names of no known form.
func (f Forms) examples() string {
	var examples []string
	for _, form := range f {
		examples = append(examples, form.Example)
	}
	return "give " + enumerate(examples, "or")
}

// schemes lists the words before "://" of all forms.
func (f Forms) schemes() []string {
	var all []string
	for _, form := range f {
		all = append(all, form.Schemes...)
	}
	return all
}

// servers lists how the URL of each form begins that is not the form of a file.
func (f Forms) servers() []string {
	var all []string
	for _, form := range f {
		if form.Path == nil {
			all = append(all, form.Schemes[0]+"://")
		}
	}
	return all
}

// files returns the form of files.
func (f Forms) files() *Form {
	return f[slices.IndexFunc(f, func(form *Form) bool { return form.Path != nil })]
}

// ofScheme returns the form of a URL's scheme.
func (f Forms) ofScheme(scheme string) (*Form, error) {
	name, driver, hasDriver := strings.Cut(strings.ToLower(scheme), "+")
	at := slices.IndexFunc(f, func(form *Form) bool { return slices.Contains(form.Schemes, name) })
	switch {
	case at < 0:
		return nil, fmt.Errorf("unknown kind of database %q; known are %s", scheme, enumerate(f.schemes(), "and"))
	case hasDriver && !slices.Contains(f[at].Drivers, driver):
		return nil, fmt.Errorf("unknown driver in %q; known are %s, or leave it out: %s://", scheme, strings.Join(f[at].Drivers, ", "), name)
	}
	return f[at], nil
}

// otherSchemes are schemes of other programs that the name of a file hardly begins with.
var otherSchemes = []string{"file", "jdbc", "http", "https"}

// likeScheme reports whether a word before a colon is meant as a scheme: a known one, with up to two letters
// wrong, or one of another program.
func (f Forms) likeScheme(word string) bool {
	name, _, _ := strings.Cut(strings.ToLower(word), "+")
	return slices.Contains(otherSchemes, name) ||
		slices.ContainsFunc(f.schemes(), func(scheme string) bool { return levenshtein.ComputeDistance(name, scheme) <= 2 })
}

// enumerate joins words as a sentence does: "a, b or c".
func enumerate(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
