package storagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// byAna returns a context whose writes are a user's.
func byAna(t *testing.T) context.Context {
	t.Helper()
	return storage.WithActor(t.Context(), storage.NewActor("ana", "TOKEN", "ADMIN"))
}

// auditLog reads the audit log, the first entry first.
func auditLog(t *testing.T, s *storage.Store, filter any) []*storage.AuditEntry {
	t.Helper()
	page, err := s.AuditLog(storage.ListOptions{Filter: filter}).Page(t.Context(), fleet, whole)
	require.NoError(t, err)
	rows := page[""].Rows
	slices.Reverse(rows)
	count, err := s.AuditLog(storage.ListOptions{Filter: filter}).Count(t.Context(), fleet)
	require.NoError(t, err)
	require.Equal(t, len(rows), count[""])
	return rows
}

// auditStep is a write, and what the audit log must say of it. Times in what stood before and afterwards are written as "T".
type auditStep struct {
	do                            func(ctx context.Context, s *storage.Store) error
	action, target, before, after string
	outcome                       storage.AuditOutcome
}

func setRule(state storage.RuleState) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, err := s.SetRuleState(ctx, state)
		return err
	}
}

func clearRule(rule string) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, err := s.ClearRuleState(ctx, rule)
		return err
	}
}

func setNotes(uuid, notes string) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, err := s.SetCampaignNotes(ctx, uuid, &notes, storage.Expected{})
		return err
	}
}

func ensureStub(attacker string) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, _, err := s.EnsureStubIdentity(ctx, attacker)
		return err
	}
}

func insertAll(rows ...storage.NewTag) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, err := s.InsertTags(ctx, rows)
		return err
	}
}

func upsertAll(rows ...storage.NewAttributionState) func(context.Context, *storage.Store) error {
	return func(ctx context.Context, s *storage.Store) error {
		_, err := s.UpsertAttributionStates(ctx, rows)
		return err
	}
}

func auditSteps() []auditStep {
	const applied, unchanged, refused = storage.AuditApplied, storage.AuditUnchanged, storage.AuditRefused
	one, two := newTag("s1"), newTag("s2")
	weak := with(newTag("s3"), func(n *storage.NewTag) { n.Confidence = 0.1 })
	lost := with(newTag("s4"), func(n *storage.NewTag) { n.AttackerUUID = new("a-gone") })
	state := newState("i1", "motor.pause")
	later := with(state, func(n *storage.NewAttributionState) {
		n.State, n.CurrentValue = storage.VerdictDrifting, storage.JSON(`{"a": 1}`)
	})
	pasted := `{"identityUuid":"i1","primitive":"motor.pause","state":"STABLE","confidence":0.5,"observationCount":3,"currentValue":"pasted"}`
	drifted := `{"identityUuid":"i1","primitive":"motor.pause","state":"DRIFTING","confidence":0.5,"observationCount":3,"currentValue":{"a":1}}`
	enabled := with(ruleState("R0001", storage.RuleEnabled), func(r *storage.RuleState) { r.SetBy, r.Reason = new("ana"), new("noisy <again> \"") })
	wasEnabled := `{"state":"ENABLED","confidenceMax":null,"expiresAt":null,"reason":"noisy <again> \"","setBy":"ana","setAt":"T"}`
	wasDisabled := `{"state":"DISABLED","confidenceMax":null,"expiresAt":null,"reason":null,"setBy":null,"setAt":"T"}`
	return []auditStep{
		{insertAll(one, two, one, weak, lost), "insertTags", "", "null", `{"inserted":2,"duplicate":1,"belowFloor":1,"rejected":1,"uuids":["` + uuidOf(one) + `","` + uuidOf(two) + `"]}`, applied},
		{insertAll(one), "insertTags", uuidOf(one), "null", `{"inserted":0,"duplicate":1,"belowFloor":0,"rejected":0,"uuids":[]}`, unchanged},
		{insertAll(make([]storage.NewTag, storage.MaxNewTags+1)...), "insertTags", "", "null", `{"reason":"at most 1000 tags can be inserted at once"}`, refused},
		{upsertAll(state), "upsertAttributionStates", "i1", "null", `{"inserted":1,"updated":0,"rejected":0,"states":[` + pasted + `]}`, applied},
		{upsertAll(state, later), "upsertAttributionStates", "", `{"states":[` + pasted + `]}`, `{"inserted":0,"updated":2,"rejected":0,"states":[` + drifted + `]}`, applied},
		{upsertAll(newState("i-gone", "motor.pause")), "upsertAttributionStates", "i-gone", "null", `{"inserted":0,"updated":0,"rejected":1,"states":null}`, unchanged},
		{ensureStub("a2"), "ensureStubIdentity", "a2", `{"identityUuid":null}`, `{"identityUuid":"U"}`, applied},
		{ensureStub("a2"), "ensureStubIdentity", "a2", `{"identityUuid":"U"}`, `{"identityUuid":"U"}`, unchanged},
		{ensureStub("a-gone"), "ensureStubIdentity", "a-gone", "null", `{"reason":"there is no such attacker"}`, refused},
		{setNotes("c1", "one"), "setCampaignNotes", "c1", `{"notes":null}`, `{"notes":"one"}`, applied},
		{setNotes("c1", "ключ 🔑"), "setCampaignNotes", "c1", `{"notes":"one"}`, `{"notes":"ключ 🔑"}`, applied},
		{setNotes("c-gone", "x"), "setCampaignNotes", "c-gone", "null", `{"reason":"there is no such campaign"}`, refused},
		{setNotes("c1", "a\x00b"), "setCampaignNotes", "c1", "null", `{"reason":"the text of the notes has a character U+0000"}`, refused},
		{func(ctx context.Context, s *storage.Store) error {
			_, err := s.SetIdentityNotes(ctx, "i1", nil, storage.Expected{Revision: new("other")})
			return err
		}, "setIdentityNotes", "i1", "null", `{"reason":"the identity was changed since it was read"}`, refused},
		{setRule(enabled), "setRuleState", "R0001", "null", wasEnabled, applied},
		{setRule(ruleState("R0001", storage.RuleDisabled)), "setRuleState", "R0001", wasEnabled, wasDisabled, applied},
		{setRule(ruleState("R0001", storage.RuleClipped)), "setRuleState", "R0001", "null", `{"reason":"the state CLIPPED needs a greatest confidence"}`, refused},
		{clearRule("R0001"), "clearRuleState", "R0001", wasDisabled, "null", applied},
		{clearRule("R0001"), "clearRuleState", "R0001", "null", "null", unchanged},
		{clearRule(strings.Repeat("é", 300)), "clearRuleState", strings.Repeat("é", 254) + "…", "null", "null", unchanged},
		{func(ctx context.Context, s *storage.Store) error {
			return s.RecordAction(ctx, "import", "decnet.db", applied, map[string]int{"written": 3})
		}, "import", "decnet.db", "null", `{"written":3}`, applied},
	}
}

