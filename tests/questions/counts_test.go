package questions

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"decnetgraph/attack"
)

// catalogue names techniques and tactics.
var catalogue = attack.Default()

// technique is {attackId, name} of a technique, nil for none.
func technique(id string) any {
	if id == "" {
		return nil
	}
	var name any
	if known, ok := catalogue.Technique(id); ok {
		name = known.Name
	}
	return object{"attackId": id, "name": name}
}

// rolled is the tags of one technique or sub-technique.
type rolled struct {
	technique, sub string
	tags           []*tag
}

func (r *rolled) attackers() int {
	found := map[string]bool{}
	for _, g := range r.tags {
		if g.attacker != "" {
			found[g.attacker] = true
		}
	}
	return len(found)
}

// rollUp groups tags by technique and sub-technique, the most frequent first.
func rollUp(tags []*tag) []*rolled {
	groups := map[[2]string]*rolled{}
	var rows []*rolled
	for _, g := range tags {
		key := [2]string{g.technique, g.sub}
		if groups[key] == nil {
			groups[key] = &rolled{technique: g.technique, sub: g.sub}
			rows = append(rows, groups[key])
		}
		groups[key].tags = append(groups[key].tags, g)
	}
	slices.SortFunc(rows, func(a, b *rolled) int {
		return cmp.Or(len(b.tags)-len(a.tags), strings.Compare(a.technique, b.technique), strings.Compare(a.sub, b.sub))
	})
	return rows
}

func rollupOf(tags []*tag) []any {
	return mapped(rollUp(tags), func(r *rolled) any {
		return object{"technique": technique(r.technique), "subTechnique": technique(r.sub), "count": len(r.tags), "attackerCount": r.attackers()}
	})
}

// topTechniques answers question 8.
func topTechniques(m *model, v vars) object {
	from, until := *instantAt(v, "from"), *instantAt(v, "until")
	before := from.Add(from.Sub(until))
	type change struct {
		*rolled

		before, after int
	}
	var changes []change
	for _, r := range rollUp(m.tags) {
		c := change{rolled: r}
		for _, g := range r.tags {
			switch {
			case !g.createdAt.Before(from) && g.createdAt.Before(until):
				c.after++
			case !g.createdAt.Before(before) && g.createdAt.Before(from):
				c.before++
			}
		}
		if c.before+c.after > 0 {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(b.after-a.after, b.before-a.before, strings.Compare(a.technique, b.technique), strings.Compare(a.sub, b.sub))
	})
	if v["top"] != nil {
		top, _ := strconv.Atoi(asText(v["top"]))
		changes = changes[:min(top, len(changes))]
	}
	return object{"techniqueChanges": mapped(changes, func(c change) any {
		return object{"technique": technique(c.technique), "subTechnique": technique(c.sub), "after": c.after, "before": c.before, "difference": c.after - c.before}
	})}
}

// bucketOf is the start of the bucket of an instant in a zone, and the start of the next one.
func bucketOf(bucket string, at time.Time, zone *time.Location) (start, next time.Time) {
	at = at.In(zone)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	switch bucket {
	case "HOUR":
		start = at.Truncate(time.Hour)
		return start, start.Add(time.Hour)
	case "DAY":
		return day, day.AddDate(0, 0, 1)
	case "WEEK": // from Monday on
		start = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return start, start.AddDate(0, 0, 7)
	default:
		start = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
		return start, start.AddDate(0, 1, 0)
	}
}

