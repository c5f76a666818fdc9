package storage_test

import (
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// The literals that the test writes into columns. Each database takes some of them, and stores what it makes of them.
var (
	instantLiterals = []string{
		"'2026-03-01 00:00:00.000000'", "'2026-03-01 00:00:00'", "'2026-03-01T00:00:00.000000'", "'2026-03-01T00:00:00Z'", "'2026-03-01t00:00:00z'", "'2026-03-01'", "'2026-03-01 00:00'",
		"'2026-03-01 00:00:00.5'", "'2026-03-01 00:00:00.000001'", "'2026-03-01 00:00:00.0000001'", "'2026-02-28 23:59:59.999999'", "'2026-03-01T01:00:00+02:00'", "'2026-02-28 23:30:00-0100'",
		"'2026-03-01 00:00:00.000000-00:00'", "'2026-03-02 13:00:00+14'", "'2026-03-01 23:59:59'", "'2026-02-30 00:00:00.000000'", "'2026-00-10 00:00:00'", "'2026-13-45 99:99:99.999999'", "'0000-00-00 00:00:00'",
		"'0000-01-01 00:00:00.000000'", "'0001-01-01 00:00:00.000000'", "'0001-01-01 00:00:00.000001'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'9999-12-31 23:59:59-01:00'", "'10000-01-01 00:00:00'",
		"'infinity'", "'-infinity'", "'0044-03-15 12:00:00 BC'", "'294276-12-31 23:59:59.999999'", "'4713-01-01 00:00:00 BC'", "1772323200", "1772323200000", "1772323200.5", "20260301", "0", "-1", "''", "'soon'", "'2016-12-31 23:59:60'",
		"x'323032362d30332d30312030303a30303a3030'", "' 2026-03-01 00:00:00'", "'2026-03-01 00:00:00 '", "9e999", "'2026-03-01 00:00:00' || char(0)", "'2026-03-01 00:00:00.000000' || char(233)",
	}
	numberLiterals = []string{
		"0", "1", "-1", "2147483647", "2147483648", "3000000000", "9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
		"3.0", "3.5", "-0.0", "1e3", "1e300", "9e999", "-9e999", "5e-324", "1e-40", "'12'", "' 12 '", "'12abc'", "'0x10'", "'NaN'", "'Infinity'", "''", "x'3132'", "x'ff'", "'9223372036854775808'", "'1_000'", "1777620157.654321", "253402300800",
	}
)

// awkwardValues is a database whose rows have awkward values.
type awkwardValues struct {
	store *storage.Store
	rows  int
}

// withValues makes a database on a backend, and sets columns of its rows to literals. A literal that the database refuses
// leaves the value that the row had.
func (b backend) withValues(t *testing.T, source string, draw *rapid.T) awkwardValues {
	t.Helper()
	const rows = 30
	var g storagetest.Graph
	at := func(n int) time.Time { return time.Date(2026, 3, 1, 0, 0, n%3, 0, time.UTC) }
	for n := range rows {
		uuid := fmt.Sprintf("a%02d", n)
		g.Attackers = append(g.Attackers, storagetest.Attacker{Attacker: storage.Attacker{
			UUID: uuid, IP: fmt.Sprintf("192.0.2.%d", n), FirstSeen: at(n), LastSeen: at(n), UpdatedAt: at(n), EventCount: n % 4, IsTraversal: new(false), Services: []string{}, Deckies: []string{},
		}})
		g.Tags = append(g.Tags, storage.TTPTag{
			UUID: fmt.Sprintf("t%02d", n), SourceKind: "command", SourceID: "x", AttackerUUID: &uuid, TacticID: "TA0006", TechniqueID: fmt.Sprintf("T%04d", n%5), Confidence: 0.5,
			RuleID: "R0001", RuleVersion: 1, Evidence: storage.JSON(`{}`), AttackRelease: "v15.1", CreatedAt: at(n),
		})
		g.Observations = append(g.Observations, storagetest.Observation{AttackerUUID: "a00", Observation: storage.Observation{
			ObservationID: fmt.Sprintf("o%02d", n), Primitive: "motor.pause", Value: storage.JSON(`1`), At: at(n), WindowStart: at(n), WindowEnd: at(n),
			Source: "x", EvidenceRef: fmt.Sprintf("e%02d", n), EnvelopeVersion: 1,
		}})
	}
	b.fill(t, source, g)
	db, _ := openSQL(t, source)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, _ = db.ExecContext(t.Context(), "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'") // on MySQL, so that it stores what it can
	set(t, draw, db, "attackers SET first_seen", "a", instantLiterals)
	set(t, draw, db, "attackers SET last_seen", "a", instantLiterals)
	set(t, draw, db, "attackers SET event_count", "a", numberLiterals)
	// Sums of our own PostgreSQL tables, which no program of ours gives such instants, have no word for "before Christ".
	inSums := slices.DeleteFunc(slices.Clone(instantLiterals), func(literal string) bool { return strings.Contains(literal, "BC") })
	set(t, draw, db, "ttp_tag SET created_at", "t", inSums)
	set(t, draw, db, "observations SET ts", "o", numberLiterals)
	return awkwardValues{openStore(t, source, storagetest.Options()), rows}
}

func set(t *testing.T, draw *rapid.T, db *sql.DB, column, kind string, literals []string) {
	t.Helper()
	key := map[string]string{"a": "uuid", "t": "uuid", "o": "id"}[kind]
	for n := range 30 {
		if rapid.IntRange(0, 3).Draw(draw, "changed") > 0 {
			literal := rapid.SampledFrom(literals).Draw(draw, column)
			_, _ = db.ExecContext(t.Context(), fmt.Sprintf("UPDATE %s = %s WHERE %s = '%s%02d'", column, literal, key, kind, n))
		}
	}
}

// walked is a row of a list: its key, and what it is sorted by, if that is known.
type walked struct {
	key   string
	known bool
	sort  float64
}

// checkList walks a list in both directions by pages of a size, and goes on from every cursor: each row comes once, in
// one order, in which the known values are sorted.
func checkList[T any](t *testing.T, draw *rapid.T, name string, list storage.List[T], owner string, rows int, descending bool, of func(*T) walked) []walked {
	t.Helper()
	page := func(p storage.Page) storage.Slice[T] {
		found, err := list.Page(t.Context(), []string{owner}, p)
		require.NoError(draw, err, "%s: %+v %+v", name, p.After, p.Before)
		return found[owner]
	}
	whole := page(storage.Page{Limit: rows + 1})
	keys, all := []string{}, []walked{}
	seen := map[string]bool{}
	last := math.Inf(-1)
	for _, row := range whole.Rows {
		w := of(row)
		require.False(draw, seen[w.key], "%s: %s comes twice", name, w.key)
		seen[w.key] = true
		keys, all = append(keys, w.key), append(all, w)
		if !w.known {
			continue
		}
		if sort := w.sort; descending {
			w.sort = -sort
		}
		require.GreaterOrEqual(draw, w.sort, last, "%s: %s", name, w.key)
		last = w.sort
	}
	require.Len(draw, keys, rows, name)
	size := rapid.IntRange(1, 7).Draw(draw, "size")
	for _, backward := range []bool{false, true} {
		var got []string
		for p := (storage.Page{Limit: size, Backward: backward}); ; {
			part := page(p)
			var these []string
			for _, row := range part.Rows {
				these = append(these, of(row).key)
			}
			if backward {
				got = append(these, got...)
			} else {
				got = append(got, these...)
			}
			if !part.More {
				break
			}
			require.LessOrEqual(draw, len(got), rows, name)
			first, end := part.Position(0), part.Position(len(part.Rows)-1)
			if p.After = &end; backward {
				p.After, p.Before = nil, &first
			}
		}
		var places []storage.Position
		for n := range whole.Rows {
			places = append(places, whole.Position(n))
		}
		require.Equal(draw, keys, got, "%s, backward %t, pages of %d: %v", name, backward, size, places)
	}
	n := rapid.IntRange(0, rows-1).Draw(draw, "row")
	at := whole.Position(n)
	after, before := page(storage.Page{Limit: rows + 1, After: &at}), page(storage.Page{Limit: rows + 1, Before: &at})
	require.Len(draw, after.Rows, rows-n-1, "%s after %+v", name, at)
	require.Len(draw, before.Rows, n, "%s before %+v", name, at)
	return all
}

func instantOf(key string, at time.Time) walked {
	return walked{key, !at.IsZero(), float64(at.Unix()) + float64(at.Nanosecond()/1000)/1e6}
}

// TestValuesMeanTheSameEverywhere shows on every backend, with any values in the columns that lists are sorted by, that
// each row comes once in either direction, that cursors are taken, and that the field, the order, since and days agree.
func TestValuesMeanTheSameEverywhere(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, b := range withoutPooler() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			rapid.Check(t, func(draw *rapid.T) {
				v := b.withValues(t, source, draw)
				defer func() { _ = v.store.Close() }()
				v.checkAttackers(t, draw)
				v.checkTags(t, draw)
				checkList(t, draw, "observations", v.store.ObservationSeries("motor.pause", storage.ListOptions{}), "a00", v.rows, false,
					func(o *storage.Observation) walked { return instantOf(o.ObservationID, o.At) })
			})
		})
	}
}

