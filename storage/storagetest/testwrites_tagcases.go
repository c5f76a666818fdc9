package storagetest

import (
	"math"
	"strings"
	"time"

	"decnetgraph/storage"
)

// tagCase is a change of a valid tag, and the expected outcome.
type tagCase struct {
	sentence string
	change   func(*storage.NewTag)
	outcome  storage.TagOutcome
	reason   string // a part of the expected reason
}

func nested(depth int) storage.JSON {
	return storage.JSON(strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1))
}

// tagCases lists valid and invalid changes of a tag.
func tagCases() []tagCase {
	const in, low, no = storage.TagInserted, storage.TagBelowFloor, storage.TagRejected
	text := func(set func(*storage.NewTag, string), value string) func(*storage.NewTag) {
		return func(n *storage.NewTag) { set(n, value) }
	}
	confidence := func(c float64) func(*storage.NewTag) { return func(n *storage.NewTag) { n.Confidence = c } }
	version := func(v int) func(*storage.NewTag) { return func(n *storage.NewTag) { n.RuleVersion = v } }
	evidence := func(e string) func(*storage.NewTag) { return func(n *storage.NewTag) { n.Evidence = storage.JSON(e) } }
	created := func(year int) func(*storage.NewTag) {
		return func(n *storage.NewTag) { n.CreatedAt = new(time.Date(year, 6, 1, 12, 0, 0, 0, time.UTC)) }
	}
	anchors := func(attacker, identity *string) func(*storage.NewTag) {
		return func(n *storage.NewTag) { n.AttackerUUID, n.IdentityUUID = attacker, identity }
	}
	cases := []tagCase{
		{"a sound tag is inserted", func(*storage.NewTag) {}, in, ""},
		{"one of an identity, too", anchors(nil, new("i1")), in, ""},
		{"and one of both", anchors(new("a1"), new("i2")), in, ""},
		{"and one with all that may be missing", func(n *storage.NewTag) {
			n.SessionID, n.Decky, n.SubTechniqueID, n.MitreURL = new("s1"), new("decky-1"), new("T1110.001"), new("https://attack.mitre.org/techniques/T1110/001")
		}, in, ""},
		{"a tag needs an anchor", anchors(nil, nil), no, "neither an attacker nor an identity"},
		{"the attacker must exist", anchors(new("a-gone"), nil), no, `there is no attacker "a-gone"`},
		{"the identity must exist", anchors(nil, new("i-gone")), no, `there is no identity "i-gone"`},
		{"both must", anchors(new("a1"), new("i-gone")), no, `there is no identity "i-gone"`},
		{"letter case tells attackers apart", anchors(new("A1"), nil), no, `there is no attacker "A1"`},
		{"trailing blanks do, too", anchors(new("a1 "), nil), no, `there is no attacker "a1 "`},
		{"an empty uuid is one of nobody", anchors(nil, new("")), no, `there is no identity ""`},
		{"the floor is high enough", confidence(storage.ConfidenceFloor), in, ""},
		{"certainty is not too much", confidence(1), in, ""},
		{"what is less certain than the floor is left out", confidence(math.Nextafter(storage.ConfidenceFloor, 0)), low, ""},
		{"nothing at all, too", confidence(0), low, ""},
		{"less than nothing, too", confidence(-1), low, ""},
		{"more than certain is wrong", confidence(1.5), no, "confidence"},
		{"barely more, too", confidence(math.Nextafter(1, 2)), no, "confidence"},
		{"what is no number is wrong", confidence(math.NaN()), no, "confidence"},
		{"infinities are wrong", confidence(math.Inf(1)), no, "confidence"},
		{"on both sides", confidence(math.Inf(-1)), no, "confidence"},
		{"a malformed tag is rejected though it is below the floor", func(n *storage.NewTag) { n.Confidence, n.TacticID = 0, "" }, no, "tactic id is missing"},
		{"a tag below the floor needs no living anchor", func(n *storage.NewTag) { n.Confidence, n.AttackerUUID = 0, new("a-gone") }, low, ""},
		{"rule versions start at 1", version(0), no, "rule version"},
		{"and end at 31 bits", version(math.MaxInt32), in, ""},
		{"not above", version(math.MaxInt32 + 1), no, "rule version"},
		{"instants start in the year 1000", created(999), no, "time of creation"},
		{"which is good", created(1000), in, ""},
		{"and end in the year 9999", created(9999), in, ""},
		{"not above", created(10_000), no, "time of creation"},
		{"a row that could not be read is rejected with the reason", func(n *storage.NewTag) { n.Problem = "it is upside down" }, no, "it is upside down"},
		{"even if it is below the floor", func(n *storage.NewTag) { n.Problem, n.Confidence = "it is upside down", 0 }, no, "it is upside down"},
		{"no evidence is null", func(n *storage.NewTag) { n.Evidence = nil }, in, ""},
		{"as is null", evidence("null"), in, ""},
		{"evidence may be any object", evidence(" {\"a\": [1, -2.5e3, true, null, \"\\u0000 \\ud83d\\udd11 🔑 \\\\ud800\"], \"A\": {\"a\": {}}}\n"), in, ""},
		{"a list is no evidence", evidence(`[1]`), no, "not an object"},
		{"a text is none", evidence(`"text"`), no, "not an object"},
		{"empty text is none", evidence(""), no, "not valid JSON"},
		{"what Python writes for no number is no JSON", evidence(`{"a": NaN}`), no, "not valid JSON"},
		{"evidence must be whole", evidence(`{"a": 1`), no, "not valid JSON"},
		{"evidence must be UTF-8", evidence("{\"a\": \"\xff\"}"), no, "not valid UTF-8"},
		{"half a character is none", evidence(`{"a": "\ud83d"}`), no, "half"},
		{"the other half is none", evidence(`{"a": "\udd11\ud83d"}`), no, "half"},
		{"a name stands once in an object", evidence(`{"a": 1, "\u0061": 2}`), no, "twice"},
		{"numbers have an end", evidence(`{"a": [1e400]}`), no, "too large"},
		{"evidence may be nested", func(n *storage.NewTag) { n.Evidence = nested(31) }, in, ""},
		{"but not deeper than MariaDB can", func(n *storage.NewTag) { n.Evidence = nested(32) }, no, "levels deep"},
		{"evidence may be long", evidence(`{"a": "` + strings.Repeat("x", 1<<20-8) + `"}`), in, ""},
		{"the space around its tokens and the way its characters are escaped do not matter", evidence(`{` + strings.Repeat(" ", 1<<20) + `"a": "` + strings.Repeat(`\u0041`, 1<<18) + `"}`), in, ""},
		{"but not longer", evidence(`{"a": "` + strings.Repeat("x", 1<<20-7) + `"}`), no, "longer than 1048576 bytes"},
	}
	for name, field := range map[string]struct {
		set      func(*storage.NewTag, string)
		required bool
	}{
		"source kind":      {func(n *storage.NewTag, v string) { n.SourceKind = v }, true},
		"source id":        {func(n *storage.NewTag, v string) { n.SourceID = v }, true},
		"tactic id":        {func(n *storage.NewTag, v string) { n.TacticID = v }, true},
		"technique id":     {func(n *storage.NewTag, v string) { n.TechniqueID = v }, true},
		"rule id":          {func(n *storage.NewTag, v string) { n.RuleID = v }, true},
		"ATT&CK release":   {func(n *storage.NewTag, v string) { n.AttackRelease = v }, true},
		"sub-technique id": {func(n *storage.NewTag, v string) { n.SubTechniqueID = &v }, false},
		"session id":       {func(n *storage.NewTag, v string) { n.SessionID = &v }, false},
		"decky":            {func(n *storage.NewTag, v string) { n.Decky = &v }, false},
		"MITRE URL":        {func(n *storage.NewTag, v string) { n.MitreURL = &v }, false},
	} {
		cases = append(
			cases,
			tagCase{"a long " + name, text(field.set, strings.Repeat("🔑", 255)), in, ""},
			tagCase{"too long a " + name, text(field.set, strings.Repeat("x", 256)), no, "the " + name + " is longer than 255 characters"},
			tagCase{"a " + name + " that is not UTF-8", text(field.set, "a\xffb"), no, "the " + name + " is not valid UTF-8"},
			tagCase{"a " + name + " with NUL", text(field.set, "a\x00b"), no, "the " + name + " has a character U+0000"},
		)
		if field.required {
			cases = append(cases, tagCase{"an empty " + name, text(field.set, ""), no, "the " + name + " is missing"})
		}
	}
	return cases
}
