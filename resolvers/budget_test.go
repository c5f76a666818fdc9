package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// walk is the query that this project is for: from campaigns down to tags.
const walk = `{ campaigns(first: %d) { nodes { uuid identities(first: %[1]d) { nodes { uuid
	attackers(first: %[1]d) { nodes { ip tags(first: %[1]d) { nodes { uuid technique { name } evidence } } } } } } } } }`

// TestStatementBudgets states how many statements an operation costs, for any fan-out.
func TestStatementBudgets(t *testing.T) {
	a := onSample(t)
	busiest := a.busiest()
	for _, budget := range []struct {
		fact       string
		query      string // %d is the page size
		statements int
	}{
		{"a campaign walk costs one statement per level", walk, 4},
		{"both ways into a connection share their edges", `{ campaigns(first: %d) { nodes { identityCount } edges { node { identityCount } } } }`, 2},
		{
			"an identity page costs five",
			`{ identity(by: {uuid: "` + busiest.identity + `"}) { techniques { techniqueId count } attributionStates { primitive state }
			   attackers(first: %d) { nodes { ip techniques { techniqueId count } } } } }`, 5,
		},
		{
			"days cost one for all owners of a level and each pair of bounds",
			`{ tagsByDay { count } campaigns(first: %d) { nodes { tagsByDay { day count } literal: tagsByDay(membership: LITERAL) { count } march: tagsByDay(from: "2026-03-01", to: "2026-03-31") { count }
			   identities(first: %[1]d) { nodes { tagsByDay { count } attackers(first: %[1]d) { nodes { tagsByDay { day } tags(first: %[1]d) { nodes { session { tagsByDay { day count } } } } } } } } } } }`, 11,
		},
		{"a campaign list with rollups costs two", `{ campaigns(first: %d) { nodes { uuid techniques { techniqueId count technique { name } } } } }`, 2},
		{
			"counters cost one each", `{ campaigns(first: %d) { nodes { identityCount attackerCount activity { firstSeen lastSeen }
			   literal: identityCount(membership: LITERAL) } totalCount } }`, 6,
		},
		{
			"rollup columns that cost extra cost one each, for all rows of all owners",
			`{ identities(first: %d) { nodes { techniques { count identityCount attackerCount tags(first: %[1]d) { nodes { uuid } totalCount } } } } }`, 6,
		},
		{
			"the way back up costs one per level",
			`{ identities(first: %d) { nodes { attackers(first: %[1]d) { nodes { tags(first: %[1]d) { nodes {
			   attacker { identity { campaign { uuid survivor { uuid } } } } } } } } } } }`, 6,
		},
		{
			"aliases of one way back up cost what it costs once",
			`{ tags(first: %d) { nodes { a: attacker { identity { campaign { uuid } } } b: attacker { ip identity { confidence campaign { notes } } }
			   c: attacker { identity { uuid campaign { updatedAt } } } } } }`, 4,
		},
		{
			"aliases of one edge with the same arguments cost one",
			`{ a: campaigns(first: %d) { nodes { uuid x: identities(first: 3) { nodes { uuid } } } } b: campaigns(first: %[1]d) { nodes { notes x: identities(first: 3) { totalCount nodes { notes } } } } }`, 3,
		},
		{
			"an attacker's neighbours cost one each",
			`{ attackers(first: %d) { nodes { commands(first: %[1]d) { nodes { command } totalCount } fingerprints { payload } observations { primitive }
			   observationSeries(primitive: "motor.keystroke_cadence", first: %[1]d) { nodes { value } } behavior { osGuess }
			   intel { aggregateVerdict raw { greynoise } } fingerprintStates { port } smtpTargets(first: %[1]d) { nodes { domain } }
			   canaryTriggers(first: %[1]d) { nodes { token { kind triggers(first: %[1]d) { nodes { srcIp attacker { ip } } } } } } } } }`, 14,
		},
		{
			"objects derived from a tag do not break its levels",
			`{ identities(first: %d) { nodes { tags(first: %[1]d) { nodes { session { techniques { count } } technique { tags(first: %[1]d) { nodes { uuid } } }
			   subTechnique { tags(first: %[1]d) { nodes { uuid } } } } } } } }`, 5,
		},
		{
			"aliases with other arguments are edges of their own", `{ identities(first: %d) { nodes { all: tags(first: %[1]d) { totalCount }
			   literal: tags(first: %[1]d, membership: LITERAL) { totalCount } sure: tags(first: %[1]d, filter: {confidence: {from: 0.9}}) { totalCount } } } }`, 7,
		},
		{"identities that look like several people cost three", `{ multiActorIdentities(first: %d) { nodes { identity { uuid } primitives } } }`, 3},
		{
			"the catalogue's edges below tags cost one each", `{ attackers(first: %d) { nodes { tags(first: %[1]d) { nodes { technique {
			   parent { tags(first: 1) { nodes { uuid } } } subTechniques { tags(first: 1) { totalCount } } tactics { techniques { name } } } } } } } }`, 4,
		},
		{"the fleet's tags cost one", `{ tags(first: %d, filter: {technique: "T1059", confidence: {from: 0.5}}) { totalCount nodes { uuid } } }`, 2},
		{
			"canary tokens, their files and hits cost one each",
			`{ canaryTokens(first: %d) { totalCount nodes { blob { filename } triggers(first: %[1]d) { nodes { token { uuid } } } } } canaryTriggers(first: %[1]d) { nodes { srcIp } } }`, 6,
		},
		{
			"lists since an instant cost one each", `{ attackers(first: %d, since: "2026-01-01T00:00:00Z") { nodes { ip } } tags(first: %[1]d, since: "2026-01-01T00:00:00Z",
			   orderBy: {field: CREATED_AT, direction: ASC}) { nodes { uuid } } canaryTriggersSince(first: %[1]d, since: "2026-01-01T00:00:00Z") { nodes { token { kind } } } }`, 4,
		},
		{
			"the bulk read of commands costs one with its attackers, and their neighbours one each",
			`{ attackerCommandsSince(first: %d, since: "2026-01-01T00:00:00Z") { skipped totalCount nodes { entries commands { command } attacker { ip behavior { osGuess } identity { uuid } } } } }`, 4,
		},
		{"what is set about rules costs one", `{ ruleStates(first: %d) { totalCount nodes { state } } tags(first: %[1]d) { nodes { ruleState { state } } } }`, 4},
		{
			"what deckies log and capture costs one for each list of a level",
			`{ attackers(first: %d) { nodes { events(first: %[1]d) { nodes { fields secret { rawLine } } } credentials(first: %[1]d) { nodes { principal secret { printable } } }
			   sharedCredentials(first: %[1]d) { nodes { secret { printable } attackers { ip } } } attachments(first: %[1]d) { nodes { firstSeenAttacker { ip } } }
			   bounties(first: %[1]d) { nodes { payload } } } } }`, 9,
		},
		{
			"sessions cost one for all owners of a level, their commands two, and their time lines three more, because the commands were read",
			`{ identities(first: %d) { nodes { sessions(first: 3) { nodes { startedAt deckies tagCount } } } }
			   attackers(first: %[1]d) { nodes { sessions(first: 3) { totalCount nodes { startedAt tags(first: 1) { nodes { uuid } } commands(first: 2) { nodes { command } }
			   timeline(first: 2) { nodes { at command { command } tag { uuid } } } } } } } }`, 10,
		},
		{"a session of a tag costs one if more than its id is selected", `{ tags(first: %d) { nodes { session { sessionId endedAt } } } }`, 2},
		{
			"the sources of tags of one kind cost what their kind costs",
			`{ tags(first: %d, filter: {sourceKind: {equals: "intel"}}) { nodes { source { ... on AttackerIntel { aggregateVerdict } } } }
			   commands: tags(first: %[1]d, filter: {sourceKind: {equals: "command"}}) { nodes { source { ... on Command { command timestamp } } } } }`, 5,
		},
		{
			"deckies cost one, and each of their edges one",
			`{ deckies(first: %d) { totalCount nodes { name tagCount lastSeen attackerCount techniques { techniqueId count } tagsByDay { count } attackers(first: %[1]d) { nodes { ip } }
			   tags(first: %[1]d) { nodes { uuid } } canaryTokens(first: %[1]d) { nodes { decky { name } } } } } }`, 9,
		},
		{
			"rules cost one, and each of their edges one",
			`{ rules(first: %d) { totalCount nodes { name emits { techniqueId } state { rule { name } } techniques { techniqueId } deckies { name decky { tagCount } } attackers(first: %[1]d) { nodes { ip } }
			   identities(first: %[1]d) { nodes { uuid } } campaigns(first: %[1]d) { nodes { uuid } } } } }`, 10,
		},
		{"the rules of tags cost one", `{ tags(first: %d) { nodes { rule { name } } } }`, 2},
		{
			"who used a technique costs one for each kind",
			`{ identities(first: %d) { nodes { techniques { technique { attackers(first: %[1]d) { nodes { ip } totalCount } identities(first: %[1]d) { nodes { uuid } }
			   literal: campaigns(first: %[1]d, membership: LITERAL) { nodes { uuid } } campaigns(first: %[1]d) { nodes { uuid } } } } } } }`, 7,
		},
		{
			"networks cost one, and each of their edges one",
			`{ networks(by: ASN, first: %d) { totalCount nodes { value attackerCount attackers(first: %[1]d) { nodes { ip network(by: COUNTRY) { value } } } identities(first: %[1]d) { nodes { uuid } }
			   campaigns(first: %[1]d) { nodes { uuid } } tags(first: %[1]d) { nodes { uuid } } techniques { techniqueId } tagsByDay { count } } } }`, 9,
		},
		{
			"a fingerprint costs two to find, and each of its lists one",
			`{ fingerprint(by: {ja3: "0123456789abcdef0123456789abcdef"}) { value attackers(first: %d) { nodes { ip } } identities(first: %[1]d) { nodes { uuid } } campaigns(first: %[1]d) { nodes { uuid } } } }`, 5,
		},
		{
			"the campaigns of attackers cost one for each membership",
			`{ attackers(first: %d) { nodes { campaigns(first: %[1]d) { nodes { uuid } } literal: campaigns(first: %[1]d, membership: LITERAL) { nodes { uuid } } } } }`, 3,
		},
		{
			"the behaviours of identities that look like several people cost one, and their values one",
			`{ multiActorIdentities(first: %d) { nodes { behaviors { state { primitive } values { value observationCount } } } } }`, 3,
		},
		{"what the server is costs nothing", `{ status { database tables attackRelease writable } technique(attackId: "T%04d") { name } }`, 0},
		{"the number of tags and the newest of them cost one each", `{ status { tagCount newestTagAt } technique(attackId: "T%04d") { name } }`, 2},
		{"the catalogue costs nothing", `{ tactics { name techniques { name subTechniques { name } } } technique(attackId: "T%04[1]d") { name } }`, 0},
	} {
		t.Run(budget.fact, func(t *testing.T) {
			for _, fanOut := range []int{20, 30} {
				a.forget()
				a.ask(fmt.Sprintf(budget.query, fanOut))
				requireStatements(t, budget.statements, a.statements, fmt.Sprintf("with pages of %d", fanOut))
			}
			a.forget()
			a.ask(fmt.Sprintf(budget.query, 1))
			require.LessOrEqual(t, len(a.statements), budget.statements, "an edge without any link costs nothing")
		})
	}
}

