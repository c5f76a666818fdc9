package attack

import (
	"strings"
	"testing"
)

// lines joins records, written with spaces for tabs and "_" for a space inside a field.
func lines(records ...string) string {
	return strings.NewReplacer(" ", "\t", "_", " ").Replace(strings.Join(records, "\n"))
}

const (
	release = "release 1.0"
	tactic  = "tactic TA0002 execution Execution enterprise-attack"
	parent  = "technique T1059 Command_and_Scripting_Interpreter TA0002"
)

func TestParseReads(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a whole file":                        lines(release, tactic, parent),
		"comments and empty lines":            lines("#_a_comment", "", release, tactic, "", parent, ""),
		"Windows line ends":                   strings.ReplaceAll(lines(release, tactic, parent, ""), "\n", "\r\n"),
		"a technique ahead of its tactic":     lines(release, parent, tactic),
		"a release at the end":                lines(tactic, parent, release),
		"a sub-technique ahead of its parent": lines(release, tactic, "technique T1059.004 Unix_Shell TA0002", parent),
	}
	for fact, text := range tests {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			c, err := parse(text)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := c.Technique("T1059")
			if !ok || got.Name != "Command and Scripting Interpreter" || c.Release() != "1.0" {
				t.Errorf("release %q, technique %+v, %v", c.Release(), got, ok)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"nothing at all":           {"", "no release"},
		"no release":               {lines(tactic, parent), "no release"},
		"a second release":         {lines(release, release), "line 2: a second release"},
		"an unknown kind":          {lines(release, "group G0001 Axiom"), `line 2: no record has kind "group"`},
		"a kind alone":             {lines(release, "tactic"), "line 2: no record"},
		"spaces instead of tabs":   {"release 1.0", "line 1: no record"},
		"a release too many":       {lines("release 1.0 2.0"), "line 1: no record"},
		"a tactic field missing":   {lines(release, "tactic TA0002 execution Execution"), "line 2: no record"},
		"a tactic field too many":  {lines(release, tactic+" more"), "line 2: no record"},
		"a technique without one":  {lines(release, tactic, "technique T1059 Name"), "line 3: no record"},
		"a technique field extra":  {lines(release, tactic, parent+" more"), "line 3: no record"},
		"an empty name":            {lines(release, tactic, "technique T1059  TA0002"), "line 3: field 3 is empty"},
		"an empty last field":      {lines(release, tactic, "technique T1059 Name "), "line 3: field 4 is empty"},
		"space around a name":      {lines(release, tactic, "technique T1059 Name_ TA0002"), "line 3: field 3"},
		"an indented record":       {lines("_release 1.0"), "line 1: field 1"},
		"a bad tactic id":          {lines(release, "tactic TA2 execution Execution enterprise-attack"), `"TA2" is no tactic id`},
		"an unknown domain":        {lines(release, "tactic TA0027 initial-access Initial_Access mobile-attack"), "unknown domain"},
		"a bad technique id":       {lines(release, tactic, "technique T1059/004 Name TA0002"), "line 3: \"T1059/004\" is no technique id"},
		"a bad tactic in a list":   {lines(release, tactic, "technique T1059 Name TA0002,execution"), `"execution" is no tactic id`},
		"a list that ends in one":  {lines(release, tactic, "technique T1059 Name TA0002,"), `"" is no tactic id`},
		"a tactic named twice":     {lines(release, tactic, "technique T1059 Name TA0002,TA0002"), "TA0002 named twice"},
		"a tactic listed twice":    {lines(release, tactic, tactic), "tactic TA0002 appears twice"},
		"a technique listed twice": {lines(release, tactic, parent, parent), "technique T1059 appears twice"},
		"a tactic not listed":      {lines(release, parent), "T1059 names unknown tactic TA0002"},
		"a parent not listed":      {lines(release, tactic, "technique T1059.004 Unix_Shell TA0002"), "T1059.004 lacks its parent"},
	}
	for fact, tt := range tests {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			c, err := parse(tt.text)
			if err == nil {
				t.Fatalf("read as %+v", c)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}
