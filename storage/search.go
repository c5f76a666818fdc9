package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// SearchQuery says what to search for.
type SearchQuery struct {
	// Text is the text to find, whatever the case of its ASCII letters is. An address is also found in other spellings,
	// and a network in CIDR notation, or the first groups of an IPv6 address with the colon after them, finds the addresses
	// in it.
	Text string
	// Kinds are the kinds of hits, nil for all.
	Kinds []SearchKind
	HitFilter
	// Hidden are fields, as SearchHit.Field writes them, that are not searched, as if there were none.
	Hidden []string

	// Order is the order of the hits, SearchRelevance if it is empty.
	Order SearchOrder
	// Catalogue are texts that the database does not have.
	Catalogue []CatalogueText
	// Notice, if set, is called with a message for each part of the database that a page or count leaves out.
	Notice func(message string)
}

// CatalogueText is a technique's number or name.
type CatalogueText struct {
	AttackID string
	Name     bool // the text is the name, not the number
	Text     string
}

// SearchOrder is an order of hits. Equal hits are ordered by kind, field, key and place, so that the order is total.
type SearchOrder string

// The orders of hits.
const (
	SearchRelevance SearchOrder = "RELEVANCE" // by SearchMatch, then the newest first; hits without a time last
	SearchNewest    SearchOrder = "NEWEST"    // the newest first; hits without a time last
)

// SearchHit is a text that a search has found.
type SearchHit struct {
	Kind SearchKind
	// Key is the key of the row, or the number or name of an object that has no row. A command has its attacker's.
	Key string
	// Field is the field that holds the text, such as Attacker.ptrRecord.
	Field string
	// Place tells the texts of one field apart. It is the index in a list of texts, and of a command in the attacker's.
	Place int
	Text  string
	Match SearchMatch
	// Start and End bound the match in the text, in bytes.
	Start, End int
	// SeenAt is the time of the text, nil if it has none.
	SeenAt *time.Time

	order hitOrder
}

// Object is the reference to the object that has the text; of a command, to its attacker.
func (h *SearchHit) Object() Ref { return Ref{searchNodes[h.Kind], h.Key} }

// hitOrder is what hits are ordered by, ascending.
type hitOrder struct {
	match int // 0 in orders that ignore it
	age   int64
	field int
	key   string
	place int
}

func (o hitOrder) compare(other hitOrder) int {
	return cmp.Or(
		cmp.Compare(o.match, other.match), cmp.Compare(o.age, other.age), cmp.Compare(o.field, other.field),
		strings.Compare(o.key, other.key), cmp.Compare(o.place, other.place),
	)
}

// ageOf orders the newest first, and texts without a time last.
func ageOf(at time.Time) int64 {
	if at.IsZero() {
		return math.MaxInt64
	}
	return -at.UnixMicro()
}

func seenAt(age int64) *time.Time {
	if age == math.MaxInt64 {
		return nil
	}
	return new(time.UnixMicro(-age).UTC())
}

// ageRange holds the ages of a span of time: over is excluded, and most is included.
type ageRange struct{ over, most int64 }

// agesOf returns the ages of a span of time. It fails with ErrInvalid if the span ends before it begins.
func agesOf(span *InstantRange) (ageRange, error) {
	ages := ageRange{math.MinInt64, math.MaxInt64}
	if span == nil || span.From == nil && span.Until == nil {
		return ages, nil
	}
	ages.most--
	if span.From != nil && span.Until != nil && span.From.After(*span.Until) {
		return ages, invalidSearch([]string{"seen", "until"}, "%s is before seen.from, %s", span.Until.Format(time.RFC3339Nano), span.From.Format(time.RFC3339Nano))
	}
	const almost = time.Microsecond - 1 // so that a part of a microsecond counts as a whole one
	if span.From != nil {
		ages.most = -span.From.Add(almost).UnixMicro()
	}
	if span.Until != nil {
		ages.over = -span.Until.Add(almost).UnixMicro()
	}
	return ages, nil
}

