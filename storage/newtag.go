package storage

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// check decides as much as can be said of the row alone; a sound row has no outcome yet.
func (t NewTag) check() TagResult {
	var f flaws
	f.required("source kind", t.SourceKind)
	f.required("source id", t.SourceID)
	f.optional("attacker's uuid", t.AttackerUUID)
	f.optional("identity's uuid", t.IdentityUUID)
	f.optional("session id", t.SessionID)
	f.optional("decky", t.Decky)
	f.required("tactic id", t.TacticID)
	f.required("technique id", t.TechniqueID)
	f.optional("sub-technique id", t.SubTechniqueID)
	f.required("rule id", t.RuleID)
	f.required("ATT&CK release", t.AttackRelease)
	f.optional("MITRE URL", t.MitreURL)
	f.between("rule version", t.RuleVersion, 1, math.MaxInt32)
	f.json("evidence", t.Evidence)
	if t.AttackerUUID == nil && t.IdentityUUID == nil {
		f.note("the tag names neither an attacker nor an identity")
	}
	if t.Evidence.text() != "null" && !t.Evidence.isObject() {
		f.note("the evidence is not an object")
	}
	low := t.Confidence < ConfidenceFloor && !math.IsInf(t.Confidence, -1)
	if !low { // which has an outcome of its own
		f.share("confidence", t.Confidence)
	}
	if t.CreatedAt != nil {
		f.instant("time of creation", *t.CreatedAt)
	}
	result := TagResult{UUID: t.uuid(), Reason: f.reason()}
	switch {
	case result.Reason != nil:
		result.Outcome = TagRejected
	case low:
		result.Outcome = TagBelowFloor
	}
	return result
}

// uuid is the tag's key; DECNET makes it of UTF-8 only.
func (t NewTag) uuid() string {
	parts := []string{t.SourceKind, t.SourceID, t.RuleID, t.TechniqueID}
	if t.SubTechniqueID != nil {
		parts = append(parts, *t.SubTechniqueID)
	}
	if !utf8.ValidString(strings.Join(parts, "|")) {
		return ""
	}
	return TagUUID(t.SourceKind, t.SourceID, t.RuleID, t.RuleVersion, t.TechniqueID, t.SubTechniqueID)
}

// values are those of the columns of tags, in their order.
func (t NewTag) values(d dialect, uuid string, now time.Time) []any {
	sub := t.SubTechniqueID
	if sub != nil && *sub == "" {
		sub = nil
	}
	created := now
	if t.CreatedAt != nil {
		created = *t.CreatedAt
	}
	return []any{
		uuid, t.SourceKind, t.SourceID, t.AttackerUUID, t.IdentityUUID, t.SessionID, t.Decky, t.TacticID, t.TechniqueID, sub, t.Confidence,
		t.RuleID, t.RuleVersion, t.Evidence.text(), t.AttackRelease, t.MitreURL, d.InstantArg(created),
	}
}
