package golden_test

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

var goldenCampaign = goldenSame(
	"uuid", "uuid", "schema_version", "schemaVersion", "identity_count", "recordedIdentityCount",
	"merged_into_uuid", "mergedIntoUuid", "notes", "notes",
).with(
	goldenCol("first_seen_at", "recordedFirstSeenAt", goldenInstant), goldenCol("last_seen_at", "recordedLastSeenAt", goldenInstant),
	goldenCol("created_at", "createdAt", goldenInstant), goldenCol("updated_at", "updatedAt", goldenInstant),
	goldenCol("confidence", "confidence", goldenReal),
	goldenCol("ja3_hashes", "ja3Hashes", goldenTextList), goldenCol("hassh_hashes", "hasshHashes", goldenTextList),
	goldenCol("tls_cert_sha256", "tlsCertSha256", goldenTextList), goldenCol("payload_simhashes", "payloadSimhashes", goldenTextList),
	goldenCol("c2_endpoints", "c2Endpoints", goldenTextList),
)

var goldenIdentity = goldenSame(
	"uuid", "uuid", "schema_version", "schemaVersion", "campaign_id", "campaignUuid", "observation_count", "recordedObservationCount",
	"merged_into_uuid", "mergedIntoUuid", "notes", "notes",
).with(
	goldenCol("first_seen_at", "recordedFirstSeenAt", goldenInstant), goldenCol("last_seen_at", "recordedLastSeenAt", goldenInstant),
	goldenCol("created_at", "createdAt", goldenInstant), goldenCol("updated_at", "updatedAt", goldenInstant),
	goldenCol("confidence", "confidence", goldenReal),
	goldenCol("ja3_hashes", "ja3Hashes", goldenTextList), goldenCol("hassh_hashes", "hasshHashes", goldenTextList),
	goldenCol("ja4h_hashes", "ja4hHashes", goldenTextList), goldenCol("ja4_quic_hashes", "ja4QuicHashes", goldenTextList),
	goldenCol("http_versions_seen", "httpVersionsSeen", goldenTextList), goldenCol("tls_cert_sha256", "tlsCertSha256", goldenTextList),
	goldenCol("payload_simhashes", "payloadSimhashes", goldenTextList), goldenCol("c2_endpoints", "c2Endpoints", goldenTextList),
	goldenCol("ipv6_link_local_iids", "ipv6LinkLocalIids { iid oui kind firstSeen }", goldenInterfaceIDs),
	goldenCol("kd_digraph_simhash", "kdDigraphSimhash", goldenKeystrokeHash),
)

var goldenAttacker = goldenSame(
	"uuid", "uuid", "ip", "ip", "identity_id", "identityUuid", "event_count", "eventCount", "service_count", "serviceCount",
	"decky_count", "deckyCount", "traversal_path", "traversalPath",
	"is_traversal", "isTraversal", "bounty_count", "bountyCount", "credential_count", "credentialCount",
	"country_code", "countryCode", "country_source", "countrySource", "asn", "asn", "as_name", "asName", "bgp_prefix", "bgpPrefix",
	"asn_source", "asnSource", "rpki_status", "rpkiStatus", "rpki_source", "rpkiSource", "ptr_record", "ptrRecord",
	"rotation_count", "rotationCount", "ipv6_leak_count", "ipv6LeakCount", "last_ipv6_link_local", "lastIpv6LinkLocal",
	"last_ipv6_iid_kind", "lastIpv6IidKind", "last_ipv6_mac_oui", "lastIpv6MacOui",
).with(
	goldenCol("first_seen", "firstSeen", goldenInstant), goldenCol("last_seen", "lastSeen", goldenInstant),
	goldenCol("last_rotation_at", "lastRotationAt", goldenInstant), goldenCol("last_ipv6_leak_at", "lastIpv6LeakAt", goldenInstant),
	goldenCol("updated_at", "updatedAt", goldenInstant), goldenCol("services", "services", goldenTexts), goldenCol("deckies", "deckies", goldenTexts),
	goldenCol("commands", "commands(first: 200) { nodes { service decky command timestamp } }", goldenCommands),
	goldenCol("fingerprints", "fingerprints { fingerprintType bountyId timestamp decky service attackerIp payload }", goldenPrints),
)

// goldenInstant expects an instant that DECNET writes without a zone.
func goldenInstant(r *goldenRun, value any, _ goldenRow) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	r.differs("times with Z")
	return text + "Z"
}

// goldenZoned expects an instant that DECNET writes with an offset.
func goldenZoned(r *goldenRun, value any, _ goldenRow) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(r.t, err)
	if at.Nanosecond() == 0 {
		return at.UTC().Format("2006-01-02T15:04:05Z")
	}
	return at.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// goldenMoment expects the instant that DECNET turns into seconds since 1970.
func goldenMoment(r *goldenRun, value any, _ goldenRow) any {
	r.differs("epochs")
	seconds, err := value.(json.Number).Float64()
	require.NoError(r.t, err)
	return goldenSeconds{seconds: seconds}
}

// goldenEpoch expects the instant that DECNET stores as seconds since 1970, in a FLOAT column.
func goldenEpoch(r *goldenRun, value any, row goldenRow) any {
	moment := goldenMoment(r, value, row).(goldenSeconds)
	moment.digits = r.base.digits
	return moment
}

