package transfer

import "strings"

// tuple returns "(?, ?, ?)".
func tuple(placeholders int) string { return "(?" + strings.Repeat(", ?", placeholders-1) + ")" }

// tuples returns a list of rows of placeholders.
func tuples(rows, columns int) string {
	row := tuple(columns)
	return row + strings.Repeat(", "+row, rows-1)
}

// quoted quotes identifiers.
func (d *database) quoted(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = d.engine.Quote(name)
	}
	return all
}

// keyCondition returns the condition that a row has one of some keys.
func (d *database) keyCondition(key []string, rows int) string {
	key = d.quoted(key)
	if len(key) == 1 {
		return key[0] + " IN " + tuple(rows)
	}
	one := "(" + strings.Join(key, " = ? AND ") + " = ?)"
	return one + strings.Repeat(" OR "+one, rows-1)
}

// afterCondition returns the condition that a row comes after a key, in the order of the keys.
func (d *database) afterCondition(key []string, after []any) (condition string, args []any) {
	key = d.quoted(key)
	if len(key) == 1 {
		return key[0] + " > ?", after
	}
	// MySQL would not use the index for one comparison of rows.
	return key[0] + " >= ? AND (" + key[0] + " > ? OR " + key[1] + " > ?)", []any{after[0], after[0], after[1]}
}

// columnList returns the columns of a table to select, as they are stored.
func (d *database) columnList(names []string) string {
	prefix := d.engine.UntypedPrefix
	return prefix + strings.Join(d.quoted(names), ", "+prefix)
}
