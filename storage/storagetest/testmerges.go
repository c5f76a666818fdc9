package storagetest

import (
	"testing"

	"decnetgraph/storage"
)

const (
	resolved = storage.Resolved
	literal  = storage.Literal
	ofC      = storage.KindCampaign
	ofI      = storage.KindIdentity
)

// none is the empty list.
var none = []string{}

// losers returns a campaign whose identity i2 was merged into i1, each with an attacker, and a campaign merged into it
// that has an identity.
var losers = Graph{
	Campaigns:  []storage.Campaign{campaign("c1", ""), campaign("c2", "c1")},
	Identities: []storage.Identity{identity("i1", "c1", ""), identity("i2", "c1", "i1"), identity("i3", "c2", "")},
	Attackers:  []Attacker{attacker("a1", "i1"), attacker("a2", "i2"), attacker("a3", "i3")},
	Tags:       []storage.TTPTag{tag("t1", "i1", ""), tag("t2", "", "a2"), tag("t3", "", "a3")},
}

// rings returns the merges i1 ⇄ i2, i3 → i3 and i4 → i1, each identity with a tag and in campaign c1.
var rings = Graph{
	Campaigns:  []storage.Campaign{campaign("c1", "")},
	Identities: []storage.Identity{identity("i1", "c1", "i2"), identity("i2", "c1", "i1"), identity("i3", "c1", "i3"), identity("i4", "c1", "i1")},
	Tags:       []storage.TTPTag{tag("t1", "i1", ""), tag("t2", "i2", ""), tag("t3", "i3", ""), tag("t4", "i4", "")},
}

// elsewhere returns an identity of c2 that was merged into one of c1.
var elsewhere = Graph{
	Campaigns:  []storage.Campaign{campaign("c1", ""), campaign("c2", "")},
	Identities: []storage.Identity{identity("i1", "c1", ""), identity("i2", "c2", "i1")},
	Attackers:  []Attacker{attacker("a2", "i2")},
	Tags:       []storage.TTPTag{tag("t2", "", "a2")},
}

// gone returns rows whose merge links refer to missing rows.
var gone = Graph{
	Campaigns:  []storage.Campaign{campaign("c1", "c-gone"), campaign("c2", "c1")},
	Identities: []storage.Identity{identity("i1", "c1", "i-gone"), identity("i2", "", "i1")},
	Tags:       []storage.TTPTag{tag("t1", "i1", ""), tag("t2", "i2", "")},
}

// long returns a chain of identities i00 to i29, of which only the first refers to the campaign and has a tag.
var long = Graph{
	Campaigns: []storage.Campaign{campaign("c1", "")},
	Identities: append(with(chain(30, "i30"), func(i *[]storage.Identity) { (*i)[0].CampaignUUID = new("c1") }),
		identity("i30", "", "")),
	Tags: []storage.TTPTag{tag("t1", "i00", "")},
}

func testMerges(t *testing.T, open Open) {
	testFacts(t, open, []fact{
		{"a loser's attackers appear under the winner", losers, attackersOf(ofI, "i1", resolved), []string{"a2", "a1"}},
		{"literally a loser keeps its attackers", losers, attackersOf(ofI, "i1", literal), []string{"a1"}},
		{"a winner's attackers do not appear under the loser", losers, attackersOf(ofI, "i2", resolved), []string{"a2"}},
		{"a merged campaign's identities appear under the winner", losers, identitiesOf("c1", resolved), []string{"i3", "i1"}},
		{"literally every identity that names the campaign is listed, losers too", losers, identitiesOf("c1", literal), []string{"i2", "i1"}},
		{"a merged campaign keeps its own identities", losers, identitiesOf("c2", resolved), []string{"i3"}},
		{"a campaign's tags are those of its members' attackers, too", losers, tagsOf(ofC, "c1", resolved), []string{"t3", "t2", "t1"}},
		{"literally a campaign's tags are those that name an identity of it", losers, tagsOf(ofC, "c1", literal), []string{"t1"}},
		{"a merged row is found as its winner", losers, survivingIdentities("i1", "i2", "i3"), map[string]string{"i1": "i1", "i2": "i1", "i3": "i3"}},
		{"a merged campaign is found as its winner", losers, survivingCampaigns("c1", "c2"), map[string]string{"c1": "c1", "c2": "c1"}},

		{"rows of a ring share the tags of the ring and of what leads into it", rings, tagsOf(ofI, "i2", resolved), []string{"t4", "t2", "t1"}},
		{"a row merged into itself has its own tags once", rings, tagsOf(ofI, "i3", resolved), []string{"t3"}},
		{"a tail that leads into a ring has its own tags", rings, tagsOf(ofI, "i4", resolved), []string{"t4"}},
		{"a ring is listed by its smallest uuid", rings, identitiesOf("c1", resolved), []string{"i3", "i1"}},
		{"literally a ring is listed row by row", rings, identitiesOf("c1", literal), []string{"i4", "i3", "i2", "i1"}},
		{"a ring and its tail end at the row asked for", rings, survivingIdentities("i1", "i2", "i3", "i4"), map[string]string{"i1": "i1", "i2": "i2", "i3": "i3", "i4": "i4"}},
		{"a ring's tags count once in its campaign", rings, tagsOf(ofC, "c1", resolved), []string{"t4", "t3", "t2", "t1"}},

		{"a loser of another campaign is listed in its own campaign", elsewhere, identitiesOf("c2", resolved), []string{"i2"}},
		{"a loser of another campaign is not listed beside its winner", elsewhere, identitiesOf("c1", resolved), []string{"i1"}},
		{"a loser of another campaign brings its tags to its winner's campaign", elsewhere, tagsOf(ofC, "c1", resolved), []string{"t2"}},
		{"a loser of another campaign keeps its tags in its own", elsewhere, tagsOf(ofC, "c2", resolved), []string{"t2"}},

		{"a row whose link leads nowhere is not found", gone, survivingIdentities("i1", "i2"), map[string]string{}},
		{"a campaign whose link leads nowhere is not found", gone, survivingCampaigns("c1", "c2", "c-gone"), map[string]string{}},
		{"a row whose link leads nowhere keeps its members", gone, tagsOf(ofI, "i1", resolved), []string{"t2", "t1"}},
		{"a row that is gone has what was merged into it", gone, tagsOf(ofI, "i-gone", resolved), []string{"t2", "t1"}},
		{"a row whose link leads nowhere is listed", gone, identitiesOf("c1", resolved), []string{"i1"}},
		{"a campaign that is gone has the identities of those merged into it", gone, identitiesOf("c-gone", resolved), []string{"i1"}},

		{"a chain of thirty ends at its live row", long, survivingIdentities("i00", "i07", "i29"), map[string]string{"i00": "i30", "i07": "i30", "i29": "i30"}},
		{"a tag thirty merges away counts", long, tagsOf(ofI, "i30", resolved), []string{"t1"}},
		{"members are not inherited upwards", long, identitiesOf("c1", resolved), []string{"i00"}},
	})
}
