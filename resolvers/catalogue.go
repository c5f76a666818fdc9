package resolvers

import (
	"context"

	"decnetgraph/attack"
	"decnetgraph/graph/model"
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// perKey makes a query for many keys of a function that answers for one. The edges of the catalogue are loaded like
// those of storage, so that a request is held to the same limits on both.
func perKey[V any](answer func(key string) V) loaders.Query[string, V] {
	return func(_ context.Context, keys []string) (map[string]V, error) {
		found := make(map[string]V, len(keys))
		for _, key := range keys {
			found[key] = answer(key)
		}
		return found, nil
	}
}

// technique is the technique with a number; one that the catalogue lacks has no name.
func (r *Resolver) technique(attackID string) *model.Technique {
	return model.NewTechnique(attackID, r.Catalogue.TechniqueName(attackID))
}

// subTechnique is the sub-technique with a number, or nil for no number.
func (r *Resolver) subTechnique(attackID *string) *model.Technique {
	if attackID == nil {
		return nil
	}
	return r.technique(*attackID)
}

// parentTechnique is the technique that a sub-technique belongs to, or nil for a technique.
func (r *Resolver) parentTechnique(attackID string) *model.Technique {
	parent := attack.ParentID(attackID)
	if parent == "" {
		return nil
	}
	return r.technique(parent)
}

// subTechniques are those that the catalogue has, ordered by number.
func (r *Resolver) subTechniques(attackID string) []*model.Technique {
	return asTechniques(r.Catalogue.SubTechniques(attackID))
}

// techniquesOfTactic are those that the catalogue lists under a tactic, ordered by number.
func (r *Resolver) techniquesOfTactic(attackID string) []*model.Technique {
	return asTechniques(r.Catalogue.TechniquesOfTactic(attackID))
}

// tactic is the tactic with a number, or nil if the catalogue lacks it.
func (r *Resolver) tactic(attackID string) *model.Tactic {
	known, ok := r.Catalogue.Tactic(attackID)
	if !ok {
		return nil
	}
	return &model.Tactic{Tactic: known}
}

// tacticsOfTechnique are those that the catalogue lists a technique under, in matrix order.
func (r *Resolver) tacticsOfTechnique(attackID string) []*model.Tactic {
	return asTactics(r.Catalogue.TacticsOfTechnique(attackID))
}

// tactics are all tactics in matrix order. They belong to the fleet, the one key of the field.
func (r *Resolver) tactics(_ string) []*model.Tactic { return asTactics(r.Catalogue.Tactics()) }

// catalogueEntry is the entry that a global id refers to, or nil if there is none.
func (r *Resolver) catalogueEntry(ref storage.Ref) model.Node {
	switch ref.Kind {
	case storage.KindTechnique:
		if attack.ValidTechniqueID(ref.Key) {
			return r.technique(ref.Key)
		}
	case model.KindTactic:
		if tactic := r.tactic(ref.Key); tactic != nil {
			return tactic
		}
	default: // the kind of a row
	}
	return nil
}

func asTechniques(known []attack.Technique) []*model.Technique {
	return mapSlice(known, func(t attack.Technique) *model.Technique { return model.NewTechnique(t.AttackID, t.Name) })
}

func asTactics(known []attack.Tactic) []*model.Tactic {
	return mapSlice(known, func(t attack.Tactic) *model.Tactic { return &model.Tactic{Tactic: t} })
}