// Search lists the texts that contain the text of a query; of tags and sessions, only the whole key is found. The same rows
// give the same hits on every database: on our own they come from an index, which includes what was written a moment ago; on
// DECNET's, and while the index is being made, from a scan of the newest rows, and the query's Notice is called with what
// that leaves out. The list fails with ErrInvalid for a text that cannot be searched for.
func (s *Store) Search(q SearchQuery) List[SearchHit] {
	l := searchList{store: s, query: q}
	l.order = cmp.Or(q.Order, SearchRelevance)
	if l.order != SearchRelevance && l.order != SearchNewest {
		l.err = Invalid("there is no order by %q", q.Order)
		return l
	}
	if l.fields = fieldsOf(q.Kinds); len(l.fields) == 0 {
		l.err = Invalid("a search of no kinds finds nothing; leave kinds out to search all")
		return l
	}
	l.fields = slices.DeleteFunc(slices.Clone(l.fields), l.hides)
	if l, l.err = l.filtered(); l.err != nil {
		return l
	}
	if l.ages, l.err = agesOf(q.Seen); l.err != nil {
		return l
	}
	l.needle, l.err = newNeedle(q.Text)
	l.name = l.listName()
	return l
}

// listName is the name of the list in cursors: no two searches that find other hits, or in another order, share it.
func (l searchList) listName() string {
	codes := make([]string, len(l.fields))
	for i, f := range l.fields {
		codes[i] = fmt.Sprint(f.code)
	}
	attackers, _ := json.Marshal(l.query.Attackers) // a filter that was read from JSON can be written as such
	digest := sha256.Sum256(append([]byte(l.needle.folded+"\x00"), attackers...))
	return fmt.Sprint("search.", l.order, ".", hex.EncodeToString(digest[:8]), ".", strings.Join(codes, ","), l.ages, l.query.Matches)
}

// searchList is the List of a search.
type searchList struct {
	store  *Store
	query  SearchQuery
	order  SearchOrder
	needle needle
	ages   ageRange
	fields []*searchField
	owners and         // on the attackers that hits belong to; nil for any hits
	named  []openValue // in owners
	name   string      // of the list in cursors
	err    error
}

// Page implements List. There is one owner, the empty text.
func (l searchList) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[SearchHit], error) {
	if l.err != nil {
		return nil, l.err
	}
	after, err := l.place("after", p.After)
	if err != nil {
		return nil, err
	}
	before, err := l.place("before", p.Before)
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, onlyKey{}, nil) // names fields of hits, not of the rows that are searched
	all, indexed, err := l.gather(ctx)
	if err != nil {
		return nil, err
	}
	total := len(all)
	hits := slices.DeleteFunc(all, func(h *SearchHit) bool {
		return after != nil && h.order.compare(*after) <= 0 || before != nil && h.order.compare(*before) >= 0
	})
	if indexed != nil {
		found, err := l.indexPage(ctx, indexed, pageBounds{after, before, p.Backward, p.Offset + p.Limit + 1})
		if err != nil {
			return nil, err
		}
		hits = append(hits, found...)
	}
	slices.SortFunc(hits, func(a, b *SearchHit) int {
		if p.Backward {
			a, b = b, a
		}
		return a.order.compare(b.order)
	})
	hits = hits[min(p.Offset, len(hits)):]
	hits = hits[:min(p.Limit+1, len(hits))]
	read := slices.Clone(hits)
	page := cut(hits, p, func(i int) Position { return l.position(read[i]) })
	if indexed == nil {
		page.Total = &total
	}
	found := make(map[string]Slice[SearchHit], len(owners))
	for _, owner := range owners {
		found[owner] = page
	}
	return found, nil
}