// TestLevelsKnowTheirStatements shows what the hook of the executor learns of each level of the walk.
func TestLevelsKnowTheirStatements(t *testing.T) {
	a := onSample(t)
	answer, err := json.Marshal(a.ask(fmt.Sprintf(walk, 3)))
	require.NoError(t, err)
	levels := map[string][2]int{}
	for path, outcome := range a.outcomes {
		require.NoError(t, outcome.Err)
		levels[path] = [2]int{outcome.Statements, outcome.Objects}
		require.Equal(t, outcome.Statements > 0, outcome.Rows > 0, path)
	}
	const identities, attackers = "campaigns.nodes.identities", "campaigns.nodes.identities.nodes.attackers"
	pages, tags := bytes.Count(answer, []byte(`"tags":`)), bytes.Count(answer, []byte(`"technique":`))
	require.Equal(t, map[string][2]int{
		"campaigns": {1, 1}, identities: {1, 3}, attackers: {1, 9}, attackers + ".nodes.tags": {1, pages},
		attackers + ".nodes.tags.nodes.technique": {0, tags},
	}, levels)
}

// requireStatements counts statements. A level that looks up rows which were merged may follow their
// links by one more.
func requireStatements(t *testing.T, want int, have []string, when string) {
	t.Helper()
	var plain []string
	for i, statement := range have {
		if i == 0 || !strings.Contains(statement, "chain(owner, uuid, next)") {
			plain = append(plain, statement)
		}
	}
	require.Len(t, plain, want, "%s:\n%s", when, strings.Join(have, "\n\n"))
	require.LessOrEqual(t, len(have), 2*want, when)
}

