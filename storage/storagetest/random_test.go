package storagetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRandomGraphsHaveEveryShape checks that the generator draws every shape that the property tests rely on.
func TestRandomGraphsHaveEveryShape(t *testing.T) {
	t.Parallel()
	shapes := map[string]int{
		"a chain of ten or more": 0, "a chain that leads nowhere": 0, "a row merged into itself": 0, "a ring": 0, "a ring of five or more": 0, "a long tail into a ring": 0,
		"a loser in another campaign": 0, "a merged campaign": 0, "a tag of two identities": 0, "a tag of an identity only": 0, "a tag of an attacker only": 0, "a tag of nobody": 0,
	}
	rapid.Check(t, func(r *rapid.T) {
		for shape := range shapesOf(newModel(anyGraph(r))) {
			shapes[shape]++
		}
	})
	for shape, graphs := range shapes {
		require.Positive(t, graphs, shape)
	}
}

func shapesOf(m *model) map[string]bool {
	shapes := map[string]bool{}
	note := func(shape string, there bool) {
		if there {
			shapes[shape] = true
		}
	}
	for uuid, row := range m.identities {
		passed, around := way(m.identityLinks, uuid), ring(m.identityLinks, uuid)
		end := passed[len(passed)-1]
		_, goesOn := m.identityLinks[end]
		note("a chain of ten or more", len(passed) >= 10 && !goesOn && m.identities[end] != nil)
		note("a chain that leads nowhere", len(passed) >= 3 && m.identities[end] == nil)
		note("a row merged into itself", len(around) == 1)
		note("a ring", len(around) > 1)
		note("a ring of five or more", len(around) >= 5)
		note("a long tail into a ring", goesOn && around == nil && len(passed) >= 5)
		winner := m.identities[m.identityLinks[uuid]]
		note("a loser in another campaign", winner != nil && deref(winner.CampaignUUID) != deref(row.CampaignUUID))
		note("a merged campaign", m.campaignLinks[deref(row.CampaignUUID)] != "")
	}
	for n := range m.Tags {
		t := &m.Tags[n]
		behind := m.identityOfAttacker(t)
		note("a tag of two identities", t.IdentityUUID != nil && behind != nil && *behind != *t.IdentityUUID)
		note("a tag of an identity only", t.IdentityUUID != nil && t.AttackerUUID == nil)
		note("a tag of an attacker only", t.IdentityUUID == nil && behind != nil)
		note("a tag of nobody", t.IdentityUUID == nil && behind == nil)
	}
	return shapes
}
