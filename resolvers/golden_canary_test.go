package resolvers_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

var goldenToken = goldenSame(
	"uuid", "uuid", "kind", "kind", "decky_name", "deckyName", "topology_id", "topologyId", "blob_uuid", "blobUuid",
	"instrumenter", "instrumenter", "generator", "generator", "placement_path", "placementPath", "callback_token", "callbackToken",
	"trigger_count", "triggerCount", "created_by", "createdBy", "state", "state", "last_error", "lastError",
	"secret_seed", "", "fingerprint_nonce", "",
).with(goldenCol("placed_at", "placedAt", goldenInstant), goldenCol("last_triggered_at", "lastTriggeredAt", goldenInstant))

var goldenTrigger = goldenSame(
	"uuid", "uuid", "token_uuid", "tokenUuid", "src_ip", "srcIp", "user_agent", "userAgent", "request_path", "requestPath",
	"dns_qname", "dnsQname", "attacker_id", "attackerUuid",
).with(goldenCol("occurred_at", "occurredAt", goldenInstant), goldenCol("raw_headers", "rawHeaders", goldenHeaders))

func goldenHeaders(r *goldenRun, value any, _ goldenRow) any {
	r.differs("raw headers")
	decoder := json.NewDecoder(strings.NewReader(value.(string)))
	decoder.UseNumber()
	var object goldenRow
	if decoder.Decode(&object) != nil || object == nil {
		return goldenRow{}
	}
	return object
}

// goldenTokens reads DECNET's list of tokens: all of them, and three filtered ones.
func (r *goldenRun) goldenTokens() (lists map[string][]goldenRow) {
	r.loadFile("list_canary_tokens", &lists)
	return lists
}

// canaryTokens asks for each token by its id and for the lists by the filters that DECNET was asked with.
func (r *goldenRun) canaryTokens() {
	golden := r.goldenTokens()
	var keys []string
	for _, row := range golden["all"] {
		keys = append(keys, row["uuid"].(string))
	}
	ours := r.nodes("CanaryToken", keys, goldenToken.selection())
	answered, err := json.Marshal(ours)
	require.NoError(r.t, err)
	for _, row := range golden["all"] {
		for _, secret := range []string{"secret_seed", "fingerprint_nonce"} {
			if text, ok := row[secret].(string); ok {
				r.differs("secrets")
				require.NotContains(r.t, string(answered), text, secret)
			}
		}
	}
	for name, filter := range map[string]string{
		"all": `{}`, "dns": `{kind: "dns"}`, "revoked": `{state: "revoked"}`, "decky": `{deckyName: "a decky without tokens"}`,
	} {
		list := r.ask(`{ canaryTokens(first: 200, filter: `+filter+`) { totalCount nodes { uuid } } }`, nil)["canaryTokens"].(goldenRow)
		var kept []string // in DECNET's order, placed last first
		for _, token := range list["nodes"].([]any) {
			kept = append(kept, token.(goldenRow)["uuid"].(string))
		}
		require.EqualValues(r.t, json.Number(strconv.Itoa(len(kept))), list["totalCount"], name)
		require.Len(r.t, golden[name], len(kept), name)
		for i, row := range golden[name] {
			r.sameRow("token "+kept[i], goldenToken, row, ours[kept[i]])
		}
		r.answered()
	}
}

func (r *goldenRun) triggersOf(token string, size int) []any {
	whole, ok := r.walk(goldenList{kind: "CanaryToken", key: token, field: "triggers", rows: goldenTrigger}, size)
	require.True(r.t, ok, token)
	return whole.rows
}

func (r *goldenRun) tokenTriggers() {
	var golden goldenRow
	r.load(&golden)
	for key, rows := range golden {
		ours := r.triggersOf(key, 4)
		require.Len(r.t, ours, len(rows.([]any)), key)
		r.sameRows("triggers of "+key, goldenTrigger, "occurred_at", []string{"uuid"}, rows.([]any), ours, 0)
		r.answered()
	}
}

// triggersSince: there is no bulk read yet. What it brings, in no order, is in the lists of all tokens.
func (r *goldenRun) triggersSince() {
	var golden []struct {
		Name, Since  string
		Yielded      int
		TriggerUUIDs []string `json:"trigger_uuids"`
	}
	r.load(&golden)
	var all []any
	for _, token := range r.goldenTokens()["all"] {
		all = append(all, r.triggersOf(token["uuid"].(string), resolvers.MaxPage)...)
	}
	require.Len(r.t, all, 300)
	for _, g := range golden {
		require.Len(r.t, g.TriggerUUIDs, g.Yielded)
		since, _, _ := strings.Cut(g.Since, "+") // DECNET drops the zone of the question
		since = goldenTimeText(since)
		var uuids []string
		for _, row := range all {
			if trigger := row.(goldenRow); goldenTimeText(trigger["occurredAt"]) >= since {
				uuids = append(uuids, trigger["uuid"].(string))
			}
		}
		slices.Sort(uuids)
		slices.Sort(g.TriggerUUIDs)
		require.Equal(r.t, g.TriggerUUIDs, append([]string{}, uuids...), g.Name)
		found := r.nodes("CanaryTrigger", uuids, goldenTrigger.selection())
		for _, uuid := range uuids {
			i := slices.IndexFunc(all, func(row any) bool { return row.(goldenRow)["uuid"] == uuid })
			require.Equal(r.t, all[i], any(found[uuid]), "the same row by either way")
			r.sameValue("trigger", uuid, found[uuid]["uuid"])
		}
		r.answered()
	}
}

// noSecretsInSchema: the seed and the nonce of a token have no place in the schema under any name.
func (r *goldenRun) noSecretsInSchema() {
	answer := r.ask(`{ __schema { types { name description fields { name args { name } } inputFields { name } enumValues { name } } } }`, nil)
	for _, t := range answer["__schema"].(goldenRow)["types"].([]any) {
		for _, part := range []string{"fields", "inputFields", "enumValues"} {
			members, _ := t.(goldenRow)[part].([]any)
			for _, member := range members {
				name := strings.ToLower(fmt.Sprint(member.(goldenRow)["name"], member.(goldenRow)["args"]))
				for _, secret := range []string{"seed", "nonce", "secret"} {
					require.NotContains(r.t, name, secret, "%s of %s", part, t.(goldenRow)["name"])
				}
			}
		}
	}
	whole := goldenText(answer)
	require.NotContains(r.t, whole, "secret_seed")
	require.NotContains(r.t, whole, "fingerprint_nonce")
}

// totals: DECNET's REST answer about triggers gives the length of the page as the total.
func (r *goldenRun) totals() {
	const token = "8866c797-15d1-42c9-a5db-daddf31517c7"
	list := goldenList{kind: "CanaryToken", key: token, field: "triggers", rows: goldenTrigger}
	page, _ := r.page(list, goldenRow{"first": 3})
	require.Len(r.t, page.rows, 3)
	require.Equal(r.t, "16", page.total)
}
