package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// TimelineEntry is one thing of the time line of a session: exactly one of Command, Event and Tag is set.
type TimelineEntry struct {
	At      *time.Time
	Command *Command
	Event   *Event
	Tag     *TTPTag

	at   string // At as engine.FormatInstant writes it, empty if there is none
	rank int
	key  string // among the entries of the same time and rank
}

// The ranks of entries at the same time. Tags are the last, because they tell of the others, and only they are paged through
// in SQL: for an entry of another kind, all tags of its time come after it.
const (
	commandRank = iota
	eventRank
	tagRank
)

// timelineName names the only order of time lines in positions.
const timelineName = "timeline.at ASC, rank ASC"

// SessionTimeline lists the commands, the recorded end and the tags of each session by time, the oldest first; what has the
// same time is ordered by kind, in that order, and then by its place or key. A command without a time comes first. A tag has the
// time at which it was written, which is after the end of the session. The list fails if the options have anything set. A page
// runs four statements, one each for sessions, commands, events and tags, whatever their number.
func (s *Store) SessionTimeline(o ListOptions) List[TimelineEntry] {
	l := timeline{store: s}
	if o.Filter != nil || len(o.Order) > 0 || o.Since != nil {
		l.err = errors.New("time lines have no options")
	}
	return l
}

type timeline struct {
	store *Store
	err   error // refuses options
}

// compare orders entries, and places of positions.
func (e *TimelineEntry) compare(other *TimelineEntry) int {
	return cmp.Or(strings.Compare(e.at, other.at), cmp.Compare(e.rank, other.rank), strings.Compare(e.key, other.key))
}

func (e *TimelineEntry) position() Position {
	return Position{
		List: timelineName, Sort: writeKey(stored{kind: engine.Textual, text: e.at}),
		Key: writeKey(stored{kind: engine.Textual, text: fmt.Sprint(e.rank) + e.key}),
	}
}

// entry returns an entry at the place of a position.
func (p *Position) entry(argument string) (*TimelineEntry, error) {
	at, key := p.texts()
	if p.List != timelineName || key == "" || key[0] < '0'+commandRank || key[0] > '0'+tagRank {
		return nil, Invalid("the cursor given as %q belongs to another list or order", argument)
	}
	return &TimelineEntry{at: at, rank: int(key[0] - '0'), key: key[1:]}, nil
}

// bounds are the places that a page lies between; nil for an end of the list.
type bounds struct{ after, before *TimelineEntry }

func (p Page) bounds() (b bounds, err error) {
	if p.After != nil {
		b.after, err = p.After.entry("after")
	}
	if p.Before != nil && err == nil {
		b.before, err = p.Before.entry("before")
	}
	return b, err
}

// hold reports whether an entry lies between them.
func (b bounds) hold(e *TimelineEntry) bool {
	return (b.after == nil || e.compare(b.after) > 0) && (b.before == nil || e.compare(b.before) < 0)
}

// Page implements List.
func (l timeline) Page(ctx context.Context, sessions []string, p Page) (map[string]Slice[TimelineEntry], error) {
	if l.err != nil {
		return nil, l.err
	}
	between, err := p.bounds()
	if err != nil {
		return nil, err
	}
	whole := Only(ctx, revisionField) // what is needed of an entry is not known by kind
	others, err := l.others(whole, sessions)
	if err != nil {
		return nil, err
	}
	tags, err := l.tags(whole, sessions, p, between)
	if err != nil {
		return nil, err
	}
	pages := make(map[string]Slice[TimelineEntry], len(sessions))
	for _, id := range sessions {
		var chosen []*TimelineEntry
		for _, e := range others[id] {
			if between.hold(e) {
				chosen = append(chosen, e)
			}
		}
		chosen = append(chosen, tags[id]...)
		slices.SortFunc(chosen, (*TimelineEntry).compare)
		if p.Backward {
			slices.Reverse(chosen)
		}
		chosen = chosen[min(p.Offset, len(chosen)):]
		chosen = chosen[:min(p.Limit+1, len(chosen))]
		pages[id] = cut(slices.Clone(chosen), p, func(i int) Position { return chosen[i].position() })
	}
	return pages, nil
}

