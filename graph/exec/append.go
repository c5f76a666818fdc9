package exec

import "github.com/99designs/gqlgen/graphql"

// Optional writes what a pointer points to.
func Optional[T any](to []byte, value *T, write func([]byte, T) []byte) ([]byte, bool) {
	if value == nil {
		return to, false
	}
	return write(to, *value), true
}

// Elements writes a list of scalars.
func Elements[T any](to []byte, list []T, write func([]byte, T) []byte) []byte {
	to = append(to, '[')
	for i, element := range list {
		if i > 0 {
			to = append(to, ',')
		}
		to = write(to, element)
	}
	return append(to, ']')
}

// Marshaled writes a value that can write itself.
func Marshaled[T graphql.Marshaler](to []byte, value T) []byte {
	w := appender(to)
	value.MarshalGQL(&w)
	return w
}

// appender is a slice that is appended to as an io.Writer.
type appender []byte

// Write implements io.Writer.
func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
