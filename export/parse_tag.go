package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"decnetgraph/graph/jsontext"
	"decnetgraph/graph/model"
	"decnetgraph/graph/scalar"
	"decnetgraph/storage"
)

// ParseTag reads a tag from a JSON object with the fields of TagInput, as insertTags would. It also accepts lines of an
// export: their uuid must be the key that the other fields make, and their id and cursor are ignored, as is __typename. What is wrong with
// the object is in storage.NewTag.Problem.
func ParseTag(object []byte, reader model.TagReader) storage.NewTag {
	members, err := decodeMembers(object)
	if err != nil {
		return storage.NewTag{Problem: err.Error()}
	}
	in := model.TagInput{AttackRelease: scalar.Given{Value: model.DefaultRelease}}
	var unknown *string // the first name that is not one of a tag's fields
	var uuid scalar.Given
	for _, m := range members {
		switch field := in.Field(m.name); {
		case field != nil:
			*field = scalar.Given{Value: m.value}
		case m.name == "uuid":
			uuid.Value = m.value
		case unknown == nil && !slices.Contains([]string{"id", "cursor", "__typename"}, m.name):
			unknown = &m.name
		}
	}
	tag := reader.Tag(&in)
	if key := tag.Key(); tag.Problem == "" && uuid.Value != nil && uuid.Value != key {
		tag.Problem = fmt.Sprintf("uuid is %s, but the other fields make it %q", uuid, key)
	}
	if unknown != nil {
		tag.Problem = fmt.Sprintf("%q is not a field of a tag; each object must be one tag", *unknown)
	}
	return tag
}

// member is a member of an object with its decoded value: a text as jsontext.Unquote returns it, a json.Number, true,
// false, nil or JSON text. A name that the object has several times has a jsontext.Repeated.
type member struct {
	name  string
	value any
}

// decodeMembers decodes the members of an object, in the order written.
func decodeMembers(object []byte) ([]member, error) {
	if !utf8.Valid(object) {
		return nil, errors.New("the line is not valid UTF-8; convert the input first, such as with iconv -f ISO-8859-1 -t UTF-8 FILE")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(object, &whole); err != nil {
		return nil, fmt.Errorf("the line is not JSON: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	switch token, _ := decoder.Token(); token {
	case json.Delim('{'):
	case nil:
		return nil, errors.New("the row is null")
	default:
		return nil, errors.New("the line is not a JSON object")
	}
	var members []member
	places := map[string]int{}
	for decoder.More() {
		token, _ := decoder.Token() // the text is valid JSON
		name := token.(string)
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if at, repeated := places[name]; repeated {
			members[at].value = jsontext.Repeated{}
			continue
		}
		places[name] = len(members)
		members = append(members, member{name, decodeValue(value)})
	}
	return members, nil
}

// decodeValue decodes valid JSON.
func decodeValue(raw json.RawMessage) any {
	switch raw[0] {
	case '"':
		text, _ := jsontext.Unquote(raw)
		return text
	case 't', 'f':
		return raw[0] == 't'
	case 'n':
		return nil
	case '{', '[':
		return storage.JSON(raw)
	default:
		return json.Number(raw)
	}
}
