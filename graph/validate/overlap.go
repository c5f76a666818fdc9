package validate

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// checkOverlaps finds fields that have one name in the answer although they cannot be merged into one, in a document
// that is valid otherwise.
//
// Comparing each field with each other, as the specification describes it, takes the square of their number at each
// level. Here fields are grouped instead, by an algorithm of Simon Adameit that graphql-java and Sangria use as well:
// all fields of one name, in the set of those that an object may have, must return the same shape; and those of them
// that one object can have, because their parents are one type or at least one is an interface, must be the same
// field with the same arguments. Being the same is transitive, so each is compared with the first only. What the fields
// of a group select is the next set, and no set is checked twice. Fragments can make exponentially many sets,
// which only the number of steps bounds.
func (v *validation) checkOverlaps() {
	o := &overlaps{
		validation: v, numbers: map[*ast.Field]uint32{}, calls: map[*ast.Field]string{},
		byShape: map[string]bool{}, byCall: map[string]bool{},
	}
	for _, operation := range v.document.Operations {
		c := o.collection()
		c.add(nil, operation.SelectionSet)
		set := c.set()
		o.checkCalls(set)
		o.checkShapes(set)
	}
}

// overlaps is the check of one document.
type overlaps struct {
	*validation

	numbers         map[*ast.Field]uint32
	calls           map[*ast.Field]string // what call has returned
	byShape, byCall map[string]bool       // the keys of sets that were checked
}

// occurrence is a field in a set, with the field that it was selected below; nil for a field of the root.
type occurrence struct {
	*ast.Field

	parent *occurrence
}

// fieldSet is a set of fields that an object may have, each once, by their names in the answer.
type fieldSet struct {
	key   string // the same for the same fields
	names []string
	of    map[string][]*occurrence
}

// collection collects the fields of a set.
type collection struct {
	*overlaps

	fields    fieldSet
	numbers   []uint32
	fragments map[*ast.FragmentDefinition]bool
}

func (o *overlaps) collection() *collection {
	return &collection{
		overlaps: o, fields: fieldSet{of: map[string][]*occurrence{}}, fragments: map[*ast.FragmentDefinition]bool{},
	}
}

// add adds the fields of a selection set, with those of its fragments.
func (c *collection) add(parent *occurrence, set ast.SelectionSet) {
	for _, selection := range set {
		c.step(1)
		switch s := selection.(type) {
		case *ast.Field:
			number, known := c.overlaps.numbers[s]
			if !known {
				number = uint32(len(c.overlaps.numbers)) //nolint:gosec // memory ends before
				c.overlaps.numbers[s] = number
			}
			c.numbers = append(c.numbers, number)
			if _, known := c.fields.of[s.Alias]; !known {
				c.fields.names = append(c.fields.names, s.Alias)
			}
			c.fields.of[s.Alias] = append(c.fields.of[s.Alias], &occurrence{s, parent})
		case *ast.InlineFragment:
			c.add(parent, s.SelectionSet)
		case *ast.FragmentSpread:
			if !c.fragments[s.Definition] {
				c.fragments[s.Definition] = true
				c.add(parent, s.Definition.SelectionSet)
			}
		}
	}
}

// set returns what was collected.
func (c *collection) set() fieldSet {
	slices.Sort(c.numbers)
	key := make([]byte, 0, 4*len(c.numbers))
	for _, number := range c.numbers {
		key = binary.LittleEndian.AppendUint32(key, number)
	}
	c.fields.key = string(key)
	return c.fields
}

// below calls check with the fields that a group of fields selects, if there are any.
func (o *overlaps) below(group []*occurrence, check func(fieldSet)) {
	if !slices.ContainsFunc(group, func(field *occurrence) bool { return len(field.SelectionSet) > 0 }) {
		return
	}
	c := o.collection()
	for _, field := range group {
		c.add(field, field.SelectionSet)
	}
	check(c.set())
}

// checkShapes checks that all fields of a name return the same shape, whatever object has them.
func (o *overlaps) checkShapes(set fieldSet) {
	if o.byShape[set.key] {
		return
	}
	o.byShape[set.key] = true
	for _, name := range set.names {
		group := set.of[name]
		same := true
		for _, field := range group[1:] {
			if o.shape(group[0].Definition.Type) != o.shape(field.Definition.Type) {
				same = false
				if !o.report(group[0], field, `they return conflicting types "`+group[0].Definition.Type.String()+
					`" and "`+field.Definition.Type.String()+`"`) {
					break
				}
			}
		}
		if same {
			o.below(group, o.checkShapes)
		}
	}
}

