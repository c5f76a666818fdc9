package limit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The columns of the statements that return objects of several kinds.
const (
	kindColumn = iota
	parentColumn
	firstColumn // the first one of the object
)

// pageSize is how many attackers Q3 shows.
const pageSize = 20

var (
	identityFields = []field{{`"uuid":`, textField, 2}, {`"confidence":`, realField, 9}, {`"updatedAt":`, instantField, 11}}
	attackerFields = []field{
		{`"uuid":`, textField, 2}, {`"ip":`, textField, 3}, {`"countryCode":`, textField, 4}, {`"eventCount":`, wholeField, 10}, {`"lastSeen":`, instantField, 11},
	}
	tagFields = []field{
		{`"uuid":`, textField, 2},
		{`"techniqueId":`, textField, 3},
		{`"subTechniqueId":`, textField, 4},
		{`"tacticId":`, textField, 5},
		{`"ruleId":`, textField, 6},
		{`"sourceKind":`, textField, 7},
		{`"sessionId":`, textField, 8},
		{`"confidence":`, realField, 9},
		{`"createdAt":`, instantField, 11},
	}

	pageFields = []field{
		{`"uuid":`, textField, 2}, {`"confidence":`, realField, 5}, {`"createdAt":`, instantField, 7}, {`"updatedAt":`, instantField, 8},
	}
	stateFields = []field{
		{`"primitive":`, textField, 2},
		{`"confidence":`, realField, 5},
		{`"observationCount":`, wholeField, 6},
		{`"updatedAt":`, instantField, 7},
		{`"state":`, textField, 3},
	}
	pageAttackerFields = []field{
		{`"uuid":`, textField, 2}, {`"ip":`, textField, 3}, {`"countryCode":`, textField, 4}, {`"eventCount":`, wholeField, 6}, {`"lastSeen":`, instantField, 7},
	}

	pointFields = []field{
		{`"uuid":`, textField, 0}, {`"notes":`, textField, 1}, {`"confidence":`, realField, 2}, {`"createdAt":`, instantField, 3}, {`"updatedAt":`, instantField, 4},
	}
)

// appendPoint answers Q5.
func appendPoint(to []byte, rows pgx.Rows) ([]byte, error) {
	if !rows.Next() {
		return append(to, `{"data":{"campaign":null}}`...), rows.Err()
	}
	to = append(to, `{"data":{"campaign":{`...)
	to = appendFields(to, pointFields, rows.RawValues())
	return append(to, "}}}"...), nil
}

// part is the JSON of an object in a buffer, without its closing brace, and the place of its parent.
type part struct{ from, to, parent int }

// parts are the objects of one kind.
type parts struct {
	json []byte
	all  []part
}

func (p *parts) add(fields []field, raw [][]byte) {
	from := len(p.json)
	p.json = appendFields(append(p.json, '{'), fields, raw)
	p.all = append(p.all, part{from, len(p.json), int(whole(raw[parentColumn]))})
}

// appendList appends the list of the objects of a parent, which lie side by side from an index on, each ended by finish.
func (p *parts) appendList(to []byte, at *int, parent int, finish func(to []byte, place int) []byte) []byte {
	to = append(to, '[')
	for first := true; *at < len(p.all) && p.all[*at].parent == parent; *at++ {
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(to, p.json[p.all[*at].from:p.all[*at].to]...)
		to = append(finish(to, *at+1), '}')
	}
	return append(to, ']')
}

// appendTree answers Q1.
func appendTree(to []byte, rows pgx.Rows) ([]byte, error) {
	var identities, attackers, tags parts
	to = append(to, `{"data":{"campaign":{"uuid":`...)
	for rows.Next() {
		raw := rows.RawValues()
		switch whole(raw[kindColumn]) {
		case 0:
			to = appendText(to, raw[firstColumn])
		case 1:
			identities.add(identityFields, raw)
		case 2:
			attackers.add(attackerFields, raw)
		default:
			tags.add(tagFields, raw)
		}
	}
	to = append(to, `,"identities":`...)
	var identity, attacker, tag int
	to = identities.appendList(to, &identity, 0, func(to []byte, place int) []byte {
		return attackers.appendList(append(to, `,"attackers":`...), &attacker, place, func(to []byte, place int) []byte {
			return tags.appendList(append(to, `,"tags":`...), &tag, place, func(to []byte, _ int) []byte { return to })
		})
	})
	return append(to, "}}}"...), rows.Err()
}

