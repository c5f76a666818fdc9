package web

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Filled returns the variables of the example as a request brings them, with json.Number for numbers, and with the values that
// it finds in a database, as the page does. ask returns the data of the answer to a document. A value of which the database
// has none stays as it is, and missing has its path.
func (e Example) Filled(ask func(document string) (any, error)) (variables map[string]any, missing []string, err error) {
	if variables, err = asSent(e.Variables); err != nil {
		return nil, nil, err
	}
	for path, document := range e.Find {
		answer, err := ask(document)
		if err != nil {
			return nil, nil, fmt.Errorf("find %s: %w", path, err)
		}
		if found, ok := firstValue(answer); ok {
			set(variables, strings.Split(path, "."), found)
		} else {
			missing = append(missing, path)
		}
	}
	text, err := json.Marshal(variables)
	if err != nil {
		return nil, nil, err
	}
	variables, err = asSent(string(text))
	return variables, missing, err
}

// asSent reads variables as a request brings them; an empty text has none.
func asSent(text string) (variables map[string]any, err error) {
	variables = map[string]any{}
	if text == "" {
		return variables, nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return variables, decoder.Decode(&variables)
}

// firstValue is the first value of an answer, in depth, that is neither null nor a list or an object. The documents that find
// values select one field at each level, so the order of keys does not matter.
func firstValue(answer any) (any, bool) {
	switch v := answer.(type) {
	case nil:
		return nil, false
	case map[string]any:
		for _, value := range v {
			if found, ok := firstValue(value); ok {
				return found, true
			}
		}
		return nil, false
	case []any:
		for _, value := range v {
			if found, ok := firstValue(value); ok {
				return found, true
			}
		}
		return nil, false
	default:
		return v, true
	}
}

// set replaces the value at a path, which exists: Examples has checked it.
func set(at any, path []string, value any) {
	switch v := at.(type) {
	case map[string]any:
		if len(path) == 1 {
			v[path[0]] = value
			return
		}
		set(v[path[0]], path[1:], value)
	case []any:
		n, _ := strconv.Atoi(path[0])
		if len(path) == 1 {
			v[n] = value
			return
		}
		set(v[n], path[1:], value)
	}
}
