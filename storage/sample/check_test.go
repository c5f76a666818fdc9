package sample

import (
	"errors"
	"reflect"
	"testing"
)

// noError stops the test if err is not nil.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// isError stops the test unless err is target.
func isError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("want error %q, got %v", target, err)
	}
}

// equal compares deeply; about names what is compared.
func equal(t *testing.T, want, got any, about string) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s:\nwant %v\ngot  %v", about, want, got)
	}
}

// holds fails the test unless ok is true.
func holds(t *testing.T, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Errorf(format, args...)
	}
}

// within reports whether got and want differ by at most delta.
func within(t *testing.T, want, got, delta int, about string) {
	t.Helper()
	if got < want-delta || got > want+delta {
		t.Errorf("%s: want %d ± %d, got %d", about, want, delta, got)
	}
}
