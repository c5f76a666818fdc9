package storage

import (
	"net/url"
	"slices"
	"strings"
)

// rollupKey names one row of a rollup; sub is empty where the tags have no sub-technique.
type rollupKey struct {
	scope                 Scope
	owner, technique, sub string
	selection             string // of the tags counted: empty for all, else its digest or, in a Ref, its text
}

// String is the key of the row: five parts as in the path of a URL, and a sixth for a selection.
func (k rollupKey) String() string {
	parts := []string{string(k.scope.Of), string(k.scope.Membership), k.owner, k.technique, k.sub, k.selection}
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	if k.selection == "" {
		parts = parts[:5]
	}
	return strings.Join(parts, "/")
}

func parseRollupKey(key string) (rollupKey, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 5 && len(parts) != 6 {
		return rollupKey{}, false
	}
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return rollupKey{}, false
		}
	}
	parts = append(parts, "")
	return rollupKey{Scope{Kind(parts[0]), Membership(parts[1])}, parts[2], parts[3], parts[4], parts[5]}, true
}

// keyGroup is what the keys have in common that one statement answers for.
type keyGroup struct {
	scope     Scope
	selection string
}

// groupKeys groups keys by scope and selection, each once. It leaves out texts that are no keys of a known scope, or that
// String would write in another way.
func groupKeys(keys []string) map[keyGroup][]rollupKey {
	groups, seen := map[keyGroup][]rollupKey{}, make(map[string]bool, len(keys))
	for _, key := range keys {
		parsed, ok := parseRollupKey(key)
		if ok && parsed.scope.valid() && parsed.String() == key && !seen[key] {
			seen[key] = true
			group := keyGroup{parsed.scope, parsed.selection}
			groups[group] = append(groups[group], parsed)
		}
	}
	return groups
}

// ownersOf returns the owners of keys, each once.
func ownersOf(keys []rollupKey) []string {
	return distinct(keys, func(k rollupKey) string { return k.owner })
}

// distinct returns a part of each key, sorted, each once.
func distinct(keys []rollupKey, part func(rollupKey) string) []string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = part(k)
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}
