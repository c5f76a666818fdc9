package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"decnetgraph/graph/jsontext"
	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// rowReader reads the fields of a row that was sent, and keeps the first problem that it finds, in words for the person
// who sent the row. Package storage checks what does not depend on the form of the fields.
type rowReader struct{ problem string }

func (r *rowReader) fail(format string, args ...any) {
	if r.problem == "" {
		r.problem = fmt.Sprintf(format, args...)
	}
}

// optional reads the value of a field as its scalar does. It returns nil if the value is null, and also if it is invalid,
// which the reader then records as its problem.
func optional[V any](r *rowReader, field string, given scalar.Given, read func(any) (V, error)) *V {
	if given.Value == nil {
		return nil
	}
	if _, several := given.Value.(jsontext.Repeated); several {
		r.fail("%s is given more than once", field)
		return nil
	}
	value, err := read(given.Value)
	if err != nil {
		r.fail("%s: %s", field, message(err))
		return nil
	}
	return &value
}

// required reads a field like optional; the zero value stands for null.
func required[V any](r *rowReader, field string, given scalar.Given, read func(any) (V, error)) V {
	value := optional(r, field, given, read)
	if value == nil {
		value = new(V)
	}
	return *value
}

// number reads a number; null is a problem. A number that no double can hold becomes an infinity, for storage to reject.
func (r *rowReader) number(field string, given scalar.Given) float64 {
	if given.Value == nil {
		r.fail("%s is missing", field)
	}
	return required(r, field, given, readNumber)
}

// whole reads a whole number; null is a problem.
func (r *rowReader) whole(field string, given scalar.Given) int {
	if given.Value == nil {
		r.fail("%s is missing", field)
	}
	return required(r, field, given, readWhole)
}

// readText reads a text; a value of another type is not converted.
func readText(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", storage.Invalid("%s is not a text", scalar.Given{Value: value})
	}
	return text, nil
}

func readNumber(value any) (float64, error) {
	switch v := value.(type) {
	case json.Number:
		n, err := strconv.ParseFloat(string(v), 64)
		if err == nil || errors.Is(err, strconv.ErrRange) {
			return n, nil
		}
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	case int:
		return float64(v), nil
	}
	return 0, storage.Invalid("%s is not a number", scalar.Given{Value: value})
}

func readWhole(value any) (int, error) {
	switch v := value.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 32); err == nil {
			return int(n), nil
		}
	case int64:
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			return int(v), nil
		}
	case int:
		return readWhole(int64(v))
	}
	return 0, storage.Invalid("%s is not a whole number of 32 bits", scalar.Given{Value: value})
}

// message is the message of an error without its kind.
func message(err error) string {
	if known, ok := errors.AsType[*storage.Error](err); ok {
		return known.Message
	}
	return err.Error()
}
