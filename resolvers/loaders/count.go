package loaders

import (
	"reflect"
	"strings"

	"decnetgraph/storage"
)

// A counter notes the objects that a value brings as parents for the levels below, by GraphQL type.
// GraphQL types are bound to Go types of the same name, so the Go names serve.
type counter[V any] func(value V, brings map[string]int)

// countPage counts a page: one connection and its rows.
func countPage[T any](page storage.Slice[T], brings map[string]int) {
	name := reflect.TypeFor[T]().Name()
	brings[name+"Connection"]++
	for _, row := range page.Rows {
		countObject(row, name, brings)
	}
}

// count counts an object, or the objects of a list; anything else brings no parents.
func count[V any](value V, brings map[string]int) { countEach(reflect.ValueOf(value), brings) }

func countEach(v reflect.Value, brings map[string]int) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			countEach(v.Index(i), brings)
		}
	case reflect.Interface:
		countEach(v.Elem(), brings)
	case reflect.Pointer:
		if !v.IsNil() {
			countObject(v.Interface(), v.Type().Elem().Name(), brings)
		}
	}
}

// countObject counts one object. Fields that make an object of it without a query, but not of every
// one, are counted by name.
func countObject(object any, name string, brings map[string]int) {
	brings[name]++
	note := func(field string, there bool) {
		n := 0
		if there {
			n = 1
		}
		brings[name+"."+field] += n
	}
	if isPayload(name) {
		countPayload(reflect.ValueOf(object).Elem(), name, brings)
		return
	}
	switch o := object.(type) {
	case *storage.TTPTag:
		note("subTechnique", o.SubTechniqueID != nil)
		note("session", o.SessionID != nil)
	case *storage.TechniqueRollup:
		note("subTechnique", o.SubTechniqueID != nil)
	}
}

// isPayload tells what a mutation answers with by its name.
func isPayload(name string) bool { return strings.HasSuffix(name, "Payload") }

// countPayload counts what a mutation's payload holds, under the names of its fields in GraphQL.
func countPayload(payload reflect.Value, name string, brings map[string]int) {
	for field, value := range payload.Fields() {
		held := name + "." + strings.ToLower(field.Name[:1]) + field.Name[1:]
		switch value.Kind() {
		case reflect.Slice:
			brings[held] = value.Len()
		case reflect.Pointer:
			if brings[held] = 1; value.IsNil() {
				brings[held] = 0
			}
		}
	}
}
