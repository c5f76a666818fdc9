package model

import (
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

// Parent is nil for a technique.
func (t *Technique) Parent() *Technique {
	parent := attack.ParentID(t.AttackID)
	if parent == "" {
		return nil
	}
	return t.catalogue.Technique(parent)
}

// SubTechniques are those that the catalogue knows.
func (t *Technique) SubTechniques() []*Technique {
	return t.catalogue.techniques(t.catalogue.Catalogue.SubTechniques(t.AttackID))
}

// Tactics are those that the catalogue lists the technique under.
func (t *Technique) Tactics() []*Tactic {
	known, _ := t.catalogue.Catalogue.Technique(t.AttackID)
	tactics := make([]*Tactic, 0, len(known.TacticIDs))
	for _, id := range known.TacticIDs {
		tactics = append(tactics, t.catalogue.Tactic(id))
	}
	return tactics
}

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

// Tactics are all of them in matrix order.
func (c Catalogue) Tactics() []*Tactic {
	known := c.Catalogue.Tactics()
	tactics := make([]*Tactic, len(known))
	for i, t := range known {
		tactics[i] = &Tactic{t, c}
	}
	return tactics
}

// ID is the reference to the entry.
func (t *Tactic) ID() storage.Ref { return storage.Ref{Kind: KindTactic, Key: t.AttackID} }

// Techniques are those that the catalogue lists under the tactic.
func (t *Tactic) Techniques() []*Technique {
	return t.catalogue.techniques(t.catalogue.TechniquesOfTactic(t.AttackID))
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
