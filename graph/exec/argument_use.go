package exec

import (
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentUse is how many values the arguments of an operation have, with its fragments spread. The values of an
// argument are coerced for each field that has it, so that a long list or text in a variable, or in a fragment, can cost
// many times its length. A text or a number counts as one value, and as one more for each bytesPerValue of it.
type argumentUse struct {
	literals  int            // values in the document
	variables map[string]int // by name of the variable: fields that use it
}

// argumentCounter counts the values of arguments while the plan is made.
type argumentCounter struct {
	argumentUse

	known map[*ast.Argument]argumentUse
}

// add adds the arguments of a field, and returns how many values and variables they have.
func (a *argumentCounter) add(list ast.ArgumentList) (added int) {
	for _, argument := range list {
		use, known := a.known[argument]
		if !known {
			use.count(argument.Value)
			if a.known == nil {
				a.known = map[*ast.Argument]argumentUse{}
			}
			a.known[argument] = use
		}
		a.literals += use.literals
		added += use.literals + len(use.variables)
		for name, times := range use.variables {
			a.use(name, times)
		}
	}
	return added
}

// count adds a value with all values in it.
func (u *argumentUse) count(value *ast.Value) {
	u.literals += 1 + len(value.Raw)/bytesPerValue
	if value.Kind == ast.Variable {
		u.use(value.Raw, 1)
	}
	for _, child := range value.Children {
		u.count(child.Value)
	}
}

func (u *argumentUse) use(variable string, times int) {
	if u.variables == nil {
		u.variables = map[string]int{}
	}
	u.variables[variable] += times
}

// check fails if the arguments have too many values. A variable may always be used once, however long it is.
func (u *argumentUse) check(variables map[string]any, most int) error {
	total := u.literals
	for name, times := range u.variables {
		if times > 1 {
			size := valuesIn(variables[name])
			total += (times - 1) * size // of 10 million values at most each, in 100,000 fields
		}
	}
	if total > most {
		return LimitError(fmt.Sprintf("the arguments of the document have more than %d values, with its fragments spread and a variable counted "+
			"each time that it is used again; give shorter lists and texts", most))
	}
	return nil
}

// bytesPerValue is the number of bytes of a text or a number that cost as much as a short value.
const bytesPerValue = 64

// valuesIn is the number of values in a value of JSON, with itself.
func valuesIn(value any) int {
	count := 1
	switch v := value.(type) {
	case string:
		count += len(v) / bytesPerValue
	case json.Number:
		count += len(v) / bytesPerValue
	case []any:
		for _, element := range v {
			count += valuesIn(element)
		}
	case map[string]any:
		for _, member := range v {
			count += valuesIn(member)
		}
	}
	return count
}