func (v awkwardValues) checkAttackers(t *testing.T, draw *rapid.T) {
	t.Helper()
	descending := rapid.Bool().Draw(draw, "descending")
	for _, order := range []struct {
		by storage.AttackerOrder
		of func(*storage.Attacker) walked
	}{
		{storage.AttackerLastSeen, func(a *storage.Attacker) walked { return instantOf(a.UUID, a.LastSeen) }},
		{storage.AttackerFirstSeen, func(a *storage.Attacker) walked { return instantOf(a.UUID, a.FirstSeen) }},
		{storage.AttackerEventCount, func(a *storage.Attacker) walked {
			return walked{a.UUID, a.EventCount != storage.NoNumber, float64(a.EventCount)}
		}},
	} {
		list := v.store.AllAttackers(storage.ListOptions{Order: storagetest.SortedBy(order.by, descending)})
		checkList(t, draw, string(order.by), list, "", v.rows, descending, order.of)
	}
	list := v.store.AllAttackers(storage.ListOptions{})
	found, err := list.Page(t.Context(), []string{""}, storage.Page{Limit: v.rows})
	require.NoError(draw, err)
	for _, given := range found[""].Rows {
		since := given.LastSeen
		if since.IsZero() {
			continue
		}
		want := 0
		for _, a := range found[""].Rows {
			if !a.LastSeen.IsZero() && !a.LastSeen.Before(since) {
				want++
			}
		}
		count, err := v.store.AllAttackers(storage.ListOptions{Since: &since}).Count(t.Context(), []string{""})
		require.NoError(draw, err)
		require.Equal(draw, want, count[""], "since %v", since)
	}
}

