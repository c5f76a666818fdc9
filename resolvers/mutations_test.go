package resolvers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/graph"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
)

const insertTags = `mutation ($tags: [TagInput!]!) { insertTags(input: {tags: $tags}) { insertedCount duplicateCount belowFloorCount rejectedCount
	results { uuid outcome reason tag { sourceId confidence attackRelease evidence attacker { ip } ruleState { state } } } userErrors { code message path } } }`

// newTag is a tag to insert, of one event of one attacker.
func newTag(attacker string, event int) map[string]any {
	return map[string]any{
		"sourceKind": "command", "sourceId": fmt.Sprintf("lab#%d", event), "attackerUuid": attacker, "tacticId": "TA0006", "techniqueId": "T1110",
		"confidence": 0.75, "ruleId": "R9001", "ruleVersion": 1, "evidence": map[string]any{"command_text": "hydra -l root"},
	}
}

// with changes members of an input.
func with(input map[string]any, changes ...any) map[string]any {
	for i := 0; i < len(changes); i += 2 {
		input[changes[i].(string)] = changes[i+1]
	}
	return input
}

// anyRows are rows of the database that a test may change.
type anyRows struct{ campaign, identity, attacker, alone string }

// rows finds a campaign, an identity, an attacker, and an attacker without an identity.
func (a *api) rows() anyRows {
	a.t.Helper()
	found := a.ask(`{ campaigns(first: 1) { nodes { uuid } } identities(first: 1) { nodes { uuid } } attackers(first: 200) { nodes { uuid identityUuid } } }`)
	rows := anyRows{
		campaign: at(found, "campaigns", "nodes", 0, "uuid").(string), identity: at(found, "identities", "nodes", 0, "uuid").(string),
		attacker: at(found, "attackers", "nodes", 0, "uuid").(string),
	}
	for _, attacker := range at(found, "attackers", "nodes").([]any) {
		if at(attacker, "identityUuid") == nil {
			rows.alone = at(attacker, "uuid").(string)
		}
	}
	require.NotEmpty(a.t, rows.alone)
	return rows
}

// change sends a mutation that must bring a payload, and returns the payload of its only field.
func (a *api) change(mutation string, variables map[string]any) map[string]any {
	a.t.Helper()
	answer := a.send(mutation, variables)
	require.Empty(a.t, answer.Errors)
	require.Len(a.t, answer.Data, 1)
	for _, payload := range answer.Data {
		return payload.(map[string]any)
	}
	return nil
}

// assertJSON compares an answer with the JSON that is expected.
func assertJSON(t *testing.T, expected string, answer any) {
	t.Helper()
	content, err := json.Marshal(answer)
	require.NoError(t, err)
	assert.JSONEq(t, expected, string(content))
}

