package storagetest

import (
	"fmt"

	"decnetgraph/storage"
)

// event returns an event of an address; its fields and message are stored as they are.
func event(id int, kind, ip, decky string, seconds int, fields string) storage.Event {
	return storage.Event{
		EventID: id, At: at(seconds), Decky: decky, Service: "ssh", EventType: kind, AttackerIP: ip,
		RawFields: storage.JSON(fields), RawLine: fmt.Sprintf("<134>1 line %d", id),
	}
}

// recorded returns the event at the end of a recorded session.
func recorded(id int, session, ip, decky string, seconds int, lasted string) storage.Event {
	return event(id, storage.SessionRecorded, ip, decky, seconds, fmt.Sprintf(`{"sid":"%s","service":"ssh","duration_s":"%s"}`, session, lasted))
}

func fixtureEvents() []storage.Event {
	message := func(e *storage.Event) { e.RawMessage = new("hello") }
	return []storage.Event{
		with(event(1, "connect", "203.0.113.1", "decky-1", 1, `{"port":"4711"}`), message),
		with(event(2, "auth_attempt", "203.0.113.1", "decky-1", 1, `{"principal":"root","secret_b64":"aHVudGVyMg==","secret_printable":"hunter2"}`), func(e *storage.Event) {
			e.RawMessage = new("tried hunter2")
			e.TraceID, e.SpanID = new("0af7651916cd43dd8448eb211c80319c"), new("b7ad6b7169203331")
		}),
		event(3, "request", "2001:db8::1", "decky-2", 5, `{"path":"/é"}`), event(4, "connect", "198.51.100.9", "decky-2", 4, `{}`),
		event(5, "odd", "203.0.113.1", "decky-1", 6, `[1]`),
		recorded(6, "s3", "203.0.113.1", "decky-1", 2, "1.000"), recorded(7, "s-recorded", "2001:db8::1", "decky-9", 20, "5.500"),
		recorded(8, "s1", "198.51.100.9", "decky-2", 30, "0"), recorded(9, "s2", "198.51.100.9", "decky-2", 31, "2"),
		event(10, storage.SessionRecorded, "203.0.113.1", "decky-1", 3, `{"service":"ssh"}`),
	}
}

func fixtureCredentials() []storage.Credential {
	credential := func(id int, ip, sha string, seconds int) storage.Credential {
		return storage.Credential{
			CredentialID: id, AttackerIP: ip, Decky: "decky-1", Service: "ssh", SecretKind: "plaintext", SecretSHA256: sha, RawFields: storage.JSON(`{"port":"1","secret_b64":"aHVudGVyMg=="}`),
			FirstSeen: at(0), LastSeen: at(seconds), AttemptCount: 1,
		}
	}
	return []storage.Credential{
		with(credential(1, "203.0.113.1", "sha-1", 3), func(c *storage.Credential) {
			c.AttackerUUID, c.Principal, c.Outcome, c.AttemptCount = new("a1"), new("röot"), new("success"), 7
			c.SecretBase64, c.SecretPrintable = new("aHVudGVyMg=="), new("hunter2")
		}),
		credential(2, "203.0.113.1", "sha-2", 3), credential(3, "2001:db8::1", "sha-1", 3), credential(10, "203.0.113.1", "sha-3", 3), credential(4, "198.51.100.9", "sha-1", 9),
	}
}

func fixtureShared() []storage.SharedCredential {
	shared := func(uuid string, uuids, ips []string, seconds int) storage.SharedCredential {
		return storage.SharedCredential{
			UUID: uuid, SecretSHA256: "sha-" + uuid, SecretKind: "plaintext", AttackerUUIDs: uuids, AttackerIPs: ips, Deckies: []string{"decky-1"}, Services: []string{"ssh", "ftp"},
			TargetCount: 2, AttemptCount: 3, Confidence: 1, FirstSeen: at(0), LastSeen: at(seconds), UpdatedAt: at(seconds),
		}
	}
	return []storage.SharedCredential{
		with(shared("r1", []string{"a1", "a4"}, []string{"203.0.113.1", "2001:db8::1"}, 2), func(c *storage.SharedCredential) { c.Principal = new("root") }),
		shared("r2", []string{"a2"}, []string{"198.51.100.9"}, 2), shared("r3", []string{}, []string{"2001:db8::1"}, 3), shared("r4", []string{"a-gone"}, []string{"203.0.113.10"}, 4),
	}
}

func fixtureAttachments() []storage.Attachment {
	attachment := func(uuid, first, last string, seconds int) storage.Attachment {
		return storage.Attachment{
			UUID: uuid, SHA256: "sha-" + uuid, FirstSeen: at(0), LastSeen: at(seconds), ObservationCount: 2, FirstSeenAttackerUUID: link(first), LastSeenAttackerUUID: link(last),
			Extensions: []string{"docm"},
		}
	}
	return []storage.Attachment{
		with(attachment("f1", "a1", "a1", 1), func(a *storage.Attachment) {
			a.FirstSeenDecky, a.FirstSubject, a.IsMalicious, a.MaliciousProvider, a.MaliciousAt = new("decky-1"), new("Ünïcode"), new(true), new("bazaar"), new(at(1))
		}),
		attachment("f2", "a1", "a2", 1), attachment("f3", "a2", "a1", 1), attachment("f4", "", "", 1), attachment("f5", "a-gone", "a4", 2),
	}
}

func fixtureBounties() []storage.Bounty {
	bounty := func(id int, kind, ip string, seconds int, payload string) storage.Bounty {
		return storage.Bounty{
			BountyID: id, At: at(seconds), Decky: "decky-1", Service: "ssh", AttackerIP: ip, BountyType: kind, RawPayload: storage.JSON(payload),
		}
	}
	return []storage.Bounty{
		bounty(1, "fingerprint", "203.0.113.1", 1, `{"fingerprint_type":"ja3"}`),
		bounty(2, "credential", "203.0.113.1", 1, `{"username":"root","password":"hunter2"}`),
		bounty(10, "artifact", "2001:db8::1", 1, `{"kind":"file"}`), bounty(3, "artifact", "198.51.100.9", 2, `{"kind":"mail"}`),
	}
}