// plainChange writes what stood before or afterwards with "T" for times and "U" for new uuids.
func plainChange(t *testing.T, text storage.JSON) string {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(text, &value), string(text))
	if members, ok := value.(map[string]any); ok {
		if _, has := members["setAt"]; has {
			members["setAt"] = "T"
		}
		if uuid, ok := members["identityUuid"].(string); ok && len(uuid) == 32 {
			members["identityUuid"] = "U"
		}
	}
	plain, err := json.Marshal(value)
	require.NoError(t, err)
	return string(plain)
}

// testAudit makes every kind of write and shows that each leaves one entry, which says who changed what.
func testAudit(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	before := len(auditLog(t, s, nil)) // a database that is used again keeps its log
	steps := auditSteps()
	for i, step := range steps {
		err := step.do(byAna(t), s)
		require.Equal(t, step.outcome == storage.AuditRefused, err != nil, "step %d: %v", i, err)
	}
	log := auditLog(t, s, nil)[before:]
	require.Len(t, log, len(steps))
	for i, step := range steps {
		entry, about := log[i], fmt.Sprintf("step %d, %s", i, step.action)
		recent(t, entry.At)
		require.Equal(t, []string{"ana", "TOKEN", "ADMIN", step.action}, []string{entry.Principal, entry.Way, *entry.Role, entry.Action}, about)
		if step.target == "" {
			require.Nil(t, entry.Target, about)
		} else {
			require.Equal(t, step.target, *entry.Target, about)
		}
		require.Equal(t, step.outcome, entry.Outcome, about)
		require.JSONEq(t, step.before, plainChange(t, entry.Before), about)
		require.JSONEq(t, step.after, plainChange(t, entry.After), about)
		require.True(t, i == 0 || entry.UUID > log[i-1].UUID, "the ids are in the order of time")
	}

	require.NoError(t, setNotes("c1", "two")(t.Context(), s))
	last := auditLog(t, s, nil)[before+len(steps)]
	require.Equal(t, []any{"", "NONE", (*string)(nil)}, []any{last.Principal, last.Way, last.Role}, "nobody has logged in")
}