// others returns the entries that are no tags, all of each session.
func (l timeline) others(ctx context.Context, sessions []string) (map[string][]*TimelineEntry, error) {
	commands, err := l.store.commandsOfSessions(ctx, sessions)
	if err != nil {
		return nil, err
	}
	const mostEvents = 1_000 // of a session; DECNET writes one
	events, err := l.store.SessionEvents(ListOptions{}).Page(ctx, sessions, Page{Limit: mostEvents})
	if err != nil {
		return nil, err
	}
	found := make(map[string][]*TimelineEntry, len(sessions))
	for id, of := range commands {
		for place, c := range of {
			found[id] = append(found[id], &TimelineEntry{At: c.Timestamp, Command: c, at: instantText(c.Timestamp), rank: commandRank, key: fmt.Sprintf("%09d", place)})
		}
	}
	for id, of := range events {
		if of.More {
			return nil, tooMuch("%d events of one session", mostEvents)
		}
		for _, e := range of.Rows {
			found[id] = append(found[id], &TimelineEntry{At: &e.At, Event: e, at: instantText(&e.At), rank: eventRank, key: fmt.Sprintf("%019d", e.EventID)})
		}
	}
	return found, nil
}

// instantText is the place of an instant among others.
func instantText(at *time.Time) string {
	if at == nil || at.IsZero() {
		return ""
	}
	return engine.FormatInstant(*at)
}

// tags returns the tags of each session that a page may show: those between its bounds that are next to the end that it is
// read from, one more than it shows.
func (l timeline) tags(ctx context.Context, sessions []string, p Page, between bounds) (map[string][]*TimelineEntry, error) {
	oldest := []SortKey{{By: string(TTPTagCreatedAt)}}
	where := and{}
	if between.after != nil {
		where = append(where, between.after.tagsBeyond(false))
	}
	if between.before != nil {
		where = append(where, between.before.tagsBeyond(true))
	}
	list := listOf(l.store, tags, child(tags.name, "session_id"), ListOptions{Order: oldest}, where...)
	slices, err := list.Page(ctx, sessions, Page{Limit: p.Offset + p.Limit + 1, Backward: p.Backward, Bare: true})
	if err != nil {
		return nil, err
	}
	found := make(map[string][]*TimelineEntry, len(sessions))
	for id, slice := range slices {
		for _, t := range slice.Rows {
			e := &TimelineEntry{Tag: t, at: instantText(&t.CreatedAt), rank: tagRank, key: t.UUID}
			if !t.CreatedAt.IsZero() {
				e.At = &t.CreatedAt
			}
			if between.hold(e) {
				found[id] = append(found[id], e)
			}
		}
	}
	return found, nil
}

// tagsBeyond is the condition that a tag comes after an entry or, with before, before it.
func (e *TimelineEntry) tagsBeyond(before bool) condition {
	at, _, dated := engine.ParseInstant(e.at)
	created := func(o operator) condition { return comparison{"created_at", instantValues, o, at} }
	switch {
	case !dated && before: // of tags, only those without a readable time are so early
		return or{}
	case !dated:
		return and{}
	case e.rank < tagRank && before:
		return created(lessThan)
	case e.rank < tagRank:
		return created(atLeast)
	case before:
		return or{created(lessThan), and{created(equalTo), comparison{"uuid", textValues, lessThan, e.key}}}
	default:
		return or{created(greaterThan), and{created(equalTo), comparison{"uuid", textValues, greaterThan, e.key}}}
	}
}

// Count implements List.
func (l timeline) Count(ctx context.Context, sessions []string) (map[string]int, error) {
	if l.err != nil {
		return nil, l.err
	}
	others, err := l.others(Only(ctx, revisionField), sessions)
	if err != nil {
		return nil, err
	}
	counts, err := l.store.ScopeTags(Scope{KindSession, Resolved}, ListOptions{}).Count(ctx, sessions)
	if err != nil {
		return nil, err
	}
	for id, of := range others {
		counts[id] += len(of)
	}
	return counts, nil
}

// texts returns the sort key and the key of a position that are texts; a forged one is before all others.
func (p *Position) texts() (sort, key string) {
	held, _ := readKey(p.Sort)
	sort, _ = held.(string)
	held, _ = readKey(p.Key)
	key, _ = held.(string)
	return sort, key
}
