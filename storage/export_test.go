package storage

// OfTags is the store with rollups that are counted from the tags, as on databases of DECNET: what those
// read from sums are compared with.
func (s *Store) OfTags() *Store {
	return &Store{&shared{dialect: s.dialect, options: s.options, pools: s.pools}, s.from}
}

// Compare is the condition that a text column compares with a text, such as by "=".
func Compare(column, by, with string) RandomCondition {
	return RandomCondition{comparison{column, textValues, operator(by), with}}
}

// InTexts is the condition that a column holds one of the texts.
func InTexts(column string, texts ...string) RandomCondition {
	return RandomCondition{inList{column, texts}}
}

// ListHolds is the condition that a column with a JSON list has one of the texts as an element.
func ListHolds(column string, texts ...string) RandomCondition {
	return RandomCondition{listHolds{column, texts}}
}

// Not negates a condition.
func Not(c RandomCondition) RandomCondition { return RandomCondition{not{c.tree}} }