// countBy counts tags by tactic, the largest count first, then by number.
func countBy(tags []*tag, node func(tactic string, count int) object) []any {
	counts := map[string]int{}
	for _, g := range tags {
		counts[g.tactic]++
	}
	var tactics []string
	for tactic := range counts {
		tactics = append(tactics, tactic)
	}
	slices.SortFunc(tactics, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return mapped(tactics, func(tactic string) any { return node(tactic, counts[tactic]) })
}

// activityOverTime answers question 9.
func activityOverTime(m *model, v vars) object {
	i := m.survivingIdentity(asText(v["identity"]))
	if i == nil {
		return object{"identity": nil}
	}
	zone, _ := time.LoadLocation(asText(v["zone"]))
	from, until := instantAt(v, "from"), instantAt(v, "until")
	tags := choose(m.tags, func(g *tag) bool {
		return g.identities[i.key] && (from == nil || !g.createdAt.Before(*from)) && (until == nil || g.createdAt.Before(*until))
	})
	var begin, end time.Time
	if len(tags) > 0 {
		begin, end = tags[len(tags)-1].createdAt, tags[0].createdAt // the latest is the first
	}
	if from != nil && (until != nil || len(tags) > 0) {
		begin = *from
	}
	if until != nil && (from != nil || len(tags) > 0) {
		end = until.Add(-time.Nanosecond)
	}
	buckets := []any{}
	for at := begin; !begin.IsZero() && !at.After(end); {
		start, next := bucketOf(asText(v["bucket"]), at, zone)
		within := choose(tags, func(g *tag) bool { return !g.createdAt.Before(start) && g.createdAt.Before(next) })
		buckets = append(buckets, object{
			"start": shown(start.UTC()), "until": shown(next.UTC()), "count": len(within),
			"values": countBy(within, func(tactic string, count int) object { return object{"key": tactic, "count": count} }),
		})
		at = next
	}
	return object{"identity": object{
		"uuid": i.key, "activity": activity(m.attackersIn(i.key)),
		"tagTimeSeries": object{"total": len(tags), "buckets": buckets, "values": countBy(tags, func(tactic string, count int) object {
			var known any
			if t, ok := catalogue.Tactic(tactic); ok {
				known = object{"name": t.Name}
			}
			return object{"key": tactic, "tactic": known, "count": count}
		})},
	}}
}

// span is the first and the last time of tags.
func span(tags []*tag) (from, to any) {
	if len(tags) == 0 {
		return nil, nil
	}
	return shown(tags[len(tags)-1].createdAt), shown(tags[0].createdAt)
}

// tagsOfRule answers question 16.
func tagsOfRule(m *model, v vars) object {
	id := asText(v["rule"])
	of := func(table string) row {
		for _, r := range m.tables[table] {
			if r.text("rule_id") == id {
				return r
			}
		}
		return nil
	}
	tags := choose(m.tags, func(g *tag) bool { return g.rule == id })
	definition, state := of("ttp_rule"), of("ttp_rule_state")
	if len(tags) == 0 && definition == nil && state == nil {
		return object{"rule": nil}
	}
	var content struct {
		Name        *string `yaml:"name"`
		Description *string `yaml:"description"`
	}
	_ = yaml.Unmarshal([]byte(definition.text("yaml_content")), &content)
	var shownState any
	if state != nil {
		var expires any
		if state["expires_at"] != nil {
			expires = shown(m.instant(state, "expires_at"))
		}
		shownState = object{
			"state": strings.ToUpper(state.text("state")), "confidenceMax": number(state["confidence_max"]), "reason": state["reason"], "setBy": state["set_by"], "expiresAt": expires,
		}
	}
	deckies, attackers := map[string]int{}, map[string]bool{}
	for _, g := range tags {
		if g.row["decky_id"] != nil {
			deckies[g.decky]++
		}
		if m.attackerByKey[g.attacker] != nil {
			attackers[g.attacker] = true
		}
	}
	names := sortedKeys(deckies)
	slices.SortStableFunc(names, func(a, b string) int { return deckies[b] - deckies[a] })
	from, to := span(tags)
	return object{"rule": object{
		"ruleId": id, "name": content.Name, "description": content.Description, "state": shownState, "tagCount": len(tags), "firstSeen": from, "lastSeen": to,
		"deckies":    mapped(names, func(name string) any { return object{"name": name, "tagCount": deckies[name]} }),
		"techniques": rollupOf(tags), "attackers": object{"totalCount": len(attackers)},
		"tags": page(tags, func(g *tag) any {
			var by any
			if a := m.attackerByKey[g.attacker]; a != nil {
				by = object{"ip": a.ip, "countryCode": a.row["country_code"]}
			}
			return object{
				"uuid": g.key, "createdAt": shown(g.createdAt), "decky": g.row["decky_id"], "techniqueId": g.technique, "subTechniqueId": g.row["sub_technique_id"],
				"confidence": g.confidence, "ruleVersion": g.whole("rule_version"), "sourceKind": g.text("source_kind"), "evidence": readJSON(g.text("evidence")), "attacker": by,
			}
		}),
	}}
}

func sortedKeys[V any](of map[string]V) []string {
	var keys []string
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// deckiesHitMost answers question 17.
func deckiesHitMost(m *model, _ vars) object {
	tags, attackers := map[string][]*tag{}, map[string]map[string]bool{}
	seen := func(decky, attacker string) {
		if attackers[decky] == nil {
			attackers[decky] = map[string]bool{}
		}
		if m.attackerByKey[attacker] != nil {
			attackers[decky][attacker] = true
		}
	}
	for _, g := range m.tags {
		if g.row["decky_id"] != nil {
			tags[g.decky] = append(tags[g.decky], g)
			seen(g.decky, g.attacker)
		}
	}
	for _, a := range m.attackers {
		for _, decky := range a.deckies {
			seen(decky, a.key)
		}
	}
	for _, r := range m.tables["canary_tokens"] {
		seen(r.text("decky_name"), "")
	}
	names := sortedKeys(attackers)
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(tags[b])-len(tags[a]), strings.Compare(b, a)) })
	return object{"deckies": page(names, func(name string) any {
		from, to := span(tags[name])
		return object{
			"name": name, "tagCount": len(tags[name]), "attackerCount": len(attackers[name]), "firstSeen": from, "lastSeen": to, "techniques": rollupOf(tags[name]),
		}
	})}
}
