package main

import (
	"fmt"
	"slices"

	"decnetgraph/bench/contest"
)

// The names of contestants.
const (
	ours          = "decnet-graph"
	oursOnMariaDB = "ours-mariadb"
	base          = "base" // another build of decnet-graph
	withToken     = "with-token"
	withTLS       = "with-tls"
	withTracing   = "with-tracing"
	limitServer   = string(contest.LimitJSON)
	floorServer   = string(contest.LimitRows)
	mercurius     = string(contest.Mercurius)
	postGraphile  = string(contest.PostGraphile)
)

// bar is a threshold that a measured figure must reach.
type bar struct {
	What   string  `json:"what"`
	Got    float64 `json:"got"`
	Wanted string  `json:"wanted"`
	Passed bool    `json:"passed"`
}

// bars compares the measured figures with their thresholds. A figure that was not measured has no bar.
func (r *report) bars() []bar {
	return slices.Concat(r.nestedBars(), r.accessBars(), r.rollupBars(), r.factBars(), r.questionBars())
}

// mostOfFloor is how many times the CPU time of the floor our server may use for Q3.
const mostOfFloor = 1.5

// nestedBars compares nested queries with other servers: requests per second, and CPU time per request.
func (r *report) nestedBars() (bars []bar) {
	for _, w := range []struct {
		question                       contest.Question
		limit, mercurius, postGraphile float64
		cpu                            float64 // PostGraphile's against ours, server and database together
	}{
		{contest.Tree, 1.3, 2.5, 4.5, 3.5},
		{contest.Page, 0.6, 2, 2, 1.4},
		{contest.Point, 0.7, 1.25, 2.8, 2.5},
	} {
		bars = r.faster(bars, w.question, 16, limitServer, w.limit)
		bars = r.faster(bars, w.question, 16, mercurius, w.mercurius)
		bars = r.faster(bars, w.question, 16, postGraphile, w.postGraphile)
		mine, _ := r.find(w.question, 16, ours)
		if other, ok := r.find(w.question, 16, postGraphile); ok {
			bars = append(bars, atLeast(fmt.Sprintf("%s, 16 clients, CPU of %s to ours", w.question, postGraphile), other.CPU()/mine.CPU(), w.cpu))
		}
		if floor, ok := r.find(w.question, 16, floorServer); ok && w.question == contest.Page {
			bars = append(bars, atMost(fmt.Sprintf("%s, 16 clients, CPU of ours to %s", w.question, floorServer), mine.CPU()/floor.CPU(), mostOfFloor))
		}
		bars = r.baseBars(bars, w.question)
		for _, clients := range []int{1, 64} {
			bars = r.faster(bars, w.question, clients, mercurius, 1.1)
			bars = r.faster(bars, w.question, clients, postGraphile, 1.8)
		}
	}
	return bars
}

// baseBars compares with another build of decnet-graph. The tolerance is the difference between two runs of one build.
func (r *report) baseBars(bars []bar, q contest.Question) []bar {
	const clients, rate, cpu = 16, 0.97, 1.03
	mine, _ := r.find(q, clients, ours)
	other, measured := r.find(q, clients, base)
	if !measured {
		return bars
	}
	return append(r.faster(bars, q, clients, base, rate),
		atMost(fmt.Sprintf("%s, %d clients, CPU of ours to %s", q, clients, base), mine.CPU()/other.CPU(), cpu))
}

// accessBars compares our server that accepts everybody, in clear text and without telemetry, with itself.
func (r *report) accessBars() (bars []bar) {
	const clients = 16
	for _, w := range []struct {
		name string
		most float64 // share of time that it may add
	}{{withToken, 0.03}, {withTLS, 0.10}, {withTracing, 0.05}} {
		for _, q := range []contest.Question{contest.Tree, contest.Page, contest.Point} {
			plain, _ := r.find(q, clients, ours)
			if with, measured := r.find(q, clients, w.name); measured {
				what := fmt.Sprintf("%s, %d clients, %s to %s", q, clients, w.name, ours)
				bars = append(bars, atLeast(what+", requests a second", with.Rate/plain.Rate, 1-w.most), atMost(what+", CPU", with.CPU()/plain.CPU(), 1+w.most))
			}
		}
	}
	return bars
}