// checkCalls checks that fields of a name that one object can have are one field with the same arguments.
func (o *overlaps) checkCalls(set fieldSet) {
	if o.byCall[set.key] {
		return
	}
	o.byCall[set.key] = true
	for _, name := range set.names {
		for _, group := range byParent(set.of[name]) {
			same := true
			for _, field := range group[1:] {
				var reason string
				switch {
				case group[0].Name != field.Name:
					reason = `"` + group[0].Name + `" and "` + field.Name + `" are different fields`
				case o.call(group[0].Field) != o.call(field.Field):
					reason = "they have differing arguments"
				default:
					continue
				}
				same = false
				if !o.report(group[0], field, reason) {
					break
				}
			}
			if same {
				o.below(group, o.checkCalls)
			}
		}
	}
}

// byParent divides fields into the groups that one object can have: one group for each type of object that is their
// parent, together with the fields whose parents are interfaces or unions.
func byParent(fields []*occurrence) [][]*occurrence {
	if len(fields) == 1 {
		return [][]*occurrence{fields}
	}
	var abstract []*occurrence
	var types []string
	objects := map[string][]*occurrence{}
	for _, field := range fields {
		parent := field.ObjectDefinition
		if parent.Kind != ast.Object {
			abstract = append(abstract, field)
			continue
		}
		if _, known := objects[parent.Name]; !known {
			types = append(types, parent.Name)
		}
		objects[parent.Name] = append(objects[parent.Name], field)
	}
	if len(types) == 0 {
		return [][]*occurrence{abstract}
	}
	groups := make([][]*occurrence, len(types))
	for i, name := range types {
		groups[i] = slices.Concat(abstract, objects[name])
	}
	return groups
}

// shape is what two types have in common whose values can stand in one place of an answer: lists and non-null types in
// the same order around the same scalar or enum, or around objects of any type.
func (o *overlaps) shape(of *ast.Type) string {
	suffix := ""
	if of.NonNull {
		suffix = "!"
	}
	switch {
	case of.Elem != nil:
		return "[" + o.shape(of.Elem) + "]" + suffix
	case o.schema.Types[of.NamedType].IsLeafType():
		return of.NamedType + suffix
	default:
		return "{}" + suffix
	}
}

// call returns the arguments of a field, the same for the same arguments in any order. A text costs a step for each 64
// of its bytes.
func (o *overlaps) call(field *ast.Field) string {
	if len(field.Arguments) == 0 {
		return ""
	}
	text, known := o.calls[field]
	if !known {
		arguments := make(ast.ChildValueList, len(field.Arguments))
		for i, argument := range field.Arguments {
			arguments[i] = &ast.ChildValue{Name: argument.Name, Value: argument.Value}
		}
		var to strings.Builder
		o.writeCall(&to, &ast.Value{Kind: ast.ObjectValue, Children: arguments})
		text = to.String()
		o.calls[field] = text
	}
	o.step(len(text) / 64)
	return text
}

// writeCall writes a value so that no two values are written alike unless they are the same. The fields of an object
// have no order.
func (o *overlaps) writeCall(to *strings.Builder, value *ast.Value) {
	o.step(1)
	to.WriteString(strconv.Itoa(int(value.Kind)) + ":" + strconv.Itoa(len(value.Raw)) + ":")
	to.WriteString(value.Raw)
	children := value.Children
	if value.Kind == ast.ObjectValue {
		children = slices.Clone(children)
		slices.SortFunc(children, func(a, b *ast.ChildValue) int { return strings.Compare(a.Name, b.Name) })
	}
	to.WriteString(strconv.Itoa(len(children)) + "(")
	for _, child := range children {
		to.WriteString(child.Name + "=")
		o.writeCall(to, child.Value)
	}
}

// report makes the error of two fields, in gqlparser's words. Fields that were selected below different fields make the
// error of the outermost of these that were merged; report returns false then, because other fields of the group would
// make the same error.
func (o *overlaps) report(a, b *occurrence, reason string) (further bool) {
	further = a.parent == b.parent
	for a.parent != b.parent {
		if len(reason) < longestReason {
			reason = `subfields "` + b.Alias + `" conflict because ` + reason
		}
		a, b = a.parent, b.parent
	}
	o.add(rules.OverlappingFieldsCanBeMergedRule.Name,
		core.Message(`Fields "%s" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.`, b.Alias, reason),
		core.At(b.Position))
	return further
}

// longestReason is the length of a reason from which on it is not made longer.
const longestReason = 1_000
