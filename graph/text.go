package graph

import (
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// semanticNonNull is the directive on nullable fields for which null stands for an error.
const semanticNonNull = "semanticNonNull"

// Text returns the schema in the schema definition language, in the order of schema.graphqls. It has @semanticNonNull, and
// the definition of that directive, only if the caller wants it: most clients do not know it.
func Text(withSemanticNonNull bool) string {
	if withSemanticNonNull {
		return semanticText()
	}
	return plainText()
}

var (
	semanticText = sync.OnceValue(func() string { return format(parsed()) })
	plainText    = sync.OnceValue(func() string {
		schema := parsed()
		schema.Directives = slices.DeleteFunc(schema.Directives, func(d *ast.DirectiveDefinition) bool { return d.Name == semanticNonNull })
		for _, definition := range schema.Definitions {
			for _, field := range definition.Fields {
				field.Directives = slices.DeleteFunc(field.Directives, func(d *ast.Directive) bool { return d.Name == semanticNonNull })
			}
		}
		return format(schema)
	})
)

// parsed returns the schema as schema.graphqls has it, which the caller may change.
func parsed() *ast.SchemaDocument {
	schema, err := parser.ParseSchemas(sources...)
	if err != nil { // generated code has loaded the same text
		panic(err)
	}
	return schema
}

func format(schema *ast.SchemaDocument) string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchemaDocument(schema)
	return text.String()
}