func TestTagsAreInserted(t *testing.T) {
	a := onCopy(t)
	attacker := a.rows().attacker
	ip := at(a.ask(`{ attacker(by: {uuid: "`+attacker+`"}) { ip } }`), "attacker", "ip").(string)
	tags := []any{
		newTag(attacker, 1), newTag(attacker, 1), with(newTag(attacker, 2), "confidence", 0.29), newTag(unknownUUID, 3),
		with(newTag(attacker, 4), "attackRelease", "enterprise-v15.1", "confidence", 0.3),
	}
	shown := func(event, confidence, release string) string {
		return `{"sourceId": "` + event + `", "confidence": ` + confidence + `, "attackRelease": "` + release + `", "evidence": {"command_text": "hydra -l root"},
			"attacker": {"ip": "` + ip + `"}, "ruleState": null}`
	}
	uuid := func(event int) string {
		return storage.TagUUID("command", fmt.Sprintf("lab#%d", event), "R9001", 1, "T1110", nil)
	}
	assertJSON(t, `{"insertedCount": 2, "duplicateCount": 1, "belowFloorCount": 1, "rejectedCount": 1, "userErrors": [], "results": [
		{"uuid": "`+uuid(1)+`", "outcome": "INSERTED", "reason": null, "tag": `+shown("lab#1", "0.75", "v15.1")+`},
		{"uuid": "`+uuid(1)+`", "outcome": "DUPLICATE", "reason": null, "tag": `+shown("lab#1", "0.75", "v15.1")+`},
		{"uuid": "`+uuid(2)+`", "outcome": "BELOW_FLOOR", "reason": null, "tag": null},
		{"uuid": "`+uuid(3)+`", "outcome": "REJECTED", "reason": "there is no attacker \"`+unknownUUID+`\"", "tag": null},
		{"uuid": "`+uuid(4)+`", "outcome": "INSERTED", "reason": null, "tag": `+shown("lab#4", "0.3", "enterprise-v15.1")+`}]}`,
		a.change(insertTags, map[string]any{"tags": tags}))

	again := a.change(insertTags, map[string]any{"tags": []any{with(newTag(attacker, 1), "confidence", 0.9)}})
	assert.Equal(t, "DUPLICATE", at(again, "results", 0, "outcome"))
	assert.InDelta(t, 0.75, at(again, "results", 0, "tag", "confidence"), 0, "a tag that is there stays as it is")
	assert.InDelta(t, 2, at(a.ask(`{ tags(filter: {ruleId: {equals: "R9001"}}) { totalCount } }`), "tags", "totalCount"), 0)
}

func TestAttributionStatesAreWritten(t *testing.T) {
	a := onCopy(t)
	identity := a.rows().identity
	const upsert = `mutation ($states: [AttributionStateInput!]!) { upsertAttributionStates(input: {states: $states}) { insertedCount updatedCount rejectedCount
		results { outcome reason attributionState { primitive currentValue state observationCount lastChangeAt identity { uuid } } } userErrors { code } } }`
	state := func(changes ...any) map[string]any {
		return with(map[string]any{
			"identityUuid": identity, "primitive": "lab.made_up", "currentValue": []any{1, "two"}, "state": "STABLE", "confidence": 0.5, "observationCount": 3,
			"lastChangeAt": "2026-05-01T07:00:00.5Z", "lastObservationAt": "2026-05-01T08:00:00Z",
		}, changes...)
	}
	written := a.change(upsert, map[string]any{"states": []any{state(), state("primitive", "lab.other", "currentValue", nil), state("identityUuid", unknownUUID)}})
	row := func(primitive, value, verdict string) string {
		return `{"primitive": "` + primitive + `", "currentValue": ` + value + `, "state": "` + verdict + `", "observationCount": 3,
			"lastChangeAt": "2026-05-01T07:00:00.500000Z", "identity": {"uuid": "` + identity + `"}}`
	}
	assertJSON(t, `{"insertedCount": 2, "updatedCount": 0, "rejectedCount": 1, "userErrors": [], "results": [
		{"outcome": "INSERTED", "reason": null, "attributionState": `+row("lab.made_up", `[1, "two"]`, "STABLE")+`},
		{"outcome": "INSERTED", "reason": null, "attributionState": `+row("lab.other", "null", "STABLE")+`},
		{"outcome": "REJECTED", "reason": "there is no identity \"`+unknownUUID+`\"", "attributionState": null}]}`, written)
	written = a.change(upsert, map[string]any{"states": []any{state("state", "MULTI_ACTOR")}})
	assertJSON(t, `{"insertedCount": 0, "updatedCount": 1, "rejectedCount": 0, "userErrors": [], "results": [
		{"outcome": "UPDATED", "reason": null, "attributionState": `+row("lab.made_up", `[1, "two"]`, "MULTI_ACTOR")+`}]}`, written)
}

