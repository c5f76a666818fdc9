package sample

import (
	"context"
	"database/sql"
)

// generator holds the state that the blocks share. Its size does not depend on the scale.
type generator struct {
	w         *writer
	dice      dice
	seed      uint64
	addresses addresses
	admin     string // user uuid

	heavyCampaign *campaign // in the first block; later blocks add members
	heavyIdentity *identity

	bounties    int // last id used
	mailTargets int

	logNumber, credentialNumber int // last ids used

	campaigns, identities, attackers, tags     *table
	behaviours, intel, fingerprints, targets   *table
	observations, attributions                 *table
	blobs, tokens, triggers                    *table
	logs, bounty, credentials, reuse           *table
	attachments                                *table
	rules, ruleStates, users, revoked, version *table
}

// block is an independent set of campaigns, identities, attackers and their actions. Scale is the number of blocks.
type block struct {
	dice
	g          *generator
	number     int
	offset     float64 // start of the golden-ratio steps of visits
	campaigns  []*campaign
	identities []*identity
	attackers  []*attacker
}

func newGenerator(ctx context.Context, conn *sql.Conn, o Options) *generator {
	w := &writer{ctx: ctx, conn: conn}
	g := &generator{w: w, seed: o.Seed, dice: newDice(o.Seed, 0)}
	g.admin = g.dice.uuid4()

	g.campaigns = w.into("campaigns", "uuid", "schema_version", "first_seen_at", "last_seen_at", "created_at", "updated_at", "confidence",
		"identity_count", "ja3_hashes", "hassh_hashes", "tls_cert_sha256", "payload_simhashes", "c2_endpoints", "merged_into_uuid", "notes")
	g.identities = w.into("attacker_identities", "uuid", "schema_version", "campaign_id", "first_seen_at", "last_seen_at", "created_at", "updated_at",
		"confidence", "observation_count", "ja3_hashes", "hassh_hashes", "ja4h_hashes", "ja4_quic_hashes", "http_versions_seen", "tls_cert_sha256",
		"ipv6_link_local_iids", "payload_simhashes", "c2_endpoints", "kd_digraph_simhash", "merged_into_uuid", "notes")
	g.attackers = w.into("attackers", "uuid", "ip", "identity_id", "first_seen", "last_seen", "event_count", "service_count", "decky_count", "services",
		"deckies", "traversal_path", "is_traversal", "bounty_count", "credential_count", "fingerprints", "commands", "country_code", "country_source",
		"asn", "as_name", "bgp_prefix", "asn_source", "rpki_status", "rpki_source", "ptr_record", "rotation_count", "last_rotation_at",
		"ipv6_leak_count", "last_ipv6_leak_at", "last_ipv6_link_local", "last_ipv6_iid_kind", "last_ipv6_mac_oui", "updated_at")
	g.tags = w.into("ttp_tag", "uuid", "source_kind", "source_id", "attacker_uuid", "identity_uuid",
		"session_id", "decky_id", "tactic", "technique_id", "sub_technique_id", "confidence", "rule_id", "rule_version", "evidence",
		"attack_release", "mitre_url", "created_at")

	g.behaviours = w.into("attacker_behavior", "attacker_uuid", "os_guess", "hop_distance", "tcp_fingerprint", "kex_order_raw", "ssh_client_banners",
		"retransmit_count", "behavior_class", "beacon_interval_s", "beacon_jitter_pct", "tool_guesses", "timing_stats", "phase_sequence", "updated_at")
	g.intel = w.into("attacker_intel", "uuid", "attacker_uuid", "attacker_ip", "schema_version", "greynoise_classification", "greynoise_name", "greynoise_tags",
		"greynoise_raw", "greynoise_queried_at", "abuseipdb_score", "abuseipdb_categories", "abuseipdb_raw", "abuseipdb_queried_at",
		"feodo_listed", "feodo_malware_family", "feodo_raw", "feodo_queried_at", "threatfox_listed", "threatfox_threat_types", "threatfox_ioc_types",
		"threatfox_malware_families", "threatfox_raw", "threatfox_queried_at", "aggregate_verdict", "cached_at", "expires_at")
	g.fingerprints = w.into("attacker_fingerprint_state", "uuid", "attacker_uuid", "port", "probe_type", "last_hash", "last_seen", "rotation_count")
	g.targets = w.into("smtp_targets", "id", "attacker_uuid", "domain", "first_seen", "last_seen", "count")

	g.observations = w.into("observations", "id", "identity_ref", "primitive", "value", "confidence", "window_start_ts", "window_end_ts",
		"source", "evidence_ref", "envelope_v", "ts", "attacker_uuid")
	g.attributions = w.into("attribution_state", "identity_uuid", "primitive", "current_value", "state", "confidence", "observation_count",
		"last_change_ts", "last_observation_ts", "schema_version", "updated_at")

	g.blobs = w.into("canary_blobs", "uuid", "sha256", "filename", "content_type", "size_bytes", "uploaded_by", "uploaded_at")
	g.tokens = w.into("canary_tokens", "uuid", "kind", "decky_name", "topology_id", "blob_uuid", "instrumenter", "generator", "placement_path", "callback_token",
		"secret_seed", "placed_at", "last_triggered_at", "trigger_count", "created_by", "state", "last_error", "fingerprint_nonce")
	g.triggers = w.into("canary_triggers", "uuid", "token_uuid", "occurred_at", "src_ip", "user_agent", "request_path", "dns_qname", "raw_headers", "attacker_id")

	g.logs = w.into("logs", "id", "timestamp", "decky", "service", "event_type", "attacker_ip", "raw_line", "fields", "msg", "trace_id", "span_id")
	g.bounty = w.into("bounty", "id", "timestamp", "decky", "service", "attacker_ip", "bounty_type", "payload")
	g.credentials = w.into("credentials", "id", "attacker_ip", "attacker_uuid", "decky_name", "service", "principal", "principal_key", "secret_kind",
		"secret_sha256", "secret_b64", "secret_printable", "outcome", "fields", "first_seen", "last_seen", "attempt_count")
	g.reuse = w.into("credential_reuse", "id", "secret_sha256", "secret_kind", "principal", "principal_key", "attacker_uuids", "attacker_ips", "deckies",
		"services", "target_count", "attempt_count", "confidence", "first_seen", "last_seen", "updated_at")
	g.attachments = w.into("observed_attachments", "uuid", "sha256", "first_seen", "last_seen", "observation_count", "first_seen_decky_uuid",
		"first_seen_attacker_uuid", "last_seen_attacker_uuid", "extensions", "first_subject", "mal_hash_match", "mal_hash_match_provider", "mal_hash_match_at")

	g.rules = w.into("ttp_rule", "rule_id", "rule_version", "source_path", "yaml_content", "updated_at", "updated_by")
	g.ruleStates = w.into("ttp_rule_state", "rule_id", "state", "confidence_max", "expires_at", "reason", "set_by", "set_at")
	g.users = w.into("users", "uuid", "username", "password_hash", "role", "must_change_password", "tokens_valid_from")
	g.revoked = w.into("revoked_tokens", "jti", "user_uuid", "expires_at", "revoked_at")
	g.version = w.into("alembic_version", "version_num")
	return g
}

