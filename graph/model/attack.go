package model

import (
	"decnetgraph/attack"
	"decnetgraph/storage"
)

// KindTactic is the kind of a tactic's global id; a technique's is storage.KindTechnique.
const KindTactic storage.Kind = "Tactic"

// Technique is an ATT&CK technique or sub-technique, whether or not the catalogue has it.
type Technique struct {
	AttackID string
	name     string
}

// NewTechnique returns the technique with an ATT&CK number. The name is empty if the catalogue lacks the number.
func NewTechnique(attackID, name string) *Technique { return &Technique{attackID, name} }

// ID is the reference to the entry.
func (t *Technique) ID() storage.Ref {
	return storage.Ref{Kind: storage.KindTechnique, Key: t.AttackID}
}

// Name is nil if the catalogue lacks the number.
func (t *Technique) Name() *string {
	if t.name == "" {
		return nil
	}
	return &t.name
}

// URL is the page on attack.mitre.org.
func (t *Technique) URL() string { return attack.TechniqueURL(t.AttackID) }

// IsSubTechnique reports whether the number is that of a sub-technique.
func (t *Technique) IsSubTechnique() bool { return attack.ParentID(t.AttackID) != "" }

// Tactic is a column of the ATT&CK matrix.
type Tactic struct{ attack.Tactic }

// ID is the reference to the entry.
func (t *Tactic) ID() storage.Ref { return storage.Ref{Kind: KindTactic, Key: t.AttackID} }