// TestAnEditFromJavaScriptOverwritesNothingUnseen sends back what a browser can: a revision, or an instant with milliseconds.
func TestAnEditFromJavaScriptOverwritesNothingUnseen(t *testing.T) {
	a := onCopy(t)
	rows := a.rows()
	for name, uuid := range map[string]string{"Campaign": rows.campaign, "Identity": rows.identity} {
		field := strings.ToLower(name)
		set := `mutation ($revision: String, $expected: DateTime) { set` + name + `Notes(input: {uuid: "` + uuid + `", notes: "x", expectedRevision: $revision, expectedUpdatedAt: $expected}) {
			` + field + ` { revision updatedAt } userErrors { code path } } }`
		seen := at(a.ask(`{ `+field+`(by: {uuid: "`+uuid+`"}) { revision updatedAt } }`), field)
		asDate := func(row any) string { // JSON.stringify(new Date(updatedAt))
			instant, err := time.Parse(time.RFC3339Nano, at(row, "updatedAt").(string))
			require.NoError(t, err)
			return instant.Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		}
		first := a.change(set, map[string]any{"revision": at(seen, "revision")})
		require.Empty(t, first["userErrors"])
		second := a.change(set, map[string]any{"expected": asDate(first[field])})
		require.Empty(t, second["userErrors"])
		assertJSON(t, `[{"code": "CONFLICT", "path": ["input", "expectedUpdatedAt"]}]`, a.change(set, map[string]any{"expected": asDate(first[field])})["userErrors"])
		for _, late := range []any{at(seen, "revision"), at(first, field, "revision"), "", "made up"} {
			conflict := a.change(set, map[string]any{"revision": late})
			assertJSON(t, `[{"code": "CONFLICT", "path": ["input", "expectedRevision"]}]`, conflict["userErrors"])
			assert.Equal(t, second[field], conflict[field], "the payload holds the row as it is now")
		}
	}
}

func TestStubIdentityIsMadeOnce(t *testing.T) {
	a := onCopy(t)
	rows := a.rows()
	const ensure = `mutation ($attacker: UUID!) { ensureStubIdentity(input: {attackerUuid: $attacker}) { created identity { uuid attackers { nodes { uuid } } } userErrors { code path } } }`
	first := a.change(ensure, map[string]any{"attacker": rows.alone})
	uuid := at(first, "identity", "uuid").(string)
	assertJSON(t, `{"created": true, "identity": {"uuid": "`+uuid+`", "attackers": {"nodes": [{"uuid": "`+rows.alone+`"}]}}, "userErrors": []}`, first)
	assertJSON(t, `{"created": false, "identity": {"uuid": "`+uuid+`", "attackers": {"nodes": [{"uuid": "`+rows.alone+`"}]}}, "userErrors": []}`,
		a.change(ensure, map[string]any{"attacker": rows.alone}))
	assertJSON(t, `{"created": null, "identity": null, "userErrors": [{"code": "NOT_FOUND", "path": ["input", "attackerUuid"]}]}`,
		a.change(ensure, map[string]any{"attacker": unknownUUID}))
}

func TestNotesAreSet(t *testing.T) {
	a := onCopy(t)
	rows := a.rows()
	for name, uuid := range map[string]string{"Campaign": rows.campaign, "Identity": rows.identity} {
		t.Run(name, func(t *testing.T) {
			field := strings.ToLower(name)
			set := `mutation ($notes: String, $expected: DateTime, $uuid: UUID = "` + uuid + `") { set` + name + `Notes(input: {uuid: $uuid, notes: $notes, expectedUpdatedAt: $expected}) {
				` + field + ` { uuid notes updatedAt attackers(first: 1) { nodes { uuid } } } userErrors { code message path } } }`
			read := func() any {
				return at(a.ask(`{ `+field+`(by: {uuid: "`+uuid+`"}) { uuid notes updatedAt attackers(first: 1) { nodes { uuid } } } }`), field)
			}
			before := at(read(), "updatedAt")
			first := a.change(set, map[string]any{"notes": "seen at the fair", "expected": before})
			require.Empty(t, first["userErrors"])
			assert.Equal(t, "seen at the fair", at(first, field, "notes"))
			assert.Equal(t, read(), first[field])

			late := a.change(set, map[string]any{"notes": "other", "expected": before})
			assertJSON(t, `[{"code": "CONFLICT", "message": "the `+field+` was changed since it was read", "path": ["input", "expectedUpdatedAt"]}]`, late["userErrors"])
			assert.Equal(t, first[field], late[field], "the payload holds the row as it is now")

			removed := a.change(set, nil)
			assert.Nil(t, at(removed, field, "notes"))
			long := a.change(set, map[string]any{"notes": strings.Repeat("x", 10_001)})
			assert.Equal(t, "INVALID", at(long, "userErrors", 0, "code"))
			assert.Equal(t, []any{"input", "notes"}, at(long, "userErrors", 0, "path"))
			missing := a.change(set, map[string]any{"uuid": unknownUUID})
			assertJSON(t, `{"`+field+`": null, "userErrors": [{"code": "NOT_FOUND", "message": "there is no such `+field+`", "path": ["input", "uuid"]}]}`, missing)
		})
	}
}