// TestPayloadsCostOneStatementPerLevel counts what is read after the last statement that writes; how
// many come before depends on the number of rows.
func TestPayloadsCostOneStatementPerLevel(t *testing.T) {
	a := onCopy(t)
	attackers := each(at(a.ask(`{ attackers(first: 60) { nodes { uuid } } }`), "attackers", "nodes"), "uuid")
	identities := each(at(a.ask(`{ identities(first: 60) { nodes { uuid } } }`), "identities", "nodes"), "uuid")
	for _, fanOut := range []int{20, 60} {
		var tags, states []any
		for i := range fanOut {
			tags = append(tags, with(newTag(attackers[i%len(attackers)].(string), fanOut+i), "sessionId", fmt.Sprintf("lab-%d", i)), newTag(unknownUUID, i))
			states = append(states, map[string]any{
				"identityUuid": identities[i%len(identities)], "primitive": fmt.Sprintf("lab.n%d", i), "state": "STABLE", "confidence": 1, "observationCount": fanOut,
				"lastChangeAt": "2026-05-01T07:00:00Z", "lastObservationAt": "2026-05-01T07:00:00Z",
			})
		}
		for _, budget := range []struct {
			fact, mutation string
			variables      map[string]any
			statements     int
		}{
			{
				"tags", `mutation ($tags: [TagInput!]!) { insertTags(input: {tags: $tags}) { insertedCount results { outcome
					tag { attacker { ip identity { uuid campaign { uuid } } } ruleState { state } session { tags(first: 1) { totalCount } } } } } }`,
				map[string]any{"tags": tags},
				7,
			},
			{
				"states", `mutation ($states: [AttributionStateInput!]!) { upsertAttributionStates(input: {states: $states}) { results { outcome
					attributionState { identity { uuid attackers(first: 2) { nodes { ip } } } } } } }`,
				map[string]any{"states": states},
				3,
			},
			{
				"notes", `mutation ($identity: UUID!) { setIdentityNotes(input: {uuid: $identity, notes: "lab"}) { identity { survivor { uuid } attackers { totalCount nodes { ip } } } } }`,
				map[string]any{"identity": identities[0]},
				1 + 3,
			},
		} {
			a.forget()
			a.change(budget.mutation, budget.variables)
			var reads []string
			for _, statement := range a.statements {
				reads = append(reads, statement)
				if strings.HasPrefix(statement, "INSERT") || strings.HasPrefix(statement, "UPDATE") {
					reads = nil
				}
			}
			requireStatements(t, budget.statements, reads, fmt.Sprintf("%s with %d rows", budget.fact, fanOut))
		}
	}
}

