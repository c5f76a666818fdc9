package sample

import (
	"fmt"
	"strings"
	"time"
)

// rule is one detection rule and the techniques that it emits.
type rule struct {
	id      string
	version int
	name    string
	about   string
	kinds   string // source kinds, comma separated
	matcher string // "pattern:FIELD" or "lifter:NAME"
	emits   []emit
}

// emit is one technique that a rule tags; technique is always the parent's number.
type emit struct {
	tactic, technique, sub string
	confidence             float64
}

// ruleState is the state that an operator set for a rule.
type ruleState struct {
	rule    string
	state   string
	ceiling float64 // maximum confidence; 0 for none
	set     time.Time
	expires time.Time
	reason  string
}

// ruleStates apply to the tags that are made after they were set.
var ruleStates = []ruleState{
	{rule: "R0016", state: "clipped", ceiling: 0.5, set: past.Add(40 * day), reason: "backup scripts of our own trip it"},
	{rule: "R0018", state: "enabled", set: past.Add(12 * day), reason: "noisy but wanted"},
	{rule: "R0052", state: "disabled", set: past.Add(-day), reason: "remote colleagues abroad"},
	{rule: "R0045", state: "clipped", ceiling: 0.4, set: past.Add(61 * day), expires: past.Add(120 * day), reason: "newsletter season — revisit"},
}

// rulesByID maps a rule's number to the rule.
var rulesByID = func() map[string]*rule {
	m := make(map[string]*rule, len(ruleTable))
	for i := range ruleTable {
		m[ruleTable[i].id] = &ruleTable[i]
	}
	return m
}()

// confidenceAt applies the rule's state to a confidence; ok is false if the rule does not write a tag.
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

// yaml returns the content of the rule's file.
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

// mitreURL returns the ATT&CK page of an emitted technique.
func (e emit) mitreURL() string {
	const pages = "https://attack.mitre.org/techniques/"
	if e.sub != "" {
		return pages + strings.Replace(e.sub, ".", "/", 1)
	}
	return pages + e.technique
}

// writeRules inserts the rules and their states.
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
