package storagetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// testFixture compares a store with expected answers written by hand, to find faults that model and storage have in
// common.
func testFixture(t *testing.T, open Open) {
	s := open(t, Fixture())
	for _, f := range fixtureFacts {
		t.Run(f.sentence, func(t *testing.T) {
			got, err := f.ask(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, f.want, got)
		})
	}
	t.Run("every list and every keyed query finds something", func(t *testing.T) {
		for _, c := range lists(Fixture()) {
			if strings.Contains(c.name, " since ") && !strings.Contains(c.name, " since 0001") { // some of these start after the last row
				continue
			}
			assert.Equal(t, slices.Contains(emptyLists, c.name), c.longest() == 0, c.name)
		}
		for _, c := range keyed(Fixture()) {
			require.NotEmpty(t, c.want, c.name)
		}
	})
	t.Run("content that fits is not malformed", func(t *testing.T) {
		clean := open(t, Fixture())
		for _, c := range lists(Fixture()) {
			if strings.HasPrefix(c.name, "all rules") { // some have texts that are no YAML
				continue
			}
			_, err := c.page(t.Context(), clean, c.owners(), whole)
			require.NoError(t, err)
		}
		for _, c := range keyed(Fixture()) {
			if !strings.HasPrefix(c.name, "surviving") && c.name != "rules" { // these follow links to missing rows, or see above
				_, err := c.ask(t.Context(), clean, c.keys)
				require.NoError(t, err)
			}
		}
		require.Zero(t, clean.Malformed())
	})
	t.Run("a link that leads nowhere is counted", func(t *testing.T) {
		before := s.Malformed()
		_, err := s.Campaigns(t.Context(), []string{"c7"})
		require.NoError(t, err)
		require.Equal(t, before+1, s.Malformed())
	})
}

var fixtureFacts = []fact{
	{sentence: "identities of c1", ask: identitiesOf("c1", resolved), want: []string{"i6", "i3", "i1"}},
	{sentence: "identities of c1 literally", ask: identitiesOf("c1", literal), want: []string{"i6", "i2", "i1"}},
	{sentence: "attackers of c1", ask: attackersOf(ofC, "c1", resolved), want: []string{"a7", "a6", "a4", "a3", "a2", "a1"}},
	{sentence: "attackers of c1 literally", ask: attackersOf(ofC, "c1", literal), want: []string{"a2", "a1"}},
	{sentence: "tags of c1", ask: tagsOf(ofC, "c1", resolved), want: strings.Fields("t24 t18 t14 t13 t12 t11 t09 t08 t07 t06 t05 t04 t03 t02 t01")},
	{sentence: "tags of c1 literally", ask: tagsOf(ofC, "c1", literal), want: strings.Fields("t11 t05 t04 t03 t01")},
	{sentence: "tags of i1", ask: tagsOf(ofI, "i1", resolved), want: strings.Fields("t24 t18 t14 t07 t06 t05 t04 t03 t02 t01")},
	{sentence: "tags of i1 literally", ask: tagsOf(ofI, "i1", literal), want: strings.Fields("t18 t06 t05 t04 t03 t02 t01")},
	{sentence: "tags of a row that is gone", ask: tagsOf(ofI, "i-gone", resolved), want: strings.Fields("t23 t21 t18 t16 t15")},
	{sentence: "attackers of a session", ask: listed(Unfiltered((*storage.Store).SessionAttackers), attackerKey, "s2"), want: []string{"a8", "a2"}},
	{sentence: "rollup of i1", ask: rollupOf(ofI, "i1", resolved), want: []line{
		{"T1110", "T1110.001", "TA0006", 3, 1, 3}, {"T1110", "T1110.003", "TA0006", 3, 3, 1}, {"T1059", "", "TA0002", 2, 1, 2}, {"T1110", "", "TA0006", 2, 1, 0},
	}},
	{sentence: "surviving campaigns", ask: survivingCampaigns("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c-gone", unknown), want: map[string]string{
		"c1": "c1", "c2": "c1", "c3": "c1", "c4": "c4", "c5": "c5", "c6": "c6", "c8": "c8", "c9": "c9",
	}},
	{sentence: "surviving identities", ask: survivingIdentities("i1", "i4", "i5", "i7", "i8", "i9", "i11", "i12", stub), want: map[string]string{
		"i1": "i1", "i4": "i1", "i5": "i3", "i7": "i7", "i8": "i1", "i11": "i11", "i12": "i12", stub: stub,
	}},
	{
		sentence: "multi-actor identities", want: []string{"i-gone", "i1", "i6"},
		ask: listed(Unfiltered((*storage.Store).MultiActorIdentities), func(i *storage.MultiActorIdentity) string { return i.IdentityUUID }, ""),
	},
	{sentence: "planted canary tokens", want: []string{"k3", "k1", "k0"}, ask: listed(func(s *storage.Store) storage.List[storage.CanaryToken] {
		return s.AllCanaryTokens(storage.ListOptions{Filter: &tokenFilter{State: new("planted")}})
	}, func(c *storage.CanaryToken) string { return c.UUID }, "")},
	{sentence: "all canary triggers", want: strings.Fields("h6 h5 h4 h3 h2 h1"), ask: listed(Unfiltered((*storage.Store).AllCanaryTriggers), triggerKey, "")},
	{
		sentence: "commands over ssh", want: []string{"uname -a", `echo "é 🔑" > 'x'`, ""},
		ask: listed(func(s *storage.Store) storage.List[storage.Command] {
			return s.Commands(new("ssh"), storage.ListOptions{})
		}, func(c *storage.Command) string { return *c.Command }, "a1"),
	},
	{sentence: "smtp targets, equal instants by number", ask: listed(Unfiltered((*storage.Store).SMTPTargets), targetOrder.key, "a1"), want: []string{"2", "100", "10", "9"}},
}

// emptyLists names the lists that are empty on purpose.
var emptyLists = []string{"commands of gopher", "series of nothing.known", "tags of Decky LITERAL, rule R0002"}
