package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"decnetgraph/storage/engine"
)

// mostGrammed is the size, in bytes, of the longest text whose trigrams are listed. Longer ones are always looked at: an
// attacker must not be able to fill the index by a single command.
const mostGrammed = 16 << 10

// indexWriter writes the texts of some rows into the index.
type indexWriter struct {
	*change

	entries []indexEntry
	texts   map[string]*indexedText // by hash
}

// indexEntry is a row of search_entry.
type indexEntry struct {
	group, field, place int
	key                 string
	age                 int64
	text                *indexedText
}

// indexedText is a row of search_text.
type indexedText struct {
	id                          int64
	hash, folded, text, address string
}

// unreadTexts stands for the texts of a row that has too many to be read: a search says that it has not looked at them. No text has
// its number.
var unreadTexts = &indexedText{}

// collect deletes the entries of rows and collects the texts that the rows have now.
func (w *indexWriter) collect(ctx context.Context, group int, keys []string) error {
	err := inBatches(keys, func(batch []string) error {
		q := &statement{dialect: w.dialect}
		q.add("DELETE FROM search_entry WHERE source = ? AND row_key IN "+tuple(len(batch)), group)
		for _, key := range batch {
			q.args = append(q.args, key)
		}
		_, err := w.exec(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	for _, source := range searchSources {
		if source.number() != group {
			continue
		}
		err := readTexts(ctx, w.Store, source, keys, func(key string, t searchText) { w.add(group, key, t) }, func(key string) {
			w.options.Log.WarnContext(ctx, "storage: a row has too many texts to be searched", "fields", source.makes()[0].coordinate, "key", key)
			w.entries = append(w.entries, indexEntry{group: group, field: source.makes()[0].code, key: key, text: unreadTexts})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readTexts reads the texts of rows. If those of many rows are too much for a statement, it reads fewer at once; tooMany is
// called for a single row that has too many.
func readTexts(ctx context.Context, s *Store, source searchSource, keys []string, add func(key string, t searchText), tooMany func(key string)) error {
	const few = 250 // rows, whose texts are read by one statement
	if len(keys) > few {
		for batch := range slices.Chunk(keys, few) {
			if err := readTexts(ctx, s, source, batch, add, tooMany); err != nil {
				return err
			}
		}
		return nil
	}
	type found struct {
		key  string
		text searchText
	}
	var all []found
	err := source.read(ctx, s, keys, func(key string, t searchText) { all = append(all, found{key, t}) })
	switch half := len(keys) / 2; {
	case err == nil:
		for _, f := range all {
			add(f.key, f.text)
		}
	case errors.Is(err, ErrLimit) && half > 0:
		if err := readTexts(ctx, s, source, keys[:half], add, tooMany); err != nil {
			return err
		}
		return readTexts(ctx, s, source, keys[half:], add, tooMany)
	case errors.Is(err, ErrLimit):
		tooMany(keys[0])
	default:
		return err
	}
	return nil
}

func (w *indexWriter) add(group int, key string, t searchText) {
	hash := searchHash(t.text)
	text := w.texts[hash]
	if text == nil {
		text = &indexedText{hash: hash, folded: engine.FoldASCII(t.text), text: t.text, address: endpointKey(t.text)}
		w.texts[hash] = text
	}
	w.entries = append(w.entries, indexEntry{group, t.field.code, t.place, key, ageOf(t.seen), text})
}

// searchHash is search_text.hash of a text.
func searchHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:len(sum)/2])
}

// write writes what was collected. Texts that the index has already are not written again.
func (w *indexWriter) write(ctx context.Context) error {
	if err := w.writeTexts(ctx); err != nil {
		return err
	}
	slices.SortFunc(w.entries, indexEntry.compare)
	w.entries = slices.CompactFunc(w.entries, func(a, b indexEntry) bool { return a.compare(b) == 0 })
	rows := make([]newRow, len(w.entries))
	for i, e := range w.entries {
		rows[i] = newRow{values: []any{e.group, e.key, e.field, e.place, e.age, e.text.id}}
	}
	return w.insert(ctx, tableColumns{table: "search_entry", columns: []string{"source", "row_key", "field", "place", "age", "text"}}, rows, "")
}

// compare compares the keys of entries.
func (e indexEntry) compare(other indexEntry) int {
	return cmp.Or(cmp.Compare(e.group, other.group), strings.Compare(e.key, other.key), cmp.Compare(e.field, other.field), cmp.Compare(e.place, other.place))
}

// writeTexts writes the texts that the index does not have, and sets the numbers of all.
func (w *indexWriter) writeTexts(ctx context.Context) error {
	last, err := w.findTexts(ctx)
	if err != nil {
		return err
	}
	var texts, grams []newRow
	for _, hash := range slices.Sorted(maps.Keys(w.texts)) {
		t := w.texts[hash]
		if t.id != 0 {
			continue
		}
		last++
		t.id = last
		var address, text any
		if t.address != "" {
			address = t.address
		}
		if t.text != t.folded {
			text = []byte(t.text)
		}
		texts = append(texts, newRow{values: []any{t.id, t.hash, address, []byte(t.folded), text}})
		listed := []int{longGram}
		if len(t.folded) <= mostGrammed {
			listed = gramsOf(t.folded)
		}
		for _, gram := range listed {
			grams = append(grams, newRow{values: []any{gram, t.id}})
		}
	}
	if err := w.insert(ctx, tableColumns{table: "search_text", columns: []string{"id", "hash", "address", "folded", "text"}}, texts, ""); err != nil {
		return err
	}
	return w.insert(ctx, tableColumns{table: "search_gram", columns: []string{"gram", "text"}}, grams, "")
}

// findTexts sets the numbers of the texts that the index has, and returns the largest number of any text.
func (w *indexWriter) findTexts(ctx context.Context) (last int64, err error) {
	q := &statement{dialect: w.dialect}
	q.add("SELECT COALESCE(MAX(id), 0) FROM search_text")
	if err := w.scanRows(ctx, q, []scanner{{Into: wide64(&last)}}, func() error { return nil }); err != nil {
		return 0, err
	}
	var id int64
	var hash string
	return last, inBatches(slices.Sorted(maps.Keys(w.texts)), func(batch []string) error {
		q := &statement{dialect: w.dialect}
		q.add("SELECT id, hash FROM search_text WHERE hash IN " + tuple(len(batch)))
		for _, hash := range batch {
			q.args = append(q.args, hash)
		}
		return w.scanRows(ctx, q, []scanner{{Into: wide64(&id)}, {Into: text(&hash)}}, func() error {
			w.texts[hash].id = id
			return nil
		})
	})
}

// inBatches calls do with batches of texts, of few different lengths.
func inBatches(texts []string, do func(batch []string) error) error {
	for _, batch := range batches(texts, func(t string) int { return len(t) }, 1000, 100, 10) {
		if err := do(batch); err != nil {
			return err
		}
	}
	return nil
}

// tuple is a list of placeholders in parentheses.
func tuple(n int) string { return "(" + strings.Repeat("?, ", n-1) + "?)" }
