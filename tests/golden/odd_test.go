package golden_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "github.com/mattn/go-sqlite3" // for the copy of the database that is made odd
	"github.com/stretchr/testify/require"
)

// goldenNeedless are rows that the copy can do without, so that it is soon imported.
var goldenNeedless = []string{
	"DELETE FROM ttp_tag WHERE attacker_uuid <> @attacker OR attacker_uuid IS NULL",
	"DELETE FROM canary_triggers",
}

// goldenOddities are changes to a copy of DECNET's database: contents that its columns may hold, but
// that this database does not.
var goldenOddities = []string{
	`UPDATE attacker_identities SET merged_into_uuid = '00000000-0000-4000-8000-00000000dead', kd_digraph_simhash = x'ff00fe80c1d2e3f4',
	 ja3_hashes = '["a", 1, null, {"b": 2}]', ipv6_link_local_iids = '[{"iid": "fe80::1", "oui": "", "first_seen": "yesterday"}, 7]' WHERE uuid = @identity`,
	`UPDATE attribution_state SET state = 'undecided', current_value = 'NaN' WHERE identity_uuid = @judged`,
	`UPDATE attackers SET fingerprints = '["odd", {"id": 7, "timestamp": "2026-05-01T07:21:37", "decky": "web-01", "service": "https",
	 "attacker_ip": "192.0.2.1", "bounty_type": "fingerprint", "payload": {"fingerprint_type": "ja3", "ja3": "x", "n": 1.50}}]' WHERE uuid = @attacker`,
	`UPDATE attackers SET commands = '[{"command": "id", "timestamp": "yesterday"}, {"text": "old"}]' WHERE uuid = @attacker`,
	`UPDATE ttp_tag SET evidence = 'not json' WHERE attacker_uuid = @attacker`,
	`UPDATE observations SET value = '{"a": [NaN, -Infinity], "b": "NaN"}', envelope_v = 3, ts = 1775000000.5 WHERE attacker_uuid = @attacker`,
}

// Columns of an observation and of a print that no answer of DECNET's has.
var (
	goldenUnanswered = goldenSame("id", "observationId", "envelope_v", "envelopeVersion")
	goldenPrint      = goldenSame("id", "bountyId", "timestamp", "timestamp", "decky", "decky", "service", "service", "attacker_ip", "attackerIp")
)

// oddContent: one odd value never costs its row. It leaves its field empty, and the log says so.
func (r *goldenRun) oddContent() {
	if r.base.folder == "mysql" {
		return // DECNET's tables check JSON there, and nothing of it
	}
	keys := r.keys()
	dangling, judged := keys.Identities[47], keys.Identities[32]
	const attacker = "04762a22-3c9f-40c9-9ac9-6628c4381836" // has tags and observations
	path := filepath.Join(r.t.TempDir(), "odd.db")
	r.copyOracle(path)
	db, err := sql.Open("sqlite3", path)
	require.NoError(r.t, err)
	for _, change := range slices.Concat(goldenNeedless, goldenOddities) {
		done, err := db.ExecContext(r.t.Context(), change, sql.Named("identity", dangling), sql.Named("judged", judged), sql.Named("attacker", attacker))
		require.NoError(r.t, err)
		changed, err := done.RowsAffected()
		require.NoError(r.t, err)
		require.Positive(r.t, changed, change)
	}
	var latest string // of several observations at one instant
	err = db.QueryRowContext(r.t.Context(), "SELECT group_concat(id) FROM (SELECT MAX(id) AS id FROM observations WHERE attacker_uuid = ? GROUP BY primitive ORDER BY primitive)",
		attacker).Scan(&latest)
	require.NoError(r.t, err)
	require.NoError(r.t, db.Close())

	var log bytes.Buffer
	r.handler = goldenHandler(r.t, r.base.source(r.t, path), slog.New(slog.NewTextHandler(&log, nil)))
	found := r.lookups(`identity(by: {uuid: %q})`, "Identity", []string{dangling, keys.Identities[46], judged}, "uuid")
	require.Nil(r.t, found[dangling], "a merge link that leads nowhere")
	require.Nil(r.t, found[keys.Identities[46]], "and a chain that ends in it")
	require.NotNil(r.t, found[judged])
	require.Contains(r.t, log.String(), "merge link leads nowhere")
	require.Contains(r.t, log.String(), dangling)

	row := r.nodes("Identity", []string{dangling}, `uuid mergedIntoUuid mergedInto { uuid } survivor { uuid } kdDigraphSimhash ja3Hashes
		ipv6LinkLocalIids { iid oui kind firstSeen }`)[dangling]
	r.sameValue("identity", goldenRow{
		"uuid": dangling, "mergedIntoUuid": "00000000-0000-4000-8000-00000000dead", "mergedInto": nil, "survivor": nil,
		"kdDigraphSimhash": "ff00fe80c1d2e3f4", "ja3Hashes": []any{"a", "1"},
		"ipv6LinkLocalIids": []any{goldenRow{"iid": "fe80::1", "oui": nil, "kind": nil, "firstSeen": nil}},
	}, any(row))
	require.Contains(r.t, log.String(), "malformed content")

	states := r.nodes("Identity", []string{judged}, "attributionStates { state currentValue }")[judged]["attributionStates"].([]any)
	require.NotEmpty(r.t, states)
	for _, state := range states {
		r.sameValue("attribution", goldenRow{"state": nil, "currentValue": nil}, state)
	}

	odd := r.nodes("Attacker", []string{attacker}, `commands { nodes { command timestamp } } tags(first: 1) { nodes { evidence } }
		observations { envelopeVersion observationId value } fingerprints { fingerprintType payload `+goldenPrint.selection()+` }`)[attacker]
	r.sameValue("commands", goldenRow{"nodes": []any{
		goldenRow{"command": "id", "timestamp": nil}, goldenRow{"command": "old", "timestamp": nil},
	}}, odd["commands"])
	r.sameValue("fingerprints", []any{goldenRow{
		"fingerprintType": "ja3", "bountyId": json.Number("7"), "timestamp": "2026-05-01T07:21:37Z", "decky": "web-01", "service": "https",
		"attackerIp": "192.0.2.1", "payload": goldenRow{"fingerprint_type": "ja3", "ja3": "x", "n": json.Number("1.50")},
	}}, odd["fingerprints"])
	r.sameValue("tags", goldenRow{"nodes": []any{goldenRow{"evidence": nil}}}, odd["tags"])
	for i, observation := range odd["observations"].([]any) {
		require.Equal(r.t, strings.Split(latest, ",")[i], observation.(goldenRow)["observationId"])
		delete(observation.(goldenRow), "observationId")
		r.sameValue("observation", goldenRow{"envelopeVersion": json.Number("3"), "value": goldenRow{"a": []any{nil, nil}, "b": "NaN"}}, observation)
	}
}

func (r *goldenRun) copyOracle(path string) {
	from, err := os.Open(filepath.Join(goldenOracle, "decnet.db"))
	require.NoError(r.t, err)
	defer from.Close()
	to, err := os.Create(path)
	require.NoError(r.t, err)
	_, err = io.Copy(to, from)
	require.NoError(r.t, err)
	require.NoError(r.t, to.Close())
}
