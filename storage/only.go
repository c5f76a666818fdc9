package storage

import "context"

// onlyKey is the context key of Only.
type onlyKey struct{}

// Only returns a context whose reads leave out the columns that none of the given fields needs. A plain field is
// given by its name in the structs of this package, an edge by the name of what it leads to, such as Attacker.
// Columns that this package itself needs are always read, and names that no struct has are ignored. A struct's
// fields that were left out are zero. Without Only every column is read. The context keeps the slice.
func Only(ctx context.Context, fields ...string) context.Context {
	return context.WithValue(ctx, onlyKey{}, fields)
}
