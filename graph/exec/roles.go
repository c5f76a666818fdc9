package exec

import "maps"

// Roles is a set of roles, a bit for each. What the bits stand for is up to the schema.
type Roles uint8

// Denial says that some roles may not run an operation, because of an element of the schema that it uses.
type Denial struct {
	Coordinate string // of the element: Identity.attackers, Query.tags(filter:), TTPTagFilter.ruleId
	Needs      Roles  // that may use the element
}

// restriction is who may run an operation: the roles that may use all elements that it uses. Only the first element that
// excludes a role is remembered, so that it takes no more memory for an operation that uses many.
type restriction struct {
	denied  Roles
	reasons []reason
}

// reason is a Denial with the roles that it was the first to exclude.
type reason struct {
	Denial

	first Roles
}

// add excludes the roles that may not use an element, whose coordinate is a type, a field and, in parentheses, an argument.
func (r *restriction) add(roles Roles, of, field, argument string) {
	first := ^roles &^ r.denied
	if first == 0 {
		return
	}
	coordinate := of + "." + field
	if argument != "" {
		coordinate += "(" + argument + ":)"
	}
	r.denied |= first
	r.reasons = append(r.reasons, reason{Denial{coordinate, roles}, first})
}

// reasonFor returns the first element that excludes a role. Whoever has no role may use none.
func (r *restriction) reasonFor(role Roles) (denial Denial, denied bool) {
	for _, reason := range r.reasons {
		if reason.first&role != 0 || role == 0 {
			return reason.Denial, true
		}
	}
	return Denial{}, false
}

// Use is what an operation uses of the schema. It is valid for the duration of Options.Check.
type Use struct {
	elements  *elements
	schema    *inputSchema
	variables map[string]any
}

// Denied returns the first element that a role may not use; denied is false if the role may run the operation. The values of
// variables are looked at only if the role may not use all that they can have.
func (u Use) Denied(role Roles) (denial Denial, denied bool) {
	if denial, denied = u.elements.restriction.reasonFor(role); denied {
		return denial, true
	}
	for _, v := range u.elements.variables {
		if u.schema.reach[v.inputType]&role != 0 {
			continue
		}
		u.schema.visit(u.variables[v.name], v.inputType, func(of, name string, input Input) {
			if coordinate := of + "." + name; input.Roles&role == 0 && (!denied || coordinate < denial.Coordinate) {
				denial, denied = Denial{coordinate, input.Roles}, true
			}
		})
	}
	return denial, denied
}

// inputSchema is what the executor knows of the input object types of a schema.
type inputSchema struct {
	types map[string]Inputs
	// reach are the roles that may use all fields that a value of a type can have, at any depth.
	reach map[string]Roles
}

func newInputSchema(types map[string]Inputs) *inputSchema {
	s := &inputSchema{types, make(map[string]Roles, len(types))}
	for before := map[string]Roles(nil); !maps.Equal(before, s.reach); { // types may refer to each other in a ring
		before = maps.Clone(s.reach)
		for name, fields := range types {
			reach := ^Roles(0)
			for _, field := range fields {
				reach &= field.Roles
				if below, known := s.reach[field.Type]; known {
					reach &= below
				}
			}
			s.reach[name] = reach
		}
	}
	return s
}
