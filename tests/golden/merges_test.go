package golden_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// goldenMerges are the lookups that DECNET answers differently, by index in the oracle's list of keys:
// the row asked for, the row that DECNET answers, and ours.
var goldenMerges = map[int]struct {
	difference   string
	theirs, ours int
}{
	45: {"merge length", 52, 55}, // 45→46→…→55: DECNET reads eight rows
	47: {"merge length", 54, 55},
	41: {"merge ring", 42, 41}, // 41↔42
}

func (r *goldenRun) identitiesByUUID() {
	var golden goldenRow
	r.load(&golden)
	var stored []any
	r.loadFile("list_all_identities", &stored)
	rows := goldenRow{}
	for _, row := range stored {
		rows[row.(goldenRow)["uuid"].(string)] = row
	}
	keys := r.keys().Identities
	ours := r.lookups(`identity(by: {uuid: %q})`, "Identity", goldenKeys(golden), goldenIdentity.selection())
	survivors := r.nodes("Identity", goldenKeys(golden), "survivor { "+goldenIdentity.selection()+" }")
	for key, theirs := range golden {
		want := theirs
		if merge, odd := goldenMerges[slices.Index(keys, key)]; odd {
			r.differs(merge.difference)
			require.Equal(r.t, keys[merge.theirs], theirs.(goldenRow)["uuid"], "DECNET's own answer")
			want = rows[keys[merge.ours]]
		}
		r.sameRow("identity "+key, goldenIdentity, want, ours[key])
		require.Equal(r.t, ours[key], survivors[key]["survivor"], "the same row by either way")
		r.answered()
	}
	for index := range goldenMerges {
		require.Contains(r.t, golden, keys[index])
	}
}

// survivors: every row of the database leads to the last row of its chain, or to itself in a ring.
func (r *goldenRun) survivors() {
	for field, file := range map[string]string{"Identity": "list_all_identities", "Campaign": "list_all_campaigns"} {
		var stored []goldenRow
		r.loadFile(file, &stored)
		next := map[string]string{}
		for _, row := range stored {
			next[row["uuid"].(string)], _ = row["merged_into_uuid"].(string)
		}
		found := r.lookups(strings.ToLower(field)+"(by: {uuid: %q})", field, goldenKeys(next), "uuid")
		for uuid := range next {
			want := uuid
			for steps := 0; next[want] != ""; steps++ {
				if want = next[want]; steps > len(next) {
					want = uuid
					break
				}
			}
			r.sameValue(field+" "+uuid, any(goldenRow{"uuid": want}), found[uuid])
		}
	}
}

// resolvedMembers: the merge chain 45→…→55 and the ring 41↔42 have their members together, and
// campaigns count what their members' attackers did.
func (r *goldenRun) resolvedMembers() {
	keys := r.keys()
	attackers := func(membership string, identities ...int) map[string]bool {
		found := map[string]bool{}
		for _, index := range identities {
			list := goldenList{kind: "Identity", key: keys.Identities[index], field: "attackers", arguments: membership, rows: goldenSame("uuid", "uuid")}
			whole, _ := r.walk(list, 200)
			for _, row := range whole.rows {
				found[row.(goldenRow)["uuid"].(string)] = true
			}
		}
		return found
	}
	for winner, members := range map[int][]int{55: {45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55}, 41: {41, 42}, 42: {41, 42}, 0: {0, 39, 40}} {
		literal := attackers("membership: LITERAL", winner)
		together := attackers("membership: LITERAL", members...)
		require.Greater(r.t, len(together), len(literal))
		require.Equal(r.t, together, attackers("", winner), "identity %d by default", winner)
		require.Equal(r.t, together, attackers("membership: RESOLVED", winner))
		r.differs("resolved by default")
	}

	lost := r.nodes("Identity", keys.Identities[50:51], "attackers(membership: LITERAL) { nodes { identityUuid identity { uuid } } }")[keys.Identities[50]]
	nodes := lost["attackers"].(goldenRow)["nodes"].([]any)
	require.NotEmpty(r.t, nodes)
	for _, attacker := range nodes {
		require.Equal(r.t, any(goldenRow{"identityUuid": keys.Identities[50], "identity": goldenRow{"uuid": keys.Identities[55]}}), attacker)
	}

	counts := `uuid identityCount literalIdentities: identityCount(membership: LITERAL) techniques { count }
		literal: techniques(membership: LITERAL) { count } attackers(first: 1) { totalCount } attackerCount`
	for _, winner := range []int{0, 2} { // 8→0 and 11→10→9→2
		campaign := r.nodes("Campaign", keys.Campaigns[winner:winner+1], counts)[keys.Campaigns[winner]]
		require.Greater(r.t, goldenSum(campaign["techniques"]), goldenSum(campaign["literal"]), "tags of attackers count")
		require.Equal(r.t, campaign["attackers"].(goldenRow)["totalCount"], campaign["attackerCount"])
	}
}

func goldenSum(rollup any) (sum int64) {
	for _, row := range rollup.([]any) {
		sum += goldenCount(row.(goldenRow))
	}
	return sum
}

// recordedCounters: what is stored differs from what is there, and both are told.
func (r *goldenRun) recordedCounters() {
	answer := r.ask(`{ campaigns(first: 200) { nodes { recorded: recordedIdentityCount count: identityCount(membership: LITERAL)
		seen: recordedLastSeenAt activity { firstSeen lastSeen } } }
		identities(first: 200) { nodes { recorded: recordedObservationCount count: attackerCount(membership: LITERAL) seen: recordedLastSeenAt activity { firstSeen lastSeen } } } }`, nil)
	for _, field := range slices.Sorted(maps.Keys(answer)) {
		counts, spans := 0, 0
		for _, node := range answer[field].(goldenRow)["nodes"].([]any) {
			row := node.(goldenRow)
			if row["recorded"].(json.Number) != row["count"].(json.Number) {
				counts++
			}
			if activity, ok := row["activity"].(goldenRow); ok && row["seen"] != activity["lastSeen"] {
				spans++
			}
		}
		require.Positive(r.t, counts, fmt.Sprint(field, ": a recorded count that is not the true one"))
		require.Positive(r.t, spans, fmt.Sprint(field, ": a recorded instant that is not the true one"))
		r.differs("recorded counters")
	}
}
