package storagetest

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// typedTexts are texts of commands whose JSON has escapes, and filters look for parts of them.
var typedTexts = []string{`echo "é" \ /`, "wget\thttp://x/\nid", "WGET 🔑", "cat x\u0000y", "A01 <&>", `u00e9`, "01"}

// addEvidence adds what deckies log and capture of the attackers of a graph, with values that filters ask for.
func addEvidence(t *rapid.T, g *Graph) {
	some := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	ip := func() string { return rapid.SampledFrom(g.Attackers).Draw(t, "attacker").IP }
	uuid := func() *string { return new(rapid.SampledFrom(g.Attackers).Draw(t, "attacker").UUID) }
	for n := range g.Attackers {
		a := &g.Attackers[n]
		for range upTo(t, "more commands", 4) {
			a.Commands = append(a.Commands, storage.Command{
				Service: new("ssh"), Decky: maybeNot(t, "decky", func(*rapid.T) string { return "decky-1" }), Command: new(some("typed", typedTexts...)),
				Timestamp: maybeNot(t, "time", func(t *rapid.T) time.Time { return at(upTo(t, "second", 4)) }),
			})
		}
		if rapid.Bool().Draw(t, "as Python writes") {
			a.CommandText = new(inASCII(commandsOf(a.Commands)))
		}
	}
	addRules(t, g)
	if len(g.Attackers) == 0 {
		return
	}
	for n := range upTo(t, "events", 8) {
		g.Events = append(g.Events, event(n+1, some("type", "connect", "auth_attempt"), ip(), some("decky", "decky-1", "a", "A"), upTo(t, "second", 4), `{}`))
	}
	for n := range upTo(t, "recordings", 4) {
		g.Events = append(g.Events, recorded(n+100, some("session", "s1", "s2", "s-recorded"), ip(), some("decky", "decky-1", "a"), 10+upTo(t, "second", 4), some("lasted", "0", "2.5", "4")))
	}
	for n := range upTo(t, "credentials", 6) {
		g.Credentials = append(g.Credentials, storage.Credential{
			CredentialID: n + 1, AttackerIP: ip(), Decky: "decky-1", Service: "ssh", Principal: maybeNot(t, "principal", drawText), SecretKind: some("kind", "plaintext", "a"),
			SecretSHA256: some("sha", "sha-1", "sha-2"), Outcome: maybeNot(t, "outcome", drawShort), RawFields: storage.JSON(`{}`), FirstSeen: at(upTo(t, "first", 3)),
			LastSeen: at(upTo(t, "last", 3)), AttemptCount: upTo(t, "attempts", 3),
		})
	}
	for n := range upTo(t, "shared", 5) {
		g.Shared = append(g.Shared, storage.SharedCredential{
			UUID: fmt.Sprintf("r%d", n), SecretSHA256: fmt.Sprintf("sha-%d", n), SecretKind: "plaintext", AttackerUUIDs: []string{*uuid()}, AttackerIPs: []string{}, Deckies: drawTexts(t),
			Services: []string{"ssh"}, TargetCount: upTo(t, "targets", 3), AttemptCount: 1, Confidence: float64(upTo(t, "confidence", 4)) / 4, FirstSeen: at(0),
			LastSeen: at(upTo(t, "last", 3)), UpdatedAt: at(upTo(t, "updated", 3)),
		})
	}
	for n := range upTo(t, "attachments", 5) {
		g.Attachments = append(g.Attachments, storage.Attachment{
			UUID: fmt.Sprintf("f%d", n), SHA256: fmt.Sprintf("sha-%d", n), FirstSeen: at(0), LastSeen: at(upTo(t, "last", 3)), ObservationCount: upTo(t, "mails", 3),
			FirstSeenDecky: maybeNot(t, "decky", drawText), FirstSeenAttackerUUID: uuid(), LastSeenAttackerUUID: uuid(), Extensions: drawTexts(t),
			FirstSubject: maybeNot(t, "subject", drawText), IsMalicious: maybeNot(t, "malicious", drawTruth),
			MaliciousAt: maybeNot(t, "verdict", func(t *rapid.T) time.Time { return at(upTo(t, "second", 3)) }),
		})
	}
	for n := range upTo(t, "bounties", 5) {
		g.Bounties = append(g.Bounties, storage.Bounty{
			BountyID: n + 1, At: at(upTo(t, "second", 3)), Decky: some("decky", "decky-1", "a"), Service: "ssh", AttackerIP: ip(), BountyType: some("type", "artifact", "a"),
			RawPayload: storage.JSON(`{}`),
		})
	}
}

