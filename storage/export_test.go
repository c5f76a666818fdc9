package storage

import (
	"context"
	"net/netip"
	"time"
)

// SetPace sets how often keepers look for work, and how long they pause. It is called before they start.
func (s *Store) SetPace(poll, pause time.Duration) { s.poll, s.pause = poll, pause }

// OfTags is the store with rollups that are counted from the tags, as on databases of DECNET: what those
// read from sums are compared with.
func (s *Store) OfTags() *Store {
	other := &shared{dialect: s.dialect, options: s.options, pools: s.pools}
	other.warned.log = s.options.Log
	return &Store{other, s.from}
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

// ValueColumn is a column whose values are in the table of values by which filters look rows up.
type ValueColumn struct {
	Table, Key, Column string
	Number             int
	Addresses          bool
	of                 filterColumn
}

// ValueColumns are all of them.
func ValueColumns() []ValueColumn {
	var all []ValueColumn
	add := func(t interface {
		filterable
		ofColumn(name string) filterColumn
		names() tableColumns
	},
	) {
		names := t.names()
		for n, u := range names.uses {
			if u.values > 0 {
				c := t.ofColumn(names.columns[n])
				all = append(all, ValueColumn{c.table, c.key, c.column, int(c.values), c.column == "ip" || c.column == "src_ip", c})
			}
		}
	}
	add(attackers)
	add(identities)
	add(campaigns)
	add(behaviors)
	add(intels)
	add(canaryTriggers)
	return all
}

// Holding is the condition that a list has one of the texts. With plain, rows are not looked up.
func (c ValueColumn) Holding(plain bool, texts ...string) RandomCondition {
	return looked(c.of.holds(texts), plain)
}

// Within is the condition that an address is in a block.
func (c ValueColumn) Within(plain bool, block netip.Prefix) RandomCondition {
	spans := []addressSpan{spanOf(block)}
	return looked(c.of.lookUp(nil, spans, addressWithin{c.Column, spans}), plain)
}

func looked(c condition, plain bool) RandomCondition {
	if plain {
		c = c.(valueAmong).plain
	}
	return RandomCondition{c}
}

// KeysWhere returns the keys of the rows of the column's table that meet a condition.
func (s *Store) KeysWhere(ctx context.Context, c ValueColumn, where RandomCondition) (keys []string, err error) {
	q := &statement{dialect: s.dialect}
	q.add("SELECT t." + c.Key + " FROM " + c.Table + " t WHERE ")
	q.condition(where.tree, row{alias: "t"})
	q.add(" ORDER BY t." + c.Key)
	var key string
	return keys, s.scanRows(ctx, q, []scanner{{Into: text(&key)}}, func() error {
		keys = append(keys, key)
		return nil
	})
}
