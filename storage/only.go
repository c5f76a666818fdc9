package storage

import "context"

type onlyKey struct{}

// Only is a context whose reads bring, of the columns that some fields alone need, only those of the fields
// named: plain ones by their names in the structs of this package, links by those of what they lead to, as
// Attacker. Other columns are read as always, names of other structs do no harm, and a field that was not
// named is left zero. Without Only everything is read. The slice is kept.
func Only(ctx context.Context, fields ...string) context.Context {
	return context.WithValue(ctx, onlyKey{}, fields)
}