// Count implements List.
func (l searchList) Count(ctx context.Context, owners []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	ctx = context.WithValue(ctx, onlyKey{}, nil)
	hits, indexed, err := l.gather(ctx)
	if err != nil {
		return nil, err
	}
	total := len(hits)
	if indexed != nil {
		count, err := l.indexCount(ctx, indexed)
		if err != nil {
			return nil, err
		}
		total += count
	}
	counts := make(map[string]int, len(owners))
	for _, owner := range owners {
		counts[owner] = total
	}
	return counts, nil
}

// gather returns the hits that no page of the index has. indexed is nil if there is no index to read, and then these are all
// hits.
func (l searchList) gather(ctx context.Context) (hits []*SearchHit, indexed *indexRead, err error) {
	c := &collector{list: l}
	if indexed, err = l.store.searchIndex(ctx, l); err != nil {
		return nil, nil, err
	}
	for _, t := range l.query.Catalogue {
		field := techniqueNumber
		if t.Name {
			field = techniqueName
		}
		c.add(searchText{field: field, key: t.AttackID, text: t.Text})
	}
	steps := []func(context.Context, *collector) error{l.addWhole, l.addFleet, l.addTagged}
	if indexed == nil {
		steps = append(steps, l.scan)
	} else {
		steps = append(steps, indexed.addStale, indexed.addDeckies)
	}
	for _, step := range steps {
		if err := step(ctx, c); err != nil {
			return nil, nil, err
		}
	}
	hits, err = l.ofOwners(ctx, c.hits)
	return hits, indexed, err
}

// has reports whether the query asks for hits in a field.
func (l searchList) has(f *searchField) bool { return slices.Contains(l.fields, f) }

func (l searchList) notice(format string, args ...any) {
	if l.query.Notice != nil {
		l.query.Notice(fmt.Sprintf(format, args...))
	}
}

// collector collects the hits among texts.
type collector struct {
	list    searchList
	hits    []*SearchHit
	deckies map[string]bool // names that were added, because many rows name the same decky
}

// add adds a text if it is a hit.
func (c *collector) add(t searchText) {
	if !c.list.has(t.field) {
		return
	}
	if hit := c.list.hit(t, ageOf(t.seen)); hit != nil {
		if t.field == deckyName {
			if c.deckies[t.text] {
				return
			}
			if c.deckies == nil {
				c.deckies = map[string]bool{}
			}
			c.deckies[t.text] = true
		}
		c.hits = append(c.hits, hit)
	}
}

// hit returns the hit in a text, or nil if there is none.
func (l searchList) hit(t searchText, age int64) *SearchHit {
	match, start, end, ok := l.needle.match(t.text, t.field.address)
	if !ok || age <= l.ages.over || age > l.ages.most || l.query.Matches != nil && !slices.Contains(l.query.Matches, match) {
		return nil
	}
	h := &SearchHit{
		Kind: t.field.kind, Key: t.key, Field: t.field.coordinate, Place: t.place, Text: t.text, Match: match, Start: start, End: end, SeenAt: seenAt(age),
		order: hitOrder{0, age, t.field.code, t.key, t.place},
	}
	if l.order == SearchRelevance {
		h.order.match = match.rank()
	}
	return h
}

// position returns the position of a hit.
func (l searchList) position(h *SearchHit) Position {
	o := h.order
	text, _ := json.Marshal([]int64{int64(o.match), o.age, int64(o.field), int64(o.place)}) // numbers always marshal
	return Position{List: l.name, Sort: string(text), Key: o.key}
}

// place reads what position has written, nil for no position.
func (l searchList) place(argument string, at *Position) (*hitOrder, error) {
	if at == nil {
		return nil, nil //nolint:nilnil // no position
	}
	var numbers []int64
	const numberOf = 4
	if at.List != l.name || json.Unmarshal([]byte(at.Sort), &numbers) != nil || len(numbers) != numberOf {
		return nil, Invalid("the cursor given as %q belongs to another search or order", argument)
	}
	return &hitOrder{int(numbers[0]), numbers[1], int(numbers[2]), at.Key, int(numbers[3])}, nil
}
