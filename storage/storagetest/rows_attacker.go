package storagetest

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"decnetgraph/storage"
)

func behaviorRow(b storage.AttackerBehavior) Row {
	return row("attacker_behavior", "attacker_uuid", b.AttackerUUID, "os_guess", b.OSGuess, "hop_distance", b.HopDistance,
		"tcp_fingerprint", tcpText(b.TCPFingerprint), "kex_order_raw", listOrNull(b.KEXOrderRaw), "ssh_client_banners", listOrNull(b.SSHClientBanners),
		"retransmit_count", b.RetransmitCount, "behavior_class", b.BehaviorClass, "beacon_interval_s", b.BeaconIntervalS,
		"beacon_jitter_pct", b.BeaconJitterPct, "tool_guesses", listOrNull(b.ToolGuesses), "timing_stats", timingText(b.TimingStats),
		"phase_sequence", phaseText(b.PhaseSequence), "updated_at", b.UpdatedAt)
}

func tcpText(f *storage.TCPFingerprint) string {
	if f == nil {
		return "{}"
	}
	return textOf(map[string]any{
		"window": f.Window, "wscale": f.Wscale, "mss": f.Mss, "tos": f.Tos, "dscp": f.Dscp, "ecn": f.Ecn, "options_sig": f.OptionsSig,
		"has_sack": f.HasSack, "has_timestamps": f.HasTimestamps, "ipid_class": f.IPIDClass, "isn_class": f.ISNClass,
	})
}

func timingText(s *storage.TimingStats) string {
	if s == nil {
		return "{}"
	}
	return textOf(map[string]any{
		"event_count": s.EventCount, "duration_s": s.DurationS, "mean_iat_s": s.MeanIatS, "median_iat_s": s.MedianIatS,
		"stdev_iat_s": s.StdevIatS, "min_iat_s": s.MinIatS, "max_iat_s": s.MaxIatS, "cv": s.Cv,
	})
}

func phaseText(p *storage.PhaseSequence) string {
	if p == nil {
		return "{}"
	}
	return textOf(map[string]any{
		"recon_end_ts": isoFormat(p.ReconEndAt), "exfil_start_ts": isoFormat(p.ExfilStartAt),
		"exfil_latency_s": p.ExfilLatencyS, "large_payload_count": p.LargePayloadCount,
	})
}

func intelRow(i Intel) Row {
	return row("attacker_intel", "uuid", i.UUID, "attacker_uuid", i.AttackerUUID, "attacker_ip", i.AttackerIP, "schema_version", i.SchemaVersion,
		"greynoise_classification", i.GreynoiseClassification, "greynoise_name", i.GreynoiseName, "greynoise_tags", jsonOf(i.GreynoiseTags),
		"greynoise_raw", i.Reports.Greynoise, "greynoise_queried_at", i.GreynoiseQueriedAt,
		"abuseipdb_score", i.AbuseipdbScore, "abuseipdb_categories", jsonOf(i.AbuseipdbCategories),
		"abuseipdb_raw", i.Reports.Abuseipdb, "abuseipdb_queried_at", i.AbuseipdbQueriedAt,
		"feodo_listed", i.FeodoListed, "feodo_malware_family", i.FeodoMalwareFamily, "feodo_raw", i.Reports.Feodo, "feodo_queried_at", i.FeodoQueriedAt,
		"threatfox_listed", i.ThreatfoxListed, "threatfox_threat_types", jsonOf(i.ThreatfoxThreatTypes),
		"threatfox_ioc_types", jsonOf(i.ThreatfoxIocTypes), "threatfox_malware_families", jsonOf(i.ThreatfoxMalwareFamilies),
		"threatfox_raw", i.Reports.Threatfox, "threatfox_queried_at", i.ThreatfoxQueriedAt,
		"aggregate_verdict", i.AggregateVerdict, "cached_at", i.CachedAt, "expires_at", i.ExpiresAt)
}

