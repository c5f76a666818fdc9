package resolvers_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// TestCommandsAreFoundWithTheirAttackersAndIdentities is question 13 of analysts, in one request.
func TestCommandsAreFoundWithTheirAttackersAndIdentities(t *testing.T) {
	a := onSample(t)
	a.forget()
	found := a.ask(`{ search(text: "WGET", kinds: [COMMAND], order: NEWEST, first: 50) { nodes {
		kind field seenAt snippet { text start end offset length } command { command timestamp } attacker { uuid ip identity { uuid } } node { ... on Attacker { uuid } }
	} } }`)
	nodes := at(found, "search", "nodes").([]any)
	require.Len(t, nodes, 50)
	a.requireLevels(t)
	last := ""
	for i, node := range nodes {
		command := at(node, "command", "command").(string)
		require.Contains(t, strings.ToLower(command), "wget")
		require.Equal(t, at(node, "seenAt"), at(node, "command", "timestamp"))
		require.Equal(t, at(node, "attacker", "uuid"), at(node, "node", "uuid"))
		snippet := at(node, "snippet").(map[string]any)
		shown := []rune(snippet["text"].(string))
		start, end, offset := int(snippet["start"].(float64)), int(snippet["end"].(float64)), int(snippet["offset"].(float64))
		require.Equal(t, "wget", strings.ToLower(string(shown[start:end])))
		require.Equal(t, string(shown), string([]rune(command)[offset:offset+len(shown)]))
		require.InDelta(t, utf8.RuneCountInString(command), snippet["length"], 0)
		seen, _ := at(node, "seenAt").(string)
		require.True(t, i == 0 || seen <= last, "the newest are first")
		last = seen
	}
	require.LessOrEqual(t, len(a.statements), 20)
}

func TestASearchLeadsToObjectsOfAllKinds(t *testing.T) {
	a := onSample(t)
	for text, kind := range map[string]string{"brute force": "TECHNIQUE", "T1110.001": "TECHNIQUE"} {
		found := a.ask(`{ search(text: "` + text + `") { totalCount nodes { kind key match node { id __typename } attacker { uuid } command { command } } } }`)
		require.Equal(t, kind, at(found, "search", "nodes", 0, "kind"), text)
		require.Equal(t, "EXACT", at(found, "search", "nodes", 0, "match"))
		require.Equal(t, "Technique", at(found, "search", "nodes", 0, "node", "__typename"))
		require.Nil(t, at(found, "search", "nodes", 0, "attacker"))
		require.Nil(t, at(found, "search", "nodes", 0, "command"))
	}
}

func TestASearchThatCannotBeIsRefused(t *testing.T) {
	a := onSample(t)
	for _, arguments := range []string{
		`text: "w"`, `text: ""`, `text: "10.0.0.0/33"`, `text: "ab", kinds: []`, `text: "ab", first: 201`, `text: "ab", filter: {seen: {from: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z"}}`,
		`text: "ab", filter: {fields: ["Attacker.shoeSize"]}`, `text: "ab", filter: {fields: []}`, `text: "ab", filter: {match: []}`, `text: "ab", kinds: [RULE], filter: {attacker: {asn: {equals: 1}}}`, `text: "ab", after: "x"`,
	} {
		answer := a.send(`{ search(`+arguments+`) { totalCount } }`, nil)
		require.Len(t, answer.Errors, 1, arguments)
		require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions["code"], arguments)
	}
}

func TestAPageOfASearchGoesOnAtItsCursor(t *testing.T) {
	a := onSample(t)
	first := a.ask(`{ search(text: "wget", first: 5) { totalCount pageInfo { endCursor hasNextPage } nodes { key field } } }`)
	all := a.ask(`{ search(text: "wget", first: 10) { nodes { key field } } }`)
	next := a.ask(`{ search(text: "wget", first: 5, after: "` + at(first, "search", "pageInfo", "endCursor").(string) + `") { nodes { key field } } }`)
	require.Equal(t, at(all, "search", "nodes"), append(at(first, "search", "nodes").([]any), at(next, "search", "nodes").([]any)...))
}

func TestASearchTakesAFilterOfItsHits(t *testing.T) {
	a := onSample(t)
	found := a.ask(`{ search(text: "decky", first: 200, filter: {fields: ["Command.command", "Decky.name"], match: [BEGINNING]}) { totalCount nodes { field match } } }`)
	require.NotEmpty(t, at(found, "search", "nodes"))
	for _, hit := range at(found, "search", "nodes").([]any) {
		require.Contains(t, []any{"Command.command", "Decky.name"}, at(hit, "field"))
		require.Equal(t, "BEGINNING", at(hit, "match"))
	}
	found = a.ask(`{ search(text: "wget", first: 200, kinds: [COMMAND], filter: {attacker: {countryCode: {equals: "RU"}}}) { totalCount nodes { attacker { countryCode } } } }`)
	require.NotEmpty(t, at(found, "search", "nodes"))
	for _, hit := range at(found, "search", "nodes").([]any) {
		require.Equal(t, "RU", at(hit, "attacker", "countryCode"))
	}
	answer := a.send(`{ search(text: "wget", filter: {attacker: {countryCode: {equals: "zz"}}}) { totalCount nodes { key } } }`, nil)
	require.Contains(t, fmt.Sprint(answer.Extensions["warnings"]), "zz", "no address is in that country")
}
