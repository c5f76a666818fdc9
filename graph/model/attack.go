package model

import (
	"context"

	"decnetgraph/attack"
	"decnetgraph/storage"
)

// KindTactic is the kind of a tactic's global id; a technique's is storage.KindTechnique.
const KindTactic storage.Kind = "Tactic"

// Catalogue looks up entries of ATT&CK for the schema.
type Catalogue struct{ *attack.Catalogue }

// Technique is an ATT&CK technique or sub-technique, known to the catalogue or not.
type Technique struct {
	AttackID  string
	catalogue Catalogue
}

// Technique answers for any number; what the catalogue does not know has no name.
func (c Catalogue) Technique(attackID string) *Technique {
	return &Technique{AttackID: attackID, catalogue: c}
}

// SubTechnique answers nil for no number.
func (c Catalogue) SubTechnique(attackID *string) *Technique {
	if attackID == nil {
		return nil
	}
	return c.Technique(*attackID)
}

// ID is the reference to the entry.
func (t *Technique) ID() storage.Ref {
	return storage.Ref{Kind: storage.KindTechnique, Key: t.AttackID}
}

// Name is nil if the catalogue does not know the number.
func (t *Technique) Name() *string {
	known, ok := t.catalogue.Catalogue.Technique(t.AttackID)
	if !ok {
		return nil
	}
	return &known.Name
}

// URL is the page on attack.mitre.org.
func (t *Technique) URL() string { return attack.TechniqueURL(t.AttackID) }

// IsSubTechnique tells a sub-technique by its number.
func (t *Technique) IsSubTechnique() bool { return attack.ParentID(t.AttackID) != "" }

// Tactic is a column of the ATT&CK matrix.
type Tactic struct {
	attack.Tactic
	catalogue Catalogue
}

// Tactic is nil if the catalogue does not know the number.
func (c Catalogue) Tactic(attackID string) *Tactic {
	known, ok := c.Catalogue.Tactic(attackID)
	if !ok {
		return nil
	}
	return &Tactic{known, c}
}

// ID is the reference to the entry.
func (t *Tactic) ID() storage.Ref { return storage.Ref{Kind: KindTactic, Key: t.AttackID} }

// The edges of the catalogue answer for many keys at once, as those of storage do: a request is held
// to its limits on both alike.

// TechniquesByID answers for any number; what the catalogue does not know has no name.
func (c Catalogue) TechniquesByID(_ context.Context, ids []string) (map[string]*Technique, error) {
	return keyed(ids, c.Technique), nil
}

// Parents leaves out techniques, which have none.
func (c Catalogue) Parents(_ context.Context, ids []string) (map[string]*Technique, error) {
	return keyed(ids, func(id string) *Technique {
		parent := attack.ParentID(id)
		if parent == "" {
			return nil
		}
		return c.Technique(parent)
	}), nil
}

// SubTechniquesOf lists the sub-techniques that the catalogue knows, ordered by number.
func (c Catalogue) SubTechniquesOf(_ context.Context, ids []string) (map[string][]*Technique, error) {
	return keyed(ids, func(id string) []*Technique { return c.techniques(c.Catalogue.SubTechniques(id)) }), nil
}

// TacticsOf lists the tactics that the catalogue lists each technique under, in matrix order.
func (c Catalogue) TacticsOf(_ context.Context, ids []string) (map[string][]*Tactic, error) {
	return keyed(ids, func(id string) []*Tactic {
		known, _ := c.Catalogue.Technique(id)
		tactics := make([]*Tactic, 0, len(known.TacticIDs))
		for _, tactic := range known.TacticIDs {
			tactics = append(tactics, c.Tactic(tactic))
		}
		return tactics
	}), nil
}

// TechniquesOf lists the techniques that the catalogue lists under each tactic, ordered by number.
func (c Catalogue) TechniquesOf(_ context.Context, tactics []string) (map[string][]*Technique, error) {
	return keyed(tactics, func(id string) []*Technique { return c.techniques(c.TechniquesOfTactic(id)) }), nil
}

// AllTactics lists all tactics in matrix order, whatever the key.
func (c Catalogue) AllTactics(_ context.Context, keys []string) (map[string][]*Tactic, error) {
	return keyed(keys, func(string) []*Tactic {
		known := c.Tactics()
		tactics := make([]*Tactic, len(known))
		for i, t := range known {
			tactics[i] = &Tactic{t, c}
		}
		return tactics
	}), nil
}

func keyed[V any](keys []string, answer func(string) V) map[string]V {
	found := make(map[string]V, len(keys))
	for _, key := range keys {
		found[key] = answer(key)
	}
	return found
}

func (c Catalogue) techniques(known []attack.Technique) []*Technique {
	techniques := make([]*Technique, len(known))
	for i, k := range known {
		techniques[i] = c.Technique(k.AttackID)
	}
	return techniques
}

// Node is the entry that a global id names, or nil.
func (c Catalogue) Node(id storage.Ref) Node {
	switch id.Kind {
	case storage.KindTechnique:
		if attack.ValidTechniqueID(id.Key) {
			return c.Technique(id.Key)
		}
	case KindTactic:
		if tactic := c.Tactic(id.Key); tactic != nil {
			return tactic
		}
	default: // of storage's kinds
	}
	return nil
}