func TestNodesOfMixedTypesCostOneStatementPerType(t *testing.T) {
	a := onSample(t)
	found := a.ask(`{ campaigns(first: 3) { nodes { id } } identities(first: 3) { nodes { id techniques { id } tags(first: 2) { nodes { id session { id } technique { id } tactic { id } } } } }
		attackers(first: 3) { nodes { id canaryTriggers(first: 1) { nodes { id token { id } } } } } }`)
	var ids []string
	for _, list := range []any{
		each(at(found, "campaigns", "nodes"), "id"), each(at(found, "identities", "nodes"), "id"), each(at(found, "attackers", "nodes"), "id"),
		each(at(found, "identities", "nodes", 0, "tags", "nodes"), "id"), each(at(found, "identities", "nodes", 0, "tags", "nodes"), "technique", "id"),
		each(at(found, "identities", "nodes", 0, "tags", "nodes"), "tactic", "id"), each(at(found, "identities", "nodes", 0, "techniques"), "id"),
	} {
		for _, id := range list.([]any) {
			ids = append(ids, id.(string))
		}
	}
	ids = append(ids, "Q2FtcGFpZ246bm8tc3VjaC1yb3c") // Campaign:no-such-row
	a.forget()
	answer := a.send(`query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
		... on Campaign { identityCount } ... on Identity { attackers(first: 2) { nodes { ip } } } ... on Attacker { tags(first: 1) { nodes { uuid } } } } }`,
		map[string]any{"ids": ids})
	require.Empty(t, answer.Errors)
	nodes := answer.Data["nodes"].([]any)
	require.Len(t, nodes, len(ids))
	for i, id := range ids[:len(ids)-1] {
		require.Equal(t, id, at(nodes[i], "id"), "in the order asked")
	}
	require.Nil(t, nodes[len(ids)-1], "what does not exist is null in its place")
	require.Len(t, a.statements, 8, "five kinds of row and three edges:\n%s", strings.Join(a.statements, "\n\n"))
}

