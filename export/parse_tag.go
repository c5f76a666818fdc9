package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// DefaultRelease is the ATT&CK release of a tag that names none, as TagInput in the schema says.
const DefaultRelease = "v15.1"

// ParseTag reads a tag from a line of JSON with the fields of TagInput. It also accepts lines of an export: their
// uuid must be the key that the other fields make, and their id and cursor are ignored. Its error names the first
// member that is wrong.
func ParseTag(line []byte) (storage.NewTag, error) {
	var members map[string]json.RawMessage
	switch err := json.Unmarshal(line, &members); {
	case err != nil && !json.Valid(line):
		return storage.NewTag{}, fmt.Errorf("the line is not JSON: %w", err)
	case members == nil:
		return storage.NewTag{}, storage.Invalid("the line is not a JSON object")
	}
	if !utf8.Valid(line) { // decoding would replace the invalid bytes, which changes the tag's key
		return storage.NewTag{}, storage.Invalid("the line is not valid UTF-8")
	}
	if storage.JSON(line).HasHalfCharacter() {
		return storage.NewTag{}, storage.Invalid("the line has an escape for one half of a character")
	}
	r := memberReader{members: members}
	tag := storage.NewTag{
		SourceKind: required(&r, "sourceKind", readText), SourceID: required(&r, "sourceId", readText),
		AttackerUUID: optional(&r, "attackerUuid", scalar.UnmarshalUUID), IdentityUUID: optional(&r, "identityUuid", scalar.UnmarshalUUID),
		SessionID: optional(&r, "sessionId", readText), Decky: optional(&r, "decky", readText),
		TacticID: required(&r, "tacticId", readText), TechniqueID: required(&r, "techniqueId", scalar.UnmarshalTechniqueID),
		SubTechniqueID: optional(&r, "subTechniqueId", scalar.UnmarshalTechniqueID),
		Confidence:     required(&r, "confidence", scalar.UnmarshalFloat),
		RuleID:         required(&r, "ruleId", readText), RuleVersion: required(&r, "ruleVersion", scalar.UnmarshalInt),
		AttackRelease: DefaultRelease, MitreURL: optional(&r, "mitreUrl", readText), CreatedAt: optional(&r, "createdAt", scalar.UnmarshalDateTime),
	}
	if evidence, ok := r.take("evidence"); !ok {
		r.fail("evidence", "is missing")
	} else {
		tag.Evidence = storage.JSON(evidence)
	}
	if _, ok := members["attackRelease"]; ok {
		tag.AttackRelease = required(&r, "attackRelease", readText)
	}
	r.take("id")
	r.take("cursor")
	if uuid := optional(&r, "uuid", readText); uuid != nil && r.err == nil {
		key := storage.TagUUID(tag.SourceKind, tag.SourceID, tag.RuleID, tag.RuleVersion, tag.TechniqueID, tag.SubTechniqueID)
		if *uuid != key {
			r.fail("uuid", "is "+*uuid+", but the other fields make it "+key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		r.fail(name, "is not a field of a tag")
	}
	return tag, r.err
}

// memberReader removes members from an object as it reads them. err is what is wrong with the first bad member.
type memberReader struct {
	members map[string]json.RawMessage
	err     error
}

func (r *memberReader) take(name string) (value json.RawMessage, ok bool) {
	value, ok = r.members[name]
	delete(r.members, name)
	return value, ok
}

func (r *memberReader) fail(name, why string) {
	if r.err == nil {
		r.err = storage.Invalid("%s %s", name, why)
	}
}

// optional reads a member by the rules of its scalar. The result is nil if the member is missing, null or wrong.
func optional[V any](r *memberReader, name string, read func(any) (V, error)) *V {
	stored, ok := r.take(name)
	if !ok || string(stored) == "null" {
		return nil
	}
	var decoded any
	if json.Unmarshal(stored, &decoded) == nil {
		if _, isNumber := decoded.(float64); isNumber {
			decoded = json.Number(stored)
		}
	}
	value, err := read(decoded)
	if err != nil {
		r.fail(name, "cannot be read: "+err.Error())
		return nil
	}
	return &value
}

// required reads a member that must neither be missing nor null.
func required[V any](r *memberReader, name string, read func(any) (V, error)) V {
	value := optional(r, name, read)
	if value == nil {
		r.fail(name, "is missing")
		return *new(V)
	}
	return *value
}

// readText reads a text; a value of another type is not converted.
func readText(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", storage.Invalid("it is not a text")
	}
	return text, nil
}
