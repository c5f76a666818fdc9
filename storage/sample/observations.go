package sample

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"slices"
	"time"
)

// habit is how a primitive of an identity behaves over time.
type habit int

const (
	constant    habit = iota // always the same
	changing                 // another value for the last five sessions
	alternating              // two people who take turns
	erratic                  // anything
)

// watched is one recorded session of an identity.
type watched struct {
	a *attacker
	s *session
}

// observe writes what the recordings of each identity's shells show and what follows from it for the identity.
func (b *block) observe() {
	for number, id := range b.identities {
		recorded := b.recorded(id)
		if len(recorded) == 0 {
			continue
		}
		chosen := append([]primitive{primitives[0]}, some(b.dice, primitives[1:], b.between(6, 12))...)
		for i, p := range chosen {
			b.watch(id, p, b.habitOf(id, i), recorded)
		}
		if b.number == 0 && number == 3 && id.simhash != nil {
			copy(id.simhash, "ASCII:-)") // eight bytes that happen to be text
		}
	}
}

// recorded are the shell sessions that the recorder caught: all of identities shared by two, half of the others.
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

// habitOf deals habits: two people differ in a few primitives after the typing hash, one person mostly keeps to theirs.
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

// watch adds the observations of one primitive and the state they add up to.
func (b *block) watch(id *identity, p primitive, h habit, recorded []watched) {
	base := b.IntN(64)
	hash := b.Uint64() | 1<<63 // most centroids are not valid UTF-8
	var values []string
	var hashes []uint64
	var times []time.Time
	for n, w := range recorded {
		var value string
		if p.values == nil {
			typing := hash
			if h == changing && n >= len(recorded)-5 {
				typing ^= 1 << (n % 64)
			}
			hashes = append(hashes, typing)
			value = hex.EncodeToString(binary.BigEndian.AppendUint64(nil, typing))
		} else {
			at := base
			switch {
			case h == alternating && n%2 == 1, h == changing && n >= len(recorded)-5:
				at++
			case h == erratic:
				at = b.IntN(64)
			}
			value = p.values[at%len(p.values)]
		}
		ts := w.s.end
		b.g.observations.add(b.uuid4hex(), nil, p.name, dumps(value), round(0.4+b.Float64()*0.59, 3), epoch(w.s.start), epoch(ts),
			"decnet/profiler/behave_shell/extract.py", "shard:"+w.s.decky+"/"+w.s.service+"/"+w.s.start.Format("2006-01-02")+".jsonl#"+w.s.id, 1, epoch(ts), w.a.id)
		values, times = append(values, value), append(times, ts)
	}
	if hashes != nil {
		id.simhash = centroid(hashes)
	}
	st := settle(values, times, p.values == nil)
	b.g.attributions.add(id.id, p.name, dumps(st.value), st.name, round(st.confidence, 4), len(values), epoch(st.changed), epoch(times[len(times)-1]), 1, stamp(times[len(times)-1].Add(2*time.Second)))
}

// centroid is the bits that strictly more than half of the hashes have set, big-endian.
func centroid(hashes []uint64) []byte {
	var out uint64
	for bit := range bits.UintSize {
		n := 0
		for _, h := range hashes {
			n += int(h >> bit & 1)
		}
		if 2*n > len(hashes) {
			out |= 1 << bit
		}
	}
	return binary.BigEndian.AppendUint64(nil, out)
}