func printRow(f FingerprintState) Row {
	return row("attacker_fingerprint_state", "uuid", f.UUID, "attacker_uuid", f.AttackerUUID, "port", f.Port, "probe_type", f.ProbeType,
		"last_hash", f.LastHash, "last_seen", f.LastSeen, "rotation_count", f.RotationCount)
}

func targetRow(t SMTPTarget) Row {
	id, err := strconv.Atoi(t.TargetID)
	if err != nil {
		panic(err) // the test data is wrong
	}
	return row("smtp_targets", "id", id, "attacker_uuid", t.AttackerUUID, "domain", t.Domain, "first_seen", t.FirstSeen,
		"last_seen", t.LastSeen, "count", t.Count)
}

func blobRow(b storage.CanaryBlob) Row {
	return row("canary_blobs", "uuid", b.UUID, "sha256", b.SHA256, "filename", b.Filename, "content_type", b.ContentType, "size_bytes", b.SizeBytes,
		"uploaded_by", b.UploadedBy, "uploaded_at", b.UploadedAt)
}

func tokenRow(c storage.CanaryToken) Row {
	return row("canary_tokens", "uuid", c.UUID, "kind", c.Kind, "decky_name", c.DeckyName, "topology_id", c.TopologyID, "blob_uuid", c.BlobUUID,
		"instrumenter", c.Instrumenter, "generator", c.Generator, "placement_path", c.PlacementPath, "callback_token", c.CallbackToken,
		"secret_seed", "seed-"+c.UUID, "placed_at", c.PlacedAt, "last_triggered_at", c.LastTriggeredAt, "trigger_count", c.TriggerCount,
		"created_by", c.CreatedBy, "state", c.State, "last_error", c.LastError, "fingerprint_nonce", nil)
}

func triggerRow(c storage.CanaryTrigger) Row {
	return row("canary_triggers", "uuid", c.UUID, "token_uuid", c.TokenUUID, "occurred_at", c.OccurredAt, "src_ip", c.SrcIP,
		"user_agent", c.UserAgent, "request_path", c.RequestPath, "dns_qname", c.DNSQname, "raw_headers", string(c.RawHeaders), "attacker_id", c.AttackerUUID)
}

func commandsOf(commands []storage.Command) string {
	entries := make([]map[string]any, len(commands))
	for n, c := range commands {
		entries[n] = map[string]any{"service": c.Service, "decky": c.Decky, "command": c.Command, "timestamp": isoFormat(c.Timestamp)}
	}
	return textOf(entries)
}

func commandText(a Attacker) string {
	if a.CommandText != nil {
		return *a.CommandText
	}
	return commandsOf(a.Commands)
}

func fingerprintsOf(prints []storage.Fingerprint) string {
	entries := make([]map[string]any, len(prints))
	for n, f := range prints {
		entries[n] = map[string]any{
			"id": f.BountyID, "timestamp": isoFormat(f.Timestamp), "decky": f.Decky, "service": f.Service, "attacker_ip": f.AttackerIP,
			"bounty_type": "fingerprint", "payload": json.RawMessage(f.Payload),
		}
	}
	return textOf(entries)
}

func interfaceIDs(ids []storage.IPv6InterfaceID) any {
	if len(ids) == 0 {
		return nil
	}
	entries := make([]map[string]any, len(ids))
	for n, i := range ids {
		oui := ""
		if i.OUI != nil {
			oui = *i.OUI
		}
		entries[n] = map[string]any{"iid": i.IID, "oui": oui, "kind": i.Kind, "first_seen": isoFormat(i.FirstSeen)}
	}
	return textOf(entries)
}

// isoFormat writes an instant as Python's isoformat does.
func isoFormat(instant *time.Time) any {
	if instant == nil {
		return nil
	}
	return instant.Format("2006-01-02T15:04:05-07:00")
}

// listOrNull returns a JSON list as text, or NULL for an empty one.
func listOrNull(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return textOf(list)
}

func jsonOf(value any) storage.JSON { return storage.JSON(textOf(value)) }

// textOf returns JSON text; a nil list is written as an empty one.
func textOf(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() {
		return "[]"
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // the test data is wrong
	}
	return string(text)
}
