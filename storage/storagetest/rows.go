package storagetest

import (
	"encoding/hex"
	"reflect"
	"slices"
	"time"

	"decnetgraph/storage"
)

// Row is a row of a table. Values are nil, string, int, float64, bool, time.Time (an instant),
// []byte, or storage.JSON (text for a column of type JSON).
type Row struct {
	Table   string
	Columns []string
	Values  []any
}

// Tables lists the tables that Rows fills, children before their parents.
var Tables = []string{
	"observed_attachments", "credential_reuse", "credentials", "bounty", "logs", "ttp_rule", "ttp_rule_state", "canary_triggers", "canary_tokens", "canary_blobs", "smtp_targets", "attacker_fingerprint_state", "attacker_intel", "attacker_behavior", "observations",
	"attribution_state", "ttp_tag", "attackers", "attacker_identities", "campaigns", "alembic_version",
}

// Rows returns the rows of a database that holds the graph, including its schema revision.
func (g Graph) Rows() []Row {
	rows := []Row{row("alembic_version", "version_num", storage.SchemaRevision)}
	rows = appendRows(rows, g.Campaigns, campaignRow)
	rows = appendRows(rows, g.Identities, identityRow)
	rows = appendRows(rows, g.Attackers, attackerRow)
	rows = appendRows(rows, g.Tags, tagRow)
	rows = appendRows(rows, g.States, stateRow)
	rows = appendRows(rows, g.Observations, observationRow)
	rows = appendRows(rows, g.Behaviors, behaviorRow)
	rows = appendRows(rows, g.Intel, intelRow)
	rows = appendRows(rows, g.Prints, printRow)
	rows = appendRows(rows, g.Targets, targetRow)
	rows = appendRows(rows, g.Blobs, blobRow)
	rows = appendRows(rows, g.Tokens, tokenRow)
	rows = appendRows(rows, g.Triggers, triggerRow)
	rows = appendRows(rows, g.RuleRows, ruleFileRow)
	rows = appendRows(rows, g.Events, eventRow)
	rows = appendRows(rows, g.Credentials, credentialRow)
	rows = appendRows(rows, g.Shared, sharedRow)
	rows = appendRows(rows, g.Attachments, attachmentRow)
	rows = appendRows(rows, g.Bounties, bountyRow)
	return appendRows(rows, g.Rules, ruleRow)
}

func ruleFileRow(r RuleRow) Row {
	return row("ttp_rule", "rule_id", r.RuleID, "rule_version", 1, "source_path", "rules/"+r.RuleID+".yaml", "yaml_content", r.YAML,
		"updated_at", r.UpdatedAt, "updated_by", "git")
}

func appendRows[T any](rows []Row, from []T, convert func(T) Row) []Row {
	for _, value := range from {
		rows = append(rows, convert(value))
	}
	return rows
}

// row returns a row; columns and values alternate in its arguments. A nil pointer is NULL.
func row(table string, pairs ...any) Row {
	r := Row{Table: table}
	for pair := range slices.Chunk(pairs, 2) {
		r.Columns = append(r.Columns, pair[0].(string))
		r.Values = append(r.Values, plain(pair[1]))
	}
	return r
}

func plain(value any) any {
	v := reflect.ValueOf(value)
	switch {
	case v.Kind() != reflect.Pointer:
		return value
	case v.IsNil():
		return nil
	default:
		return v.Elem().Interface()
	}
}

func campaignRow(c storage.Campaign) Row {
	return row("campaigns", "uuid", c.UUID, "schema_version", c.SchemaVersion,
		"first_seen_at", c.RecordedFirstSeenAt, "last_seen_at", c.RecordedLastSeenAt,
		"created_at", c.CreatedAt, "updated_at", c.UpdatedAt, "confidence", c.Confidence, "identity_count", c.RecordedIdentityCount,
		"ja3_hashes", listOrNull(c.JA3Hashes), "hassh_hashes", listOrNull(c.HASSHHashes), "tls_cert_sha256", listOrNull(c.TLSCertSHA256),
		"payload_simhashes", listOrNull(c.PayloadSimhashes), "c2_endpoints", listOrNull(c.C2Endpoints),
		"merged_into_uuid", c.MergedIntoUUID, "notes", c.Notes)
}

