package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
	"decnetgraph/resolvers"
)

// TestAFieldHasTheSameValueAloneAndWithAllOthers asks, of each type that the sample has, for each field alone and for
// all at once: what a field shows, and what an edge leads to, may not hang on columns that are read for
// another field.
func TestAFieldHasTheSameValueAloneAndWithAllOthers(t *testing.T) {
	onceWithoutDetector(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	a := onSample(t)
	places := a.places(schema)
	var empty []string
	for _, name := range slices.Sorted(maps.Keys(places)) {
		if name == schema.Query.Name {
			continue
		}
		fields := selections(schema, schema.Types[name])
		full := a.objectsAt(places[name], all(fields))
		var ids []string
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			some := false
			alone := a.objectsAt(places[name], fields[field])
			require.Len(t, alone, len(full), "%s.%s", name, field)
			for i := range full {
				require.Equal(t, full[i][field], alone[i][field], "%s.%s alone", name, field)
				some = some || full[i][field] != nil
			}
			if !some {
				empty = append(empty, name+"."+field)
			}
		}
		for _, object := range full[:min(len(full), resolvers.MaxNodes)] {
			if id, ok := object["id"].(string); ok {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(fields)) { // the same by global ids
			byID := a.ask(fmt.Sprintf(`{ nodes(ids: ["%s"]) { ... on %s { %s } } }`, strings.Join(ids, `","`), name, fields[field]))
			for i, row := range byID["nodes"].([]any) {
				require.Equal(t, full[i][field], row.(map[string]any)[field], "%s.%s by its id", name, field)
			}
		}
	}
	require.Subset(t, nullInTheSample, empty, "a field that is always null shows nothing here")
}

// nullInTheSample are fields that the sample has no value of, as it is asked: tags are counted by tactic.
var nullInTheSample = []string{
	"Viewer.expiresAt", "Viewer.name",
	"Event.spanId", "Event.traceId", "IPv6InterfaceID.oui", "Identity.confidence", "Identity.notes", "Observation.identityRef", "TCPFingerprint.ecn",
	"TagCount.technique", "TagValueCount.technique", "Technique.parent",
}

// place is the way to objects of a type: fields with their arguments.
type place []string

// query asks for a selection at the place.
func (p place) query(selection string) string {
	return "{ " + strings.Join(append(slices.Clone(p), selection), " { ") + strings.Repeat(" }", len(p)) + " }"
}

// places finds a way to each type that the sample has objects of.
func (a *api) places(schema *ast.Schema) map[string]place {
	a.t.Helper()
	found := map[string]place{schema.Query.Name: nil}
	for next := []string{schema.Query.Name}; len(next) > 0; next = next[1:] {
		for _, field := range schema.Types[next[0]].Fields {
			result := schema.Types[field.Type.Name()]
			given, ok := given(field)
			if _, known := found[result.Name]; known || !ok || result.Kind != ast.Object || strings.HasPrefix(field.Name, "__") {
				continue
			}
			way := append(slices.Clone(found[next[0]]), field.Name+given)
			if len(a.objectsAt(way, "__typename")) > 0 {
				found[result.Name] = way
				next = append(next, result.Name)
			}
		}
	}
	return found
}

// objectsAt are all objects at a place.
func (a *api) objectsAt(way place, selection string) []map[string]any {
	a.t.Helper()
	data := a.ask(way.query(selection))
	objects := []map[string]any{data}
	for _, step := range way {
		name, _, _ := strings.Cut(step, "(")
		var below []map[string]any
		for _, object := range objects {
			switch value := object[name].(type) {
			case map[string]any:
				below = append(below, value)
			case []any:
				for _, element := range value {
					if one, ok := element.(map[string]any); ok {
						below = append(below, one)
					}
				}
			}
		}
		objects = below
	}
	return objects
}

// selections are the fields of a type with what is selected of them: of objects the leaves, of pages
// those of their items, too.
func selections(schema *ast.Schema, of *ast.Definition) map[string]string {
	found := map[string]string{}
	for _, field := range of.Fields {
		given, ok := given(field)
		if !ok {
			continue
		}
		found[field.Name] = field.Name + given
		if result := schema.Types[field.Type.Name()]; result.IsCompositeType() {
			found[field.Name] += " { " + leaves(schema, result) + " }"
		}
	}
	return found
}

// all is everything of a type.
func all(selections map[string]string) string {
	return strings.Join(slices.Sorted(maps.Values(selections)), " ")
}

func leaves(schema *ast.Schema, of *ast.Definition) string {
	text := "__typename"
	for _, field := range of.Fields {
		result := schema.Types[field.Type.Name()]
		switch {
		case len(field.Arguments) > 0:
		case !result.IsCompositeType():
			text += " " + field.Name
		case field.Name == "nodes", field.Name == "pageInfo":
			text += " " + field.Name + " { " + leaves(schema, result) + " }"
		}
	}
	return text
}

// given are arguments for a field; false if it needs what cannot be known.
func given(field *ast.FieldDefinition) (string, bool) {
	var list []string
	for _, argument := range field.Arguments {
		switch known := knownValue(argument); {
		case argument.Name == "first":
			list = append(list, "first: 50")
		case argument.Name == "includeMerged":
			list = append(list, "includeMerged: true")
		case argument.Name == "splitBy": // without it, there are no counts by value
			list = append(list, "splitBy: TACTIC")
		case !argument.Type.NonNull || argument.DefaultValue != nil:
		case known == "":
			return "", false
		default:
			list = append(list, argument.Name+": "+known)
		}
	}
	if len(list) == 0 {
		return "", true
	}
	return "(" + strings.Join(list, ", ") + ")", true
}
