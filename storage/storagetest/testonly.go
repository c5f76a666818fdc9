package storagetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testOnly holds every query to what Only says: the field named is filled as by a full read, and what
// the other fields hold does not depend on it.
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
	if len(full) == 0 { // it answers with numbers or texts
		return
	}
	for i := range full {
		for n := range full[i].NumField() {
			if one := none[i].Field(n); one.CanInterface() && !one.IsZero() {
				same(t, full[i].Field(n).Interface(), one.Interface(), "read always")
			}
		}
	}
	for n, field := range reflect.VisibleFields(full[0].Type()) {
		if !field.IsExported() {
			continue
		}
		got, err := ask(storage.Only(t.Context(), "Foreign", field.Name))
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

// structsIn are the structs that an answer is, points to or lists.
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
