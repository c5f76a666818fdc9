package attack

import "testing"

func TestIDs(t *testing.T) {
	t.Parallel()
	const pages = "https://attack.mitre.org/techniques/"
	tests := []struct {
		fact, id          string
		technique, tactic bool
		parent, url       string
	}{
		{"a technique has no parent", "T1059", true, false, "", pages + "T1059"},
		{"a sub-technique has one", "T1059.004", true, false, "T1059", pages + "T1059/004"},
		{"an id no release knows still has a page", "T9999.999", true, false, "T9999", pages + "T9999/999"},
		{"an ICS technique has the same form", "T0800", true, false, "", pages + "T0800"},
		{"a tactic is no technique", "TA0002", false, true, "", ""},
		{"nothing is no id", "", false, false, "", ""},
		{"lower case is no id", "t1059.004", false, false, "", ""},
		{"a lower-case tactic is no id", "ta0002", false, false, "", ""},
		{"three digits are too few", "T105", false, false, "", ""},
		{"five digits are too many", "T10590", false, false, "", ""},
		{"three digits are too few for a tactic", "TA002", false, false, "", ""},
		{"five digits are too many for a tactic", "TA00020", false, false, "", ""},
		{"a sub-technique needs its digits", "T1059.", false, false, "", ""},
		{"two digits are too few after the dot", "T1059.04", false, false, "", ""},
		{"four digits are too many after the dot", "T1059.0044", false, false, "", ""},
		{"there is one level of sub-techniques", "T1059.004.001", false, false, "", ""},
		{"a tactic has no parts", "TA0002.001", false, false, "", ""},
		{"the form of an address is no id", "T1059/004", false, false, "", ""},
		{"space in front is refused", " T1059", false, false, "", ""},
		{"a line end is refused", "T1059\n", false, false, "", ""},
		{"a line end after a tactic is refused", "TA0002\n", false, false, "", ""},
		{"only ASCII digits count", "T１０５９", false, false, "", ""},
		{"a path is no id", "T1059/../..", false, false, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			t.Parallel()
			if got := ValidTechniqueID(tt.id); got != tt.technique {
				t.Errorf("ValidTechniqueID(%q) = %v", tt.id, got)
			}
			if got := ValidTacticID(tt.id); got != tt.tactic {
				t.Errorf("ValidTacticID(%q) = %v", tt.id, got)
			}
			if got := ParentID(tt.id); got != tt.parent {
				t.Errorf("ParentID(%q) = %q, want %q", tt.id, got, tt.parent)
			}
			if got := TechniqueURL(tt.id); got != tt.url {
				t.Errorf("TechniqueURL(%q) = %q, want %q", tt.id, got, tt.url)
			}
		})
	}
}
