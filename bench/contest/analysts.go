package contest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed analysts/*.graphql
var analystsDocuments embed.FS

// Rephrased is an analyst's question, of which our form is an example of GraphiQL, in the form of another schema.
type Rephrased struct {
	Document string

	variables map[string]string // the path of each variable's value in our variables
	same      []pair
}

// pair names values that must be the same in both answers.
type pair struct{ ours, theirs string }

// ForPostGraphile returns the question of an example in PostGraphile's form; ok is false if it has none.
func ForPostGraphile(example string) (r Rephrased, ok bool, err error) {
	text, err := analystsDocuments.ReadFile("analysts/" + example + ".graphql")
	if err != nil {
		return r, false, nil //nolint:nilerr // the only error of an embedded file is that it does not exist
	}
	r, err = rephrased(string(text))
	if err != nil {
		err = fmt.Errorf("%s: %w", example, err)
	}
	return r, true, err
}

// rephrased reads a document with its header. A line "# variable theirs: ours" names the path of a value in our variables,
// and a line "# same ours = theirs" the paths of values in both answers, or "# same both" if the paths are equal. A path
// leads through every row of a list.
func rephrased(text string) (Rephrased, error) {
	r := Rephrased{Document: text, variables: map[string]string{}}
	for line := range strings.Lines(text) {
		header, is := strings.CutPrefix(strings.TrimSpace(line), "# ")
		if !is {
			break
		}
		key, rest, _ := strings.Cut(header, " ")
		switch theirs, ours, named := strings.Cut(rest, ": "); {
		case key == "variable" && named:
			r.variables[theirs] = ours
		case key == "same":
			ours, theirs, differ := strings.Cut(rest, " = ")
			if !differ {
				theirs = ours
			}
			r.same = append(r.same, pair{ours, theirs})
		default:
			return r, fmt.Errorf("unknown line %q", line)
		}
	}
	if len(r.same) == 0 {
		return r, errors.New("no values are compared")
	}
	return r, nil
}

// Variables returns the values of the document's variables, taken from those of our form of the question. It fails if one is
// missing there; null counts as a value.
func (r Rephrased) Variables(ours map[string]any) (map[string]any, error) {
	variables := make(map[string]any, len(r.variables))
	for name, path := range r.variables {
		var at any = ours
		for step := range strings.SplitSeq(path, ".") {
			object, _ := at.(map[string]any)
			next, has := object[step]
			if !has {
				return nil, fmt.Errorf("variable %s: our variables have no %s", name, path)
			}
			at = next
		}
		variables[name] = at
	}
	return variables, nil
}

// Compare returns an error that names the first values that differ between the data of our answer and of theirs, and the number
// of values that it compared. The order of rows counts.
func (r Rephrased) Compare(ours, theirs json.RawMessage) (compared int, err error) {
	var mine, other any
	if err := errors.Join(json.Unmarshal(ours, &mine), json.Unmarshal(theirs, &other)); err != nil {
		return 0, err
	}
	for _, p := range r.same {
		a, err := valuesAt(mine, p.ours)
		if err != nil {
			return compared, fmt.Errorf("our answer: %w", err)
		}
		b, err := valuesAt(other, p.theirs)
		if err != nil {
			return compared, fmt.Errorf("their answer: %w", err)
		}
		if !slices.Equal(a, b) {
			return compared, fmt.Errorf("%s differs: %s", p.theirs, difference(strings.Join(a, " "), strings.Join(b, " ")))
		}
		compared += len(a)
	}
	return compared, nil
}

// valuesAt returns the values at a path, of every row of the lists on the way, in one format for both schemas. A path that ends
// in null early has one value, null.
func valuesAt(data any, path string) (found []string, err error) {
	steps := strings.Split(path, ".")
	field := steps[len(steps)-1]
	var walk func(at any, steps []string) error
	walk = func(at any, steps []string) error {
		switch v := at.(type) {
		case []any:
			for _, row := range v {
				if err := walk(row, steps); err != nil {
					return err
				}
			}
			return nil
		case map[string]any:
			if len(steps) == 0 {
				return fmt.Errorf("%s is an object", path)
			}
			next, has := v[steps[0]]
			if !has {
				return fmt.Errorf("%s: there is no %s", path, steps[0])
			}
			return walk(next, steps[1:])
		case nil:
			found = append(found, "null")
			return nil
		default:
			if len(steps) > 0 {
				return fmt.Errorf("%s: %s is below a value", path, steps[0])
			}
			found = append(found, value(field, v))
			return nil
		}
	}
	return found, walk(data, steps)
}

// value writes a text, a number or a boolean. PostGraphile sends large numbers as texts.
func value(field string, v any) string {
	switch v := v.(type) {
	case string:
		return scalar(field, v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
