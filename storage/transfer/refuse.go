package transfer

import (
	"slices"
	"strings"
)

// refused is why a database does not take a row.
type refused struct {
	key    bool // its primary key is taken
	column int
	reason string
}

// refusal describes an error of a database that is about a row of a table. It returns false for any other error.
func (d *database) refusal(t *table, err error) (refused, bool) {
	r, ok := d.engine.Refusal(err)
	switch {
	case !ok:
		return refused{}, false
	case r.PrimaryKey:
		return refused{key: true, column: t.key[0]}, true
	case r.Unique:
		at := slices.IndexFunc(t.indexes, func(i index) bool {
			return i.unique && (i.name == r.Constraint || slices.Equal(t.qualified(i), r.Columns))
		})
		if at < 0 {
			return refused{key: true, column: t.key[0]}, true
		}
		return t.notUnique(t.indexes[at]), true
	case r.Constraint != "":
		return refused{column: t.columnOf(r.Constraint), reason: "breaks the rule " + r.Constraint}, true
	}
	message, _, _ := strings.Cut(r.Message, "\n")
	return refused{column: t.key[0], reason: "is refused: " + strings.ToValidUTF8(message[:min(len(message), 300)], "")}, true
}

// qualified returns the columns of an index as TABLE.COLUMN.
func (t *table) qualified(i index) []string {
	var names []string
	for _, at := range i.columns {
		names = append(names, t.name+"."+t.columns[at].name)
	}
	return names
}

// columnOf returns the column that a constraint is named after, or else the key.
func (t *table) columnOf(constraint string) int {
	for i, c := range t.columns {
		if strings.HasSuffix(constraint, "_"+c.name) {
			return i
		}
	}
	for i, c := range t.columns {
		if strings.Contains(constraint, "_"+c.name+"_") {
			return i
		}
	}
	return t.key[0]
}

func (t *table) notUnique(i index) refused {
	var names []string
	for _, at := range i.columns {
		names = append(names, t.columns[at].name)
	}
	return refused{column: i.columns[0], reason: "another row has the same " + strings.Join(names, ", ") + ", which must be unique"}
}
