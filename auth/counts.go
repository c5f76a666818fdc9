package auth

import (
	"slices"
	"sync/atomic"
)

// Outcome is what became of a request's proof.
type Outcome string

// The outcomes.
const (
	Accepted    Outcome = "accepted"
	Refused     Outcome = "refused"     // invalid, or none where one is needed
	Limited     Outcome = "limited"     // invalid, after too many failures
	Forbidden   Outcome = "forbidden"   // valid, without a role
	Unavailable Outcome = "unavailable" // not checked, because a database or an issuer does not answer
)

var (
	countedWays     = []Way{ByNothing, ByDECNET, ByToken, ByOIDC, ByCertificate}
	countedOutcomes = []Outcome{Accepted, Refused, Limited, Forbidden, Unavailable}
)

// Count is how many requests had an outcome since the server started.
type Count struct {
	Way     Way // that the proof looks like; ByNothing if there is none, or it looks like none
	Outcome Outcome
	N       uint64
}

// counts has a number for each way and outcome, in the order of the lists above.
type counts [5][5]atomic.Uint64

func (c *counts) add(way Way, outcome Outcome) {
	c[slices.Index(countedWays, way)][slices.Index(countedOutcomes, outcome)].Add(1)
}

func (c *counts) list() []Count {
	var all []Count
	for i, way := range countedWays {
		for j, outcome := range countedOutcomes {
			all = append(all, Count{way, outcome, c[i][j].Load()})
		}
	}
	return all
}
