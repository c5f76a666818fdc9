package sample

import (
	"strings"
	"testing"
	"time"
)

func TestStateMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values string // one letter for each value
		state  string
		value  string
		sure   float64
	}{
		{"a", "unknown", "a", 0},
		{"ab", "unknown", "b", 0},
		{"aaa", "stable", "a", 1},
		{"aaab", "conflicted", "a", 0.75},
		{"aaaab", "stable", "a", 0.8},
		{"abab", "multi_actor", "b", 0.5},
		{"ababa", "multi_actor", "a", 0.6},
		{"aabba", "conflicted", "a", 0.6},
		{"abcab", "conflicted", "a", 0.4},
		{"aaaaabbbbb", "drifting", "b", 1},
		{"ababaaaaaa", "drifting", "a", 1},
		{"aaaabaaaaa", "stable", "a", 1},
		{"bbbbbaaaaaaaaaa", "stable", "a", 1},
	} {
		got := categorical(strings.Split(c.values, ""))
		if got.name == "conflicted" {
			got.value = c.value // an undecided window has no majority to compare
		}
		equal(t, state{name: c.state, confidence: c.sure, value: c.value}, got, c.values)
	}
}

func TestHashStates(t *testing.T) {
	t.Parallel()
	hour := func(h int) time.Time { return past.Add(time.Duration(h) * time.Hour) }
	for _, c := range []struct {
		values string
		hours  []int
		state  string
		sure   float64
	}{
		{"a", []int{0}, "stable", 1},
		{"aba", []int{0, 1, 60}, "stable", 1},
		{"ab", []int{0, 1}, "drifting", 0.5},
		{"abc", []int{0, 1, 2}, "drifting", 1.0 / 3},
		{"abcd", []int{0, 1, 2, 3}, "conflicted", 0.25},
	} {
		times := make([]time.Time, len(c.hours))
		for i, h := range c.hours {
			times[i] = hour(h)
		}
		got := rotating(strings.Split(c.values, ""), times)
		equal(t, c.state, got.name, c.values)
		equal(t, c.sure, got.confidence, c.values)
	}
}

func TestChangeIsWhenTheStateLastChanged(t *testing.T) {
	t.Parallel()
	times := make([]time.Time, 6)
	for i := range times {
		times[i] = past.Add(time.Duration(i) * day)
	}
	equal(t, times[2], settle(strings.Split("aaaaaa", ""), times, false).changed, "stable since the third")
}

func TestAttributionRows(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for _, s := range []string{"unknown", "stable", "drifting", "conflicted", "multi_actor"} {
		holds(t, number(t, db, "SELECT COUNT(*) FROM attribution_state WHERE state = ?", s) >= 10, "few rows in state %s", s)
	}
	turns := rows(t, db, `SELECT COUNT(*) FROM attribution_state WHERE state = 'multi_actor' GROUP BY identity_uuid ORDER BY 1 DESC`)
	holds(t, len(turns) >= 4 && turns[0][0] == "4" && turns[len(turns)-1][0] == "1", "identities by primitives in multi_actor: %v", turns)

	// observation_count counts the observations of the identity's attackers.
	wrong := number(t, db, `SELECT COUNT(*) FROM attribution_state s WHERE s.primitive NOT LIKE 'experimental.%' AND (s.observation_count, s.last_observation_ts) <>
		(SELECT COUNT(*), MAX(o.ts) FROM observations o JOIN attackers a ON a.uuid = o.attacker_uuid WHERE a.identity_id = s.identity_uuid AND o.primitive = s.primitive)`)
	equal(t, 0, wrong, "rows that do not count their observations")
	equal(t, 0, number(t, db, "SELECT COUNT(*) FROM attribution_state WHERE last_change_ts > last_observation_ts OR confidence < 0 OR confidence > 1"), "rows out of range")
}

func TestObservationValues(t *testing.T) {
	t.Parallel()
	db, _ := world()
	known := map[string]primitive{}
	for _, p := range primitives {
		known[p.name] = p
	}
	equal(t, 38, len(known), "primitives")
	for _, r := range rows(t, db, "SELECT DISTINCT primitive, value FROM observations WHERE source <> 'experiment'") {
		p, ok := known[r[0]]
		holds(t, ok, "primitive %s", r[0])
		if p.values == nil {
			equal(t, 18, len(r[1]), "hash "+r[1])
			continue
		}
		holds(t, strings.Contains(dumps(p.values), r[1]), "%s is %s", r[0], r[1])
	}
	equal(t, [][]string{{"integer"}, {"real"}, {"text"}}, rows(t, db, "SELECT DISTINCT typeof(value) FROM observations ORDER BY 1"), "storage classes")
}

func TestCentroidIsTheStrictMajority(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hashes string
		want   string
	}{
		{"8000000000000001", "\x80\x00\x00\x00\x00\x00\x00\x01"},
		{"0000000000000003 0000000000000001", "\x00\x00\x00\x00\x00\x00\x00\x01"},
		{"0000000000000003 0000000000000002 ff00000000000000", "\x00\x00\x00\x00\x00\x00\x00\x02"},
	} {
		equal(t, c.want, string(centroid(strings.Fields(c.hashes))), c.hashes)
	}
}
