package storagetest

import (
	"decnetgraph/storage"
)

// wideAttacker fills every column.
func wideAttacker(a *Attacker) {
	a.ServiceCount, a.DeckyCount, a.Services, a.Deckies = 2, 2, []string{"ssh", "http"}, []string{"decky-1", "decky-2"}
	a.TraversalPath, a.IsTraversal, a.BountyCount, a.CredentialCount = ptr("decky-1 → decky-2"), true, 4, 3
	a.CountryCode, a.CountrySource, a.ASN, a.ASName = ptr("NL"), ptr("geoip"), ptr(4_200_000_000.0), ptr("EXAMPLE-AS")
	a.BGPPrefix, a.ASNSource, a.RPKIStatus, a.RPKISource = ptr("203.0.113.0/24"), ptr("bgp"), ptr("valid"), ptr("rpki")
	a.PTRRecord, a.RotationCount, a.LastRotationAt = ptr("host.example"), 2, ptr(at(5))
	a.IPv6LeakCount, a.LastIPv6LeakAt, a.LastIPv6LinkLocal = 1, ptr(at(6)), ptr("fe80::1")
	a.LastIPv6IIDKind, a.LastIPv6MACOUI = ptr("eui64"), ptr("aa:bb:cc")
	a.Commands = []storage.Command{
		{Service: ptr("ssh"), Decky: ptr("decky-1"), Command: ptr("uname -a"), Timestamp: ptr(at(1))},
		{Service: ptr("http"), Decky: ptr("decky-2"), Command: ptr("GET /"), Timestamp: ptr(at(2))},
		{Service: ptr("ssh"), Decky: ptr("decky-1"), Command: ptr(`echo "é 🔑" > 'x'`), Timestamp: ptr(at(2))},
		{Service: ptr("ssh"), Command: ptr("")},
		{Command: ptr("exit")},
	}
	a.Fingerprints = []storage.Fingerprint{
		{
			FingerprintType: ptr("ja3"), BountyID: ptr(7), Timestamp: ptr(at(3)), Decky: ptr("decky-1"), Service: ptr("https"),
			AttackerIP: ptr("203.0.113.1"), Payload: storage.JSON(`{"fingerprint_type":"ja3","ja3":"ja3-1"}`),
		},
		{Payload: storage.JSON(`{"value":1}`)},
	}
}

func fixtureBehaviors() []storage.AttackerBehavior {
	return []storage.AttackerBehavior{
		{
			AttackerUUID: "a1", OSGuess: ptr("linux"), HopDistance: ptr(11), RetransmitCount: 2, BehaviorClass: ptr("beaconing"),
			TCPFingerprint: &storage.TCPFingerprint{
				Window: ptr(64240), Wscale: ptr(7), Mss: ptr(1460), Tos: ptr(0), Dscp: ptr(0), Ecn: ptr(0), OptionsSig: ptr("mss,sok,ts"),
				HasSack: ptr(true), HasTimestamps: ptr(false), IPIDClass: ptr("zero"), ISNClass: ptr("random"),
			},
			KEXOrderRaw: []string{"curve25519-sha256"}, SSHClientBanners: []string{"SSH-2.0-Go", "SSH-2.0-libssh"},
			BeaconIntervalS: ptr(60.5), BeaconJitterPct: ptr(12.25), ToolGuesses: []string{"nmap", "hydra"},
			TimingStats: &storage.TimingStats{
				EventCount: ptr(9), DurationS: ptr(12.5), MeanIatS: ptr(1.5), MedianIatS: ptr(1.25), StdevIatS: ptr(0.5), MinIatS: ptr(0.25), MaxIatS: ptr(3.75), Cv: ptr(0.125),
			},
			PhaseSequence: &storage.PhaseSequence{ReconEndAt: ptr(at(1)), ExfilStartAt: ptr(at(9)), ExfilLatencyS: ptr(8.0), LargePayloadCount: ptr(1)},
			UpdatedAt:     at(9),
		},
		{AttackerUUID: "a2", KEXOrderRaw: []string{}, SSHClientBanners: []string{}, ToolGuesses: []string{}, UpdatedAt: at(8)},
	}
}

func fixtureIntel() []Intel {
	full := Intel{
		AttackerIntel: storage.AttackerIntel{
			UUID: "n1", AttackerUUID: "a1", AttackerIP: "203.0.113.1", SchemaVersion: 1, AggregateVerdict: ptr("malicious"), CachedAt: at(1), ExpiresAt: at(90),
			GreynoiseClassification: ptr("malicious"), GreynoiseName: ptr("scanner"), GreynoiseTags: []string{"SSH Bruteforcer"}, GreynoiseQueriedAt: ptr(at(1)),
			AbuseipdbScore: ptr(100), AbuseipdbCategories: []int{18, 22}, AbuseipdbQueriedAt: ptr(at(2)),
			FeodoListed: ptr(true), FeodoMalwareFamily: ptr("Emotet"), FeodoQueriedAt: ptr(at(3)),
			ThreatfoxListed: ptr(false), ThreatfoxThreatTypes: []string{"botnet_cc"}, ThreatfoxIocTypes: []string{"ip:port"},
			ThreatfoxMalwareFamilies: []string{"win.emotet"}, ThreatfoxQueriedAt: ptr(at(4)),
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