// writeBlock makes block n and inserts its rows; the first one also inserts the rows that exist only once.
func (g *generator) writeBlock(n int) {
	b := &block{dice: newDice(g.seed, uint64(n)+1), g: g, number: n}
	b.offset = b.Float64()
	b.makeCampaigns()
	b.makeIdentities()
	b.makeAttackers()

	b.observe() // also sets the identities' typing hash
	b.writeCampaigns()
	b.writeIdentities()
	b.writeAttackers()
	b.writeTags()
	b.writeBehaviours()
	b.writeReports()
	b.writeTargets()
	b.writeCanaries()
	b.writeCaptures()
	if n == 0 {
		b.writeOdd()
		g.writeRules()
		g.writeUsers()
	}
}

// report counts the rows written so far.
func (g *generator) report() Report {
	return Report{
		Campaigns: g.campaigns.rows, Identities: g.identities.rows, Attackers: g.attackers.rows, Tags: g.tags.rows,
		Behaviours: g.behaviours.rows, Intel: g.intel.rows, FingerprintStates: g.fingerprints.rows, SMTPTargets: g.targets.rows,
		Observations: g.observations.rows, Attributions: g.attributions.rows,
		Events: g.logs.rows, Bounties: g.bounty.rows, Credentials: g.credentials.rows, SharedCredentials: g.reuse.rows, Attachments: g.attachments.rows,
		CanaryBlobs: g.blobs.rows, CanaryTokens: g.tokens.rows, CanaryTriggers: g.triggers.rows,
		Rules: g.rules.rows, RuleStates: g.ruleStates.rows, Users: g.users.rows, RevokedTokens: g.revoked.rows, SchemaVersions: g.version.rows,
	}
}
