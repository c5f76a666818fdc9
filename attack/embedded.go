package attack

import (
	_ "embed" // for catalogue.tsv
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed catalogue.tsv
var embedded string

var parseEmbedded = sync.OnceValue(func() *Catalogue {
	c, err := parse(embedded)
	if err != nil {
		panic("attack: catalogue.tsv: " + err.Error()) // the file is part of the program, and a test checks its format
	}
	return c
})

// Default returns the embedded catalogue, always the same one.
func Default() *Catalogue { return parseEmbedded() }

// parse reads the format that the head of catalogue.tsv describes. A line that it cannot read is an error.
func parse(text string) (*Catalogue, error) {
	var r records
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n") // a checkout on Windows may add the \r
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := r.add(strings.Split(line, "\t")); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if r.release == "" {
		return nil, errors.New("no release")
	}
	return newCatalogue(r.release, r.tactics, r.techniques)
}

// records holds the lines that parse has read so far.
type records struct {
	release    string
	tactics    []Tactic
	techniques []Technique
}

func (r *records) add(fields []string) error {
	for i, f := range fields {
		if f == "" || f != strings.TrimSpace(f) {
			return fmt.Errorf("field %d is empty or has spaces around it: %q", i+1, f)
		}
	}
	switch kind, n := fields[0], len(fields); {
	case kind == "release" && n == 2:
		return r.addRelease(fields[1])
	case kind == "tactic" && n == 5:
		return r.addTactic(Tactic{AttackID: fields[1], ShortName: fields[2], Name: fields[3], Domain: fields[4]})
	case kind == "technique" && n == 4:
		return r.addTechnique(Technique{
			AttackID: fields[1], Name: fields[2], TacticIDs: strings.Split(fields[3], ","),
		})
	default:
		return fmt.Errorf("no record has kind %q and %d fields", kind, n)
	}
}

func (r *records) addRelease(release string) error {
	if r.release != "" {
		return fmt.Errorf("a second release: %q", release)
	}
	r.release = release
	return nil
}

func (r *records) addTactic(t Tactic) error {
	if !ValidTacticID(t.AttackID) {
		return fmt.Errorf("%q is no tactic id", t.AttackID)
	}
	if !slices.Contains(domains, t.Domain) {
		return fmt.Errorf("unknown domain %q", t.Domain)
	}
	t.URL = tacticURL(t.AttackID)
	r.tactics = append(r.tactics, t)
	return nil
}

func (r *records) addTechnique(t Technique) error {
	if !ValidTechniqueID(t.AttackID) {
		return fmt.Errorf("%q is no technique id", t.AttackID)
	}
	for i, id := range t.TacticIDs {
		if !ValidTacticID(id) {
			return fmt.Errorf("%q is no tactic id", id)
		}
		if slices.Contains(t.TacticIDs[:i], id) {
			return fmt.Errorf("tactic %s named twice", id)
		}
	}
	t.ParentID = ParentID(t.AttackID)
	r.techniques = append(r.techniques, t)
	return nil
}
