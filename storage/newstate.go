package storage

import (
	"math"
	"slices"
	"strings"
	"time"
)

func (n NewAttributionState) validate() *validation {
	var v validation
	if n.Problem != "" {
		v.fail("%s", n.Problem)
	}
	v.required("identity's uuid", n.IdentityUUID)
	v.required("primitive", n.Primitive)
	if strings.ContainsFunc(n.Primitive, func(r rune) bool { return r <= ' ' || r > '~' || r >= 'A' && r <= 'Z' }) {
		v.fail("the primitive has other characters than lower-case letters, digits and signs") // MySQL compares some of them as equal
	}
	v.json("current value", n.CurrentValue)
	if !slices.Contains(verdicts, n.State) {
		v.fail("the state is none of %s", words(verdicts))
	}
	v.share("confidence", n.Confidence)
	v.between("number of observations", n.ObservationCount, 0, math.MaxInt32)
	v.instant("time of the last change", n.LastChangeAt)
	v.instant("time of the last observation", n.LastObservationAt)
	return &v
}

// Key is the key of the row that the state is written to.
func (n NewAttributionState) Key() StateKey { return StateKey{n.IdentityUUID, n.Primitive} }

// values returns the values of the columns of attributionStates, in their order.
func (n NewAttributionState) values(d dialect, now time.Time) []any {
	return []any{
		n.IdentityUUID, n.Primitive, d.JSONArg(n.CurrentValue.text()), n.State.stored(), n.Confidence, n.ObservationCount,
		seconds(n.LastChangeAt), seconds(n.LastObservationAt), 1, d.InstantArg(now),
	}
}

// seconds returns an instant as seconds since 1970, as DECNET stores some.
func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }
