package sample

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// merges reads the merge links, oldest block first.
func merges(t *testing.T, table string) (ids []string, into map[string]string) {
	t.Helper()
	db, _ := world()
	into = map[string]string{}
	for _, r := range rows(t, db, "SELECT uuid, COALESCE(merged_into_uuid, '') FROM "+table+" ORDER BY rowid") {
		ids = append(ids, r[0])
		into[r[0]] = r[1]
	}
	return ids, into
}

// walk follows the merge links from id and returns their number and how the chain ends.
func walk(into map[string]string, id string) (hops int, end string) {
	seen := []string{}
	for {
		next, known := into[id]
		switch {
		case !known:
			return hops, "missing"
		case slices.Contains(seen, id):
			return hops, "ring"
		case next == "":
			return hops, "live"
		}
		seen, id, hops = append(seen, id), next, hops+1
	}
}

func TestMergesHaveEveryShape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		table             string
		longest, later    int // number of links in the first and in the second block
		rings, missing    int
		oneHop            int
		firstBlock, total int
	}{
		{table: "campaigns", longest: 3, later: 3, oneHop: 2 * 2, firstBlock: 12, total: 24},
		{table: "attacker_identities", longest: 6, later: 2, rings: 2, missing: 1, oneHop: 2 * 5, firstBlock: 70, total: 140},
	} {
		ids, into := merges(t, c.table)
		equal(t, c.total, len(ids), c.table)
		ends, longest, later, oneHop := map[string]int{}, 0, 0, 0
		for i, id := range ids {
			hops, end := walk(into, id)
			ends[end]++
			switch {
			case end != "live":
			case i < c.firstBlock:
				longest = max(longest, hops)
			default:
				later = max(later, hops)
			}
			if hops == 1 && end == "live" {
				oneHop++
			}
			if end == "live" && hops > 0 {
				holds(t, into[id] < id || len(into[id]) != len(id), "%s: winner %s is not the smaller one of %s", c.table, into[id], id)
			}
		}
		equal(t, c.longest, longest, c.table+": longest chain")
		equal(t, c.later, later, c.table+": longest chain of the second block")
		equal(t, c.rings, ends["ring"], c.table+": rows of rings")
		equal(t, c.missing, ends["missing"], c.table+": links to nothing")
		holds(t, oneHop >= c.oneHop, "%s: %d plain merges", c.table, oneHop)
	}
}

func TestLosersKeepTheirMembers(t *testing.T) {
	t.Parallel()
	db, _ := world()
	holds(t, number(t, db, `SELECT COUNT(*) FROM attackers a JOIN attacker_identities i ON i.uuid = a.identity_id WHERE i.merged_into_uuid IS NOT NULL`) > 20, "merged identities lost their attackers")
	holds(t, number(t, db, `SELECT COUNT(*) FROM attacker_identities i JOIN campaigns c ON c.uuid = i.campaign_id WHERE c.merged_into_uuid IS NOT NULL`) > 10, "merged campaigns lost their identities")
}

func TestSizesAreSkewed(t *testing.T) {
	t.Parallel()
	db, _ := world()
	perCampaign := rows(t, db, `SELECT c.uuid, COUNT(i.uuid) n, c.identity_count FROM campaigns c LEFT JOIN attacker_identities i ON i.campaign_id = c.uuid GROUP BY c.uuid ORDER BY n DESC, c.rowid`)
	equal(t, column(t, db, "SELECT uuid FROM campaigns ORDER BY rowid LIMIT 1")[0], perCampaign[0][0], "largest campaign")
	equal(t, "14", perCampaign[0][1], "its identities, two of them from the second block")
	equal(t, "8", perCampaign[0][2], "the count stored when it was made")
	equal(t, 2, number(t, db, `SELECT COUNT(*) FROM campaigns c WHERE NOT EXISTS (SELECT 1 FROM attacker_identities i WHERE i.campaign_id = c.uuid)`), "campaigns without identities")

	perIdentity := rows(t, db, `SELECT identity_id, COUNT(*) n FROM attackers WHERE identity_id IS NOT NULL GROUP BY identity_id ORDER BY n DESC`)
	equal(t, column(t, db, "SELECT uuid FROM attacker_identities ORDER BY rowid LIMIT 1")[0], perIdentity[0][0], "largest identity")
	equal(t, "31", perIdentity[0][1], "its attackers, three of them from the second block")
	holds(t, number(t, db, `SELECT COUNT(*) FROM (SELECT 1 FROM attackers WHERE identity_id IS NOT NULL GROUP BY identity_id HAVING COUNT(*) = 1)`) > 50, "few identities with one attacker")
	equal(t, 2, number(t, db, `SELECT COUNT(*) FROM attacker_identities i WHERE NOT EXISTS (SELECT 1 FROM attackers a WHERE a.identity_id = i.uuid)`), "identities without attackers")
	within(t, 60, number(t, db, `SELECT COUNT(*) FROM attackers WHERE identity_id IS NULL`), 10, "attackers without identity")
}

