package storagetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testOnly checks Only for every query: the selected field has the same value as in a full read, and the answer is the
// same otherwise.
func testOnly(t *testing.T, open Open) {
	s := open(t, Fixture())
	for _, c := range lists(Fixture()) {
		t.Run(c.name, func(t *testing.T) {
			onlyFills(t, func(ctx context.Context) ([]reflect.Value, error) {
				found, err := c.page(ctx, s, c.owners(), whole)
				var rows []reflect.Value
				for _, owner := range c.owners() {
					for _, row := range found[owner].rows {
						rows = append(rows, structsIn(reflect.ValueOf(row))...)
					}
				}
				return rows, err
			})
		})
	}
	for _, c := range keyed(Fixture()) {
		t.Run(c.name, func(t *testing.T) {
			onlyFills(t, func(ctx context.Context) ([]reflect.Value, error) {
				found, err := c.ask(ctx, s, c.keys)
				var rows []reflect.Value
				for _, key := range sortedKeys(found) {
					rows = append(rows, structsIn(reflect.ValueOf(found[key]))...)
				}
				return rows, err
			})
		})
	}
}

func onlyFills(t *testing.T, ask func(context.Context) ([]reflect.Value, error)) {
	t.Helper()
	full, err := ask(t.Context())
	require.NoError(t, err)
	none, err := ask(storage.Only(t.Context()))
	require.NoError(t, err)
	require.Len(t, none, len(full))
	if len(full) == 0 { // the answers are numbers or texts
		return
	}
	for i := range full {
		for n := range full[i].NumField() {
			if one := none[i].Field(n); one.CanInterface() && !one.IsZero() {
				same(t, full[i].Field(n).Interface(), one.Interface(), "read always")
			}
		}
	}
	for n := range full[0].NumField() {
		field := full[0].Type().Field(n)
		if !field.IsExported() {
			continue
		}
		names := []string{"Foreign", field.Name}
		if field.Anonymous { // its fields come of one column
			for _, promoted := range reflect.VisibleFields(field.Type) {
				names = append(names, promoted.Name)
			}
		}
		got, err := ask(storage.Only(t.Context(), names...))
		require.NoError(t, err)
		require.Len(t, got, len(full))
		for i := range full {
			want := reflect.New(none[i].Type()).Elem()
			want.Set(none[i])
			want.Field(n).Set(full[i].Field(n))
			same(t, want.Interface(), got[i].Interface(), "only "+field.Name)
		}
	}
}

// structsIn returns the structs in an answer: the answer itself, what it points to, or its elements.
func structsIn(answer reflect.Value) []reflect.Value {
	switch answer.Kind() {
	case reflect.Struct:
		return []reflect.Value{answer}
	case reflect.Pointer, reflect.Interface:
		if !answer.IsNil() {
			return structsIn(answer.Elem())
		}
	case reflect.Slice:
		var found []reflect.Value
		for i := range answer.Len() {
			found = append(found, structsIn(answer.Index(i))...)
		}
		return found
	default: // a number or a text
	}
	return nil
}