// testAuditList pages through the audit log and filters it.
func testAuditList(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	before := len(auditLog(t, s, nil))
	for n := range 5 {
		ctx := storage.WithActor(t.Context(), storage.NewActor(fmt.Sprint("user ", n%2), "OIDC", "ADMIN"))
		require.NoError(t, setNotes("c1", fmt.Sprint(n))(ctx, s))
	}
	require.Error(t, setNotes("c-gone", "x")(byAna(t), s))
	all := auditLog(t, s, nil)[before:]
	require.Len(t, all, 6)

	for _, key := range [][]storage.SortKey{nil, {{By: "AT", Descending: true}}, {{By: "AT"}}} {
		list := s.AuditLog(storage.ListOptions{Order: key, Filter: &struct{ At *storage.InstantRange }{&storage.InstantRange{From: &all[0].At}}})
		var seen []string
		page := storage.Page{Limit: 4}
		for range 2 {
			found, err := list.Page(t.Context(), fleet, page)
			require.NoError(t, err)
			slice := found[""]
			for _, row := range slice.Rows {
				seen = append(seen, row.UUID)
			}
			require.Equal(t, len(seen) < len(all), slice.More)
			page.After = new(slice.Position(len(slice.Rows) - 1))
		}
		if len(key) == 0 || key[0].Descending {
			slices.Reverse(seen)
		}
		for i, entry := range all {
			require.Equal(t, entry.UUID, seen[i])
		}
	}
	since := &storage.InstantRange{From: &all[0].At}
	is := func(text string) *storage.TextFilter { return &storage.TextFilter{Equals: &text} }
	for about, c := range map[string]struct {
		filter any
		want   int
	}{
		"principal": {&struct {
			At        *storage.InstantRange
			Principal *storage.TextFilter
		}{since, is("user 0")}, 3},
		"action and way": {&struct {
			At          *storage.InstantRange
			Action, Way *storage.TextFilter
		}{since, is("setCampaignNotes"), is("OIDC")}, 5},
		"target": {&struct {
			At     *storage.InstantRange
			Target *storage.TextFilter
		}{since, is("c-gone")}, 1},
		"outcome": {&struct {
			At      *storage.InstantRange
			Outcome *storage.AuditOutcome
		}{since, new(storage.AuditRefused)}, 1},
		"until": {&struct{ At *storage.InstantRange }{&storage.InstantRange{From: &all[0].At, Until: &all[0].At}}, 0},
	} {
		require.Len(t, auditLog(t, s, c.filter), c.want, about)
	}
}

// testAuditBounds writes as much at once as is allowed: an entry says how much of it is left out.
func testAuditBounds(t *testing.T, open Open, again Again) {
	s := writable(t, open, again, family())
	tags := make([]storage.NewTag, storage.MaxNewTags)
	states := make([]storage.NewAttributionState, 500)
	for n := range tags {
		tags[n] = newTag(fmt.Sprint(n))
	}
	for n := range states {
		states[n] = newState("i1", fmt.Sprintf("motor.%d.%s", n, strings.Repeat("x", 200)))
	}
	states[0].CurrentValue = storage.JSON(`"` + strings.Repeat("x", 5000) + `"`)
	for _, do := range []func(context.Context, *storage.Store) error{insertAll(tags...), upsertAll(states...), upsertAll(states...)} {
		require.NoError(t, do(byAna(t), s))
	}
	log := auditLog(t, s, nil)
	log = log[len(log)-3:]
	var inserted struct {
		UUIDs   []string
		LeftOut int
	}
	require.NoError(t, json.Unmarshal(log[0].After, &inserted))
	require.Equal(t, storage.MaxNewTags, len(inserted.UUIDs)+inserted.LeftOut)
	require.Greater(t, len(inserted.UUIDs), 900)
	type written struct {
		States []struct {
			Primitive    string
			CurrentValue *string
		}
		LeftOut int
	}
	for _, text := range []storage.JSON{log[1].After, log[2].Before, log[2].After} {
		var said written
		require.NoError(t, json.Unmarshal(text, &said))
		require.Equal(t, len(states), len(said.States)+said.LeftOut)
		require.Positive(t, said.LeftOut)
		require.Less(t, len(text), 70<<10)
		require.Nil(t, said.States[0].CurrentValue, "a long value is left out")
		require.Equal(t, new("pasted"), said.States[1].CurrentValue)
	}
}