func TestStubsAreWrittenWithoutDashes(t *testing.T) {
	t.Parallel()
	db, _ := world()
	stubs := rows(t, db, `SELECT i.uuid, i.campaign_id, i.first_seen_at = a.first_seen, i.last_seen_at = a.last_seen
		FROM attacker_identities i JOIN attackers a ON a.identity_id = i.uuid WHERE LENGTH(i.uuid) = 32`)
	equal(t, 12, len(stubs), "stubs of two blocks, one attacker each")
	for _, s := range stubs {
		equal(t, []string{"NULL", "1", "1"}, s[1:], "stub "+s[0])
	}
}

func TestFingerprintListsAreRolledUp(t *testing.T) {
	t.Parallel()
	db, _ := world()
	for column, path := range map[string][2]string{"ja3_hashes": {"ja3", "ja3"}, "hassh_hashes": {"hassh_server", "hash"}, "tls_cert_sha256": {"tls_certificate", "cert_sha256"}} {
		stored := rows(t, db, "SELECT i.uuid, h.value FROM attacker_identities i, json_each(i."+column+") h ORDER BY i.uuid, h.value")
		shown := rows(t, db, `SELECT DISTINCT a.identity_id, json_extract(p.value, '$.payload.'||?2) FROM attackers a JOIN attacker_identities i ON i.uuid = a.identity_id, json_each(a.fingerprints) p
			WHERE json_valid(a.fingerprints) AND json_extract(p.value, '$.payload.fingerprint_type') = ?1 AND json_extract(p.value, '$.payload.'||?2) IS NOT NULL
			ORDER BY 1, 2`, path[0], path[1])
		missing := 0
		for _, s := range shown {
			if !slices.ContainsFunc(stored, func(r []string) bool { return slices.Equal(r, s) }) {
				missing++
			}
		}
		holds(t, len(stored) > 50 && missing <= 3, "%s: %d stored, %d shown but not stored", column, len(stored), missing) // later blocks add attackers to the largest identity
		shared := number(t, db, "SELECT COUNT(*) FROM (SELECT h.value FROM attacker_identities i, json_each(i."+column+") h GROUP BY 1 HAVING COUNT(DISTINCT i.uuid) > 1 AND COUNT(DISTINCT i.campaign_id) = 1)")
		holds(t, shared >= 5, "%s: only %d are shared within a campaign", column, shared)
	}
}

func TestTypingHashesAreAnyBytes(t *testing.T) {
	t.Parallel()
	db, _ := world()
	plain, other := 0, 0
	for _, h := range column(t, db, "SELECT kd_digraph_simhash FROM attacker_identities WHERE kd_digraph_simhash IS NOT NULL") {
		equal(t, 8, len(h), "bytes of a typing hash")
		if strings.ToValidUTF8(h, "") == h {
			plain++
		} else {
			other++
		}
	}
	for _, r := range rows(t, db, `SELECT LOWER(HEX(i.kd_digraph_simhash)), GROUP_CONCAT(json_extract(o.value, '$'))
		FROM attacker_identities i JOIN attackers a ON a.identity_id = i.uuid JOIN observations o ON o.attacker_uuid = a.uuid
		WHERE o.primitive = 'motor.digraph_simhash' GROUP BY i.uuid`) {
		equal(t, r[0], hex.EncodeToString(centroid(strings.Split(r[1], ","))), "centroid of "+r[1])
	}
	holds(t, plain >= 1 && other > 50, "%d hashes are text, %d are not", plain, other)
}
