package storage

import (
	"encoding/json"
	"strconv"
	"strings"
)

// order is a total order of the rows of a table: by columns that are never NULL, the most significant first,
// and then by the row's key in the direction of the last of them.
type order struct {
	list    string // name of the list in positions
	columns []sortColumn
	dialect dialect // set before the order is written as SQL
}

// sortColumn is a column that rows are ordered by.
type sortColumn struct {
	column     string
	descending bool
	instants   bool // whether the column holds instants
}

// name names the order in positions: a cursor is good for one order in one direction.
func (o order) name() string {
	var name strings.Builder
	name.WriteString(o.list + ".")
	for i, c := range o.columns {
		if i > 0 {
			name.WriteString(", ")
		}
		name.WriteString(c.column + direction(c.descending))
	}
	return name.String()
}

// reversed is the order read from its other end.
func (o order) reversed(yes bool) order {
	columns := make([]sortColumn, len(o.columns))
	for i, c := range o.columns {
		columns[i] = sortColumn{c.column, c.descending != yes, c.instants}
	}
	o.columns = columns
	return o
}

// keyDescending is the direction of the row's key.
func (o order) keyDescending() bool { return o.columns[len(o.columns)-1].descending }

func direction(descending bool) string {
	if descending {
		return " DESC"
	}
	return " ASC"
}

// sortAlias names the sort key with an index where it is selected under a name of its own.
func sortAlias(i int) string {
	if i == 0 {
		return "sort"
	}
	return "sort" + strconv.Itoa(i+1)
}

// key is the SQL of the sort key with an index, of rows with an alias.
func (o order) key(i int, alias string) string {
	column := alias + "." + o.columns[i].column
	if o.columns[i].instants {
		return o.dialect.instantKey(column)
	}
	return column
}

// byColumns is the ORDER BY list for rows of the table with the alias t.
func (o order) byColumns(key string) string {
	return o.by(func(i int) string { return o.key(i, "t") }, "t."+key)
}

// byAliases is the ORDER BY list for rows whose sort keys and key were selected by selectedColumns.
func (o order) byAliases(alias string) string {
	return o.by(func(i int) string { return alias + "." + sortAlias(i) }, alias+".k")
}

func (o order) by(sort func(i int) string, key string) string {
	var list strings.Builder
	for i, c := range o.columns {
		list.WriteString(sort(i) + direction(c.descending) + ", ")
	}
	return list.String() + key + direction(o.keyDescending())
}

// selectedColumns lists the key of table t as k, and its sort keys by their aliases.
func (o order) selectedColumns(key string) string {
	var list strings.Builder
	list.WriteString("t." + key + " AS k")
	for i := range o.columns {
		list.WriteString(", " + o.key(i, "t") + " AS " + sortAlias(i))
	}
	return list.String()
}

// placeColumns lists the sort keys and the key as the database holds them, and ends in a comma.
func (o order) placeColumns(alias string) string {
	var list strings.Builder
	for i := range o.columns {
		list.WriteString(o.dialect.UntypedPrefix + alias + "." + sortAlias(i) + ", ")
	}
	return list.String() + alias + ".k, "
}

// beyond returns the condition that a row of the table is after a position or, with before, before it.
// The position must have passed check.
func (o order) beyond(at *Position, before bool, key string) keyset {
	sort, _ := readSort(at.Sort, len(o.columns))
	held, _ := readKey(at.Key)
	var k keyset
	for i, c := range o.columns {
		k.columns = append(k.columns, keysetColumn{c.column, beyondOperator(c.descending != before), sort[i], c.instants})
	}
	k.columns = append(k.columns, keysetColumn{key, beyondOperator(o.keyDescending() != before), held, false})
	return k
}

func beyondOperator(descending bool) operator {
	if descending {
		return lessThan
	}
	return greaterThan
}

// check refuses a page whose positions do not belong to the order.
func (o order) check(p Page) error {
	for _, bound := range []struct {
		argument string
		at       *Position
	}{{"after", p.After}, {"before", p.Before}} {
		if bound.at == nil {
			continue
		}
		_, sorts := readSort(bound.at.Sort, len(o.columns))
		_, keys := readKey(bound.at.Key)
		if bound.at.List != o.name() || !sorts || !keys {
			return Invalid("the cursor given as %q belongs to another list or order", bound.argument)
		}
	}
	return nil
}

// writeSort writes the sort keys of a row: a single one as writeKey does, several as a JSON list of those.
func writeSort(keys []stored) string {
	if len(keys) == 1 {
		return writeKey(keys[0])
	}
	written := make([]string, len(keys))
	for i, key := range keys {
		written[i] = writeKey(key)
	}
	list, _ := json.Marshal(written) // texts always marshal
	return string(list)
}

// readSort reads what writeSort wrote of a number of sort keys; ok is false for anything else.
func readSort(written string, number int) (keys []any, ok bool) {
	list := []string{written}
	if number != 1 && (json.Unmarshal([]byte(written), &list) != nil || len(list) != number) {
		return nil, false
	}
	for _, one := range list {
		key, ok := readKey(one)
		if !ok {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}
