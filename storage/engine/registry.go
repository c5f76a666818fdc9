package engine

import (
	"slices"

	"decnetgraph/storage/engine/dsn"
)

// All are the engines that this program knows, in the order in which messages list them.
var All = []*Engine{SQLite, MySQL, Postgres}

var forms = func() (all dsn.Forms) {
	for _, e := range All {
		all = append(all, e.Form)
	}
	return all
}()

// Parse reads the name of a database; dsn.Forms.Parse lists the forms. Its errors are of kind ErrInvalid.
func Parse(text string) (dsn.Source, error) {
	source, err := forms.Parse(text)
	if err != nil {
		err = Invalid("%v", err)
	}
	return source, err
}

// FromEnvironment reads DECNET's own settings, as dsn.Forms.FromEnvironment does. It returns false if there are
// none. Its errors are of kind ErrInvalid.
func FromEnvironment(lookup func(string) (string, bool)) (dsn.Source, bool, error) {
	source, found, err := forms.FromEnvironment(lookup)
	if err != nil {
		err = Invalid("%v", err)
	}
	return source, found, err
}

// Of returns the engine that opens a source.
func Of(source dsn.Source) *Engine {
	return All[slices.IndexFunc(All, func(e *Engine) bool { return e.Form == source.Form })]
}
