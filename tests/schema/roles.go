package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// The directive that says which roles may use an element, and the role that may use every element.
const (
	accessDirective = "access"
	everything      = "ADMIN"
)

// knownRoles reports the roles that the later schema does not have. If it has no rules at all, everybody may use everything.
func (c *comparison) knownRoles() {
	known := allRoles(c.after)
	for _, role := range allRoles(c.before) {
		if len(known) > 0 && !slices.Contains(known, role) {
			c.add("@"+accessDirective, "has no role %s any more", role)
		}
	}
}

// roles compares who may use an element. A role that loses it is a break, because the documents of its principals that use
// the element are refused from then on. Roles that are gone are reported once, by knownRoles.
func (c *comparison) roles(coordinate string, was, is ast.DirectiveList) {
	allowed, known := rolesOf(c.after, is), allRoles(c.after)
	for _, role := range rolesOf(c.before, was) {
		if slices.Contains(known, role) && !slices.Contains(allowed, role) {
			c.add(coordinate, "may no longer be used by the role %s", role)
		}
	}
}

// rolesOf returns the roles that may use an element with these directives: all of them if it has no rule.
func rolesOf(of *ast.Schema, directives ast.DirectiveList) []string {
	rule := directives.ForName(accessDirective)
	if rule == nil {
		return allRoles(of)
	}
	roles := []string{everything}
	if given := rule.Arguments.ForName("roles"); given != nil {
		if given.Value.Kind != ast.ListValue { // a single value stands for a list of it
			return append(roles, given.Value.Raw)
		}
		for _, role := range given.Value.Children {
			roles = append(roles, role.Value.Raw)
		}
	}
	return roles
}

// allRoles returns the values of the enum that the directive's argument has the type of.
func allRoles(of *ast.Schema) (roles []string) {
	directive := of.Directives[accessDirective]
	if directive == nil {
		return nil
	}
	argument := directive.Arguments.ForName("roles")
	if argument == nil || of.Types[argument.Type.Name()] == nil {
		return nil
	}
	for _, value := range of.Types[argument.Type.Name()].EnumValues {
		roles = append(roles, value.Name)
	}
	return roles
}
