package resolvers_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/storagetest/dbserver"
	"decnetgraph/storage/transfer"
)

// onCountedServer serves a copy of the sample, with sums, from PostgreSQL, by way of a proxy that counts round trips.
func onCountedServer(t *testing.T) (*api, *dbserver.RoundTrips) {
	t.Helper()
	path, err := samplePath()
	require.NoError(t, err)
	source := dbserver.Postgres(t).Database(t)
	to, err := engine.Parse(source)
	require.NoError(t, err)
	from, err := engine.Parse(path)
	require.NoError(t, err)
	_, err = transfer.Migrate(t.Context(), to)
	require.NoError(t, err)
	_, err = transfer.Import(t.Context(), transfer.Options{From: from, To: to})
	require.NoError(t, err)
	counted := dbserver.CountRoundTrips(t, source)
	return serveWith(t, counted.URL, resolvers.Limits{Timeout: time.Minute}, storage.Options{}), counted
}

// TestRoundTripBudgets states how many statements an operation costs on tables with sums, and in how many round trips to
// PostgreSQL they are sent, one after the other, for any fan-out.
func TestRoundTripBudgets(t *testing.T) {
	a, counted := onCountedServer(t)
	busiest := a.busiest()
	for _, budget := range []struct {
		fact                   string
		query                  string // $n is the page size
		statements, roundTrips int
	}{
		{"a row by its key is one round trip", `{ campaign(by: {uuid: "` + busiest.campaign + `"}) { uuid notes } }`, 1, 1},
		{
			"a walk down from a campaign is one round trip for each level",
			`{ campaign(by: {uuid: "` + busiest.campaign + `"}) { uuid identities(first: $n) { nodes { uuid attackers(first: $n) { nodes { ip tags(first: $n) { nodes { uuid } } } } } } } }`, 4, 4,
		},
		{
			"the rollups of an identity and of its attackers are one statement",
			`{ identity(by: {uuid: "` + busiest.identity + `"}) { confidence techniques { techniqueId count } attributionStates { primitive state }
			   attackers(first: $n) { nodes { ip techniques { techniqueId count } } } } }`, 4, 2,
		},
		{
			"also for many identities, under any alias",
			`{ identities(first: $n) { nodes { a: techniques { count } some: attackers(first: $n) { edges { node { b: techniques { count } } } } } } }`, 3, 2,
		},
		{
			"but not where the fields have other arguments",
			`{ identity(by: {uuid: "` + busiest.identity + `"}) { techniques(membership: LITERAL) { count } attackers(first: $n) { nodes { techniques { count } } } } }`, 4, 3,
		},
		{
			"fields side by side are one round trip",
			`{ attackers(first: $n) { nodes { commands(first: $n) { nodes { command } totalCount } fingerprints { payload } observations { primitive }
			   observationSeries(primitive: "motor.keystroke_cadence", first: $n) { nodes { value } } behavior { osGuess }
			   intel { aggregateVerdict } fingerprintStates { port } smtpTargets(first: $n) { nodes { domain } } tags(first: 1) { nodes { uuid } } techniques { count } } totalCount } }`, 12, 2,
		},
		{
			"root fields and what lies below them are one round trip for each level",
			`{ campaigns(first: $n) { nodes { identityCount attackerCount identities(first: $n) { nodes { tags(first: 1) { nodes { uuid } } } } } totalCount }
			   attackers(first: $n) { nodes { tags(first: 1) { nodes { uuid } } } } techniques { count } tags(first: $n) { totalCount nodes { attacker { ip } } } }`, 12, 3,
		},
		{
			"fields that share what they read wait for it together",
			`{ tags(first: $n) { nodes { a: attacker { identity { campaign { uuid } } } b: attacker { ip identity { confidence campaign { notes } } }
			   c: attacker { identity { uuid campaign { updatedAt } } } techniques: session { techniques { count } } } } }`, 5, 4,
		},
		{
			"aliases of one list of commands are one statement",
			`{ attackers(first: $n) { nodes { ip a: commands(first: 1) { totalCount nodes { command } } b: commands(first: 2) { nodes { command } } c: commands(first: 3) { nodes { command } } behavior { osGuess } } } }`, 3, 2,
		},
	} {
		t.Run(budget.fact, func(t *testing.T) {
			for _, fanOut := range []int{20, 30} {
				query := strings.ReplaceAll(budget.query, "$n", strconv.Itoa(fanOut))
				for range 3 { // the first times, statements are prepared
					a.forget()
					counted.Take()
					a.ask(query)
				}
				trips := counted.Take()
				requireStatements(t, budget.statements, a.statements, fmt.Sprintf("with pages of %d", fanOut))
				require.Equal(t, budget.roundTrips, trips, "with pages of %d", fanOut)
			}
		})
	}
}
