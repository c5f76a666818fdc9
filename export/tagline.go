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

// DefaultRelease is the ATT&CK release of a tag that names none: what the schema says of TagInput.
const DefaultRelease = "v15.1"

// ParseTag reads a line with the fields of TagInput. It takes lines that were exported, too: of what
// they have besides, uuid must be the key that follows from the rest, and id and cursor are passed over.
func ParseTag(line []byte) (storage.NewTag, error) {
	var members map[string]json.RawMessage
	switch err := json.Unmarshal(line, &members); {
	case err != nil && !json.Valid(line):
		return storage.NewTag{}, fmt.Errorf("the line is not JSON: %w", err)
	case members == nil:
		return storage.NewTag{}, storage.Invalid("the line is not a JSON object")
	}
	if !utf8.Valid(line) { // decoding would make other texts of these, and other keys
		return storage.NewTag{}, storage.Invalid("the line is not valid UTF-8")
	}
	if storage.JSON(line).HasHalfCharacter() {
		return storage.NewTag{}, storage.Invalid("the line has an escape for one half of a character")
	}
	r := reader{members: members}
	tag := storage.NewTag{
		SourceKind: need(&r, "sourceKind", texts), SourceID: need(&r, "sourceId", texts),
		AttackerUUID: maybe(&r, "attackerUuid", scalar.UnmarshalUUID), IdentityUUID: maybe(&r, "identityUuid", scalar.UnmarshalUUID),
		SessionID: maybe(&r, "sessionId", texts), Decky: maybe(&r, "decky", texts),
		TacticID: need(&r, "tacticId", texts), TechniqueID: need(&r, "techniqueId", scalar.UnmarshalTechniqueID),
		SubTechniqueID: maybe(&r, "subTechniqueId", scalar.UnmarshalTechniqueID),
		Confidence:     need(&r, "confidence", scalar.UnmarshalFloat),
		RuleID:         need(&r, "ruleId", texts), RuleVersion: need(&r, "ruleVersion", scalar.UnmarshalInt),
		AttackRelease: DefaultRelease, MitreURL: maybe(&r, "mitreUrl", texts), CreatedAt: maybe(&r, "createdAt", scalar.UnmarshalDateTime),
	}
	if evidence, there := r.take("evidence"); !there {
		r.fail("evidence", "is missing")
	} else {
		tag.Evidence = storage.JSON(evidence)
	}
	if _, there := members["attackRelease"]; there {
		tag.AttackRelease = need(&r, "attackRelease", texts)
	}
	r.take("id")
	r.take("cursor")
	if uuid := maybe(&r, "uuid", texts); uuid != nil && r.err == nil {
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

// reader takes the members out of an object and keeps the first thing that is wrong.
type reader struct {
	members map[string]json.RawMessage
	err     error
}

func (r *reader) take(name string) (value json.RawMessage, there bool) {
	value, there = r.members[name]
	delete(r.members, name)
	return value, there
}

func (r *reader) fail(name, why string) {
	if r.err == nil {
		r.err = storage.Invalid("%s %s", name, why)
	}
}

// maybe reads a member that may be missing or null, by the rules of its scalar.
func maybe[V any](r *reader, name string, read func(any) (V, error)) *V {
	stored, there := r.take(name)
	if !there || string(stored) == "null" {
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

// need is maybe for a member that must be there.
func need[V any](r *reader, name string, read func(any) (V, error)) V {
	value := maybe(r, name, read)
	if value == nil {
		r.fail(name, "is missing")
		return *new(V)
	}
	return *value
}

// texts reads a text, which is never made of something else.
func texts(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", storage.Invalid("it is not a text")
	}
	return text, nil
}
