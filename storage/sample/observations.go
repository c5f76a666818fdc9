package sample

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// habit is how a primitive of an identity behaves over time.
type habit int

const (
	constant    habit = iota // always the same value
	changing                 // changes its value five sessions before the end
	alternating              // two people alternate
	erratic                  // any value
)

// watched is one recorded session of an identity.
type watched struct {
	a *attacker
	s *session
}

// observe inserts the observations from each identity's recorded shell sessions and the resulting states.
func (b *block) observe() {
	for number, id := range b.identities {
		recorded := b.recorded(id)
		if len(recorded) == 0 {
			continue
		}
		typing := b.Uint64() | 1<<63 // not valid UTF-8, like most
		if b.number == 0 && number == 3 {
			typing = binary.BigEndian.Uint64([]byte("ASCII:-)")) // eight bytes that are valid text
		}
		chosen := append([]primitive{primitives[0]}, some(b.dice, primitives[1:], b.between(6, 12))...)
		for i, p := range chosen {
			b.watch(id, p, b.values(p, b.habitOf(id, i), typing, len(recorded)), recorded)
		}
	}
}

// recorded returns the shell sessions that were recorded: all of identities that two people share, half of the others.
func (b *block) recorded(id *identity) []watched {
	var out []watched
	for _, a := range id.attackers {
		for _, s := range a.sessions {
			if (s.service == "ssh" || s.service == "telnet") && len(s.lines) > 2 && (id.differ > 0 || b.chance(0.5)) {
				out = append(out, watched{a, s})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y watched) int { return x.s.end.Compare(y.s.end) })
	return out
}

// habitOf returns the habit of a primitive: two people differ in the typing hash and the first few primitives after it; a
// single person is mostly constant.
func (b *block) habitOf(id *identity, i int) habit {
	switch {
	case i >= 1 && i <= id.differ:
		return alternating
	case b.chance(0.12):
		return changing
	case b.chance(0.1):
		return erratic
	}
	return constant
}

// values returns the values of a primitive with a habit in n sessions.
func (b *block) values(p primitive, h habit, typing uint64, n int) []string {
	out, base := make([]string, n), b.IntN(64)
	for i := range out {
		changed := h == alternating && i%2 == 1 || h == changing && i >= n-window
		if p.values == nil {
			hash := typing
			switch {
			case changed:
				hash ^= 1 << (i % 64)
			case h == erratic:
				hash = b.Uint64()
			}
			out[i] = fmt.Sprintf("%016x", hash)
			continue
		}
		at := base
		switch {
		case changed:
			at++
		case h == erratic:
			at = b.IntN(64)
		}
		out[i] = p.values[at%len(p.values)]
	}
	return out
}

// watch inserts the observations of one primitive and the state that results from them.
func (b *block) watch(id *identity, p primitive, values []string, recorded []watched) {
	times := make([]time.Time, len(recorded))
	for i, w := range recorded {
		times[i] = w.s.end
		ref := "shard:" + w.s.decky + "/" + w.s.service + "/" + w.s.start.Format(time.DateOnly) + ".jsonl#" + w.s.id
		b.g.observations.add(b.uuid4hex(), nil, p.name, dumps(values[i]), round(0.4+b.Float64()*0.59, 3), epoch(w.s.start), epoch(w.s.end),
			"decnet/profiler/behave_shell/extract.py", ref, 1, epoch(w.s.end), w.a.id)
	}
	if p.values == nil {
		id.simhash = centroid(values)
	}
	st, last := settle(values, times, p.values == nil), times[len(times)-1]
	b.g.attributions.add(id.id, p.name, dumps(st.value), st.name, round(st.confidence, 4), len(values), epoch(st.changed), epoch(last), 1,
		stamp(last.Add(2*time.Second)))
}

// centroid returns the bits that more than half of the hashes have set, big-endian.
func centroid(hashes []string) []byte {
	var out uint64
	for bit := range 64 {
		set := 0
		for _, h := range hashes {
			v, _ := strconv.ParseUint(h, 16, 64) // written by values
			set += int(v >> bit & 1)
		}
		if 2*set > len(hashes) {
			out |= 1 << bit
		}
	}
	return binary.BigEndian.AppendUint64(nil, out)
}
