package sample

import (
	"fmt"
	"strings"
	"time"
)

// rule is one detection rule and what it emits.
type rule struct {
	id      string
	version int
	name    string
	about   string
	kinds   string // source kinds, comma separated
	matcher string // "pattern:FIELD" or "lifter:NAME"
	emits   []emit
}

// emit is one technique a rule tags; technique is always the parent.
type emit struct {
	tactic, technique, sub string
	confidence             float64
}

// ruleState is what an operator set for a rule.
type ruleState struct {
	rule    string
	state   string
	ceiling float64 // 0 is none
	set     time.Time
	expires time.Time
	reason  string
}

// ruleStates are in force for the tags made after they were set.
var ruleStates = []ruleState{
	{rule: "R0016", state: "clipped", ceiling: 0.5, set: past.Add(40 * day), reason: "backup scripts of our own trip it"},
	{rule: "R0018", state: "enabled", set: past.Add(12 * day), reason: "noisy but wanted"},
	{rule: "R0052", state: "disabled", set: past.Add(-day), reason: "remote colleagues abroad"},
	{rule: "R0045", state: "clipped", ceiling: 0.4, set: past.Add(61 * day), expires: past.Add(120 * day), reason: "newsletter season — revisit"},
}

// rulesByID finds a rule by its number.
var rulesByID = func() map[string]*rule {
	m := make(map[string]*rule, len(ruleTable))
	for i := range ruleTable {
		m[ruleTable[i].id] = &ruleTable[i]
	}
	return m
}()

// confidenceAt applies what the operator set for a rule: ok is false when the rule does not fire then.
func confidenceAt(id string, confidence float64, at time.Time) (c float64, ok bool) {
	for _, s := range ruleStates {
		switch {
		case s.rule != id || at.Before(s.set):
		case s.state == "disabled":
			return 0, false
		case s.state == "clipped":
			return min(confidence, s.ceiling), true
		}
	}
	return confidence, true
}

// yaml is a rule file of this rule.
func (r *rule) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rule_id: %s\nrule_version: %d\nname: %s\ndescription: %s\napplies_to: [%s]\nmatch:\n", r.id, r.version, r.name, r.about, r.kinds)
	if field, ok := strings.CutPrefix(r.matcher, "pattern:"); ok {
		fmt.Fprintf(&b, "  field: %s\n", field)
	} else {
		fmt.Fprintf(&b, "  kind: %s\n", r.matcher)
	}
	b.WriteString("emits:\n")
	for _, e := range r.emits {
		fmt.Fprintf(&b, "  - tactic: %s\n    technique_id: %s\n", e.tactic, e.technique)
		if e.sub != "" {
			fmt.Fprintf(&b, "    sub_technique_id: %s\n", e.sub)
		}
		fmt.Fprintf(&b, "    confidence: %s\n", dumps(e.confidence))
	}
	return b.String()
}

// mitreURL is the ATT&CK page of an emitted technique.
func (e emit) mitreURL() string {
	const pages = "https://attack.mitre.org/techniques/"
	if e.sub != "" {
		return pages + strings.Replace(e.sub, ".", "/", 1)
	}
	return pages + e.technique
}

// writeRules adds the rule pack and what the operator changed in it.
func (g *generator) writeRules() {
	for i := range ruleTable {
		r := &ruleTable[i]
		g.rules.add(r.id, r.version, "rules/ttp/"+r.id+".yaml", r.yaml(), stamp(past.Add(time.Duration(i)*time.Millisecond)), "filesystem")
	}
	for _, s := range ruleStates {
		var ceiling any
		if s.ceiling > 0 {
			ceiling = s.ceiling
		}
		g.ruleStates.add(s.rule, s.state, ceiling, stampOrNull(s.expires), s.reason, "admin", stamp(s.set))
	}
}
