package storage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// RuleSwitch is the state of a rule: whether it may create tags.
type RuleSwitch string

// The states of a rule. A rule without a state is enabled.
const (
	RuleEnabled  RuleSwitch = "ENABLED"
	RuleDisabled RuleSwitch = "DISABLED"
	RuleClipped  RuleSwitch = "CLIPPED" // it creates tags, with a confidence of at most ConfidenceMax
)

var ruleSwitches = []RuleSwitch{RuleEnabled, RuleDisabled, RuleClipped}

// RuleState is a row of table ttp_rule_state.
type RuleState struct {
	RuleID        string
	State         *RuleSwitch // nil for a stored text that is none of the three
	ConfidenceMax *float64
	ExpiresAt     *time.Time // nil if it does not expire
	Reason        *string
	SetBy         *string
	SetAt         time.Time
}

var ruleStates = table[RuleState]{name: "ttp_rule_state", list: "ruleStates", sorted: []SortKey{{By: "RULE_ID"}}, fields: []field[RuleState]{
	{"rule_id", func(r *RuleState) cell { return text(&r.RuleID) }, "", use{kind: textValues, filter: "RuleID", open: true, order: "RULE_ID", index: keyIndex}},
	{"state", func(r *RuleState) cell { return wordOf(ruleSwitches, &r.State) }, "State", use{}},
	{"confidence_max", func(r *RuleState) cell { return optional(finite, &r.ConfidenceMax) }, "ConfidenceMax", use{kind: numberValues, filter: "ConfidenceMax", index: noIndex}},
	{"expires_at", func(r *RuleState) cell { return optional(instant, &r.ExpiresAt) }, "ExpiresAt", use{kind: instantValues, filter: "ExpiresAt", index: noIndex}},
	{"reason", func(r *RuleState) cell { return optionalText(&r.Reason) }, "Reason", use{kind: textValues, filter: "Reason", index: noIndex}},
	{"set_by", func(r *RuleState) cell { return optionalText(&r.SetBy) }, "SetBy", use{kind: textValues, filter: "SetBy", index: noIndex}},
	{"set_at", func(r *RuleState) cell { return instant(&r.SetAt) }, "SetAt", use{kind: instantValues, filter: "SetAt", order: "SET_AT", index: noIndex}},
}}

// RuleStates finds the states of rules; a rule without one is left out.
func (s *Store) RuleStates(ctx context.Context, rules []string) (map[string]*RuleState, error) {
	return lookup(ctx, s, ruleStates, rules)
}

// AllRuleStates lists the states of all rules that have one, by rule.
func (s *Store) AllRuleStates(o ListOptions) List[RuleState] {
	return listOf(s, ruleStates, unowned(ruleStates.name, ""), o)
}

// SetRuleState sets the state of a rule from now on and returns the row. It fails with ErrInvalid for a malformed
// state, or one whose rule id the database's collation takes for another one that has a state.
func (s *Store) SetRuleState(ctx context.Context, state RuleState) (*RuleState, error) {
	now := time.Now()
	var set *RuleState
	err := s.audited(ctx, deed{action: "setRuleState", target: state.RuleID}, state.validate(now).invalid(), func(c *change, d *deed) error {
		before, err := c.setRule(ctx, state, now)
		if err != nil {
			return err
		}
		set, err = find(ctx, c.Store, ruleStates, state.RuleID)
		if err == nil && set == nil { // another transaction cleared it between the write and the read
			return engine.Raced(errors.New("the state of the rule is gone"))
		}
		d.before, d.after = before.audited(), set.audited()
		return err
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (r *RuleState) validate(now time.Time) *validation {
	var v validation
	v.required("rule id", r.RuleID)
	switch {
	case r.State == nil || !slices.Contains(ruleSwitches, *r.State):
		v.fail("the state is none of %s", words(ruleSwitches))
	case *r.State == RuleClipped && r.ConfidenceMax == nil:
		v.fail("the state %s needs a greatest confidence", RuleClipped)
	case *r.State != RuleClipped && r.ConfidenceMax != nil:
		v.fail("only the state %s has a greatest confidence", RuleClipped)
	}
	if r.ConfidenceMax != nil {
		v.share("greatest confidence", *r.ConfidenceMax)
	}
	if r.ExpiresAt != nil {
		v.instant("time of expiry", *r.ExpiresAt)
		if !r.ExpiresAt.After(now) {
			v.fail("the time of expiry is not in the future")
		}
	}
	v.optional("reason", r.Reason)
	v.optional("name of who set the state", r.SetBy)
	return &v
}

// setRule writes a state and returns the one that it replaces, nil if there was none.
func (c *change) setRule(ctx context.Context, state RuleState, now time.Time) (before *RuleState, err error) {
	var expires any
	if state.ExpiresAt != nil {
		expires = c.dialect.InstantArg(*state.ExpiresAt)
	}
	values := []any{
		state.RuleID, strings.ToLower(string(*state.State)), state.ConfidenceMax, expires, state.Reason, state.SetBy, c.dialect.InstantArg(now),
	}
	if before, err = c.existingRule(ctx, state.RuleID); err != nil {
		return nil, err
	}
	if before == nil {
		return nil, c.insert(ctx, ruleStates.names(), []newRow{{state.RuleID, values}}, "")
	}
	if before.RuleID != state.RuleID {
		return nil, Invalid("there is a state of rule %q, which this database takes for the same", before.RuleID)
	}
	q := &statement{dialect: c.dialect}
	q.add("UPDATE ttp_rule_state SET "+strings.Join(ruleStates.names().columns[1:], " = ?, ")+" = ? WHERE ", values[1:]...)
	q.equal("rule_id", state.RuleID)
	_, err = c.exec(ctx, q)
	return before, err
}

// existingRule finds the state whose rule id is this one, as the primary key compares ids; nil if there is none.
func (c *change) existingRule(ctx context.Context, rule string) (found *RuleState, err error) {
	q := &statement{dialect: c.dialect}
	q.add("SELECT t.rule_id, "+ruleStates.columns("t", c.dialect)+" FROM ttp_rule_state t WHERE t.rule_id = "+q.TextPlaceholder, rule)
	return found, read(ctx, c.Store, q, ruleStates, func(_ string, row *RuleState) { found = row })
}

// ClearRuleState removes the state of a rule and returns the removed row, nil if there was none.
func (s *Store) ClearRuleState(ctx context.Context, rule string) (cleared *RuleState, err error) {
	err = s.audited(ctx, deed{action: "clearRuleState", target: rule}, nil, func(c *change, d *deed) error {
		cleared, err = find(ctx, c.Store, ruleStates, rule)
		if d.before = cleared.audited(); err != nil || cleared == nil {
			d.outcome = AuditUnchanged
			return err
		}
		q := &statement{dialect: c.dialect}
		q.add("DELETE FROM ttp_rule_state WHERE ")
		q.equal("rule_id", rule)
		var removed int64
		if removed, err = c.exec(ctx, q); removed == 0 { // another transaction was faster
			cleared, d.before, d.outcome = nil, nil, AuditUnchanged
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return cleared, nil
}