func TestRuleStatesAreSetAndCleared(t *testing.T) {
	a := onCopy(t)
	attacker := a.rows().attacker
	a.change(insertTags, map[string]any{"tags": []any{newTag(attacker, 1)}})
	set := a.change(`mutation { setRuleState(input: {ruleId: "R9001", state: CLIPPED, confidenceMax: 0.5, reason: "noisy", setBy: "ada", expiresAt: "2099-01-01T00:00:00Z"}) {
		ruleState { ruleId state confidenceMax reason setBy expiresAt setAt } userErrors { code } } }`, nil)
	setAt, err := time.Parse(time.RFC3339, at(set, "ruleState", "setAt").(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), setAt, time.Minute)
	delete(set["ruleState"].(map[string]any), "setAt")
	state := `{"ruleId": "R9001", "state": "CLIPPED", "confidenceMax": 0.5, "reason": "noisy", "setBy": "ada", "expiresAt": "2099-01-01T00:00:00Z"}`
	assertJSON(t, `{"ruleState": `+state+`, "userErrors": []}`, set)
	found := a.ask(`{ ruleStates { totalCount nodes { ruleId state confidenceMax reason setBy expiresAt } } tags(filter: {ruleId: {equals: "R9001"}}) { nodes { ruleState { state } } } }`)
	assert.Contains(t, at(found, "ruleStates", "nodes"), at(set, "ruleState"))
	assertJSON(t, `[{"ruleState": {"state": "CLIPPED"}}]`, at(found, "tags", "nodes"))

	const forget = `mutation { clearRuleState(input: {ruleId: "R9001"}) { ruleState { ruleId state } userErrors { code } } }`
	assertJSON(t, `{"ruleState": {"ruleId": "R9001", "state": "CLIPPED"}, "userErrors": []}`, a.change(forget, nil))
	assertJSON(t, `{"ruleState": null, "userErrors": []}`, a.change(forget, nil))
	assertJSON(t, `[{"ruleState": null}]`, at(a.ask(`{ tags(filter: {ruleId: {equals: "R9001"}}) { nodes { ruleState { state } } } }`), "tags", "nodes"))
}

