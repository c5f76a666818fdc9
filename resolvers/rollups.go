package resolvers

import (
	"context"

	"decnetgraph/graph/exec"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// rollupCovers say that the rollup of an identity is the sum of those of its attackers, and of the tags that name no
// attacker of it.
var rollupCovers = []exec.Cover{{Of: "Identity", Edge: "attackers", Below: "Attacker", Field: "techniques"}}

// memberTechniques reads the rollup of an identity together with those of its attackers.
func (r *Resolver) memberTechniques(m storage.Membership) loaders.Covering[string, *storage.MemberRollups, []*storage.TechniqueRollup] {
	return loaders.Covering[string, *storage.MemberRollups, []*storage.TechniqueRollup]{
		Read:  r.Store.MemberTechniques(m),
		Upper: (*storage.MemberRollups).Identity,
		Lower: (*storage.MemberRollups).Attacker,
	}
}

// identityTechniques answers techniques of identities.
func (r *Resolver) identityTechniques(ctx context.Context, identities []string, m storage.Membership) ([][]*storage.TechniqueRollup, error) {
	return loaders.LoadUpper(ctx, identities, r.memberTechniques(m), r.Store.Techniques(scope(storage.KindIdentity, m), nil))
}

// attackerTechniques answers techniques of attackers.
func (r *Resolver) attackerTechniques(ctx context.Context, attackers []*storage.Attacker, m storage.Membership) ([][]*storage.TechniqueRollup, error) {
	owners := mapSlice(attackers, (*storage.Attacker).ListedFor)
	return loaders.LoadLower(ctx, owners, keys(attackers), r.memberTechniques(m), r.Store.Techniques(scope(storage.KindAttacker, m), nil))
}
