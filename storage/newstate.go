package storage

import (
	"math"
	"slices"
	"strings"
	"time"
)

func (n NewAttributionState) flaws() *flaws {
	var f flaws
	f.required("identity's uuid", n.IdentityUUID)
	f.required("primitive", n.Primitive)
	if strings.ContainsFunc(n.Primitive, func(r rune) bool { return r <= ' ' || r > '~' || r >= 'A' && r <= 'Z' }) {
		f.note("the primitive has other characters than lower-case letters, digits and signs") // MySQL takes some of them for equal
	}
	f.json("current value", n.CurrentValue)
	if !slices.Contains(verdicts, n.State) {
		f.note("the state is none of %s", words(verdicts))
	}
	f.share("confidence", n.Confidence)
	f.between("number of observations", n.ObservationCount, 0, math.MaxInt32)
	f.instant("time of the last change", n.LastChangeAt)
	f.instant("time of the last observation", n.LastObservationAt)
	return &f
}

// Key names the row that the state is written to.
func (n NewAttributionState) Key() StateKey { return StateKey{n.IdentityUUID, n.Primitive} }

// values are those of the columns of attributionStates, in their order.
func (n NewAttributionState) values(d dialect, now time.Time) []any {
	return []any{
		n.IdentityUUID, n.Primitive, n.CurrentValue.scalar(), n.State.stored(), n.Confidence, n.ObservationCount,
		seconds(n.LastChangeAt), seconds(n.LastObservationAt), 1, d.InstantArg(now),
	}
}

// seconds is what epoch reads.
func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }
