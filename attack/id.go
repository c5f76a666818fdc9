package attack

import (
	"regexp"
	"strings"
)

const site = "https://attack.mitre.org"

var (
	techniqueID = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	tacticID    = regexp.MustCompile(`^TA[0-9]{4}$`)
)

// ValidTechniqueID reports whether id has the form of a technique (T1059) or a sub-technique (T1059.004).
// It says nothing about whether ATT&CK knows the id.
func ValidTechniqueID(id string) bool { return techniqueID.MatchString(id) }

// ValidTacticID reports whether id has the form of a tactic (TA0002), known or not.
func ValidTacticID(id string) bool { return tacticID.MatchString(id) }

// ParentID returns the technique that a sub-technique id belongs to, and "" for any other text.
func ParentID(id string) string {
	parent, _, dotted := strings.Cut(id, ".")
	if !dotted || !ValidTechniqueID(id) {
		return ""
	}
	return parent
}

// TechniqueURL returns the page of a technique or sub-technique on attack.mitre.org, even if no catalogue has it,
// and "" for text that is not a technique id.
func TechniqueURL(id string) string {
	if !ValidTechniqueID(id) {
		return ""
	}
	return site + "/techniques/" + strings.Replace(id, ".", "/", 1)
}

func tacticURL(id string) string { return site + "/tactics/" + id }
