package graph

import (
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
)

// RoleOf returns a role as package exec knows it. A role that the schema does not know is empty, and may use nothing.
func RoleOf(role auth.Role) exec.Roles { return roles[string(role)] }

// RolesIn returns the roles of a set, the one that may do most first.
func RolesIn(set exec.Roles) []auth.Role {
	return slices.DeleteFunc(slices.Clone(auth.Roles), func(role auth.Role) bool { return RoleOf(role)&set == 0 })
}

// MayRead reports whether a role may use a field, which is named by its coordinate, such as Attacker.ip. Nobody may use a field
// that there is not.
func MayRead(role auth.Role, coordinate string) bool {
	of, name, _ := strings.Cut(coordinate, ".")
	definition := parsedSchema.Types[of]
	if definition == nil {
		return false
	}
	field := definition.Fields.ForName(name)
	return field != nil && mayUse(role, field.Directives)
}

// mayUse reports whether a role may use the element that has the directives. Elements of introspection have no rule, and all
// may use them; for any other one, generation fails without a rule.
func mayUse(role auth.Role, directives ast.DirectiveList) bool {
	rule := directives.ForName(accessDirective)
	return rule == nil || role == auth.Admin || slices.Contains(rolesOf(rule), string(role))
}

// accessDirective is the directive that says which roles may use an element.
const accessDirective = "access"

// rolesOf are the names of roles that a rule gives.
func rolesOf(rule *ast.Directive) (names []string) {
	value := rule.Arguments.ForName("roles").Value
	if value.Kind == ast.EnumValue { // one element may stand for a list
		return []string{value.Raw}
	}
	for _, child := range value.Children {
		names = append(names, child.Value.Raw)
	}
	return names
}

// SchemaOf returns the part of the schema that a role may use, which nobody may change. Types that the role cannot reach are not
// in it; a role that the schema does not know has an empty one.
func SchemaOf(role auth.Role) *ast.Schema {
	dropDefer()
	if part, known := schemasByRole[role]; known {
		return part()
	}
	return &ast.Schema{Types: map[string]*ast.Definition{}}
}

var schemasByRole = func() map[auth.Role]func() *ast.Schema {
	byRole := map[auth.Role]func() *ast.Schema{auth.Admin: func() *ast.Schema { return parsedSchema }}
	for _, role := range []auth.Role{auth.Viewer, auth.Ingest} {
		byRole[role] = sync.OnceValue(func() *ast.Schema { return newPart(parsedSchema, role).schema })
	}
	return byRole
}()

// part makes the part of a schema that a role may use.
type part struct {
	whole, schema *ast.Schema
	role          auth.Role
}

// newPart copies what a role can reach from the roots and from the directives. It shares what is below fields and arguments with
// the whole schema.
func newPart(whole *ast.Schema, role auth.Role) *part {
	p := &part{whole: whole, role: role, schema: &ast.Schema{
		Types: map[string]*ast.Definition{}, Directives: whole.Directives, Description: whole.Description,
		PossibleTypes: map[string][]*ast.Definition{}, Implements: map[string][]*ast.Definition{}, SchemaDirectives: whole.SchemaDirectives,
	}}
	for _, directive := range whole.Directives {
		for _, argument := range directive.Arguments {
			p.reach(argument.Type.Name())
		}
	}
	p.reach("__Schema")
	p.schema.Query = p.root(whole.Query)
	p.schema.Mutation = p.root(whole.Mutation)
	for name, definition := range p.schema.Types {
		p.link(name, definition)
	}
	return p
}

// root reaches a type that operations start at; nil if the role may use none of its fields.
func (p *part) root(of *ast.Definition) *ast.Definition {
	if !slices.ContainsFunc(of.Fields, func(f *ast.FieldDefinition) bool { return mayUse(p.role, f.Directives) }) {
		return nil
	}
	p.reach(of.Name)
	return p.schema.Types[of.Name]
}

// reach adds a type, and those that the role can reach from it.
func (p *part) reach(name string) {
	if p.schema.Types[name] != nil {
		return
	}
	definition := *p.whole.Types[name]
	p.schema.Types[name] = &definition
	definition.Fields = p.fields(definition.Fields)
	for _, field := range definition.Fields {
		p.reach(field.Type.Name())
		for _, argument := range field.Arguments {
			p.reach(argument.Type.Name())
		}
	}
	if definition.IsAbstractType() {
		for _, possible := range p.whole.GetPossibleTypes(&definition) {
			p.reach(possible.Name)
		}
	}
}

// fields are those of some fields that the role may use, with the arguments that it may use.
func (p *part) fields(all ast.FieldList) ast.FieldList {
	var left ast.FieldList
	for _, field := range all {
		if !mayUse(p.role, field.Directives) {
			continue
		}
		used := *field
		used.Arguments = slices.DeleteFunc(slices.Clone(field.Arguments), func(a *ast.ArgumentDefinition) bool { return !mayUse(p.role, a.Directives) })
		left = append(left, &used)
	}
	return left
}

// link records which interfaces a type implements and which unions it is a member of, without those that the role cannot reach.
func (p *part) link(name string, definition *ast.Definition) {
	definition.Interfaces = slices.DeleteFunc(slices.Clone(definition.Interfaces), func(i string) bool { return p.schema.Types[i] == nil })
	for _, possible := range p.whole.PossibleTypes[name] {
		if known := p.schema.Types[possible.Name]; known != nil {
			p.schema.PossibleTypes[name] = append(p.schema.PossibleTypes[name], known)
		}
	}
	for _, implemented := range p.whole.Implements[name] {
		if known := p.schema.Types[implemented.Name]; known != nil {
			p.schema.Implements[name] = append(p.schema.Implements[name], known)
		}
	}
}
