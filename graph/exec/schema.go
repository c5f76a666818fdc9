// Package exec executes operations level by level. gqlgen's own executor resolves object by object, each field
// through contexts, closures and goroutines of its own, which costs ten times what the data does. Here a document
// becomes a plan once, a resolver is called once for all parents of a level, and the answer is written in one pass,
// plain fields straight from their structs.
//
// What a field means is decided by gqlgen's configuration and the structs that it binds: package graph generates the
// Schema of this package from the same data that gqlgen generates its code from. Coercion of arguments and the errors'
// form are gqlgen's; documents and variables come from package validate.
package exec

import "context"

// Schema is what the executor knows of a schema. E is gqlgen's execution context, through which resolvers and
// arguments are reached.
type Schema[E any] struct {
	Types  map[string]*Type[E] // object types by name, those of introspection included
	Inputs map[string]Inputs   // input object types by name: those with facts, and those that some roles may use in part only
}

// Type is an object type of the schema.
type Type[E any] struct {
	Name string
	// Satisfies are the names that the type condition of a fragment on an object of the type may have.
	Satisfies []string
	// Keyed says that objects with the same key are the same, wherever they stand in an answer.
	Keyed  bool
	Facts  []Fact
	Fields map[string]*Field[E]
}

// Field is a field of an object type. Exactly one of Append, Derive, Resolve and Leaves is set: it says how the
// field gets its value.
type Field[E any] struct {
	// Reads is the struct field or method that the value comes from.
	Reads string
	// NonNull says that null makes the object null.
	NonNull bool
	// Counted says that the objects of the field count against the budget of the response. Those of resolvers are
	// counted by their loaders.
	Counted bool
	// Roles may use the field.
	Roles Roles
	Facts []Fact
	// Inputs are the arguments that have facts, lead to some, or may be given by fewer roles than may use the field.
	Inputs Inputs

	// Append writes the value of a plain field and reports whether it is there; null is not written.
	Append func(to []byte, obj any) ([]byte, bool)
	// Derive adds the objects of a field that needs no resolver.
	Derive func(obj any, args map[string]any, into *Objects)
	// Resolve adds the objects of a field for all parents.
	Resolve func(ctx context.Context, ec E, parents []any, args map[string]any, into *Objects) error
	// Leaves is Resolve for a field of scalars: one value per parent, which AppendLeaf writes.
	Leaves     func(ctx context.Context, ec E, parents []any, args map[string]any, into *Objects) error
	AppendLeaf func(to []byte, leaf any) ([]byte, bool)

	// Args coerces the arguments of the field; nil if it has none.
	Args func(ec E, ctx context.Context, raw map[string]any) (map[string]any, error)
	// Of names the possible types of the objects, and TypeOf returns the type of one of several.
	Of     []string
	TypeOf func(obj any) string
	// List says that the field has a list of objects, and Elements that none of them may be null.
	List, Elements bool
}
