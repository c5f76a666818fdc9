package storagetest

import (
	"strings"

	"decnetgraph/storage"
)

func fixtureRules() []storage.RuleState {
	return []storage.RuleState{
		with(ruleState("R0002", storage.RuleClipped), func(r *storage.RuleState) {
			r.ConfidenceMax, r.ExpiresAt, r.Reason, r.SetBy, r.SetAt = new(0.5), new(at(1000)), new("too loud"), new("operator"), at(1)
		}),
		with(ruleState("R0001", storage.RuleDisabled), func(r *storage.RuleState) { r.SetAt = at(2) }),
		with(ruleState("R0010", storage.RuleEnabled), func(r *storage.RuleState) { r.SetAt = at(2) }),
	}
}

// fixtureDefinitions are rules with their texts: a whole one, one with odd values, and one whose text is no YAML.
func fixtureDefinitions() []DefinitionRow {
	rule := func(id, text string, definition storage.RuleDefinition) DefinitionRow {
		return DefinitionRow{YAML: text, Rule: storage.Rule{
			RuleID: id, RuleVersion: new(2), SourcePath: new("rules/ttp/" + id + ".yaml"), UpdatedAt: new(at(3)), UpdatedBy: new("filesystem"), RuleDefinition: definition,
		}}
	}
	return []DefinitionRow{
		rule("R0001", "rule_id: R0001\nname: brute_force\ndescription: |-\n  Many failed logins,\n  é 🔑\napplies_to: [auth_attempt, session]\nunknown: {a: [1]}\nemits:\n"+
			"  - {tactic: TA0006, technique_id: T1110, sub_technique_id: T1110.001, confidence: 0.85}\n  - {tactic: TA0001, technique_id: T1078, confidence: 1}\n",
			storage.RuleDefinition{Name: new("brute_force"), Description: new("Many failed logins,\né 🔑"), AppliesTo: []string{"auth_attempt", "session"}, Emits: []storage.RuleEmit{
				{TacticID: new("TA0006"), TechniqueID: new("T1110"), SubTechniqueID: new("T1110.001"), Confidence: new(0.85)},
				{TacticID: new("TA0001"), TechniqueID: new("T1078"), Confidence: new(1.0)},
			}}),
		rule("R0009", "name: 404\ndescription: ~\nemits: [{confidence: high}]", storage.RuleDefinition{Name: new("404"), AppliesTo: []string{}, Emits: []storage.RuleEmit{{}}}),
		rule("R0011", "name: [", storage.RuleDefinition{AppliesTo: []string{}, Emits: []storage.RuleEmit{}}),
	}
}

func definitionRow(r DefinitionRow) Row {
	return row("ttp_rule", "rule_id", r.RuleID, "rule_version", r.RuleVersion, "source_path", r.SourcePath, "yaml_content", r.YAML,
		"updated_at", r.UpdatedAt, "updated_by", r.UpdatedBy)
}

func ruleState(rule string, state storage.RuleSwitch) storage.RuleState {
	return storage.RuleState{RuleID: rule, State: &state}
}

// ruleRow returns the row of a rule; if its state is nil, the row has a text that is no valid state.
func ruleRow(r storage.RuleState) Row {
	word := "paused"
	if r.State != nil {
		word = strings.ToLower(string(*r.State))
	}
	return row("ttp_rule_state", "rule_id", r.RuleID, "state", word, "confidence_max", r.ConfidenceMax, "expires_at", r.ExpiresAt,
		"reason", r.Reason, "set_by", r.SetBy, "set_at", r.SetAt)
}

func ruleKey(r *storage.RuleState) string { return r.RuleID }

func (m *model) ruleLists() []listCase {
	order := rowsOf[storage.RuleState]{key: ruleKey, compare: func(a, b *storage.RuleState) int { return strings.Compare(a.RuleID, b.RuleID) }}
	rows := func(string) []*storage.RuleState { return choose(m.Rules, everything) }
	return []listCase{listOf("all rule states", Unfiltered((*storage.Store).AllRuleStates), order, fleet, rows)}
}

func (m *model) ruleCases() []keyedCase {
	rules := pointers(m.Rules)
	return []keyedCase{keyedOf("rule states", method((*storage.Store).RuleStates), append(keysOf(rules, ruleKey), "R-gone", "r0001"), byKey(rules, ruleKey))}
}
