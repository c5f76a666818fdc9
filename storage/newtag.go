package storage

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// check validates the row by itself. The outcome stays empty if the database has to decide it.
func (t NewTag) check() TagResult {
	var v validation
	if t.Problem != "" {
		v.fail("%s", t.Problem)
	}
	v.required("source kind", t.SourceKind)
	v.required("source id", t.SourceID)
	v.optional("attacker's uuid", t.AttackerUUID)
	v.optional("identity's uuid", t.IdentityUUID)
	v.optional("session id", t.SessionID)
	v.optional("decky", t.Decky)
	v.required("tactic id", t.TacticID)
	v.required("technique id", t.TechniqueID)
	v.optional("sub-technique id", t.SubTechniqueID)
	v.required("rule id", t.RuleID)
	v.required("ATT&CK release", t.AttackRelease)
	v.optional("MITRE URL", t.MitreURL)
	v.between("rule version", t.RuleVersion, 1, math.MaxInt32)
	v.json("evidence", t.Evidence)
	if t.AttackerUUID == nil && t.IdentityUUID == nil {
		v.fail("the tag names neither an attacker nor an identity")
	}
	if t.Evidence.text() != "null" && !t.Evidence.isObject() {
		v.fail("the evidence is not an object")
	}
	low := t.Confidence < ConfidenceFloor && !math.IsInf(t.Confidence, -1)
	if !low { // a low confidence has an outcome of its own
		v.share("confidence", t.Confidence)
	}
	if t.CreatedAt != nil {
		v.instant("time of creation", *t.CreatedAt)
	}
	result := TagResult{UUID: t.Key(), Warnings: t.Warnings}
	switch reason := v.reason(); {
	case reason != nil:
		result.reject(reason)
	case low:
		result.Outcome = TagBelowFloor
	}
	return result
}

// Key returns the tag's uuid, or empty text if a part is missing or is not valid UTF-8: DECNET has no key for such a tag.
func (t NewTag) Key() string {
	parts := []string{t.SourceKind, t.SourceID, t.RuleID, t.TechniqueID}
	if slices.Contains(parts, "") || t.RuleVersion < 1 {
		return ""
	}
	if t.SubTechniqueID != nil {
		parts = append(parts, *t.SubTechniqueID)
	}
	if !utf8.ValidString(strings.Join(parts, "|")) {
		return ""
	}
	return TagUUID(t.SourceKind, t.SourceID, t.RuleID, t.RuleVersion, t.TechniqueID, t.SubTechniqueID)
}

// values returns the values of the columns of tags, in their order.
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
		t.RuleID, t.RuleVersion, d.JSONArg(t.Evidence.text()), t.AttackRelease, t.MitreURL, d.InstantArg(created),
	}
}
