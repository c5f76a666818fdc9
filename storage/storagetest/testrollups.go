package storagetest

import (
	"testing"
	"time"

	"decnetgraph/storage"
)

func testRollups(t *testing.T, open Open) {
	named := func(t storage.TTPTag, technique, sub, tactic string) storage.TTPTag {
		t.TechniqueID, t.SubTechniqueID, t.TacticID = technique, link(sub), tactic
		return t
	}
	groups := anchored(
		named(tag("t1", "i1", ""), "T1110", "", "TA0006"), named(tag("t2", "i1", ""), "T1110", "", "TA0001"),
		named(tag("t3", "i1", ""), "T1110", "T1110.001", "TA0006"), named(tag("t4", "i1", ""), "t1110", "", "TA0006"),
		named(tag("t5", "i1", ""), "T1059", "T1059.004", "TA0002"), named(tag("t6", "i1", ""), "T1059", "", "TA0002"))
	identities := anchored(tag("t1", "i1", ""), tag("t2", "i2", ""), tag("t3", "", "a2"), tag("t4", "", "a1"), tag("t5", "i3", "a1"), tag("t6", "", "a5"))
	ring := Graph{
		Identities: []storage.Identity{identity("i1", "", "i2"), identity("i2", "", "i1"), identity("i3", "", "i2"), identity("i4", "", "i-gone"), identity("i5", "", "i4")},
		Tags:       []storage.TTPTag{tag("t1", "i1", ""), tag("t2", "i2", ""), tag("t3", "i3", ""), tag("t4", "i4", ""), tag("t5", "i5", ""), tag("t6", "i-lost", "")},
	}
	tail := Graph{
		Identities: []storage.Identity{identity("i1", "", "i2"), identity("i2", "", "i8"), identity("i8", "", "i9"), identity("i9", "", "i8")},
		Tags:       []storage.TTPTag{tag("t1", "i1", ""), tag("t2", "i2", ""), tag("t3", "i9", "")},
	}
	written := func(t storage.TTPTag, at time.Time) storage.TTPTag { t.CreatedAt = at; return t }
	midnight := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	calendar := anchored(
		written(tag("t1", "i1", ""), midnight.Add(-time.Second)), written(tag("t2", "i1", ""), midnight), written(tag("t3", "", "a1"), midnight.Add(86_399*time.Second)),
		written(tag("t4", "i1", "a1"), midnight.AddDate(1, 1, 28)), written(tag("t5", "i2", ""), midnight.AddDate(-999, 0, 0)))
	testFacts(t, open, []fact{
		{
			"rows are ordered by count, then technique, then sub-technique, none first", groups, rollupOf(ofI, "i1", resolved),
			[]line{
				{"T1110", "", "TA0006", 2, 1, 0},
				{"T1059", "", "TA0002", 1, 1, 0},
				{"T1059", "T1059.004", "TA0002", 1, 1, 0},
				{"T1110", "T1110.001", "TA0006", 1, 1, 0},
				{"t1110", "", "TA0006", 1, 1, 0},
			},
		},
		{"a rollup without tags has no rows", groups, rollupOf(ofI, "i4", resolved), []line{}},
		{"merged identities count as one, by the tag or by its attacker", identities, rollupOf(ofC, "c1", resolved), []line{{"T1110", "", "TA0006", 5, 2, 2}}},
		{"literally a campaign counts the tags' own identities", identities, rollupOf(ofC, "c1", literal), []line{{"T1110", "", "TA0006", 2, 2, 1}}},
		{"literally an identity counts only the tags' own identities", identities, rollupOf(ofI, "i1", literal), []line{{"T1110", "", "TA0006", 3, 2, 1}}},
		{"the fleet counts tags that nobody is behind", identities, rollupOf(storage.KindFleet, "", resolved), []line{{"T1110", "", "TA0006", 6, 2, 3}}},
		{"a ring with its tail counts as one identity, and so does a chain that leads nowhere", ring, rollupOf(storage.KindFleet, "", resolved), []line{{"T1110", "", "TA0006", 6, 3, 0}}},
		{"a long tail into a ring counts as the ring, by its smallest uuid", tail, rollupOf(storage.KindFleet, "", resolved), []line{{"T1110", "", "TA0006", 3, 1, 0}}},
		{"literally every row of a ring counts", ring, rollupOf(storage.KindFleet, "", literal), []line{{"T1110", "", "TA0006", 6, 6, 0}}},
		{
			"a day goes from midnight to midnight in UTC, and a tag counts once", calendar, daysOf(ofI, "i1", resolved),
			[]string{"1028-01-01T00:00:00Z: 1", "2026-12-31T00:00:00Z: 1", "2027-01-01T00:00:00Z: 2", "2028-02-29T00:00:00Z: 1"},
		},
		{"days without tags are left out, and so are owners", calendar, daysOf(ofI, "i4", resolved), []string{}},
		{"an attacker's rollup counts the identities that its tags name", identities, rollupOf(storage.KindAttacker, "a1", resolved), []line{{"T1110", "", "TA0006", 2, 2, 1}}},
	})
}