// group is the sum of some parts of a rollup.
type group struct {
	technique, sub, tactic string
	hasSub                 bool
	tags                   int64
	first, last            int64
	confidence             []byte // of the largest, as on the wire: positive numbers compare like their bytes
}

func readGroup(raw [][]byte) group {
	return group{
		technique: string(raw[2]), sub: string(raw[3]), hasSub: raw[3] != nil, tactic: string(raw[4]), confidence: slices.Clone(raw[5]),
		tags: whole(raw[6]), first: whole(raw[7]), last: whole(raw[8]),
	}
}

func (g *group) compare(other *group) int {
	return cmp.Or(strings.Compare(g.technique, other.technique), strings.Compare(g.sub, other.sub))
}

func (g *group) add(other group) {
	g.tactic, g.tags = max(g.tactic, other.tactic), g.tags+other.tags
	g.first, g.last = min(g.first, other.first), max(g.last, other.last)
	if slices.Compare(other.confidence, g.confidence) > 0 {
		g.confidence = other.confidence
	}
}

// rollUp adds up the groups of each technique and sorts them.
func rollUp(groups []group) []group {
	slices.SortFunc(groups, func(a, b group) int { return a.compare(&b) })
	once := groups[:0]
	for _, g := range groups {
		if last := len(once) - 1; last >= 0 && once[last].compare(&g) == 0 {
			once[last].add(g)
		} else {
			once = append(once, g)
		}
	}
	slices.SortStableFunc(once, func(a, b group) int { return cmp.Compare(b.tags, a.tags) })
	return once
}

// appendTechniques appends a rollup, with all fields or with those that attackers show.
func appendTechniques(to []byte, groups []group, all bool) []byte {
	to = append(to, `,"techniques":[`...)
	for i, g := range rollUp(groups) {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendText(append(to, `{"techniqueId":`...), []byte(g.technique))
		to = append(to, `,"subTechniqueId":`...)
		if g.hasSub {
			to = appendText(to, []byte(g.sub))
		} else {
			to = append(to, "null"...)
		}
		to = appendText(append(to, `,"tacticId":`...), []byte(g.tactic))
		to = strconv.AppendInt(append(to, `,"count":`...), g.tags, 10)
		if all {
			to = appendInstant(append(to, `,"firstSeen":`...), g.first)
			to = appendInstant(append(to, `,"lastSeen":`...), g.last)
			to = appendValue(append(to, `,"confidenceMax":`...), realField, g.confidence)
		}
		to = append(to, '}')
	}
	return append(to, ']')
}

// appendPage answers Q3.
func appendPage(to []byte, rows pgx.Rows) ([]byte, error) {
	var states, attackers parts
	var all []group
	ofAttackers := make([][]group, pageSize+1)
	to = append(to, `{"data":{"identity":{`...)
	for rows.Next() {
		raw := rows.RawValues()
		switch whole(raw[kindColumn]) {
		case 0:
			to = appendFields(to, pageFields, raw)
		case 1:
			states.add(stateFields, raw)
		case 2:
			attackers.add(pageAttackerFields, raw)
		default:
			g := readGroup(raw)
			all = append(all, g)
			if place := whole(raw[parentColumn]); place <= pageSize {
				ofAttackers[place] = append(ofAttackers[place], g)
			}
		}
	}
	to = appendTechniques(to, all, true)
	var state, attacker int
	to = states.appendList(append(to, `,"attributionStates":`...), &state, 0, func(to []byte, _ int) []byte { return to })
	to = attackers.appendList(append(to, `,"attackers":`...), &attacker, 0, func(to []byte, place int) []byte {
		return appendTechniques(to, ofAttackers[place], false)
	})
	return append(to, "}}}"...), rows.Err()
}
