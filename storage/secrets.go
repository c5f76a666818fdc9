package storage

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Names in lists of what is withheld that are no members of an object: all of its members, because the text is no object
// that could be looked through, and the message beside it.
const (
	everyField   = "*"
	messageField = "message"
)

// secretNames are the members of JSON objects that hold what an attacker has tried as a secret, in lower case.
var secretNames = []string{
	"secret", "secret_b64", "secret_printable", "password", "passwd", "pass", "passphrase", "authorization", "proxy-authorization", "auth_b64",
}

// formSecret matches the password of a form in the text of a request.
var formSecret = regexp.MustCompile(`(?i)(^|[&?;\s])(pass|passwd|password|passphrase|secret)=`)

// withhold returns a JSON object without the members that hold a secret, at any depth, and the names of those, sorted. All
// of a text is left out that is itself JSON with such a member, or a form. Of a value that is no object nothing is shown.
func withhold(content JSON) (shown JSON, names []string) {
	names = []string{}
	if content == nil { // there is nothing
		return nil, names
	}
	kept, ok := withoutSecrets(string(content), &names, 0)
	if !ok {
		return nil, []string{everyField}
	}
	slices.Sort(names)
	return JSON(kept), slices.Compact(names)
}

// mostLooked is the depth of nesting down to which JSON is looked through. All that is deeper is withheld: each level costs
// a reading of all below it.
const mostLooked = 16

// withoutSecrets returns the text of an object without its secrets, and adds their names.
func withoutSecrets(text string, names *[]string, depth int) (kept string, ok bool) {
	var r record
	if depth > mostLooked {
		*names = append(*names, everyField)
		return "null", true
	}
	if !r.read(text) {
		return "", false
	}
	var out strings.Builder
	for _, m := range r.members {
		value := m.value
		if slices.Contains(secretNames, strings.ToLower(m.name)) && !isJSONNull(value) {
			*names = append(*names, m.name)
			continue
		}
		switch value[0] {
		case '{':
			value, _ = withoutSecrets(value, names, depth+1)
		case '[':
			value = listWithoutSecrets(value, names, depth+1)
		case '"':
			if inner, _ := unquoted(value); tellsSecret(inner) {
				*names = append(*names, m.name)
				continue
			}
		}
		if out.Len() > 0 {
			out.WriteString(",")
		}
		name, _ := json.Marshal(m.name) // a text always marshals
		out.Write(name)
		out.WriteString(":" + value)
	}
	return "{" + out.String() + "}", true
}

// listWithoutSecrets is withoutSecrets for a list. A text that tells a secret becomes null, so that the others keep their
// places.
func listWithoutSecrets(text string, names *[]string, depth int) string {
	var kept []string
	if depth > mostLooked {
		*names = append(*names, everyField)
		return "null"
	}
	s := jsonScanner{text: text}
	s.elements(func(_ int, element string) {
		switch element[0] {
		case '{':
			element, _ = withoutSecrets(element, names, depth+1)
		case '[':
			element = listWithoutSecrets(element, names, depth+1)
		case '"':
			if inner, _ := unquoted(element); tellsSecret(inner) {
				*names, element = append(*names, everyField), "null"
			}
		}
		kept = append(kept, element)
	})
	return "[" + strings.Join(kept, ",") + "]"
}

// tellsSecret reports whether a text is JSON with a secret, or a form with one.
func tellsSecret(text string) bool {
	if formSecret.MatchString(text) {
		return true
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return false
	}
	var names []string
	if trimmed[0] == '[' {
		listWithoutSecrets(trimmed, &names, 0)
	} else {
		withoutSecrets(trimmed, &names, 0)
	}
	return len(names) > 0
}

// storedObject takes the text of a JSON object, or nil for NULL and empty text. A text that is no JSON is kept as a JSON string, so
// that it is no object and still can be shown whole.
func storedObject(target *JSON) cell {
	return cellFunc(func(v *value) bool {
		content, _ := v.Text()
		if *target = nil; content == "" {
			return true
		}
		if *target = parseJSON(content); *target != nil {
			return true
		}
		*target, _ = json.Marshal(content) // a text always marshals
		return false
	})
}
