package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/bench/contest"
)

func TestBarsCompareWhatWasMeasured(t *testing.T) {
	r := report{Figures: []figures{
		{Question: contest.Tree, Tags: compared, Clients: 16, Contestant: ours, Rate: 100, ServerCPU: 4, DatabaseCPU: 6},
		{Question: contest.Tree, Tags: compared, Clients: 16, Contestant: base, Rate: 104, ServerCPU: 4, DatabaseCPU: 5.8},
		{Question: contest.Page, Tags: compared, Clients: 16, Contestant: ours, Rate: 98, ServerCPU: 4.2, DatabaseCPU: 6},
		{Question: contest.Page, Tags: compared, Clients: 16, Contestant: base, Rate: 100, ServerCPU: 3.8, DatabaseCPU: 6},
		{Question: contest.Page, Tags: compared, Clients: 16, Contestant: floorServer, Rate: 200, ServerCPU: 3, DatabaseCPU: 4},
		{Question: contest.Tree, Tags: compared, Clients: 16, Contestant: limitServer, Rate: 80},
		{Question: contest.Tree, Tags: compared, Clients: 16, Contestant: postGraphile, Rate: 20, ServerCPU: 20, DatabaseCPU: 20},
		{Question: contest.Fleet, Tags: compared, Clients: 1, Contestant: ours, P50: 2},
		{Question: contest.Fleet, Tags: 10 * compared, Clients: 1, Contestant: ours, P50: 3},
	}, Facts: []fact{{heavyIdentity, compared, 5.1, "ms in the database"}}, Questions: []questionTime{
		{Example: "38-new-campaigns", Engine: "PostgreSQL", Contestant: ours, Tags: compared, P50: 35},
		{Example: "38-new-campaigns", Engine: "PostgreSQL", Contestant: postGraphile, Tags: compared, P50: 400}, // which has no bar
	}}
	got := map[string]bool{}
	for _, b := range r.bars() {
		got[b.What] = b.Passed
	}
	require.Equal(t, map[string]bool{
		"Q1, 16 clients, requests a second against base":                    false, // 0.96 times
		"Q1, 16 clients, CPU of ours to base":                               true,  // 1.02 times
		"Q3, 16 clients, requests a second against base":                    true,  // 0.98 times
		"Q3, 16 clients, CPU of ours to base":                               false, // 1.04 times
		"Q3, 16 clients, CPU of ours to limit-rows":                         true,  // 1.46 times
		"Q1, 16 clients, requests a second against limit-json":              false, // 1.25 and not 1.3 times
		"Q1, 16 clients, requests a second against postgraphile":            true,
		"Q1, 16 clients, CPU of postgraphile to ours":                       true,
		"Q4, time at 10000000 tags to that at 1000000":                      true,
		"rollup of the heaviest identity, 1000000 tags, ms in the database": false,
		"38-new-campaigns on PostgreSQL, 1000000 tags, 16 clients, ms":      true,
	}, got)
}

func TestMediansTakeEachFigureForItself(t *testing.T) {
	m := medians([]figures{{Rate: 1, P50: 30}, {Rate: 3, P50: 10}, {Rate: 2, P50: 20}})
	require.Equal(t, figures{Rate: 2, P50: 20}, m)
}
