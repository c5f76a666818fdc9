package storagetest

import (
	"decnetgraph/storage"
)

func eventRow(e storage.Event) Row {
	return row("logs", "id", e.EventID, "timestamp", e.At, "decky", e.Decky, "service", e.Service, "event_type", e.EventType, "attacker_ip", e.AttackerIP,
		"raw_line", e.RawLine, "fields", string(e.RawFields), "msg", e.RawMessage, "trace_id", e.TraceID, "span_id", e.SpanID)
}

func credentialRow(c storage.Credential) Row {
	return row("credentials", "id", c.CredentialID, "attacker_ip", c.AttackerIP, "attacker_uuid", c.AttackerUUID, "decky_name", c.Decky, "service", c.Service,
		"principal", c.Principal, "principal_key", deref(c.Principal), "secret_kind", c.SecretKind, "secret_sha256", c.SecretSHA256, "secret_b64", c.SecretBase64,
		"secret_printable", c.SecretPrintable, "outcome", c.Outcome, "fields", string(c.RawFields), "first_seen", c.FirstSeen, "last_seen", c.LastSeen,
		"attempt_count", c.AttemptCount)
}

func sharedRow(c storage.SharedCredential) Row {
	return row("credential_reuse", "id", c.UUID, "secret_sha256", c.SecretSHA256, "secret_kind", c.SecretKind, "principal", c.Principal, "principal_key", deref(c.Principal),
		"attacker_uuids", textOf(c.AttackerUUIDs), "attacker_ips", textOf(c.AttackerIPs), "deckies", textOf(c.Deckies), "services", textOf(c.Services),
		"target_count", c.TargetCount, "attempt_count", c.AttemptCount, "confidence", c.Confidence, "first_seen", c.FirstSeen, "last_seen", c.LastSeen, "updated_at", c.UpdatedAt)
}

func attachmentRow(a storage.Attachment) Row {
	return row("observed_attachments", "uuid", a.UUID, "sha256", a.SHA256, "first_seen", a.FirstSeen, "last_seen", a.LastSeen, "observation_count", a.ObservationCount,
		"first_seen_decky_uuid", a.FirstSeenDecky, "first_seen_attacker_uuid", a.FirstSeenAttackerUUID, "last_seen_attacker_uuid", a.LastSeenAttackerUUID,
		"extensions", jsonOf(a.Extensions), "first_subject", a.FirstSubject, "mal_hash_match", a.IsMalicious, "mal_hash_match_provider", a.MaliciousProvider,
		"mal_hash_match_at", a.MaliciousAt)
}

func bountyRow(b storage.Bounty) Row {
	return row("bounty", "id", b.BountyID, "timestamp", b.At, "decky", b.Decky, "service", b.Service, "attacker_ip", b.AttackerIP, "bounty_type", b.BountyType,
		"payload", string(b.RawPayload))
}
