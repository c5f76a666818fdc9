package storage

import (
	"context"
	"strings"
	"sync"
)

// showsPrint matches the rows of a table, by its letter in PrintMatch, that show a fingerprint themselves.
//
// Only Go can tell which rows these are, and it looks for them when the statement runs, not when its text is written. Until then a
// printKeys stands for their keys among the statement's values. So the condition may stand wherever any other may.
type showsPrint struct {
	Print

	letter string
}

// hasPrint matches the attackers of PrintAttackers.
type hasPrint struct{ Print }

func (showsPrint) isCondition() {}
func (hasPrint) isCondition()   {}

// printKeys stands for the value of a list's placeholder: the keys of the rows that show a fingerprint.
type printKeys struct{ showsPrint }

// anyKeys is a list whose table also fits the keys that are found later: several, and each as long as a column of keys allows.
var anyKeys = []string{strings.Repeat("k", 255), ""}

// printList appends the list of the keys of rows that show a fingerprint, as given(k).
func (q *statement) printList(c showsPrint) {
	table, _ := q.textList(anyKeys)
	q.add(table+" AS given", printKeys{c})
}

func (c showsPrint) render(q *statement, on row) {
	key, set := q.sameKey(on.column("uuid"), "given.k")
	q.add(key + " IN (SELECT " + set + " FROM ")
	q.printList(c)
	q.add(")")
}

// render appends the condition as one look-up by key. With an OR of two columns, planners would read all rows.
func (c hasPrint) render(q *statement, on row) {
	key, set := q.sameKey(on.column("uuid"), "shown.uuid")
	q.add(key + " IN (SELECT " + set + " FROM (SELECT given.k AS uuid FROM ")
	q.printList(showsPrint{c.Print, showsAttacker})
	q.add(" UNION ALL SELECT a.uuid FROM ")
	q.printList(showsPrint{c.Print, showsIdentity})
	q.add(q.join("attackers a", "a.identity_id", "given.k") + ") shown)")
}

// bindPrints replaces each printKeys among the values of a statement by the keys that it stands for.
func (s *Store) bindPrints(ctx context.Context, q *statement) error {
	for i, arg := range q.args {
		wanted, is := arg.(printKeys)
		if !is {
			continue
		}
		match, err := s.sharedPrint(ctx, wanted.Print)
		if err != nil {
			return err
		}
		keys := match.keys(wanted.letter)
		if len(keys) == 1 { // a single key may be bound in another form, for another table
			keys = append(keys, keys...)
		}
		_, q.args[i] = q.textList(keys)
	}
	return q.err
}

// keys returns the keys of the rows of a table that show the fingerprint.
func (m *PrintMatch) keys(letter string) (keys []string) {
	for _, shown := range m.shown {
		if key, of := strings.CutPrefix(shown, letter); of {
			keys = append(keys, key)
		}
	}
	return keys
}

// sharedPrint is FindPrint, once for all statements of a response.
func (s *Store) sharedPrint(ctx context.Context, p Print) (*PrintMatch, error) {
	shelf, shared := ctx.Value(shelfKey{}).(*shelf)
	if !shared {
		return s.FindPrint(ctx, p)
	}
	kept, _ := shelf.prints.LoadOrStore(p, &keptPrint{})
	found := kept.(*keptPrint)
	if !found.mu.TryLock() {
		WaitPipelined(ctx, found.mu.Lock)
	}
	defer found.mu.Unlock()
	if found.match != nil {
		return found.match, nil
	}
	match, err := s.FindPrint(ctx, p)
	if err == nil {
		found.match = match
	}
	return match, err
}

// keptPrint is what FindPrint has found, nil before. Its mutex is held meanwhile.
type keptPrint struct {
	mu    sync.Mutex
	match *PrintMatch
}
