package sample

import (
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// dice is the only random source of this package: the same seed and stream give the same numbers.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice {
	return dice{rand.New(rand.NewPCG(seed, stream))}
}

// chance returns true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between returns a number from lo to hi, inclusive.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// few returns a number from lo to hi, inclusive, that is more often small than large.
func (d dice) few(lo, hi int) int {
	f := d.Float64()
	return lo + int(f*f*f*float64(hi-lo+1))
}

// wait returns a duration from lo to hi in whole microseconds.
func (d dice) wait(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(d.Int64N(int64((hi-lo)/time.Microsecond)+1))*time.Microsecond
}

// bytes returns n random bytes.
func (d dice) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.Uint32())
	}
	return b
}

// hex returns n random hex digits; n is even.
func (d dice) hex(n int) string { return hex.EncodeToString(d.bytes(n / 2)) }

// uuid4 returns a random uuid with hyphens.
func (d dice) uuid4() string { return dashed(d.uuid4bytes()) }

// uuid4hex returns a random uuid as 32 digits, the form in DECNET's stub identities and intel rows.
func (d dice) uuid4hex() string { return hex.EncodeToString(d.uuid4bytes()) }

func (d dice) uuid4bytes() []byte {
	b := d.bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return b
}

// pick returns a random element of s.
func pick[T any](d dice, s []T) T { return s[d.IntN(len(s))] }

// some returns n random elements of s in their original order, or all of them if s is shorter.
func some[T any](d dice, s []T, n int) []T {
	if n >= len(s) {
		return s
	}
	out := make([]T, 0, n)
	for i, v := range s {
		if d.IntN(len(s)-i) < n-len(out) {
			out = append(out, v)
		}
	}
	return out
}

// dashed returns the canonical text of a uuid.
func dashed(b []byte) string {
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