func identityRow(i storage.Identity) Row {
	return row("attacker_identities", "uuid", i.UUID, "schema_version", i.SchemaVersion, "campaign_id", i.CampaignUUID,
		"first_seen_at", i.RecordedFirstSeenAt, "last_seen_at", i.RecordedLastSeenAt,
		"created_at", i.CreatedAt, "updated_at", i.UpdatedAt, "confidence", i.Confidence, "observation_count", i.RecordedObservationCount,
		"ja3_hashes", listOrNull(i.JA3Hashes), "hassh_hashes", listOrNull(i.HASSHHashes), "ja4h_hashes", listOrNull(i.JA4HHashes),
		"ja4_quic_hashes", listOrNull(i.JA4QUICHashes), "http_versions_seen", listOrNull(i.HTTPVersionsSeen),
		"tls_cert_sha256", listOrNull(i.TLSCertSHA256), "ipv6_link_local_iids", interfaceIDs(i.IPv6LinkLocalIIDs),
		"payload_simhashes", listOrNull(i.PayloadSimhashes), "c2_endpoints", listOrNull(i.C2Endpoints),
		"kd_digraph_simhash", bytesOf(i.KDDigraphSimhash), "merged_into_uuid", i.MergedIntoUUID, "notes", i.Notes)
}

func bytesOf(digits *string) any {
	if digits == nil {
		return nil
	}
	content, err := hex.DecodeString(*digits)
	if err != nil {
		panic(err) // the test data is wrong
	}
	return content
}

func attackerRow(a Attacker) Row {
	return row("attackers", "uuid", a.UUID, "ip", a.IP, "identity_id", a.IdentityUUID, "first_seen", a.FirstSeen, "last_seen", a.LastSeen,
		"event_count", a.EventCount, "service_count", a.ServiceCount, "decky_count", a.DeckyCount,
		"services", textOf(a.Services), "deckies", textOf(a.Deckies), "traversal_path", a.TraversalPath, "is_traversal", a.IsTraversal != nil && *a.IsTraversal,
		"bounty_count", a.BountyCount, "credential_count", a.CredentialCount,
		"fingerprints", fingerprintsOf(a.Fingerprints), "commands", commandText(a),
		"country_code", a.CountryCode, "country_source", a.CountrySource, "asn", a.ASN, "as_name", a.ASName, "bgp_prefix", a.BGPPrefix,
		"asn_source", a.ASNSource, "rpki_status", a.RPKIStatus, "rpki_source", a.RPKISource, "ptr_record", a.PTRRecord,
		"rotation_count", a.RotationCount, "last_rotation_at", a.LastRotationAt, "ipv6_leak_count", a.IPv6LeakCount,
		"last_ipv6_leak_at", a.LastIPv6LeakAt, "last_ipv6_link_local", a.LastIPv6LinkLocal, "last_ipv6_iid_kind", a.LastIPv6IIDKind,
		"last_ipv6_mac_oui", a.LastIPv6MACOUI, "updated_at", a.UpdatedAt)
}

func tagRow(t storage.TTPTag) Row {
	return row("ttp_tag", "uuid", t.UUID, "source_kind", t.SourceKind, "source_id", t.SourceID, "attacker_uuid", t.AttackerUUID,
		"identity_uuid", t.IdentityUUID, "session_id", t.SessionID, "decky_id", t.Decky, "tactic", t.TacticID,
		"technique_id", t.TechniqueID, "sub_technique_id", t.SubTechniqueID, "confidence", t.Confidence, "rule_id", t.RuleID,
		"rule_version", t.RuleVersion, "evidence", t.Evidence, "attack_release", t.AttackRelease, "mitre_url", t.MitreURL, "created_at", t.CreatedAt)
}

func stateRow(s storage.AttributionState) Row {
	return row("attribution_state", "identity_uuid", s.IdentityUUID, "primitive", s.Primitive, "current_value", s.CurrentValue,
		"state", stateWords[*s.State], "confidence", s.Confidence, "observation_count", s.ObservationCount,
		"last_change_ts", epoch(s.LastChangeAt), "last_observation_ts", epoch(s.LastObservationAt),
		"schema_version", s.SchemaVersion, "updated_at", s.UpdatedAt)
}

var stateWords = map[storage.AttributionVerdict]string{
	storage.VerdictUnknown: "unknown", storage.VerdictStable: "stable", storage.VerdictDrifting: "drifting",
	storage.VerdictConflicted: "conflicted", storage.VerdictMultiActor: "multi_actor",
}

func observationRow(o Observation) Row {
	return row("observations", "id", o.ObservationID, "identity_ref", o.IdentityRef, "primitive", o.Primitive, "value", o.Value,
		"confidence", o.Confidence, "window_start_ts", epoch(o.WindowStart), "window_end_ts", epoch(o.WindowEnd), "source", o.Source,
		"evidence_ref", o.EvidenceRef, "envelope_v", o.EnvelopeVersion, "ts", epoch(o.At), "attacker_uuid", o.AttackerUUID)
}

func epoch(instant time.Time) float64 { return float64(instant.UnixMicro()) / 1e6 }