// mutations are one call of each mutation; the arguments are right, but for rows that may not exist.
func mutations(rows anyRows) map[string]string {
	return map[string]string{
		"insertTags": `insertTags(input: {tags: [{sourceKind: "command", sourceId: "lab#1", attackerUuid: "` + rows.attacker + `", sessionId: "lab", tacticId: "TA0006",
			techniqueId: "T1110", subTechniqueId: "T1110.001", confidence: 0.5, ruleId: "R0014", ruleVersion: 1, evidence: {command_text: "id"}},
			{sourceKind: "command", sourceId: "lab#2", identityUuid: "` + rows.identity + `", tacticId: "TA0006", techniqueId: "T1110", confidence: 0.5, ruleId: "R0001", ruleVersion: 1, evidence: {}},
			{sourceKind: "command", sourceId: "lab#3", attackerUuid: "` + unknownUUID + `", tacticId: "TA0006", techniqueId: "T1110", confidence: 0.5, ruleId: "R0014", ruleVersion: 1, evidence: {}},
			{sourceKind: "command", sourceId: "lab#4", attackerUuid: "` + rows.attacker + `", tacticId: "TA0006", techniqueId: "T1110", confidence: 0.1, ruleId: "R0014", ruleVersion: 1, evidence: {}}]})`,
		"upsertAttributionStates": `upsertAttributionStates(input: {states: [{identityUuid: "` + rows.identity + `", primitive: "lab.a", state: STABLE, confidence: 1, observationCount: 1,
			lastChangeAt: "2026-05-01T07:00:00Z", lastObservationAt: "2026-05-01T07:00:00Z"},
			{identityUuid: "` + unknownUUID + `", primitive: "lab.a", state: STABLE, confidence: 1, observationCount: 1, lastChangeAt: "2026-05-01T07:00:00Z", lastObservationAt: "2026-05-01T07:00:00Z"}]})`,
		"ensureStubIdentity": `ensureStubIdentity(input: {attackerUuid: "` + rows.alone + `"})`,
		"setCampaignNotes":   `setCampaignNotes(input: {uuid: "` + rows.campaign + `", notes: "lab"})`,
		"setIdentityNotes":   `setIdentityNotes(input: {uuid: "` + rows.identity + `", notes: "lab", expectedUpdatedAt: "2020-01-01T00:00:00Z"})`,
		"setRuleState":       `setRuleState(input: {ruleId: "R0014", state: DISABLED})`,
		"clearRuleState":     `clearRuleState(input: {ruleId: "R9999"})`,
	}
}

// TestAnInvalidTagDoesNotBlockTheOthers sends tags that storage refuses one by one.
func TestAnInvalidTagDoesNotBlockTheOthers(t *testing.T) {
	a := onCopy(t)
	attacker := a.rows().attacker
	written := a.change(insertTags, map[string]any{"tags": []any{
		with(newTag(attacker, 1), "confidence", 1.5), with(newTag(attacker, 2), "attackerUuid", nil), with(newTag(attacker, 3), "sourceId", ""),
		with(newTag(attacker, 4), "evidence", []any{1}), with(newTag(attacker, 5), "ruleVersion", 0), newTag(attacker, 6),
	}})
	assert.Equal(t, []any{"REJECTED", "REJECTED", "REJECTED", "REJECTED", "REJECTED", "INSERTED"}, each(written["results"], "outcome"))
	for _, reason := range each(written["results"], "reason")[:5] {
		assert.NotEmpty(t, reason)
	}
	assert.InDelta(t, 5, written["rejectedCount"], 0)
}

// TestFieldsOfADocumentRunInOrder writes one row several times.
func TestFieldsOfADocumentRunInOrder(t *testing.T) {
	a := onCopy(t)
	rows := a.rows()
	set := func(alias, uuid, notes string) string {
		return alias + `: setCampaignNotes(input: {uuid: "` + uuid + `", notes: "` + notes + `"}) { campaign { notes identities(first: 1) { totalCount } } userErrors { code } }`
	}
	answer := a.send(`mutation { `+set("a", rows.campaign, "one")+set("b", unknownUUID, "none")+set("c", rows.campaign, "two")+
		` forbidden: setIdentityNotes(input: {uuid: "xyz"}) { userErrors { code } } `+set("d", rows.campaign, "three")+`}`, nil)
	require.Len(t, answer.Errors, 1)
	assert.Equal(t, "one", at(answer.Data, "a", "campaign", "notes"))
	assert.Equal(t, "NOT_FOUND", at(answer.Data, "b", "userErrors", 0, "code"))
	assert.Equal(t, "two", at(answer.Data, "c", "campaign", "notes"))
	assert.Nil(t, answer.Data["forbidden"])
	assert.Equal(t, "three", at(answer.Data, "d", "campaign", "notes"), "a field that fails stops none after it")
	assert.Equal(t, "three", at(a.ask(`{ campaign(by: {uuid: "`+rows.campaign+`"}) { notes } }`), "campaign", "notes"))
}

