package storage

// dialect holds all that the databases disagree on, as values. Queries stay portable: they are
// written once with "?" marks and ask the dialect for the few pieces below.
type dialect struct {
	// keys is a table expression with one column, k, made of one bound list of texts.
	keys string
	// bindKeys turns the list into the value bound to keys.
	bindKeys func([]string) (any, error)
	// then joins a table to what stands before it, in this order. A planner without statistics, as
	// DECNET leaves it, may otherwise start at the largest table.
	then string
	// aside stands before a column whose index must not be the way to the rows of an owner. Without
	// statistics a filter looks as selective as the owner's key, but may match half of the table.
	aside string
	// limit bounds a list by two marks, the number of rows and how many are skipped before.
	limit string
	// columns asks for the column names of the table bound to its one mark.
	columns string
	// classify turns a driver's error into ErrUnavailable where that is what it means.
	classify func(error) error
}
