package storagetest

import (
	"decnetgraph/storage"
)

// wideAttacker returns an attacker with a value in every column.
func wideAttacker(a *Attacker) {
	a.ServiceCount, a.DeckyCount, a.Services, a.Deckies = 2, 2, []string{"ssh", "http"}, []string{"decky-1", "decky-2"}
	a.TraversalPath, a.IsTraversal, a.BountyCount, a.CredentialCount = new("decky-1 → decky-2"), new(true), 4, 3
	a.CountryCode, a.CountrySource, a.ASN, a.ASName = new("NL"), new("geoip"), new(4_200_000_000), new("EXAMPLE-AS")
	a.BGPPrefix, a.ASNSource, a.RPKIStatus, a.RPKISource = new("203.0.113.0/24"), new("bgp"), new("valid"), new("rpki")
	a.PTRRecord, a.RotationCount, a.LastRotationAt = new("host.example"), 2, new(at(5))
	a.IPv6LeakCount, a.LastIPv6LeakAt, a.LastIPv6LinkLocal = 1, new(at(6)), new("fe80::1")
	a.LastIPv6IIDKind, a.LastIPv6MACOUI = new("eui64"), new("aa:bb:cc")
	a.Commands = []storage.Command{
		{Service: new("ssh"), Decky: new("decky-1"), Command: new("uname -a"), Timestamp: new(at(1))},
		{Service: new("http"), Decky: new("decky-2"), Command: new("GET /"), Timestamp: new(at(2))},
		{Service: new("ssh"), Decky: new("decky-1"), Command: new(`echo "é 🔑" > 'x'`), Timestamp: new(at(2))},
		{Service: new("ssh"), Command: new("")},
		{Command: new("exit")},
	}
	a.Fingerprints = []storage.Fingerprint{
		{
			FingerprintType: new("ja3"), BountyID: new(7), Timestamp: new(at(3)), Decky: new("decky-1"), Service: new("https"),
			AttackerIP: new("203.0.113.1"), Payload: storage.JSON(`{"fingerprint_type":"ja3","ja3":"ja3-1"}`),
		},
		{Payload: storage.JSON(`{"value":1}`)},
	}
}

func fixtureBehaviors() []storage.AttackerBehavior {
	return []storage.AttackerBehavior{
		{
			AttackerUUID: "a1", OSGuess: new("linux"), HopDistance: new(11), RetransmitCount: 2, BehaviorClass: new("beaconing"),
			TCPFingerprint: &storage.TCPFingerprint{
				Window: new(64240), Wscale: new(7), Mss: new(1460), Tos: new(0), Dscp: new(0), Ecn: new(0), OptionsSig: new("mss,sok,ts"),
				HasSack: new(true), HasTimestamps: new(false), IPIDClass: new("zero"), ISNClass: new("random"),
			},
			KEXOrderRaw: []string{"curve25519-sha256"}, SSHClientBanners: []string{"SSH-2.0-Go", "SSH-2.0-libssh"},
			BeaconIntervalS: new(60.5), BeaconJitterPct: new(12.25), ToolGuesses: []string{"nmap", "hydra"},
			TimingStats: &storage.TimingStats{
				EventCount: new(9), DurationS: new(12.5), MeanIatS: new(1.5), MedianIatS: new(1.25), StdevIatS: new(0.5), MinIatS: new(0.25), MaxIatS: new(3.75), Cv: new(0.125),
			},
			PhaseSequence: &storage.PhaseSequence{ReconEndAt: new(at(1)), ExfilStartAt: new(at(9)), ExfilLatencyS: new(8.0), LargePayloadCount: new(1)},
			UpdatedAt:     at(9),
		},
		{AttackerUUID: "a2", KEXOrderRaw: []string{}, SSHClientBanners: []string{}, ToolGuesses: []string{}, UpdatedAt: at(8)},
	}
}

func fixtureIntel() []Intel {
	full := Intel{
		AttackerIntel: storage.AttackerIntel{
			UUID: "n1", AttackerUUID: "a1", AttackerIP: "203.0.113.1", SchemaVersion: 1, AggregateVerdict: new("malicious"), CachedAt: at(1), ExpiresAt: at(90),
			GreynoiseClassification: new("malicious"), GreynoiseName: new("scanner"), GreynoiseTags: []string{"SSH Bruteforcer"}, GreynoiseQueriedAt: new(at(1)),
			AbuseipdbScore: new(100), AbuseipdbCategories: []int{18, 22}, AbuseipdbQueriedAt: new(at(2)),
			FeodoListed: new(true), FeodoMalwareFamily: new("Emotet"), FeodoQueriedAt: new(at(3)),
			ThreatfoxListed: new(false), ThreatfoxThreatTypes: []string{"botnet_cc"}, ThreatfoxIocTypes: []string{"ip:port"},
			ThreatfoxMalwareFamilies: []string{"win.emotet"}, ThreatfoxQueriedAt: new(at(4)),
		},
		Reports: storage.IntelReports{
			UUID: "n1", Greynoise: storage.JSON(`{"noise": true}`), Abuseipdb: storage.JSON(`[1, 2]`), Feodo: storage.JSON(`null`), Threatfox: storage.JSON(`"text"`),
		},
	}
	empty := Intel{
		AttackerIntel: storage.AttackerIntel{
			UUID: "n2", AttackerUUID: "a2", AttackerIP: "203.0.113.2", SchemaVersion: 1, CachedAt: at(1), ExpiresAt: at(90), GreynoiseTags: []string{},
			AbuseipdbCategories: []int{}, ThreatfoxThreatTypes: []string{}, ThreatfoxIocTypes: []string{}, ThreatfoxMalwareFamilies: []string{},
		},
		Reports: storage.IntelReports{UUID: "n2", Greynoise: storage.JSON(`{}`), Abuseipdb: storage.JSON(`{}`), Feodo: storage.JSON(`{}`), Threatfox: storage.JSON(`{}`)},
	}
	return []Intel{full, empty}
}

func fixturePrints() []FingerprintState {
	state := func(uuid, attacker string, port int, probe string) FingerprintState {
		return FingerprintState{AttackerUUID: attacker, FingerprintState: storage.FingerprintState{
			UUID: uuid, Port: port, ProbeType: probe, LastHash: "hash-" + uuid, LastSeen: at(port), RotationCount: port % 3,
		}}
	}
	return []FingerprintState{
		state("f1", "a1", 443, "jarm"), state("f2", "a1", 22, "tcpfp"), state("f3", "a1", 22, "hassh"), state("f4", "a2", 8080, "jarm"), state("f5", "a-gone", 22, "hassh"),
	}
}

func fixtureTargets() []SMTPTarget {
	target := func(id, attacker, domain string, last int) SMTPTarget {
		return SMTPTarget{AttackerUUID: attacker, SMTPTarget: storage.SMTPTarget{TargetID: id, Domain: domain, FirstSeen: at(0), LastSeen: at(last), Count: last + 1}}
	}
	return []SMTPTarget{
		target("9", "a1", "a.example", 3), target("10", "a1", "b.example", 3), target("100", "a1", "c.example", 3), target("2", "a1", "d.example", 4),
		target("3", "a2", "a.example", 1),
	}
}
