package storage

import (
	"context"
	"time"
)

// AttackerBehavior is a row of table attacker_behavior.
type AttackerBehavior struct {
	AttackerUUID     string
	OSGuess          *string
	HopDistance      *int
	TCPFingerprint   *TCPFingerprint // nil where DECNET has seen nothing
	KEXOrderRaw      []string
	SSHClientBanners []string
	RetransmitCount  int
	BehaviorClass    *string
	BeaconIntervalS  *float64
	BeaconJitterPct  *float64
	ToolGuesses      []string
	TimingStats      *TimingStats
	PhaseSequence    *PhaseSequence
	UpdatedAt        time.Time
}

// TCPFingerprint is the object in attacker_behavior.tcp_fingerprint.
type TCPFingerprint struct {
	Window, Wscale, Mss, Tos, Dscp, Ecn *int
	OptionsSig                          *string
	HasSack, HasTimestamps              *bool
	IPIDClass, ISNClass                 *string
}

// TimingStats is the object in attacker_behavior.timing_stats.
type TimingStats struct {
	EventCount                                                       *int
	DurationS, MeanIatS, MedianIatS, StdevIatS, MinIatS, MaxIatS, Cv *float64
}

// PhaseSequence is the object in attacker_behavior.phase_sequence.
type PhaseSequence struct {
	ReconEndAt, ExfilStartAt *time.Time
	ExfilLatencyS            *float64
	LargePayloadCount        *int
}

var behaviors = table[AttackerBehavior]{name: "attacker_behavior", fields: []field[AttackerBehavior]{
	{"attacker_uuid", func(b *AttackerBehavior) cell { return text(&b.AttackerUUID) }, "", use{}},
	{"os_guess", func(b *AttackerBehavior) cell { return optionalText(&b.OSGuess) }, "OSGuess", use{kind: textValues, filter: "OSGuess", open: true, index: noIndex}},
	{"hop_distance", func(b *AttackerBehavior) cell { return optional(whole, &b.HopDistance) }, "HopDistance", use{kind: wholeValues, filter: "HopDistance", index: noIndex}},
	{"tcp_fingerprint", func(b *AttackerBehavior) cell { return object(&b.TCPFingerprint, tcpFingerprint) }, "TCPFingerprint", use{}},
	{"kex_order_raw", func(b *AttackerBehavior) cell { return textsOrOne(&b.KEXOrderRaw) }, "KEXOrderRaw", use{}},
	{"ssh_client_banners", func(b *AttackerBehavior) cell { return textsOrOne(&b.SSHClientBanners) }, "SSHClientBanners", use{kind: textValues, filter: "SSHClientBanners", single: true, index: noIndex}},
	{"retransmit_count", func(b *AttackerBehavior) cell { return safeInt(&b.RetransmitCount) }, "RetransmitCount", use{kind: wholeValues, filter: "RetransmitCount", index: noIndex}},
	{"behavior_class", func(b *AttackerBehavior) cell { return optionalText(&b.BehaviorClass) }, "BehaviorClass", use{kind: textValues, filter: "BehaviorClass", open: true, index: noIndex}},
	{"beacon_interval_s", func(b *AttackerBehavior) cell { return optional(finite, &b.BeaconIntervalS) }, "BeaconIntervalS", use{}},
	{"beacon_jitter_pct", func(b *AttackerBehavior) cell { return optional(finite, &b.BeaconJitterPct) }, "BeaconJitterPct", use{}},
	{"tool_guesses", func(b *AttackerBehavior) cell { return textsOrOne(&b.ToolGuesses) }, "ToolGuesses", use{kind: textValues, filter: "ToolGuesses", open: true, single: true, values: behaviorToolsValues, index: filterValues}},
	{"timing_stats", func(b *AttackerBehavior) cell { return object(&b.TimingStats, timingStats) }, "TimingStats", use{}},
	{"phase_sequence", func(b *AttackerBehavior) cell { return object(&b.PhaseSequence, phaseSequence) }, "PhaseSequence", use{}},
	{"updated_at", func(b *AttackerBehavior) cell { return instant(&b.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", index: noIndex}},
}}

func tcpFingerprint(r *record) TCPFingerprint {
	return TCPFingerprint{
		Window: r.whole("window"), Wscale: r.whole("wscale"), Mss: r.whole("mss"),
		Tos: r.whole("tos"), Dscp: r.whole("dscp"), Ecn: r.whole("ecn"),
		OptionsSig: r.text("options_sig"), HasSack: r.flag("has_sack"), HasTimestamps: r.flag("has_timestamps"),
		IPIDClass: r.text("ipid_class"), ISNClass: r.text("isn_class"),
	}
}

func timingStats(r *record) TimingStats {
	return TimingStats{
		EventCount: r.safeInt("event_count"), DurationS: r.number("duration_s"), MeanIatS: r.number("mean_iat_s"),
		MedianIatS: r.number("median_iat_s"), StdevIatS: r.number("stdev_iat_s"), MinIatS: r.number("min_iat_s"),
		MaxIatS: r.number("max_iat_s"), Cv: r.number("cv"),
	}
}

func phaseSequence(r *record) PhaseSequence {
	return PhaseSequence{
		ReconEndAt: r.instant("recon_end_ts"), ExfilStartAt: r.instant("exfil_start_ts"),
		ExfilLatencyS: r.number("exfil_latency_s"), LargePayloadCount: r.safeInt("large_payload_count"),
	}
}

// Behaviors finds the behaviour of each attacker.
func (s *Store) Behaviors(ctx context.Context, attackers []string) (map[string]*AttackerBehavior, error) {
	return lookup(ctx, s, behaviors, attackers)
}
