package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// memberRollups are the rollups of identities and of all attackers, as one read brings them. Those of attackers that it
// does not bring come from a read of their own.
func memberRollups(ctx context.Context, t require.TestingT, s *storage.Store, m storage.Membership) (lines []string) {
	identities := ownersOf(storage.Scope{Of: storage.KindIdentity})
	found, err := s.MemberTechniques(m)(ctx, identities)
	require.NoError(t, err)
	own, err := s.Techniques(storage.Scope{Of: storage.KindAttacker, Membership: m}, nil)(ctx, someAttackers)
	require.NoError(t, err)
	add := func(name string, rows []*storage.TechniqueRollup) {
		for n, row := range rows {
			content := *row
			content.SubTechniqueID = nil // the key has it; a pointer prints as an address
			lines = append(lines, fmt.Sprintf("%s %d %s: %+v", name, n, row.ID().Key, content))
		}
	}
	for _, identity := range identities {
		add("members of "+identity, found[identity].Identity())
		for _, attacker := range someAttackers {
			rows, read := found[identity].Attacker(attacker)
			if !read {
				rows = own[attacker]
			}
			add(identity+" and "+attacker, rows)
		}
	}
	return lines
}

func TestRollupsOfAttackersComeWithThoseOfTheirIdentity(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newSumming(t, b)
			s.start() // attacker a1 belongs to identity i1
			add := func(identity string, attackers int) {
				for n := range attackers {
					uuid := fmt.Sprintf("a-%s-%d", identity, n)
					execute(t, s.db, strings.Replace(s.attacker(uuid), quoted("i"+uuid[1:]), quoted(identity), 1))
				}
			}
			add("i1", 3)
			add("i2", 210)
			ask := func(identity string) *storage.MemberRollups {
				found, err := s.store.MemberTechniques(storage.Resolved)(t.Context(), []string{identity})
				require.NoError(t, err)
				return found[identity]
			}
			few := ask("i1")
			for _, attacker := range []string{"a1", "a-i1-0", "a-i1-2"} {
				rows, read := few.Attacker(attacker)
				require.True(t, read, attacker)
				require.NotNil(t, rows, "an attacker without tags has an empty rollup")
			}
			_, read := few.Attacker("a2")
			require.False(t, read, "an attacker of another identity")
			many := ask("i2")
			_, read = many.Attacker("a-i2-0")
			require.False(t, read, "an identity of very many attackers")
		})
	}
}