// TestWhatIsRefusedIsNotWritten lets a mutation follow one that asks for too much.
func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	a := onCopyWith(t, resolvers.Limits{Objects: 500})
	campaign := a.busiest().campaign
	set := `: setCampaignNotes(input: {uuid: "` + campaign + `", notes: "%s"}) { campaign { notes %s } } `
	answer := a.send(`mutation { `+fmt.Sprintf("a"+set, "one", `attackers(first: 200) { nodes { tags(first: 200) { nodes { uuid } } } }`)+
		fmt.Sprintf("b"+set, "two", "")+`}`, nil)
	assert.Equal(t, "one", at(answer.Data, "a", "campaign", "notes"))
	assert.Nil(t, answer.Data["b"])
	requireLimit(t, answer, "more than 500 objects; ask for smaller pages or fewer levels; later fields of the mutation are not run")
	assert.Equal(t, "one", at(a.ask(`{ campaign(by: {uuid: "`+campaign+`"}) { notes } }`), "campaign", "notes"))
}

// TestAThousandTagsFitIntoARequest sends as many tags as are allowed, with what the sample's say.
func TestAThousandTagsFitIntoARequest(t *testing.T) {
	a := onCopy(t)
	const asInput = "sourceKind sourceId attackerUuid identityUuid sessionId decky tacticId techniqueId subTechniqueId confidence ruleId ruleVersion evidence attackRelease mitreUrl createdAt"
	var tags []any
	for len(tags) < storage.MaxNewTags {
		page := at(a.ask(fmt.Sprintf(`{ tags(first: 200, offset: %d) { nodes { %s } } }`, len(tags), asInput)), "tags", "nodes").([]any)
		require.Len(t, page, 200)
		tags = append(tags, page...)
	}
	known := a.change(insertTags, map[string]any{"tags": tags})
	assert.InDelta(t, storage.MaxNewTags, known["duplicateCount"], 0, "each has the key that DECNET gave it")
	for _, tag := range tags {
		tag.(map[string]any)["sourceId"] = "lab:" + at(tag, "sourceId").(string)
	}
	body, err := json.Marshal(map[string]any{"query": insertTags, "variables": map[string]any{"tags": tags}})
	require.NoError(t, err)
	t.Logf("%d bytes", len(body))
	fresh := a.change(insertTags, map[string]any{"tags": tags})
	assert.InDelta(t, storage.MaxNewTags, fresh["insertedCount"], 0)
}

// TestAnyPayloadIsAnsweredLevelByLevel asks for random parts of payloads; see TestAnyDocumentIsAnsweredLevelByLevel.
func TestAnyPayloadIsAnsweredLevelByLevel(t *testing.T) {
	a := onCopy(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	calls := mutations(a.rows())
	rapid.Check(t, func(t *rapid.T) {
		d := document{t: t, schema: schema}
		var query strings.Builder
		query.WriteString("mutation {")
		for n := range rapid.IntRange(1, 3).Draw(t, "mutations") {
			field := rapid.SampledFrom(schema.Mutation.Fields).Draw(t, "mutation")
			fmt.Fprintf(&query, " m%d: %s {%s }", n, calls[field.Name], d.selection(schema.Types[field.Type.Name()], 1))
		}
		query.WriteString(" }")
		a.forget()
		answer := a.send(query.String(), nil)
		a.requireLevels(t)
		for _, e := range answer.Errors {
			if e.Extensions["code"] != "LIMIT_EXCEEDED" {
				t.Fatalf("%s: %s at %v\n%s", e.Extensions["code"], e.Message, e.Path, query.String())
			}
		}
	})
}