// owners are rows of the sample with many members.
type owners struct{ campaign, identity, attacker string }

// busiest finds the campaign, identity and attacker with the most members or tags.
func (a *api) busiest() owners {
	a.t.Helper()
	most := func(list any, count string) string {
		var best string
		highest := -1.0
		for _, row := range list.([]any) {
			if n := at(row, count).(float64); n > highest {
				best, highest = at(row, "uuid").(string), n
			}
		}
		return best
	}
	found := a.ask(`{ campaigns(first: 200) { nodes { uuid attackerCount } } identities(first: 200) { nodes { uuid attackerCount } }
		attackers(first: 200, orderBy: {field: EVENT_COUNT}) { nodes { uuid eventCount } } }`)
	return owners{
		campaign: most(at(found, "campaigns", "nodes"), "attackerCount"),
		identity: most(at(found, "identities", "nodes"), "attackerCount"),
		attacker: most(at(found, "attackers", "nodes"), "eventCount"),
	}
}

// TestFragmentsOnSeveralTypesKeepTheirFieldsApart asks for fields of one name, and of one alias, on
// different types in one place.
func TestFragmentsOnSeveralTypesKeepTheirFieldsApart(t *testing.T) {
	a := onSample(t)
	busiest := a.busiest()
	alone := a.ask(`{ campaign(by: {uuid: "` + busiest.campaign + `"}) { id attackerCount identityCount survivor { uuid } techniques { count } }
		identity(by: {uuid: "` + busiest.identity + `"}) { id attackerCount survivor { uuid } techniques { count } } }`)
	campaign, identity := at(alone, "campaign"), at(alone, "identity")
	for range 5 { // the first to ask must not decide for the others
		answer := a.send(`query ($ids: [ID!]!) { nodes(ids: $ids) {
			... on Campaign { attackerCount x: identityCount survivor { uuid } techniques { count } }
			... on Identity { attackerCount x: attackerCount survivor { uuid } techniques { count } } } }`,
			map[string]any{"ids": []any{at(campaign, "id"), at(identity, "id")}})
		require.Empty(t, answer.Errors)
		for i, want := range []any{campaign, identity} {
			for _, field := range []string{"attackerCount", "survivor", "techniques"} {
				require.Equal(t, at(want, field), at(answer.Data, "nodes", i, field), field)
			}
		}
		require.Equal(t, at(campaign, "identityCount"), at(answer.Data, "nodes", 0, "x"))
		require.Equal(t, at(identity, "attackerCount"), at(answer.Data, "nodes", 1, "x"))
	}
}

func TestCatalogueIsHeldToTheLimitsToo(t *testing.T) {
	a := onSample(t)
	cycle := `{ tactics { ` + strings.Repeat(`techniques { tactics { `, 5) + `name` + strings.Repeat(` } }`, 5) + ` } }`
	requireLimit(t, a.send(cycle, nil), "more than 50000 objects")

	var aliases strings.Builder
	for i := range 201 {
		fmt.Fprintf(&aliases, " a%d: tags(filter: {technique: \"T%04d\"}) { totalCount }", i, i)
	}
	requireLimit(t, a.send("{"+aliases.String()+"}", nil), "more than 200 edges")
}
