package resolvers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInvalidFiltersOfNestedListsAreRefusedWithTheirPlace sends values that make no sense to the lists of attackers.
func TestInvalidFiltersOfNestedListsAreRefusedWithTheirPlace(t *testing.T) {
	a := onSample(t)
	deep := strings.Repeat(`{not: `, 9) + `{}` + strings.Repeat(`}`, 9)
	for arguments, want := range map[string]string{
		`sessions(filter: {duration: {from: 3, to: 2}})`:                                                                   `filter.duration.to: 2 is less than from, 3`,
		`sessions(filter: {or: [{}, {commands: {some: {command: {contains: ""}}}}]})`:                                      `filter.or[1].commands.some.command.contains: a text to look for has 1 to 200 characters, not 0`,
		`sessions(filter: {tags: {none: {confidence: {from: 80}}}})`:                                                       `filter.tags.none.confidence.from: 80 is no confidence`,
		`sessions(filter: {attackers: {some: {ip: {cidr: "10.0.0.1/8"}}}})`:                                                `filter.attackers.some.ip.cidr: "10.0.0.1/8" has bits after its prefix`,
		`sessions(filter: {techniques: {anyOf: ["T1110"], minConfidence: 2}})`:                                             `filter.techniques.minConfidence: 2 is no confidence`,
		`sessions(filter: ` + deep + `)`:                                                                                   `the filter is nested deeper than 8 levels`,
		`sessions(filter: {sessionId: {in: [` + strings.Repeat(`"x",`, 501) + `]}})`:                                       `filter.sessionId: the filter has more than 500 fields and elements of lists`,
		`commands(filter: {timestamp: {from: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z"}})`:                     `filter.timestamp.until: 2026-01-01T00:00:00Z is before from`,
		`commands(filter: {session: [` + strings.Repeat(`"x",`, 501) + `]})`:                                               `filter.session: the filter has more than 500 fields and elements of lists`,
		`events(filter: {attackerIp: {cidr: "nonsense"}})`:                                                                 `filter.attackerIp.cidr: "nonsense" is no block of addresses`,
		`credentials(filter: {attemptCount: {from: 2, to: 1}})`:                                                            `filter.attemptCount.to: 1 is less than from, 2`,
		`sharedCredentials(filter: {confidence: {to: 1.5}})`:                                                               `filter.confidence.to: 1.5 is no confidence`,
		`attachments(filter: {firstSubject: {contains: "` + strings.Repeat("x", 201) + `"}})`:                              `filter.firstSubject.contains: a text to look for has 1 to 200 characters, not 201`,
		`bounties(filter: {at: {from: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z"}})`:                            `filter.at.until: 2026-01-01T00:00:00Z is before from`,
		`canaryTriggers(orderBy: [{field: OCCURRED_AT}, {field: OCCURRED_AT}])`:                                            `orderBy has the sort key OCCURRED_AT twice`,
		`sessions(orderBy: [{field: TAGS}, {field: DURATION}, {field: ENDED_AT}, {field: STARTED_AT}, {field: COMMANDS}])`: `orderBy has more than 4 sort keys`,
	} {
		answer := a.send(`{ attackers(first: 1) { nodes { `+arguments+` { nodes { __typename } } } } }`, nil)
		require.Len(t, answer.Errors, 1, arguments)
		require.Contains(t, answer.Errors[0].Message, want, arguments)
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], arguments)
		if strings.HasPrefix(want, "filter") {
			require.Equal(t, "filter", at(answer.Errors[0].Extensions["input"], 0), arguments)
		}
	}
}

// TestCursorsOfNestedListsBelongToTheirOrder sends the cursor of one order to another one, and to the same one.
func TestCursorsOfNestedListsBelongToTheirOrder(t *testing.T) {
	a := onSample(t)
	for list, order := range map[string]string{
		"sessions": "TAGS", "commands": "TIMESTAMP", "credentials": "ATTEMPT_COUNT", "smtpTargets": "COUNT", "events": "AT", "canaryTriggers": "OCCURRED_AT",
	} {
		ask := func(arguments string) response {
			return a.send(`{ attackers(first: 200) { nodes { list: `+list+`(first: 1, `+arguments+`) { pageInfo { endCursor } } } } }`, nil)
		}
		ascending := `orderBy: {field: ` + order + `, direction: ASC}`
		cursor := ""
		for _, node := range each(at(ask(ascending).Data, "attackers", "nodes"), "list", "pageInfo", "endCursor") {
			if text, ok := node.(string); ok {
				cursor = text
			}
		}
		require.NotEmpty(t, cursor, list)
		require.Empty(t, ask(ascending+`, after: "`+cursor+`"`).Errors, list)
		for _, other := range []string{`orderBy: {field: ` + order + `, direction: DESC}, `, `orderBy: [{field: ` + order + `, direction: ASC}, {field: ` + order + `}], `} {
			refused := ask(other + `after: "` + cursor + `"`)
			require.NotEmpty(t, refused.Errors, list)
			require.Equal(t, "BAD_USER_INPUT", refused.Errors[0].Extensions["code"], list)
		}
	}
}

// TestEmptyNestedListsWarnOfValuesThatOccurNowhere shows that nobody takes a misspelt value of these lists for an answer.
func TestEmptyNestedListsWarnOfValuesThatOccurNowhere(t *testing.T) {
	a := onSample(t)
	for arguments, value := range map[string]string{
		`events(filter: {decky: {equals: "decky-none"}})`: "decky-none", `events(filter: {eventType: {in: ["none"]}})`: "none",
		`credentials(filter: {secretSha256: {equals: "0000"}})`: "0000", `sharedCredentials(filter: {deckies: {anyOf: ["decky-none"]}})`: "decky-none",
		`attachments(filter: {sha256: {equals: "0000"}})`: "0000", `bounties(filter: {bountyType: {equals: "none"}})`: "none",
		`sessions(filter: {deckies: {allOf: ["decky-none"]}})`: "decky-none", `sessions(filter: {tags: {some: {ruleId: {equals: "R9999"}}}})`: "R9999",
		`sessions(filter: {service: {equals: "none"}})`: "none", `commands(filter: {decky: {equals: "decky-none"}})`: "decky-none",
		`commands(filter: {not: {decky: {equals: "decky-none"}}, service: {equals: "none"}})`: "none", `sessions(filter: {techniques: {anyOf: ["T9999"]}})`: "T9999",
	} {
		answer := a.send(`{ attackers(first: 3) { nodes { `+arguments+` { nodes { __typename } } } } }`, nil)
		require.Empty(t, answer.Errors, arguments)
		warnings, _ := answer.Extensions["warnings"].([]any)
		require.Len(t, warnings, 1, arguments)
		require.Contains(t, at(warnings, 0, "message"), `"`+value+`" occurs nowhere`, arguments)
		require.Equal(t, "filter", at(warnings, 0, "input", 0), arguments)
	}
	for _, arguments := range []string{`sessions(filter: {duration: {from: 100000000}})`, `commands(filter: {command: {equals: "no such command"}})`, `sessions(filter: {not: {deckies: {anyOf: ["decky-none"]}}, tagCount: {from: 1000000}})`} {
		answer := a.send(`{ attackers(first: 3) { nodes { `+arguments+` { nodes { __typename } } } } }`, nil)
		require.Empty(t, answer.Errors, arguments)
		require.Empty(t, answer.Extensions["warnings"], arguments)
	}
}
