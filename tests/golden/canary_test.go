package golden_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
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
	const decky = "decky-01" // there is a DECKY-01
	for name, filter := range map[string]string{
		"all": `{}`, "dns": `{kind: {equals: "dns"}}`, "revoked": `{state: {equals: "revoked"}}`, "decky": `{deckyName: {equals: "` + decky + `"}}`,
	} {
		rows := golden[name]
		if name == "decky" {
			for _, row := range rows {
				require.True(r.t, r.base.same(decky, row["decky_name"].(string)))
			}
			rows = slices.DeleteFunc(rows, func(row goldenRow) bool { return row["decky_name"] != decky })
			if len(rows) < len(golden[name]) {
				r.differs("letter case")
			}
		}
		list := r.ask(`{ canaryTokens(first: 200, filter: `+filter+`) { totalCount nodes { uuid } } }`, nil)["canaryTokens"].(goldenRow)
		var kept []string // in DECNET's order, placed last first
		for _, token := range list["nodes"].([]any) {
			kept = append(kept, token.(goldenRow)["uuid"].(string))
		}
		require.EqualValues(r.t, json.Number(strconv.Itoa(len(kept))), list["totalCount"], name)
		require.Len(r.t, rows, len(kept), name)
		for i, row := range rows {
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

// attackersSecrets are the fields about what attackers tried as a secret, which the schema shows, and nowhere else.
var attackersSecrets = []string{
	"Event.secret", "Bounty.secret", "Credential.secret", "Credential.secretKind", "Credential.secretSha256",
	"CredentialFilter.secretKind", "CredentialFilter.secretSha256",
	"SharedCredential.secret", "SharedCredential.secretKind", "SharedCredential.secretSha256",
	"SharedCredentialFilter.secretKind", "SharedCredentialFilter.secretSha256",
}

// noSecretsInSchema: the seed and the nonce of a token have no place in the schema under any name.
func (r *goldenRun) noSecretsInSchema() {
	answer := r.ask(`{ __schema { types { name description fields { name args { name } } inputFields { name } enumValues { name } } } }`, nil)
	for _, t := range answer["__schema"].(goldenRow)["types"].([]any) {
		for _, part := range []string{"fields", "inputFields", "enumValues"} {
			members, _ := t.(goldenRow)[part].([]any)
			for _, member := range members {
				if slices.Contains(attackersSecrets, fmt.Sprint(t.(goldenRow)["name"], ".", member.(goldenRow)["name"])) {
					continue
				}
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
