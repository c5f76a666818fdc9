package storagetest

import (
	"decnetgraph/storage"
)

func fixtureStates() []storage.AttributionState {
	state := func(identity, primitive string, verdict storage.AttributionVerdict, n int) storage.AttributionState {
		return storage.AttributionState{
			IdentityUUID: identity, Primitive: primitive, State: &verdict, CurrentValue: storage.JSON(`"pasted"`), Confidence: 0.5, ObservationCount: n,
			LastChangeAt: tick(n), LastObservationAt: tick(n + 1), SchemaVersion: 1, UpdatedAt: at(n),
		}
	}
	rows := []storage.AttributionState{
		state("i1", "motor.pause", storage.VerdictMultiActor, 1), state("i1", "toolchain.kind", storage.VerdictMultiActor, 2),
		state("i1", "cognitive.load", storage.VerdictStable, 3), state("i2", "motor.pause", storage.VerdictUnknown, 4),
		state("i4", "motor.pause", storage.VerdictMultiActor, 5), state("i3", "motor.pause", storage.VerdictDrifting, 6),
		state("i3", "toolchain.kind", storage.VerdictConflicted, 7), state("i6", "motor.pause", storage.VerdictMultiActor, 8),
		state("i6", "toolchain.kind", storage.VerdictMultiActor, 9), state("i-gone", "motor.pause", storage.VerdictMultiActor, 10),
		state("i-gone", "toolchain.kind", storage.VerdictMultiActor, 11),
	}
	for n, value := range []string{`"typed"`, `true`, `null`, `{"a": [1, 2]}`, `[]`, `0.25`, `1`, `-3`} {
		rows[n].CurrentValue = storage.JSON(value)
	}
	return rows
}

func fixtureObservations() []Observation {
	observation := func(id, attacker, primitive string, n int) Observation {
		return Observation{AttackerUUID: attacker, Observation: storage.Observation{
			ObservationID: id, Primitive: primitive, Value: storage.JSON(`"pasted"`), Confidence: 0.5, At: tick(n), WindowStart: tick(n - 2), WindowEnd: tick(n - 1),
			Source: "ssh", EvidenceRef: "evidence-" + id, EnvelopeVersion: 1,
		}}
	}
	rows := []Observation{
		observation("o1", "a1", "motor.pause", 3), observation("o2", "a1", "motor.pause", 3), observation("o3", "a1", "motor.pause", 1),
		observation("o4", "a1", "toolchain.kind", 2), observation("o5", "a2", "motor.pause", 4), observation("o6", "a1", "motor.pause", 2),
		observation("o7", "a-gone", "toolchain.kind", 9),
	}
	for n, value := range []string{`0.25`, `1`, `-7`, `true`, `null`, `{"k": "v"}`, `[1, null]`} {
		rows[n].Value = storage.JSON(value)
	}
	rows[0].IdentityRef = new("i1")
	return rows
}

func fixtureBlobs() []storage.CanaryBlob {
	blob := func(uuid string, size int) storage.CanaryBlob {
		return storage.CanaryBlob{
			UUID: uuid, SHA256: "sha256-" + uuid, Filename: "Löhne 2026.docx", ContentType: "application/msword", SizeBytes: size, UploadedBy: "operator", UploadedAt: at(1),
		}
	}
	return []storage.CanaryBlob{blob("b1", 20_480), blob("b2", 2_000_000_000)}
}

func fixtureTokens() []storage.CanaryToken {
	token := func(uuid string) storage.CanaryToken {
		return storage.CanaryToken{
			UUID: uuid, Kind: "aws_key", DeckyName: "decky-1", PlacementPath: "/root/.aws/credentials", CallbackToken: "callback-" + uuid,
			PlacedAt: at(0), CreatedBy: "operator", State: "planted",
		}
	}
	return []storage.CanaryToken{
		with(token("k1"), func(c *storage.CanaryToken) { c.BlobUUID = new("b1") }), token("k0"), token("k3"),
		with(token("k2"), func(c *storage.CanaryToken) {
			c.TopologyID, c.BlobUUID, c.Instrumenter, c.Generator = new("topology"), new("b-gone"), new("docx"), new("template")
			c.LastTriggeredAt, c.TriggerCount, c.LastError, c.State = new(at(5)), 4, new("disk full"), "failed"
			c.Kind, c.DeckyName, c.PlacedAt = "document", "decky-2", at(-1)
		}),
	}
}

func fixtureTriggers() []storage.CanaryTrigger {
	trigger := func(uuid, token, attacker string, seconds int) storage.CanaryTrigger {
		return storage.CanaryTrigger{UUID: uuid, TokenUUID: token, OccurredAt: at(seconds), SrcIP: "203.0.113.1", RawHeaders: storage.JSON(`{}`), AttackerUUID: link(attacker)}
	}
	return []storage.CanaryTrigger{
		with(trigger("h1", "k1", "a1", 1), func(c *storage.CanaryTrigger) {
			c.UserAgent, c.RequestPath, c.DNSQname = new("curl/8"), new("/x?y=1"), new("k1.example")
			c.RawHeaders, c.SrcIP = storage.JSON(`{"host": "é.example"}`), "2001:db8::1"
		}),
		trigger("h2", "k1", "a1", 2), trigger("h3", "k1", "", 2), trigger("h4", "k2", "a1", 2), trigger("h5", "k-gone", "a2", 2), trigger("h6", "k2", "a-gone", 3),
	}
}
