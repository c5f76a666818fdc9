package storage

// partBounds has the column of parts that answers whether a tag with a value beyond a bound exists, by the column of tags
// and the direction of the bound.
var partBounds = map[comparison]string{
	{column: "confidence", operator: atLeast}:     "confidence",
	{column: "confidence", operator: greaterThan}: "confidence",
	{column: "created_at", operator: atLeast}:     "last_seen",
	{column: "created_at", operator: greaterThan}: "last_seen",
	{column: "created_at", operator: lessThan}:    "first_seen",
	{column: "created_at", operator: atMost}:      "first_seen",
}

// onParts returns the condition on parts of sums that says the same as a condition on tags: a tag that meets it exists
// if and only if a part does. Parts can tell techniques, and one bound besides: a part has the largest confidence and the
// first and the last instant of its tags, but not of one and the same tag. ok is false for all other conditions. countable
// says that the tags of parts that meet the condition all meet it.
func onParts(where and) (parts and, countable, ok bool) {
	countable = true
	for _, c := range where {
		switch c := c.(type) {
		case and:
			inner, all, served := onParts(c)
			if !served || !all && !countable {
				return nil, false, false
			}
			parts, countable = append(parts, inner...), countable && all
		case comparison:
			if column, bounded := partBounds[comparison{column: c.column, operator: c.operator}]; bounded {
				if !countable { // one bound was there before
					return nil, false, false
				}
				parts, countable = append(parts, comparison{column, c.kind, c.operator, c.value}), false
				continue
			}
			if !ofTechniqueAlone(c) {
				return nil, false, false
			}
			parts = append(parts, c)
		default:
			if !ofTechniqueAlone(c) {
				return nil, false, false
			}
			parts = append(parts, c)
		}
	}
	return parts, countable, true
}

// ofTechniqueAlone reports whether a condition on tags is about the columns alone that all tags of a part have in common.
func ofTechniqueAlone(c condition) bool {
	common := func(column string) bool { return column == "technique_id" || column == "sub_technique_id" }
	all := func(parts []condition) bool {
		for _, part := range parts {
			if !ofTechniqueAlone(part) {
				return false
			}
		}
		return true
	}
	switch c := c.(type) {
	case and:
		return all(c)
	case or:
		return all(c)
	case not:
		return ofTechniqueAlone(c.inner)
	case comparison:
		return common(c.column)
	case inList:
		return common(c.column)
	case isNull:
		return common(c.column)
	default:
		return false
	}
}

// relatedTable is a table that a condition looks for rows in, and what it asks of them.
type relatedTable struct {
	table   string
	where   and
	indexed []string // columns that follow the key of the owner in an index
	key     string
	number  string // the column that says how many rows a row stands for; empty for one
	owners  string // the table of the rows that the condition is on, if these are so few that their number matters; or empty
}

// relatedTable returns where to look for the rows of a condition, with an alias, that tell whether one meets it or, if
// counting, how many do: parts of sums instead of tags where the database has them and they can tell. They do not become
// more as tags do.
func (q *statement) relatedTable(c exists, alias string, counting bool) relatedTable {
	if c.table == tags.name && (c.column == "attacker_uuid" || c.column == "identity_uuid") && q.hasSums {
		if parts, countable, ok := onParts(c.where); ok && (countable || !counting) {
			q.sums = true
			all := raw(q.NoIndexPrefix + partCondition(alias, byTechnique.complete...))
			return relatedTable{table: "rollup_part", where: append(and{all}, parts...), indexed: []string{"technique_id"}, key: "part", number: "tags"}
		}
	}
	indexed := c.indexed
	if !q.hasSums { // DECNET's own indexes have the column alone
		indexed = nil
	}
	return relatedTable{table: c.table, where: c.where, indexed: indexed, key: "uuid"}
}
