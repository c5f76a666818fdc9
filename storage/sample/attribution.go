package sample

import (
	"slices"
	"time"
)

// state is the verdict on the observations of one primitive.
type state struct {
	name       string
	confidence float64
	value      string
	changed    time.Time // time of the last change of the state
}

// settle runs DECNET's state machine over observations in the order of their time.
func settle(values []string, times []time.Time, hash bool) state {
	var now state
	for n := 1; n <= len(values); n++ {
		next := categorical(values[:n])
		if hash {
			next = rotating(values[:n], times[:n])
		}
		next.changed = now.changed
		if next.name != now.name {
			next.changed = times[n-1]
		}
		now = next
	}
	return now
}

const window = 5 // number of recent observations, and of older ones before them

// categorical returns the state of a primitive whose values are a few words.
func categorical(values []string) state {
	last := values[len(values)-1]
	if len(values) < 3 {
		return state{name: "unknown", value: last}
	}
	split := max(0, len(values)-window)
	recent, older := values[split:], values[max(0, split-window):split]
	value, count := majority(recent)
	agreement := float64(count) / float64(len(recent))
	switch {
	case !decided(count, recent) && takingTurns(recent):
		return state{name: "multi_actor", confidence: min(agreement, 0.6), value: last}
	case !decided(count, recent):
		return state{name: "conflicted", confidence: agreement, value: last}
	case len(older) > 0:
		if before, n := majority(older); !decided(n, older) || before != value {
			return state{name: "drifting", confidence: agreement, value: value}
		}
	}
	return state{name: "stable", confidence: agreement, value: value}
}

// rotating returns the state of a primitive whose values are hashes, by the number of other hashes within the
// day before the last observation.
func rotating(values []string, times []time.Time) state {
	last := len(values) - 1
	seen := []string{values[last]}
	for i, v := range values {
		if times[last].Sub(times[i]) <= day && !slices.Contains(seen, v) {
			seen = append(seen, v)
		}
	}
	rotations := len(seen) - 1
	st := state{name: "conflicted", confidence: 1 / float64(1+rotations), value: values[last]}
	switch {
	case rotations == 0:
		st.name = "stable"
	case rotations <= 2:
		st.name = "drifting"
	}
	return st
}

// majority returns the most frequent value, the first one on a tie, and its number of occurrences.
func majority(values []string) (value string, count int) {
	for _, v := range values {
		n := 0
		for _, w := range values {
			if v == w {
				n++
			}
		}
		if n > count {
			value, count = v, n
		}
	}
	return value, count
}

// decided reports whether a majority is large enough for a verdict.
func decided(count int, of []string) bool { return count >= min(4, len(of)) }

// takingTurns reports whether exactly two values alternate.
func takingTurns(values []string) bool {
	if len(values) < 4 {
		return false
	}
	distinct := map[string]bool{values[0]: true}
	flips, repeats := 0, 0
	for i := 1; i < len(values); i++ {
		distinct[values[i]] = true
		if values[i] == values[i-1] {
			repeats++
		} else {
			flips++
		}
	}
	return len(distinct) == 2 && flips >= 2*max(repeats, 1)
}
