// Package attack names the tactics and techniques of MITRE ATT&CK®.
//
// The embedded catalogue, catalogue.tsv, knows every Enterprise and ICS tactic and those techniques that DECNET's
// rules emit. A tag may carry an id it does not know: that is an ordinary answer, never an error.
package attack

import (
	"cmp"
	"fmt"
	"slices"
)

// The domains a tactic can belong to, spelled as in ATT&CK's own data.
const (
	Enterprise = "enterprise-attack"
	ICS        = "ics-attack"
)

// domains lists the matrices in the order Tactics shows them.
var domains = []string{Enterprise, ICS}

// A Tactic is one column of an ATT&CK matrix: why an attacker acts.
type Tactic struct {
	AttackID  string // TA0002
	ShortName string // execution; unique only within its domain
	Name      string
	Domain    string // Enterprise or ICS
	URL       string
}

// A Technique is how an attacker reaches a tactic's goal: a technique or a sub-technique.
type Technique struct {
	AttackID  string // T1059 or T1059.004
	Name      string // a sub-technique's own name, without its parent's
	TacticIDs []string
	ParentID  string // empty for a technique
}

// URL returns the technique's page at ATT&CK.
func (t Technique) URL() string { return TechniqueURL(t.AttackID) }

// IsSubTechnique reports whether the technique refines a parent.
func (t Technique) IsSubTechnique() bool { return t.ParentID != "" }

// A Catalogue is one release of ATT&CK, or a part of one. It never changes, and any number of goroutines may share it:
// what its methods return belongs to the caller.
type Catalogue struct {
	release       string
	tactics       []Tactic
	techniques    []Technique
	tacticByID    map[string]Tactic
	techniqueByID map[string]Technique
	byParent      map[string][]Technique
	byTactic      map[string][]Technique
}

// newCatalogue indexes records read from any source. Tactics come in matrix order within their domain, techniques in
// any order; ids must be unique, and every tactic and parent that a technique names must be there.
func newCatalogue(release string, tactics []Tactic, techniques []Technique) (*Catalogue, error) {
	c := &Catalogue{
		release:       release,
		tactics:       slices.Clone(tactics),
		techniques:    clone(techniques),
		tacticByID:    map[string]Tactic{},
		techniqueByID: map[string]Technique{},
		byParent:      map[string][]Technique{},
		byTactic:      map[string][]Technique{},
	}
	slices.SortStableFunc(c.tactics, func(a, b Tactic) int {
		return cmp.Compare(slices.Index(domains, a.Domain), slices.Index(domains, b.Domain))
	})
	slices.SortFunc(c.techniques, func(a, b Technique) int { return cmp.Compare(a.AttackID, b.AttackID) })

	for _, t := range c.tactics {
		if _, ok := c.tacticByID[t.AttackID]; ok {
			return nil, fmt.Errorf("tactic %s appears twice", t.AttackID)
		}
		c.tacticByID[t.AttackID] = t
	}
	for _, t := range c.techniques { // sorted: a parent comes before its sub-techniques
		if err := c.index(t); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalogue) index(t Technique) error {
	if _, ok := c.techniqueByID[t.AttackID]; ok {
		return fmt.Errorf("technique %s appears twice", t.AttackID)
	}
	if t.IsSubTechnique() {
		if _, ok := c.techniqueByID[t.ParentID]; !ok {
			return fmt.Errorf("sub-technique %s lacks its parent", t.AttackID)
		}
		c.byParent[t.ParentID] = append(c.byParent[t.ParentID], t)
	}
	for _, id := range t.TacticIDs {
		if _, ok := c.tacticByID[id]; !ok {
			return fmt.Errorf("technique %s names unknown tactic %s", t.AttackID, id)
		}
		c.byTactic[id] = append(c.byTactic[id], t)
	}
	c.techniqueByID[t.AttackID] = t
	return nil
}

// Release returns the ATT&CK release the catalogue describes, such as "19.1".
func (c *Catalogue) Release() string { return c.release }

// Tactics returns every tactic, Enterprise before ICS, each in the order of its matrix.
func (c *Catalogue) Tactics() []Tactic { return slices.Clone(c.tactics) }

// Techniques returns every technique and sub-technique, sorted by id.
func (c *Catalogue) Techniques() []Technique { return clone(c.techniques) }

// Tactic finds a tactic by its id; false if the catalogue lacks it.
func (c *Catalogue) Tactic(id string) (Tactic, bool) {
	t, ok := c.tacticByID[id]
	return t, ok
}

// Technique finds a technique or sub-technique by its id; false if the catalogue lacks it.
func (c *Catalogue) Technique(id string) (Technique, bool) {
	t, ok := c.techniqueByID[id]
	t.TacticIDs = slices.Clone(t.TacticIDs)
	return t, ok
}

// TechniqueName returns the name of a technique or sub-technique, and "" for an id that the catalogue lacks.
func (c *Catalogue) TechniqueName(id string) string { return c.techniqueByID[id].Name }

// SubTechniques returns the sub-techniques of a technique, sorted by id; empty for an id without any.
func (c *Catalogue) SubTechniques(id string) []Technique { return clone(c.byParent[id]) }

// TechniquesOfTactic returns the techniques and sub-techniques of a tactic, sorted by id; empty for an id without any.
func (c *Catalogue) TechniquesOfTactic(tacticID string) []Technique {
	return clone(c.byTactic[tacticID])
}

// TacticsOfTechnique returns the tactics of a technique or sub-technique, in the order that ATT&CK lists them; empty for
// an id that the catalogue lacks.
func (c *Catalogue) TacticsOfTechnique(id string) []Tactic {
	ids := c.techniqueByID[id].TacticIDs
	tactics := make([]Tactic, len(ids))
	for i, tactic := range ids {
		tactics[i] = c.tacticByID[tactic]
	}
	return tactics
}

// clone copies techniques down to their tactic ids. It never returns nil.
func clone(ts []Technique) []Technique {
	out := make([]Technique, len(ts))
	for i, t := range ts {
		t.TacticIDs = slices.Clone(t.TacticIDs)
		out[i] = t
	}
	return out
}
