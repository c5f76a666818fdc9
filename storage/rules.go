package storage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"decnetgraph/storage/engine"
)

// RuleSwitch says whether a rule may tag.
type RuleSwitch string

// The states of a rule. A rule without a state is enabled.
const (
	RuleEnabled  RuleSwitch = "ENABLED"
	RuleDisabled RuleSwitch = "DISABLED"
	RuleClipped  RuleSwitch = "CLIPPED" // it tags, with a confidence of ConfidenceMax at the most
)

var ruleSwitches = []RuleSwitch{RuleEnabled, RuleDisabled, RuleClipped}

// RuleState is a row of table ttp_rule_state.
type RuleState struct {
	RuleID        string
	State         *RuleSwitch // nil for a word that is none of the three
	ConfidenceMax *float64
	ExpiresAt     *time.Time // nil if it stays
	Reason        *string
	SetBy         *string
	SetAt         time.Time
}

var ruleStates = table[RuleState]{name: "ttp_rule_state", fields: []field[RuleState]{
	{"rule_id", func(r *RuleState) cell { return text(&r.RuleID) }, ""},
	{"state", func(r *RuleState) cell { return wordOf(ruleSwitches, &r.State) }, "State"},
	{"confidence_max", func(r *RuleState) cell { return optional(finite, &r.ConfidenceMax) }, "ConfidenceMax"},
	{"expires_at", func(r *RuleState) cell { return optional(instant, &r.ExpiresAt) }, "ExpiresAt"},
	{"reason", func(r *RuleState) cell { return optionalText(&r.Reason) }, "Reason"},
	{"set_by", func(r *RuleState) cell { return optionalText(&r.SetBy) }, "SetBy"},
	{"set_at", func(r *RuleState) cell { return instant(&r.SetAt) }, "SetAt"},
}}

// RuleStates finds the states of rules; a rule without one is left out.
func (s *Store) RuleStates(ctx context.Context, rules []string) (map[string]*RuleState, error) {
	return lookup(ctx, s, ruleStates, rules)
}

var ruleStatesByKey = order{name: "ruleStates.rule_id", column: "rule_id"}

// AllRuleStates lists the states of all rules that have one, by rule.
func (s *Store) AllRuleStates() List[RuleState] {
	return listOf(s, ruleStates, ruleStatesByKey, unowned(ruleStates.name, ""))
}

// SetRuleState sets the state of a rule, from now on, and answers the row.
func (s *Store) SetRuleState(ctx context.Context, state RuleState) (*RuleState, error) {
	now := time.Now()
	if err := state.flaws(now).invalid(); err != nil && s.Writable() {
		return nil, err
	}
	var set *RuleState
	err := s.write(ctx, func(c *change) error {
		if err := c.setRule(ctx, state, now); err != nil {
			return err
		}
		var err error
		set, err = find(ctx, c.Store, ruleStates, state.RuleID)
		if err == nil && set == nil { // cleared between the look and the write
			return engine.Raced(errors.New("the state of the rule is gone"))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (r RuleState) flaws(now time.Time) *flaws {
	var f flaws
	f.required("rule id", r.RuleID)
	switch {
	case r.State == nil || !slices.Contains(ruleSwitches, *r.State):
		f.note("the state is none of %s", words(ruleSwitches))
	case *r.State == RuleClipped && r.ConfidenceMax == nil:
		f.note("the state %s needs a greatest confidence", RuleClipped)
	case *r.State != RuleClipped && r.ConfidenceMax != nil:
		f.note("only the state %s has a greatest confidence", RuleClipped)
	}
	if r.ConfidenceMax != nil {
		f.share("greatest confidence", *r.ConfidenceMax)
	}
	if r.ExpiresAt != nil {
		f.instant("time of expiry", *r.ExpiresAt)
		if !r.ExpiresAt.After(now) {
			f.note("the time of expiry is not in the future")
		}
	}
	f.optional("reason", r.Reason)
	f.optional("name of who set the state", r.SetBy)
	return &f
}

func (c *change) setRule(ctx context.Context, state RuleState, now time.Time) error {
	var expires any
	if state.ExpiresAt != nil {
		expires = c.dialect.InstantArg(*state.ExpiresAt)
	}
	values := []any{
		state.RuleID, strings.ToLower(string(*state.State)), state.ConfidenceMax, expires, state.Reason, state.SetBy, c.dialect.InstantArg(now),
	}
	there, err := c.namesake(ctx, state.RuleID)
	if err != nil {
		return err
	}
	if there == nil {
		return c.insert(ctx, ruleStates.names(), []insertion{{state.RuleID, values}}, "")
	}
	if *there != state.RuleID {
		return Invalid("there is a state of rule %q, which this database takes for the same", *there)
	}
	q := &statement{dialect: c.dialect}
	q.add("UPDATE ttp_rule_state SET "+strings.Join(ruleStates.names().columns[1:], " = ?, ")+" = ? WHERE ", values[1:]...)
	q.equal("rule_id", state.RuleID)
	_, err = c.exec(ctx, q)
	return err
}

// namesake finds the rule that has a state under a name, as the primary key compares names.
func (c *change) namesake(ctx context.Context, rule string) (there *string, err error) {
	q := &statement{dialect: c.dialect}
	q.add("SELECT t.rule_id FROM ttp_rule_state t WHERE t.rule_id = ?", rule)
	return there, c.each(ctx, q, []scanner{{Into: optionalText(&there)}}, func() error { return nil })
}

// ClearRuleState removes the state of a rule and answers the row, nil if there was none.
func (s *Store) ClearRuleState(ctx context.Context, rule string) (cleared *RuleState, err error) {
	err = s.write(ctx, func(c *change) error {
		cleared, err = find(ctx, c.Store, ruleStates, rule)
		if err != nil || cleared == nil {
			return err
		}
		q := &statement{dialect: c.dialect}
		q.add("DELETE FROM ttp_rule_state WHERE ")
		q.equal("rule_id", rule)
		var removed int64
		if removed, err = c.exec(ctx, q); removed == 0 { // another one was faster
			cleared = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return cleared, nil
}
