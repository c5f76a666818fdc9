package storage

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// mostStale is how many rows that were written since the last refresh a search reads itself.
const mostStale = 2_000

// indexRead is a search in the index, without the rows that have changed since it was refreshed.
type indexRead struct {
	store *Store
	list  searchList
	stale map[int][]string // keys of changed rows, by group
	gram  int              // the rarest trigram of the text; everyText if each has many texts
	none  bool             // no text of the index can match
}

// Numbers that stand for no trigram.
const (
	everyText = -2 // read all texts
	longGram  = -1 // the posting of texts that are too long to have their trigrams listed
)

// searchIndex begins a search in the index. It returns nil if there is none that is complete.
//
// The marks are read first. What changes after that has the texts in the index that it had when the marks were read; what is
// refreshed after that is left out of the index and read here. So no hit is missed, and none comes twice.
func (s *Store) searchIndex(ctx context.Context, l searchList) (*indexRead, error) {
	if !s.facts().searchable {
		return nil, nil //nolint:nilnil // there is no index
	}
	r := &indexRead{store: s, list: l, stale: map[int][]string{}}
	most := min(mostStale, s.options.MaxRows-1)
	var ready bool
	var group *int
	var key *string
	var field, rows, count int
	q := &statement{dialect: s.dialect}
	q.add("SELECT s.ready, m.source, m.row_key, 0 AS field, 0 AS n FROM search_state s LEFT JOIN (SELECT DISTINCT source, row_key FROM search_stale")
	q.limit(most+1, 0)
	q.add(") m ON 1 = 1 UNION ALL SELECT s.ready, NULL, e.row_key, e.field, e.n FROM search_state s CROSS JOIN" +
		" (SELECT field, MIN(row_key) AS row_key, COUNT(*) AS n FROM search_entry WHERE text = 0 GROUP BY field) e")
	dest := []scanner{{Into: flag(&ready)}, {Into: optional(whole, &group)}, {Into: optionalText(&key)}, {Into: whole(&field)}, {Into: whole(&rows)}}
	err := s.scanRows(ctx, q, dest, func() error {
		if of := fieldByCode(field); of != nil && rows > 0 && key != nil && l.has(of) {
			l.notice("%s of %d rows, such as %s, were not searched, because they are too many", of.coordinate, rows, *key)
		}
		if group != nil && key != nil {
			if count++; count <= most {
				r.stale[*group] = append(r.stale[*group], *key)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !ready {
		l.notice("the search index is not complete yet: migrate, or search rebuild, completes it")
		return nil, nil //nolint:nilnil // there is no index
	}
	if count > most {
		l.notice("more than %d rows have changed since the search index was refreshed; some are searched as they were then: "+
			"search refresh, or a server with --write, refreshes it", most)
	}
	return r, r.chooseGram(ctx)
}

// addStale adds the hits in changed rows.
func (r *indexRead) addStale(ctx context.Context, c *collector) error {
	for _, source := range searchSources {
		keys := r.stale[source.number()]
		if len(keys) == 0 || !slices.ContainsFunc(source.makes(), r.list.has) {
			continue
		}
		err := readTexts(ctx, r.store, source, keys, func(_ string, t searchText) { c.add(t) }, func(key string) {
			r.list.notice("%s of the row %s were not searched, because they are too many", source.makes()[0].coordinate, key)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addDeckies adds the deckies whose names the index has. Many rows name one decky, which is one hit.
func (r *indexRead) addDeckies(ctx context.Context, c *collector) error {
	if r.none || !r.list.has(deckyName) {
		return nil
	}
	q := &statement{dialect: r.store.dialect}
	q.add("SELECT " + textColumn + " FROM ")
	r.texts(q)
	q.add(" WHERE "+q.BytePosition("?", "t.folded")+" > 0 AND EXISTS (SELECT 1 FROM search_entry e WHERE e.text = t.id AND e.field = "+
		strconv.Itoa(deckyName.code), []byte(r.list.needle.folded))
	r.leaveStaleOut(q)
	q.add(")")
	var name string
	return r.store.scanRows(ctx, q, []scanner{{Into: text(&name)}}, func() error {
		c.add(searchText{field: deckyName, key: name, text: name})
		return nil
	})
}

// textColumn selects the text of a row of search_text as it was written.
const textColumn = "COALESCE(t.text, t.folded)"

// texts appends the texts that may contain the text to search for.
func (r *indexRead) texts(q *statement) {
	if r.gram == everyText {
		q.add("search_text t")
		return
	}
	q.add("(SELECT text AS id FROM search_gram WHERE gram IN (?, "+strconv.Itoa(longGram)+")) g"+q.joinByIndex("search_text t", "t.id = g.id"), r.gram)
}

// joinByIndex joins a table whose rows are found by an index for each row before it. PostgreSQL takes any text for likely to
// match, and would read the whole table.
func (d dialect) joinByIndex(table, condition string) string {
	if d.LateralFence == "" {
		return d.OrderedJoin + table + " ON " + condition
	}
	alias := table[strings.LastIndexByte(table, ' ')+1:]
	return " CROSS JOIN LATERAL (SELECT * FROM " + table + " WHERE " + condition + d.LateralFence + ") " + alias
}

// leaveStaleOut appends the condition that the row of an entry e has not changed.
func (r *indexRead) leaveStaleOut(q *statement) {
	for group := campaignGroup; group <= triggerGroup; group++ {
		if keys := r.stale[group]; len(keys) > 0 {
			list, bound := q.textList(keys)
			q.add(" AND NOT (e.source = "+strconv.Itoa(group)+" AND e.row_key IN (SELECT k FROM "+list+" AS stale))", bound)
		}
	}
}

// entries appends a derived table of the entries that are hits. Deckies are left out. Of each text, a page may leave out
// entries that come after as many as it needs. Without a page, the table has the number n of entries that each row stands for.
func (r *indexRead) entries(q *statement, page *pageBounds) {
	n := r.list.needle
	folded := []byte(n.folded)
	columns := "e.field, e.row_key, e.place, e.age, e.text"
	const ofAges = " AND e.age > ? AND e.age <= ?"
	fields, addresses := fieldList(r.list.fields, false), fieldList(r.list.fields, true)
	together := q.Lateral && n.from == "" // the entries of a text match in the same way, unless the text means addresses
	if page == nil {
		if columns = "1 AS n"; together {
			columns = "e.n"
		}
	}
	q.add("(SELECT "+columns+", CASE WHEN t.folded = ? THEN "+strconv.Itoa(MatchExact.rank()), folded)
	if n.from != "" {
		q.add(" WHEN e.field IN ("+addresses+") AND t.address >= ? AND t.address <= ? THEN "+strconv.Itoa(networkRank(n)), n.from, n.to)
	}
	q.add(" WHEN "+q.BytePosition("?", "t.folded")+" = 1 THEN "+strconv.Itoa(MatchBeginning.rank()), folded)
	q.add(" ELSE " + strconv.Itoa(MatchPart.rank()) + " END AS tier FROM ")
	r.texts(q)
	conditions := func() {
		q.add(ofAges, r.list.ages.over, r.list.ages.most)
		r.leaveStaleOut(q)
		r.list.entryConditions(q)
	}
	ofText, containing := "e.text = t.id AND e.field IN ("+fields+")", " WHERE "+q.BytePosition("?", "t.folded")+" > 0"
	switch {
	case together && page == nil:
		q.add(" CROSS JOIN LATERAL (SELECT COUNT(*) AS n FROM search_entry e WHERE " + ofText)
		conditions()
		q.add(") e"+containing, folded)
	case together && page.after == nil && page.before == nil:
		q.add(" CROSS JOIN LATERAL (SELECT * FROM search_entry e WHERE " + ofText)
		conditions()
		q.add(" ORDER BY " + page.order("e.age", "e.field", "e.row_key", "e.place"))
		q.limit(page.most, 0)
		q.add(") e"+containing, folded)
	default:
		q.add(q.joinByIndex("search_entry e", ofText)+containing, folded)
		conditions()
	}
	if n.from != "" {
		q.add(" UNION ALL SELECT " + columns + ", " + strconv.Itoa(networkRank(n)) + " AS tier FROM search_text t")
		q.add(q.joinByIndex("search_entry e", "e.text = t.id AND e.field IN ("+addresses+")")+
			" WHERE t.address >= ? AND t.address <= ? AND "+q.BytePosition("?", "t.folded")+" = 0"+ofAges,
			n.from, n.to, folded, r.list.ages.over, r.list.ages.most)
		r.leaveStaleOut(q)
		r.list.entryConditions(q)
	}
	q.add(")")
}

// networkRank is the rank of addresses that the text means, but does not spell.
func networkRank(n needle) int {
	if n.from == n.to {
		return MatchExact.rank()
	}
	return MatchNetwork.rank()
}

// fieldList lists the codes of fields, or of those with addresses, without deckies. It is never empty, as SQL demands.
func fieldList(fields []*searchField, addresses bool) string {
	var codes []string
	for _, f := range fields {
		if f != deckyName && (f.address || !addresses) {
			codes = append(codes, strconv.Itoa(f.code))
		}
	}
	if len(codes) == 0 {
		return "0"
	}
	return strings.Join(codes, ", ")
}

// pageBounds say which hits a page needs.
type pageBounds struct {
	after, before *hitOrder
	backward      bool
	most          int
}

// order returns an ORDER BY list of columns in the direction of the page.
func (p pageBounds) order(columns ...string) string {
	if p.backward {
		return strings.Join(columns, " DESC, ") + " DESC"
	}
	return strings.Join(columns, ", ")
}

// indexPage reads the first hits of the index within bounds or, backward, the last ones.
func (l searchList) indexPage(ctx context.Context, r *indexRead, p pageBounds) ([]*SearchHit, error) {
	if r.none && l.needle.from == "" {
		return nil, nil
	}
	columns := []string{"h.tier", "h.age", "h.field", "h.row_key", "h.place"}
	if l.order == SearchNewest {
		columns = columns[1:]
	}
	q := &statement{dialect: l.store.dialect}
	q.add("SELECT h.field, h.row_key, h.place, h.age, " + textColumn + " FROM (SELECT h.field, h.row_key, h.place, h.age, h.text FROM ")
	r.entries(q, &p)
	q.add(" h")
	l.indexConditions(q)
	for _, bound := range []struct {
		at       *hitOrder
		operator string
	}{{p.after, " > "}, {p.before, " < "}} {
		if bound.at == nil {
			continue
		}
		q.add(" AND (" + strings.Join(columns, ", ") + ")" + bound.operator + "(" + strings.Repeat("?, ", len(columns)-1) + "?)")
		if l.order != SearchNewest {
			q.args = append(q.args, bound.at.match)
		}
		q.args = append(q.args, bound.at.age, bound.at.field, bound.at.key, bound.at.place)
	}
	q.add(" ORDER BY " + p.order(columns...))
	q.limit(p.most, 0)
	q.add(") h" + q.OrderedJoin + "search_text t ON t.id = h.text")
	var hits []*SearchHit
	var code, place int
	var age int64
	var key, content string
	dest := []scanner{{Into: whole(&code)}, {Into: text(&key)}, {Into: whole(&place)}, {Into: wide64(&age)}, {Into: text(&content)}}
	return hits, l.store.scanRows(ctx, q, dest, func() error {
		if field := fieldByCode(code); field != nil {
			if hit := l.hit(searchText{field: field, key: key, place: place, text: content}, age); hit != nil {
				hits = append(hits, hit)
			}
		}
		return nil
	})
}

// indexCount counts the hits of the index.
func (l searchList) indexCount(ctx context.Context, r *indexRead) (count int, err error) {
	if r.none && l.needle.from == "" {
		return 0, nil
	}
	q := &statement{dialect: l.store.dialect}
	q.add("SELECT COALESCE(SUM(h.n), 0) FROM ")
	r.entries(q, nil)
	q.add(" h")
	l.indexConditions(q)
	return count, l.store.scanRows(ctx, q, []scanner{{Into: safeInt(&count)}}, func() error { return nil })
}

// wide64 takes an integer of 64 bits.
func wide64(target *int64) cell {
	return cellFunc(func(v *value) (ok bool) {
		*target, ok = v.Whole()
		return ok
	})
}

// probedGrams is how many trigrams of the text are counted, and fewTexts how many texts make one common.
const probedGrams, fewTexts = 6, 2_000

// chooseGram finds the rarest trigram of the text, among some of them.
func (r *indexRead) chooseGram(ctx context.Context) error {
	grams := gramsOf(r.list.needle.folded)
	if r.gram = everyText; len(grams) == 0 {
		return nil
	}
	step := max(1, len(grams)/probedGrams)
	q := &statement{dialect: r.store.dialect}
	asked := 0
	for i := 0; i < len(grams) && asked < probedGrams; i += step {
		if asked++; asked > 1 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT ? + 0 AS gram, COUNT(*) AS texts FROM (SELECT 1 AS one FROM search_gram WHERE gram = ?", grams[i], grams[i])
		q.limit(fewTexts, 0)
		q.add(") g" + strconv.Itoa(asked))
	}
	fewest := fewTexts
	var gram, texts int
	err := r.store.scanRows(ctx, q, []scanner{{Into: whole(&gram)}, {Into: whole(&texts)}}, func() error {
		if texts < fewest {
			fewest, r.gram = texts, gram
		}
		return nil
	})
	return err
}

// gramsOf returns the trigrams of a folded text as numbers, each once, in the order of their first places.
func gramsOf(folded string) []int {
	const size = 3
	var grams []int
	seen := map[int]bool{}
	for i := 0; i+size <= len(folded); i++ {
		gram := int(folded[i])<<16 | int(folded[i+1])<<8 | int(folded[i+2])
		if !seen[gram] {
			seen[gram] = true
			grams = append(grams, gram)
		}
	}
	return grams
}
