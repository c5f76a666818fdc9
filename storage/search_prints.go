package storage

import (
	"bytes"
	"encoding/json"
	"slices"
)

// plainPrintMembers are members of a fingerprint that say what it is and where it was seen, not what was seen.
var plainPrintMembers = []string{"id", "timestamp", "service", "decky", "attacker_ip", "bounty_type", "fingerprint_type", "kind", "type"}

// appendPrintTexts appends the texts of a stored fingerprint, such as hashes, names and user agents, in stored order.
func appendPrintTexts(texts []string, r *record) []string {
	for _, m := range r.members {
		value := parseJSON(m.value)
		if inner, ok := unquoted(m.value); ok && m.name == "payload" { // the bounty table keeps it as text; a dump may too
			value = parseJSON(inner)
		}
		if !slices.Contains(plainPrintMembers, m.name) {
			texts = appendStrings(texts, value)
		}
	}
	return texts
}

// appendStrings appends the strings in a JSON value, without the plain members of its objects.
func appendStrings(texts []string, value JSON) []string {
	d := json.NewDecoder(bytes.NewReader(value))
	type level struct {
		object, named bool // named says that the name of a member was read, and its value follows
		skip          bool // the value is of a plain member
	}
	levels := []level{{}}
	for {
		token, err := d.Token()
		if err != nil { // the end: the value is valid JSON
			return texts
		}
		in := &levels[len(levels)-1]
		skip := in.skip
		switch t := token.(type) {
		case json.Delim:
			if t == '}' || t == ']' {
				levels = levels[:len(levels)-1]
				continue
			}
			in.named = false
			levels = append(levels, level{object: t == '{', skip: skip && t != '{'})
			continue
		case string:
			if in.object && !in.named {
				in.named, in.skip = true, slices.Contains(plainPrintMembers, t)
				continue
			}
			if !skip {
				texts = append(texts, t)
			}
		}
		in.named = false
	}
}
