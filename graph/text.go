package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"decnetgraph/auth"
)

// semanticNonNull is the directive on nullable fields for which null stands for an error.
const semanticNonNull = "semanticNonNull"

// Text returns what a role may use of the schema in the schema definition language, in the order of schema.graphqls. It has
// @semanticNonNull, and the definition of that directive, only if the caller wants it: most clients do not know it. Of the rules
// who may use an element, it has those that name other roles than VIEWER alone. It is empty for a role that the
// schema does not know.
func Text(role auth.Role, withSemanticNonNull bool) string {
	if text, known := texts[textKey{role, withSemanticNonNull}]; known {
		return text()
	}
	return ""
}

type textKey struct {
	role            auth.Role
	semanticNonNull bool
}

var texts = func() map[textKey]func() string {
	all := map[textKey]func() string{}
	for _, role := range auth.Roles {
		for _, with := range []bool{false, true} {
			all[textKey{role, with}] = sync.OnceValue(func() string { return textOf(role, with) })
		}
	}
	return all
}()

// Version identifies the whole schema: it changes if and only if the schema does.
var Version = sync.OnceValue(func() string {
	digest := sha256.Sum256([]byte(format(parsed())))
	return hex.EncodeToString(digest[:8])
})

func textOf(role auth.Role, withSemanticNonNull bool) string {
	schema, part := parsed(), SchemaOf(role)
	if !withSemanticNonNull {
		schema.Directives = slices.DeleteFunc(schema.Directives, func(d *ast.DirectiveDefinition) bool { return d.Name == semanticNonNull })
	}
	schema.Definitions = slices.DeleteFunc(schema.Definitions, func(d *ast.Definition) bool { return part.Types[d.Name] == nil })
	for _, definition := range schema.Definitions {
		seen := part.Types[definition.Name]
		definition.Interfaces = seen.Interfaces
		definition.Fields = slices.DeleteFunc(definition.Fields, func(f *ast.FieldDefinition) bool { return seen.Fields.ForName(f.Name) == nil })
		for _, field := range definition.Fields {
			hidden := func(a *ast.ArgumentDefinition) bool {
				return seen.Fields.ForName(field.Name).Arguments.ForName(a.Name) == nil
			}
			field.Arguments = slices.DeleteFunc(field.Arguments, hidden)
			for _, argument := range field.Arguments {
				argument.Directives = shown(argument.Directives, withSemanticNonNull)
			}
			field.Directives = shown(field.Directives, withSemanticNonNull)
		}
	}
	for _, definition := range schema.Schema {
		definition.OperationTypes = slices.DeleteFunc(definition.OperationTypes, func(o *ast.OperationTypeDefinition) bool { return part.Types[o.Type] == nil })
	}
	return format(schema)
}

// shown are those of an element's directives that the text has.
func shown(all ast.DirectiveList, withSemanticNonNull bool) ast.DirectiveList {
	return slices.DeleteFunc(all, func(d *ast.Directive) bool {
		return d.Name == semanticNonNull && !withSemanticNonNull || d.Name == accessDirective && slices.Equal(rolesOf(d), []string{string(auth.Viewer)})
	})
}

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
