package storage

import (
	"context"
	"strings"
	"sync"
)

// showsPrint matches the rows of a table, by its letter in PrintMatch, that show a fingerprint themselves.
//
// Only Go can tell which rows these are, and a statement is written before it is known when it runs: it has a printKeys in the
// place of their keys, which scanRows replaces. So the condition may stand wherever any other may.
type showsPrint struct {
	Print

	letter string
}

// hasPrint matches the attackers of PrintAttackers.
type hasPrint struct{ Print }

func (showsPrint) isCondition() {}
func (hasPrint) isCondition()   {}

// printKeys stands for the value of a list's placeholder: the keys of the rows that show a fingerprint.
type printKeys struct {
	showsPrint

	table string // the list, as the statement has it
}

// printList appends the list of the keys of rows that show a fingerprint, as given(k).
func (q *statement) printList(c showsPrint) {
	table, _ := q.textList(nil)
	q.add(table+" AS given", printKeys{c, table})
}

func (c showsPrint) render(q *statement, on row) {
	key, set := q.sameKey(on.column("uuid"), "given.k")
	q.add(key + " IN (SELECT " + set + " FROM ")
	q.printList(c)
	q.add(")")
}

// render appends the condition as a look-up by the key alone, since planners read all rows for one of two columns.
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
		if len(keys) == 1 { // a list of one is another table
			keys = append(keys, keys...)
		}
		table, list := q.textList(keys)
		if table != wanted.table { // for longer keys, which suits the other lists, too
			text := strings.ReplaceAll(q.text.String(), wanted.table, table)
			q.text.Reset()
			q.text.WriteString(text)
		}
		q.args[i] = list
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
