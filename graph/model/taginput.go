package model

import (
	"fmt"
	"strings"
	"time"

	"decnetgraph/attack"
	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// DefaultRelease is the ATT&CK release of a tag that names none, as TagInput in the schema says.
const DefaultRelease = "v15.1"

// InsertTagsInput is the input of insertTags.
type InsertTagsInput struct {
	Tags   []*TagInput // nil for null
	Strict bool
}

// TagInput is a tag to insert as it was sent: a row of insertTags or a line that insert-tags reads. A row that cannot be
// read is rejected by itself, so every field takes any value.
type TagInput struct {
	SourceKind, SourceID, AttackerUUID, IdentityUUID, SessionID, Decky, TacticID, TechniqueID, SubTechniqueID scalar.Given
	Confidence, RuleID, RuleVersion, Evidence, AttackRelease, MitreURL, CreatedAt                             scalar.Given
}

// Field returns the place of a field by its name in the schema, nil if there is no such field.
func (in *TagInput) Field(name string) *scalar.Given {
	return map[string]*scalar.Given{
		"sourceKind": &in.SourceKind, "sourceId": &in.SourceID, "attackerUuid": &in.AttackerUUID, "identityUuid": &in.IdentityUUID,
		"sessionId": &in.SessionID, "decky": &in.Decky, "tacticId": &in.TacticID, "techniqueId": &in.TechniqueID,
		"subTechniqueId": &in.SubTechniqueID, "confidence": &in.Confidence, "ruleId": &in.RuleID, "ruleVersion": &in.RuleVersion,
		"evidence": &in.Evidence, "attackRelease": &in.AttackRelease, "mitreUrl": &in.MitreURL, "createdAt": &in.CreatedAt,
	}[name]
}

// TagReader makes tags for storage of tags as they were sent. It is the only place that does, so that insertTags and
// insert-tags decide alike.
type TagReader struct {
	Catalogue *attack.Catalogue
	Strict    bool      // whether a tag with a warning has a problem instead
	Now       time.Time // what the time of creation is compared with
}

// Tags reads a list of tags; nil stands for null.
func (r TagReader) Tags(given []*TagInput) []storage.NewTag {
	tags := make([]storage.NewTag, len(given))
	for i, in := range given {
		tags[i] = r.Tag(in)
	}
	return tags
}

// Tag reads a tag; nil stands for null. What is wrong with it is in storage.NewTag.Problem.
func (r TagReader) Tag(in *TagInput) storage.NewTag {
	if in == nil {
		return storage.NewTag{Problem: "the row is null"}
	}
	var row rowReader
	tag := storage.NewTag{
		SourceKind: required(&row, "sourceKind", in.SourceKind, readText), SourceID: required(&row, "sourceId", in.SourceID, readText),
		AttackerUUID: optional(&row, "attackerUuid", in.AttackerUUID, scalar.UnmarshalUUID),
		IdentityUUID: optional(&row, "identityUuid", in.IdentityUUID, scalar.UnmarshalUUID),
		SessionID:    optional(&row, "sessionId", in.SessionID, readText), Decky: optional(&row, "decky", in.Decky, readText),
		TacticID: required(&row, "tacticId", in.TacticID, readText), TechniqueID: required(&row, "techniqueId", in.TechniqueID, readText),
		SubTechniqueID: optional(&row, "subTechniqueId", in.SubTechniqueID, readText), Confidence: row.number("confidence", in.Confidence),
		RuleID: required(&row, "ruleId", in.RuleID, readText), RuleVersion: row.whole("ruleVersion", in.RuleVersion),
		Evidence:      optionalJSON(&row, "evidence", in.Evidence),
		AttackRelease: required(&row, "attackRelease", in.AttackRelease, readText), MitreURL: optional(&row, "mitreUrl", in.MitreURL, readText),
		CreatedAt: optional(&row, "createdAt", in.CreatedAt, scalar.UnmarshalDateTime),
	}
	if tag.TechniqueID != "" {
		required(&row, "techniqueId", in.TechniqueID, scalar.UnmarshalTechniqueID)
	}
	if sub := tag.SubTechniqueID; sub != nil && *sub != "" {
		required(&row, "subTechniqueId", in.SubTechniqueID, scalar.UnmarshalTechniqueID)
	}
	tag.Problem = row.problem
	if tag.Problem != "" {
		return tag
	}
	tag.Warnings = r.warnings(tag)
	if r.Strict && len(tag.Warnings) > 0 {
		tag.Problem = strings.Join(mapped(tag.Warnings, func(w storage.TagWarning) string { return w.Message }), "; ")
	}
	return tag
}

// optionalJSON reads JSON of any type; nil stands for null.
func optionalJSON(r *rowReader, field string, given scalar.Given) storage.JSON {
	return required(r, field, given, scalar.UnmarshalJSON)
}

// clockSkew is how far ahead of this server's clock an instant may be before it counts as one in the future.
const clockSkew = time.Minute

// warnings lists what DECNET stores but readers would count in the wrong place. A technique that the catalogue does not
// have is none: it is counted under its number, and the embedded catalogue has only the techniques of DECNET's rules. A
// tactic that is none of the technique's is none either: that depends on the release, and DECNET's rules write T1548 with
// TA0005.
func (r TagReader) warnings(tag storage.NewTag) (found []storage.TagWarning) {
	warn := func(code storage.TagWarningCode, field, format string, args ...any) {
		found = append(found, storage.TagWarning{Code: code, Field: field, Message: fmt.Sprintf(format, args...)})
	}
	parent := attack.ParentID(tag.TechniqueID)
	if parent != "" {
		warn(storage.WarnSubTechniqueAsTechnique, "techniqueId", "techniqueId %s is a sub-technique, so the tag does not count for %s; "+
			"give %s as techniqueId and %s as subTechniqueId", tag.TechniqueID, parent, parent, tag.TechniqueID)
	}
	if sub := tag.SubTechniqueID; sub != nil && *sub != "" && attack.ParentID(*sub) != tag.TechniqueID {
		warn(storage.WarnSubTechniqueMismatch, "subTechniqueId", "subTechniqueId %s is not a sub-technique of techniqueId %s", *sub, tag.TechniqueID)
	}
	if _, known := r.Catalogue.Tactic(tag.TacticID); !attack.ValidTacticID(tag.TacticID) {
		warn(storage.WarnTacticMalformed, "tacticId", "tacticId %s is not a tactic number such as TA0006, so no tactic counts the tag",
			scalar.Given{Value: tag.TacticID})
	} else if !known {
		warn(storage.WarnTacticUnknown, "tacticId", "tacticId %s is not in the catalogue of ATT&CK %s, so no tactic counts the tag",
			tag.TacticID, r.Catalogue.Release())
	}
	if tag.CreatedAt != nil && tag.CreatedAt.After(r.Now.Add(clockSkew)) {
		warn(storage.WarnCreatedInFuture, "createdAt", "createdAt %s is in the future, so the tag stays the newest one until then",
			tag.CreatedAt.Format(time.RFC3339Nano))
	}
	for _, text := range []struct {
		field string
		value *string
	}{{"sessionId", tag.SessionID}, {"decky", tag.Decky}} {
		if text.value != nil && *text.value == "" {
			warn(storage.WarnEmptyText, text.field, "%s is empty text, which counts as a value of its own; leave it out if there is none", text.field)
		}
	}
	return found
}

func mapped[A, B any](list []A, change func(A) B) []B {
	changed := make([]B, len(list))
	for i, element := range list {
		changed[i] = change(element)
	}
	return changed
}