// goldenReal expects the number of a FLOAT column in whatever form GraphQL writes a Float.
func goldenReal(r *goldenRun, value any, _ goldenRow) any {
	n, ok := value.(json.Number)
	if !ok {
		return value
	}
	number, err := n.Float64()
	require.NoError(r.t, err)
	return goldenFloat{number, r.base.digits}
}

// decoded decodes a list that DECNET hands out as JSON text.
func (r *goldenRun) decoded(value any) []any {
	text, ok := value.(string)
	if !ok {
		r.differs("null lists")
		return []any{}
	}
	var decoded any
	if json.Unmarshal([]byte(text), &decoded) == nil {
		if list, ok := decoded.([]any); ok {
			r.differs("decoded lists")
			return list
		}
		if decoded == nil {
			r.differs("null lists")
			return []any{}
		}
	}
	r.differs("malformed content")
	return []any{}
}

func goldenTextList(r *goldenRun, value any, _ goldenRow) any { return r.decoded(value) }

// goldenTexts expects the texts of a list that DECNET has decoded.
func goldenTexts(r *goldenRun, value any, _ goldenRow) any {
	if value == nil {
		r.differs("null lists")
	}
	texts := []any{}
	entries, _ := value.([]any)
	for _, entry := range entries {
		switch e := entry.(type) {
		case string:
			texts = append(texts, e)
		case json.Number:
			r.differs("entries that are no texts")
			texts = append(texts, e.String())
		default:
			r.differs("entries that are no texts")
		}
	}
	return texts
}

func goldenInterfaceIDs(r *goldenRun, value any, _ goldenRow) any {
	entries := r.decoded(value)
	for _, entry := range entries {
		object := entry.(goldenRow)
		object["firstSeen"] = goldenZoned(r, object["first_seen"], object)
		delete(object, "first_seen")
	}
	return entries
}

func goldenKeystrokeHash(r *goldenRun, value any, _ goldenRow) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	r.differs("keystroke hash")
	return hex.EncodeToString([]byte(text))
}

func goldenCommands(r *goldenRun, value any, _ goldenRow) any {
	commands := []any{}
	entries, ok := value.([]any)
	if !ok {
		r.differs("malformed content")
	}
	for _, entry := range entries {
		object, ok := entry.(goldenRow)
		if !ok {
			r.differs("entries that are no objects")
			continue
		}
		command := object["command"]
		if text, there := object["command_text"]; there {
			r.differs("command_text")
			command = text
		}
		for name := range object {
			if !slices.Contains([]string{"service", "decky", "command", "command_text", "timestamp"}, name) {
				r.differs("other members")
			}
		}
		commands = append(commands, goldenRow{
			"service": object["service"], "decky": object["decky"], "command": command,
			"timestamp": goldenZoned(r, object["timestamp"], object),
		})
	}
	return goldenRow{"nodes": commands}
}

// goldenPrints: the prints of this database are not dumped rows of DECNET's table of bounties, so that
// of each only the fact is left.
func goldenPrints(r *goldenRun, value any, _ goldenRow) any {
	prints := []any{}
	for _, entry := range value.([]any) {
		object := entry.(goldenRow)
		require.ElementsMatch(r.t, []string{"type", "ja3"}, slices.Collect(maps.Keys(object)))
		r.differs("other members")
		prints = append(prints, goldenRow{
			"fingerprintType": nil, "bountyId": nil, "timestamp": nil, "decky": nil, "service": nil, "attackerIp": nil, "payload": nil,
		})
	}
	return prints
}

func (r *goldenRun) campaignsByUUID() {
	var golden goldenRow
	r.load(&golden)
	ours := r.lookups(`campaign(by: {uuid: %q})`, "Campaign", goldenKeys(golden), goldenCampaign.selection())
	for key, row := range golden {
		r.sameRow("campaign "+key, goldenCampaign, row, ours[key])
		r.answered()
	}
}

func (r *goldenRun) attackersByUUID() {
	var golden goldenRow
	r.load(&golden)
	keys := goldenKeys(golden)
	found := r.lookups(`attacker(by: {uuid: %q})`, "Attacker", keys, goldenAttacker.selection())
	nodes := r.nodes("Attacker", keys, goldenAttacker.selection())
	for key, row := range golden {
		r.sameRow("attacker "+key, goldenAttacker, row, found[key])
		require.Equal(r.t, found[key], any(nodes[key]), "the same row by either way")
		r.answered()
	}
}

func (r *goldenRun) allCampaigns() { r.allRows("campaigns", goldenCampaign) }

func (r *goldenRun) allIdentities() { r.allRows("identities", goldenIdentity) }

// allRows compares a list of everything, merged-away rows included, in no order.
func (r *goldenRun) allRows(field string, s goldenShape) {
	var golden []any
	r.load(&golden)
	ours, _ := r.walk(goldenList{field: field, arguments: "includeMerged: true", rows: s}, 7)
	require.Len(r.t, ours.rows, len(golden))
	r.sameRows(field, s, "", []string{"uuid"}, golden, ours.rows, 0)
	for range golden {
		r.answered()
	}
}

func goldenKeys[V any](rows map[string]V) []string { return slices.Sorted(maps.Keys(rows)) }

// goldenKeyFile lists the keys of the oracle's rows in the order of their creation.
type goldenKeyFile struct{ Campaigns, Identities, Attackers, Sessions []string }

func (r *goldenRun) keys() (keys goldenKeyFile) {
	goldenJSON(r.t, goldenOracle+"/keys.json", &keys)
	return keys
}
