package storagetest

import (
	"testing"

	"decnetgraph/storage"
)

// anchored returns one campaign with two identities, i2 merged into i1, and a tag for each combination of attacker and
// identity that a tag can have.
func anchored(tags ...storage.TTPTag) Graph {
	return Graph{
		Campaigns:  []storage.Campaign{campaign("c1", "")},
		Identities: []storage.Identity{identity("i1", "c1", ""), identity("i2", "", "i1"), identity("i3", "c1", ""), identity("i4", "", "")},
		Attackers:  []Attacker{attacker("a1", "i1"), attacker("a2", "i2"), attacker("a3", "i3"), attacker("a4", "i4"), attacker("a5", "")},
		Tags:       tags,
	}
}

func testTags(t *testing.T, open Open) {
	phases := func(m storage.Membership, decky *string, identity string) question {
		return listed(func(s *storage.Store) storage.List[storage.DeckyPhase] {
			return s.DeckyPhases(m, decky, storage.ListOptions{})
		},
			func(p *storage.DeckyPhase) string { return p.TagUUID + " " + p.Decky }, identity)
	}
	on := func(t storage.TTPTag, decky string, seconds int) storage.TTPTag {
		t.Decky, t.CreatedAt = link(decky), at(seconds)
		return t
	}
	walk := anchored(on(tag("t1", "i1", ""), "d1", 3), on(tag("t2", "", "a2"), "d2", 1), on(tag("t3", "i1", "a1"), "d1", 1), on(tag("t4", "i1", "a1"), "", 0))
	inSession := func(t storage.TTPTag, session string) storage.TTPTag {
		t.SessionID = &session
		return t
	}
	sessions := anchored(inSession(tag("t1", "i1", "a1"), "s1"), inSession(tag("t2", "", "a1"), "s1"), inSession(tag("t3", "i1", ""), "s1"),
		inSession(tag("t4", "", "a2"), "s1"), inSession(tag("t5", "", "a3"), "S1"), inSession(tag("t6", "", "a-gone"), "s1"))
	named := func(t storage.TTPTag, technique, sub string) storage.TTPTag {
		t.TechniqueID, t.SubTechniqueID = technique, link(sub)
		return t
	}
	techniques := anchored(named(tag("t1", "i1", ""), "T1110", "T1110.001"), named(tag("t2", "i1", ""), "T1110", ""), named(tag("t3", "i1", ""), "t1110", ""),
		named(tag("t4", "i1", ""), "T1110", "T1110"))
	testFacts(t, open, []fact{
		{"a tag reached by its own identity and by its attacker's counts once", anchored(tag("t1", "i1", "a1")), tagsOf(ofI, "i1", resolved), []string{"t1"}},
		{"literally such a tag counts once, too", anchored(tag("t1", "i1", "a1")), tagsOf(ofI, "i1", literal), []string{"t1"}},
		{"a tag reached by two members counts once", anchored(tag("t1", "i2", "a1")), tagsOf(ofI, "i1", resolved), []string{"t1"}},
		{"a tag reached by two identities counts once for their campaign", anchored(tag("t1", "i3", "a1")), tagsOf(ofC, "c1", resolved), []string{"t1"}},
		{"a tag counts for its own identity and for its attacker's", anchored(tag("t1", "i3", "a1")), tagsOf(ofI, "i1", resolved), []string{"t1"}},
		{"a tag counts for a campaign through its attacker though its identity is outside", anchored(tag("t1", "i4", "a1")), tagsOf(ofC, "c1", resolved), []string{"t1"}},
		{"literally an identity's tags are not its losers'", anchored(tag("t1", "i2", "a2"), tag("t2", "i2", "a1")), tagsOf(ofI, "i1", literal), []string{"t2"}},
		{"a tag of an attacker without identity belongs to nobody", anchored(tag("t1", "", "a5")), tagsOf(ofC, "c1", resolved), none},
		{"a tag whose rows are gone is in the fleet", anchored(tag("t1", "i-gone", "a-gone")), tagsOf(storage.KindFleet, "", resolved), []string{"t1"}},
		{"a tag keeps counting for an identity that is gone", anchored(tag("t1", "i-gone", "a-gone")), tagsOf(ofI, "i-gone", literal), []string{"t1"}},
		{"an attacker's tags are those that name it", anchored(tag("t1", "i1", "a1"), tag("t2", "i1", "")), tagsOf(storage.KindAttacker, "a1", resolved), []string{"t1"}},

		{"decky phases go from the oldest to the newest", walk, phases(resolved, nil, "i1"), []string{"t2 d2", "t3 d1", "t1 d1"}},
		{"decky phases of one decky leave the others out", walk, phases(resolved, new("d1"), "i1"), []string{"t3 d1", "t1 d1"}},
		{"literally decky phases are not the losers'", walk, phases(literal, nil, "i1"), []string{"t3 d1", "t1 d1"}},

		{"a session's attackers are named by its tags, each once", sessions, listed(Unfiltered((*storage.Store).SessionAttackers), attackerKey, "s1"), []string{"a2", "a1"}},
		{"sessions differ by letter case", sessions, tagsOf(storage.KindSession, "S1", resolved), []string{"t5"}},
		{"a technique's tags are those of its sub-techniques, too", techniques, tagsOf(storage.KindTechnique, "T1110", resolved), []string{"t4", "t2", "t1"}},
		{"a sub-technique's tags are its own", techniques, tagsOf(storage.KindTechnique, "T1110.001", resolved), []string{"t1"}},
		{"techniques differ by letter case", techniques, tagsOf(storage.KindTechnique, "t1110", resolved), []string{"t3"}},
	})
}
