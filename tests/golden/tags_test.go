package golden_test

import (
	"fmt"
	"strconv"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/resolvers"
)

var goldenTag = goldenSame(
	"uuid", "uuid", "source_kind", "sourceKind", "source_id", "sourceId", "attacker_uuid", "attackerUuid", "identity_uuid", "identityUuid",
	"session_id", "sessionId", "decky_id", "decky", "tactic", "tacticId", "technique_id", "techniqueId", "sub_technique_id", "subTechniqueId",
	"rule_id", "ruleId", "rule_version", "ruleVersion", "evidence", "evidence", "attack_release", "attackRelease", "mitre_url", "mitreUrl",
).with(goldenCol("confidence", "confidence", goldenReal), goldenCol("created_at", "createdAt", goldenInstant))

// goldenTagCase is an answer of DECNET's tag inspector.
type goldenTagCase struct {
	Args struct {
		Scope, UUID    string
		TechniqueID    string  `json:"technique_id"`
		SubTechniqueID *string `json:"sub_technique_id"`
		Limit          *int
	}
	Ties         bool     `json:"created_at_ties"`
	BoundaryTie  bool     `json:"boundary_tie"`
	Result       any      // rows, or an error
	UUIDsInOrder []string `json:"uuids_in_order"`
}

// goldenScopes are the kinds of row that DECNET's scopes stand for, with the arguments that make our
// list DECNET's.
var goldenScopes = map[string]goldenList{
	"identity": {kind: "Identity", field: "tags", arguments: "membership: LITERAL, ", rows: goldenTag},
	"attacker": {kind: "Attacker", field: "tags", rows: goldenTag},
	"session":  {kind: "Session", field: "tags", rows: goldenTag},
	"campaign": {kind: "Campaign", field: "tags", arguments: "membership: LITERAL, ", rows: goldenTag},
}

func (r *goldenRun) scopeTags() {
	var golden []goldenTagCase
	r.load(&golden)
	walked := map[string]goldenPage{}
	for _, g := range golden {
		r.tagsOf(g, walked)
		r.answered()
	}
}

// tagsOf compares one case; walked keeps the lists that have been read.
func (r *goldenRun) tagsOf(g goldenTagCase, walked map[string]goldenPage) {
	what := fmt.Sprintf("%+v", g.Args)
	list, known := goldenScopes[g.Args.Scope]
	fault, failed := g.Result.(goldenRow)
	if failed {
		require.Equal(r.t, "ValueError", fault["$error"], what)
	}
	if !known { // a scope that there is no field for, such as IDENTITY
		require.True(r.t, failed, what)
		return
	}
	list.key = g.Args.UUID
	filter := "{technique: " + strconv.Quote(g.Args.TechniqueID) + "}"
	if g.Args.SubTechniqueID != nil {
		filter = "{and: [" + filter + ", {technique: " + strconv.Quote(*g.Args.SubTechniqueID) + "}]}"
	}
	list.arguments += "filter: " + filter

	want, _ := g.Result.([]any)
	if !attack.ValidTechniqueID(g.Args.TechniqueID) || (g.Args.SubTechniqueID != nil && !attack.ValidTechniqueID(*g.Args.SubTechniqueID)) {
		r.differs("technique numbers")
		for _, row := range want {
			r.differs("letter case")
			number := row.(goldenRow)["technique_id"].(string)
			require.True(r.t, r.base.same(g.Args.TechniqueID, number) && attack.ValidTechniqueID(number), what)
		}
		r.refused(list.query(), list.variables(nil))
		return
	}
	whole, found := walked[list.key+filter]
	if !found {
		whole, found = r.walk(list, resolvers.MaxPage)
		r.cutBetweenTies(list, whole, "created_at")
	}
	if failed {
		r.differs("campaign tags")
		require.NotEmpty(r.t, whole.rows, what)
		return
	}
	if !found {
		r.differs("unknown owner")
		require.Empty(r.t, want, what)
		return
	}
	walked[list.key+filter] = whole
	if g.Ties || g.BoundaryTie {
		r.differs("total order")
	}
	r.sameTags(what, g, want, whole.rows)

	limit := 200 // DECNET's default
	if g.Args.Limit != nil {
		limit = *g.Args.Limit
	}
	if limit < 1 || limit > resolvers.MaxPage {
		r.differs("page size")
		r.refused(list.query(), list.variables(goldenRow{"first": limit}))
		return
	}
	list.rows = list.rows[:1] // the rest was compared
	first, _ := r.page(list, goldenRow{"first": limit})
	require.Equal(r.t, whole.cursors[:min(limit, len(whole.cursors))], first.cursors, what)
}

// sameTags compares rows, or only their keys where DECNET's answer is long, with our whole list. The
// list may be longer than the limit of the question.
func (r *goldenRun) sameTags(what string, g goldenTagCase, want, ours []any) {
	r.t.Helper()
	limit := 200
	if g.Args.Limit != nil {
		limit = *g.Args.Limit
	}
	require.Len(r.t, ours[:min(limit, len(ours))], len(want)+len(g.UUIDsInOrder), what)
	r.sameRows(what, goldenTag, "created_at", []string{"uuid"}, want, ours, 0)
	if len(g.UUIDsInOrder) == 0 {
		return
	}
	created := map[string]string{}
	for _, row := range ours {
		created[row.(goldenRow)["uuid"].(string)] = row.(goldenRow)["createdAt"].(string)
	}
	for i, uuid := range g.UUIDsInOrder {
		r.sameValue(what+": place of "+uuid, created[uuid], ours[i].(goldenRow)["createdAt"])
	}
}

func (r *goldenRun) attackerTags() {
	var golden goldenRow
	r.load(&golden)
	for key, rows := range golden {
		ours, ok := r.walk(goldenList{kind: "Attacker", key: key, field: "tags", rows: goldenTag}, 11)
		require.True(r.t, ok)
		require.Len(r.t, rows, min(len(ours.rows), 40), "the file keeps the first 40 rows")
		r.sameRows("tags of "+key, goldenTag, "created_at", []string{"uuid"}, rows.([]any), ours.rows, 0)
		r.answered()
	}
}

// goldenPhase is a step of an identity over the deckies.
var goldenPhase = goldenSame("decky_id", "decky", "tactic", "tacticId").with(goldenCol("created_at_ts", "at", goldenMoment))

func (r *goldenRun) deckyPhases() { r.phases(goldenPhase) }

// deckyPhasesElsewhere: DECNET ran in a zone four hours behind UTC.
func (r *goldenRun) deckyPhasesElsewhere() {
	const behind = 4 * 60 * 60
	r.phases(goldenSame("decky_id", "decky", "tactic", "tacticId").with(
		goldenCol("created_at_ts", "at", func(r *goldenRun, value any, row goldenRow) any {
			r.differs("time zone")
			moment := goldenMoment(r, value, row).(goldenSeconds)
			moment.seconds -= behind
			return moment
		})))
}

func (r *goldenRun) phases(s goldenShape) {
	var golden goldenRow
	r.load(&golden)
	for key, rows := range golden {
		list := goldenList{kind: "Identity", key: key, field: "deckyPhases", arguments: "membership: LITERAL", rows: s}
		ours, ok := r.walk(list, 97)
		require.True(r.t, ok)
		r.cutBetweenTies(list, ours, "created_at_ts")
		require.Len(r.t, ours.rows, len(rows.([]any)), key)
		r.sameRows("phases of "+key, s, "created_at_ts", []string{"decky_id", "tactic"}, rows.([]any), ours.rows, 0)
		r.answered()
	}
}