// inASCII writes JSON as Python does: other characters are escaped.
func inASCII(text string) string {
	var out strings.Builder
	for _, c := range text {
		if c < 0x80 {
			out.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

func drawEventFilter(t *rapid.T, depth int) *EventFilter {
	return &EventFilter{
		And: drawParts(t, "and", depth, drawEventFilter), Or: drawParts(t, "or", depth, drawEventFilter), Not: drawInner(t, "not", depth, drawEventFilter),
		At: maybe(t, "at", drawInstants), Decky: maybe(t, "decky", drawTextFilter("decky-1")), Service: maybe(t, "service", drawTextFilter("ssh")),
		EventType: maybe(t, "type", drawTextFilter("connect", storage.SessionRecorded)), AttackerIP: maybe(t, "address", drawAddresses),
	}
}

func drawCredentialFilter(t *rapid.T, depth int) *CredentialFilter {
	return &CredentialFilter{
		And: drawParts(t, "and", depth, drawCredentialFilter), Or: drawParts(t, "or", depth, drawCredentialFilter), Not: drawInner(t, "not", depth, drawCredentialFilter),
		Principal: maybe(t, "principal", drawTextFilter()), SecretKind: maybe(t, "kind", drawTextFilter("plaintext")), SecretSHA256: maybe(t, "sha", drawTextFilter("sha-1")),
		Outcome: maybe(t, "outcome", drawTextFilter()), FirstSeen: maybe(t, "first", drawInstants), LastSeen: maybe(t, "last", drawInstants),
		AttemptCount: maybe(t, "attempts", drawRange),
	}
}

func drawSharedFilter(t *rapid.T, depth int) *SharedCredentialFilter {
	return &SharedCredentialFilter{
		And: drawParts(t, "and", depth, drawSharedFilter), Or: drawParts(t, "or", depth, drawSharedFilter), Not: drawInner(t, "not", depth, drawSharedFilter),
		SecretSHA256: maybe(t, "sha", drawTextFilter("sha-1")), Deckies: maybe(t, "deckies", drawListFilter), Services: maybe(t, "services", drawListFilter),
		TargetCount: maybe(t, "targets", drawRange), Confidence: maybe(t, "confidence", drawConfidence), LastSeen: maybe(t, "last", drawInstants),
		UpdatedAt: maybe(t, "updated", drawInstants),
	}
}

func drawAttachmentFilter(t *rapid.T, depth int) *AttachmentFilter {
	return &AttachmentFilter{
		And: drawParts(t, "and", depth, drawAttachmentFilter), Or: drawParts(t, "or", depth, drawAttachmentFilter), Not: drawInner(t, "not", depth, drawAttachmentFilter),
		SHA256: maybe(t, "sha", drawTextFilter("sha-1")), FirstSubject: maybe(t, "subject", drawTextFilter()), FirstSeenDecky: maybe(t, "decky", drawTextFilter()),
		Extensions: maybe(t, "extensions", drawListFilter), IsMalicious: maybe(t, "malicious", drawTruth), LastSeen: maybe(t, "last", drawInstants),
		MaliciousAt: maybe(t, "verdict", drawInstants), ObservationCount: maybe(t, "mails", drawRange),
	}
}

func drawBountyFilter(t *rapid.T, depth int) *BountyFilter {
	return &BountyFilter{
		And: drawParts(t, "and", depth, drawBountyFilter), Or: drawParts(t, "or", depth, drawBountyFilter), Not: drawInner(t, "not", depth, drawBountyFilter),
		At: maybe(t, "at", drawInstants), Decky: maybe(t, "decky", drawTextFilter("decky-1")), Service: maybe(t, "service", drawTextFilter("ssh")),
		BountyType: maybe(t, "type", drawTextFilter("artifact")),
	}
}

func drawCommandFilter(t *rapid.T, depth int) *CommandFilter {
	return &CommandFilter{
		And: drawParts(t, "and", depth, drawCommandFilter), Or: drawParts(t, "or", depth, drawCommandFilter), Not: drawInner(t, "not", depth, drawCommandFilter),
		Command: maybe(t, "command", func(t *rapid.T) storage.TextFilter {
			if rapid.Bool().Draw(t, "contains") {
				return storage.TextFilter{Contains: new(drawTypedPart(t))}
			}
			return drawTextFilter(typedTexts...)(t)
		}),
		Service: maybe(t, "service", drawTextFilter("ssh", "http")), Decky: maybe(t, "decky", drawTextFilter("decky-1")), Timestamp: maybe(t, "time", drawInstants),
	}
}

// drawTypedPart draws a part of a command.
func drawTypedPart(t *rapid.T) string {
	return rapid.SampledFrom([]string{"A01", "a01 ", " 1", `"é`, "é", `\`, "/", "\t", "\n", "wget", "🔑", "<&", "u00e9", "e9", `\u`, "\u0000", "01", "x", "command", "SSH", `":"`}).Draw(t, "part")
}

func drawSessionFilter(t *rapid.T, depth int) *SessionFilter {
	return &SessionFilter{
		And: drawParts(t, "and", depth, drawSessionFilter), Or: drawParts(t, "or", depth, drawSessionFilter), Not: drawInner(t, "not", depth, drawSessionFilter),
		SessionID: maybe(t, "id", drawTextFilter("s1", "s2", "s-recorded")), Service: maybe(t, "service", drawTextFilter("ssh")), StartedAt: maybe(t, "start", drawInstants),
		EndedAt: maybe(t, "end", drawInstants), Duration: maybe(t, "duration", drawRange), TagCount: maybe(t, "number of tags", drawRange),
		AttackerCount: maybe(t, "number of attackers", drawRange), IsRecorded: maybe(t, "recorded", drawTruth), Deckies: maybe(t, "deckies", drawListFilter),
		Tags: drawInner(t, "tags", depth, drawTagsFilter), Attackers: drawInner(t, "attackers", depth, drawAttackersFilter), Techniques: maybe(t, "techniques", drawTechniques),
	}
}

func drawTagsFilter(t *rapid.T, depth int) *AttackerTagsFilter {
	some, none, count := drawSome(t, depth, drawTagFilter)
	return &AttackerTagsFilter{some, none, count}
}

func drawAttackersFilter(t *rapid.T, depth int) *AttackersFilter {
	some, none, count := drawSome(t, depth, drawAttackerFilter)
	return &AttackersFilter{some, none, count}
}

// drawShort draws one of the texts that fit into short columns of DECNET's.
func drawShort(t *rapid.T) string {
	const most = 16 // characters of credentials.outcome
	return rapid.SampledFrom(filterTexts).Filter(func(text string) bool { return utf8.RuneCountInString(text) <= most }).Draw(t, "short text")
}