// rollupBars compares rollups over all tags with other servers, and with a larger database.
func (r *report) rollupBars() (bars []bar) {
	for _, q := range []contest.Question{contest.Campaigns, contest.CampaignsCounted, contest.Fleet, contest.FleetCounted} {
		bars = r.faster(bars, q, 1, mercurius, 50)
		bars = r.faster(bars, q, 1, postGraphile, 50)
		small, _ := r.find(q, 1, ours)
		for _, f := range r.Figures {
			if f.Question == q && f.Tags > compared && f.Contestant == ours {
				bars = append(bars, atMost(fmt.Sprintf("%s, time at %d tags to that at %d", q, f.Tags, compared), f.P50/small.P50, mostGrowth))
			}
		}
	}
	return bars
}

// factBars compares single numbers with their thresholds.
func (r *report) factBars() (bars []bar) {
	inserts := 0.0 // by the number of clients that does best
	for _, f := range r.Facts {
		what := fmt.Sprintf("%s, %d tags, %s", f.Name, f.Tags, f.Unit)
		switch f.Name {
		case heavyIdentity:
			bars = append(bars, atMost(what, f.Value, 5))
		case deepRatio:
			bars = append(bars, atMost(what, f.Value, 1.5))
		case orPostgres:
			bars = append(bars, atLeast(what, f.Value, 50))
		case orMariaDB:
			bars = append(bars, atLeast(what, f.Value, 300))
		case insertRate(1), insertRate(2):
			inserts = max(inserts, f.Value)
		case peakMemory:
			bars = append(bars, atMost(what, f.Value, 110))
		case memoryGrowth:
			bars = append(bars, atMost(what, f.Value, 1.1))
		case overloadGoodput:
			bars = append(bars, atLeast(what, f.Value, 0.8))
		}
		if most, ok := overloadBars[f.Name]; ok {
			bars = append(bars, atMost(what, f.Value, most))
		}
	}
	if inserts > 0 {
		bars = append(bars, atLeast("inserts of 1,000 tags a call by one or two clients, tags/s", inserts, 6000))
	}
	return bars
}

// mostGrowth is how many times as long a query may take on the larger database.
const mostGrowth = 1.5

// mostOfQuestion is how many ms a question of an analyst may take at the median, with 16 clients: at most 20 for series and
// rollups of a range, 100 for searches, and 50 for others. The examples without one are not such questions.
var mostOfQuestion = map[string]float64{
	"20-who-is-behind": 50, "23-activity": 20, "27-several-people": 50, "29-sessions-of-an-address": 50, "34-who-used-a-technique": 50,
	"35-who-shows-a-fingerprint": 50, "36-who-comes-from-a-network": 50, "37-unlisted-brute-force": 50, "38-new-campaigns": 50, "39-tags-of-a-rule": 50,
	"40-find-anything": 100, "41-commands-that-contain": 100, "42-top-techniques": 20, "43-deckies-hit-most": 50, "44-hashes-nearby": 50,
}

// questionBars compares our times of questions with their bounds, and with those on the smaller database.
func (r *report) questionBars() (bars []bar) {
	small := map[string]float64{}
	for _, q := range r.Questions {
		most, bounded := mostOfQuestion[q.Example]
		if !bounded || q.Contestant != ours {
			continue
		}
		what := fmt.Sprintf("%s on %s, %d tags, %d clients, ms", q.Example, q.Engine, q.Tags, questionClients)
		bars = append(bars, atMost(what, q.P50, most))
		if q.Tags == compared {
			small[q.Engine+q.Example] = q.P50
		} else if before, ok := small[q.Engine+q.Example]; ok {
			bars = append(bars, atMost(fmt.Sprintf("%s, time to that at %d", what, compared), q.P50/before, mostGrowth))
		}
	}
	return bars
}

// overloadBars are the largest values that facts about overload may have.
var overloadBars = map[string]float64{
	overloadAdmitted: 5, overloadRefused: 50, overloadPoint: 200, overloadPointsRefused: 0, overloadMemory: 300, overloadMemoryAfter: 150,
}

// faster adds the bar on requests per second relative to another server, if that server was measured.
func (r *report) faster(bars []bar, q contest.Question, clients int, than string, times float64) []bar {
	mine, _ := r.find(q, clients, ours)
	other, measured := r.find(q, clients, than)
	if !measured {
		return bars
	}
	return append(bars, atLeast(fmt.Sprintf("%s, %d clients, requests a second against %s", q, clients, than), mine.Rate/other.Rate, times))
}

func atLeast(what string, got, least float64) bar {
	return bar{what, got, fmt.Sprintf("at least %g", least), got >= least}
}

func atMost(what string, got, most float64) bar {
	return bar{what, got, fmt.Sprintf("at most %g", most), got <= most}
}
