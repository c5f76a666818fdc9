package storagetest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// lookalikes lists different texts that a collation may treat as equal: they differ in case, accents, trailing blanks,
// and the decomposition of letters.
func lookalikes() Graph {
	g := Graph{Campaigns: []storage.Campaign{campaign("c-one", "")}, Identities: []storage.Identity{identity("i-one", "c-one", "")}}
	g.Attackers = []Attacker{attacker("a-one", "i-one")}
	for n, alike := range []struct{ uuid, session, technique, rule, decky, kind, tactic string }{
		{"t1", "session", "T1110", "R0001", "decky", "command", "TA0006"},
		{"t2", "SESSION", "t1110", "r0001", "Decky", "Command", "ta0006"},
		{"t3", "session ", "T1110 ", "R0001 ", "decky ", "command ", "TA0006 "},
		{"t4", "séssion", "T1110", "R0001", "décky", "command", "TA0006"},
		{"t5", "se\u0301ssion", "T1110", "R0001", "decky", "command", "TA0006"},
	} {
		g.Tags = append(g.Tags, with(tag(alike.uuid, "", "a-one"), func(t *storage.TTPTag) {
			t.SessionID, t.Decky, t.CreatedAt = new(alike.session), new(alike.decky), at(n)
			t.TechniqueID, t.RuleID, t.SourceKind, t.TacticID = alike.technique, alike.rule, alike.kind, alike.tactic
		}))
	}
	return g
}

// testExact checks that texts are compared byte by byte, independently of the database's collation.
func testExact(t *testing.T, open Open) {
	s := open(t, lookalikes())
	session := storage.Scope{Of: storage.KindSession, Membership: literal}
	attackers := storage.Scope{Of: storage.KindAttacker, Membership: literal}
	t.Run("owners that look alike have lists of their own, alone and together", func(t *testing.T) {
		want := map[string][]string{"session": {"t1"}, "SESSION": {"t2"}, "session ": {"t3"}, "séssion": {"t4"}, "se\u0301ssion": {"t5"}, "Session": nil, "session  ": nil}
		var owners []string
		for owner, uuids := range want {
			owners = append(owners, owner)
			got, err := tagsOf(storage.KindSession, owner, literal)(t.Context(), s)
			require.NoError(t, err)
			require.ElementsMatch(t, uuids, got, "%q", owner)
		}
		found, err := s.ScopeTags(session, storage.ListOptions{}).Page(t.Context(), owners, whole)
		require.NoError(t, err)
		counts, err := s.ScopeTags(session, storage.ListOptions{}).Count(t.Context(), owners)
		require.NoError(t, err)
		rolled, err := s.Techniques(session, nil)(t.Context(), owners)
		require.NoError(t, err)
		sessions, err := s.Sessions(t.Context(), owners)
		require.NoError(t, err)
		named, err := s.SessionAttackers(storage.ListOptions{}).Page(t.Context(), owners, whole)
		require.NoError(t, err)
		for owner, uuids := range want {
			require.ElementsMatch(t, uuids, answer(found[owner], tagKey).keys, "%q", owner)
			require.Equal(t, len(uuids), counts[owner], "%q", owner)
			require.Len(t, rolled[owner], len(uuids), "%q", owner)
			require.Len(t, named[owner].Rows, len(uuids), "%q", owner)
			require.Equal(t, len(uuids) > 0, sessions[owner] != nil, "%q", owner)
		}
	})
	t.Run("techniques that look alike have rows of their own", func(t *testing.T) {
		rolled, err := s.Techniques(attackers, nil)(t.Context(), []string{"a-one"})
		require.NoError(t, err)
		counts := map[string]int{}
		for _, row := range rolled["a-one"] {
			counts[row.TechniqueID] = row.Count
			page, err := s.RollupTags(storage.ListOptions{}).Page(t.Context(), []string{row.ID().Key}, whole)
			require.NoError(t, err)
			require.Len(t, page[row.ID().Key].Rows, row.Count, row.TechniqueID)
		}
		require.Equal(t, map[string]int{"T1110": 3, "t1110": 1, "T1110" + " ": 1}, counts)
	})
	t.Run("a filter takes exactly its value", func(t *testing.T) {
		for name, filter := range map[string]TagFilter{
			"t1 t4 t5": {Technique: new("T1110")}, "t2": {Technique: new("t1110")}, "t3": {RuleID: new("R0001 ")}, "": {RuleID: new("R0001  ")},
			"t1 t4 t5 ": {SourceKind: new("command")}, "t2 ": {Tactic: new("ta0006")},
		} {
			found, err := s.ScopeTags(attackers, storage.ListOptions{Filter: &filter}).Page(t.Context(), []string{"a-one"}, whole)
			require.NoError(t, err)
			require.ElementsMatch(t, strings.Fields(name), answer(found["a-one"], tagKey).keys, "%v", name)
		}
		phases, err := s.DeckyPhases(resolved, new("decky"), storage.ListOptions{}).Page(t.Context(), []string{"i-one"}, whole)
		require.NoError(t, err)
		require.Len(t, phases["i-one"].Rows, 2)
	})
	t.Run("a key in another spelling finds nothing", func(t *testing.T) {
		for _, key := range []string{"A-ONE", "a-one ", "á-one"} {
			for name, ask := range map[string]func(context.Context, []string) (int, error){
				"attackers":  counted((*storage.Store).Attackers, s),
				"identities": counted((*storage.Store).Identities, s), "rows of identities": counted((*storage.Store).IdentityRows, s),
				"campaigns": counted((*storage.Store).Campaigns, s),
			} {
				found, err := ask(t.Context(), []string{key, strings.Replace(key, key[:1], "I", 1), strings.Replace(key, key[:1], "C", 1)})
				require.NoError(t, err)
				require.Zero(t, found, "%s %q", name, key)
			}
		}
		members, err := s.ClusterAttackers(storage.KindIdentity, resolved, storage.ListOptions{}).Page(t.Context(), []string{"I-ONE", "i-one"}, whole)
		require.NoError(t, err)
		require.Empty(t, members["I-ONE"].Rows)
		require.Len(t, members["i-one"].Rows, 1)
	})
}

func counted[T any](find func(*storage.Store, context.Context, []string) (map[string]*T, error), s *storage.Store) func(context.Context, []string) (int, error) {
	return func(ctx context.Context, keys []string) (int, error) {
		found, err := find(s, ctx, keys)
		return len(found), err
	}
}
