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