func (v awkwardValues) checkTags(t *testing.T, draw *rapid.T) {
	t.Helper()
	descending := rapid.Bool().Draw(draw, "tags descending")
	list := v.store.AllTags(storage.ListOptions{Order: storagetest.SortedBy(storage.TTPTagCreatedAt, descending)})
	checkList(t, draw, "tags", list, "", v.rows, descending, func(tag *storage.TTPTag) walked { return instantOf(tag.UUID, tag.CreatedAt) })
	fleet := storage.Scope{Of: storage.KindFleet, Membership: storage.Resolved}
	days, err := v.store.TagsByDay(fleet, nil, nil)(t.Context(), []string{""})
	require.NoError(draw, err)
	found, err := list.Page(t.Context(), []string{""}, storage.Page{Limit: v.rows})
	require.NoError(draw, err)
	want, spans := map[time.Time]int{}, map[string][2]time.Time{}
	for _, tag := range found[""].Rows {
		if tag.CreatedAt.IsZero() {
			continue
		}
		want[tag.CreatedAt.Truncate(24*time.Hour)]++
		span, counted := spans[tag.TechniqueID]
		if !counted || tag.CreatedAt.Before(span[0]) {
			span[0] = tag.CreatedAt
		}
		if !counted || tag.CreatedAt.After(span[1]) {
			span[1] = tag.CreatedAt
		}
		spans[tag.TechniqueID] = span
	}
	got := map[time.Time]int{}
	for _, day := range days[""] {
		got[day.Day] = day.Tags
	}
	require.Equal(draw, want, got, "days")
	rollups, err := v.store.Techniques(fleet, nil)(t.Context(), []string{""})
	require.NoError(draw, err)
	for _, row := range rollups[""] {
		span := spans[row.TechniqueID]
		for n, at := range []time.Time{row.FirstSeen, row.LastSeen} {
			require.True(draw, at.IsZero() || at.Equal(span[n]), "%s has %v, not %v", row.TechniqueID, at, span[n])
		}
	}
}
