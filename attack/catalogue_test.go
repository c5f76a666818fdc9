package attack

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// ruleIDs are the technique and sub-technique ids in the emits of DECNET's rules R0001 to R0059.
var ruleIDs = strings.Fields(`
	T1003 T1003.008 T1016 T1027 T1029 T1033 T1036 T1036.005 T1046 T1049 T1053 T1053.003 T1056 T1059 T1059.004
	T1070 T1070.003 T1071 T1071.001 T1071.003 T1078 T1078.001 T1082 T1083 T1087 T1087.002 T1090 T1098 T1098.004
	T1105 T1110 T1110.001 T1110.003 T1110.004 T1135 T1136 T1136.001 T1190 T1204 T1204.002 T1213 T1482 T1485 T1486
	T1496 T1505 T1505.003 T1548 T1548.001 T1548.003 T1552 T1552.001 T1552.007 T1557 T1557.001
	T1566 T1566.001 T1566.002 T1566.003 T1567 T1586 T1586.002 T1588 T1588.001 T1588.002 T1595 T1595.002
	T1602 T1602.002 T1611`)

// ruleTactics are the tactic ids in the same emits.
var ruleTactics = strings.Fields(`
	TA0001 TA0002 TA0003 TA0004 TA0005 TA0006 TA0007 TA0009 TA0010 TA0011 TA0040 TA0042 TA0043`)

func ids(ts []Technique) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.AttackID
	}
	return out
}

func TestDefaultHoldsWhatTheRulesEmit(t *testing.T) {
	t.Parallel()
	if got := ids(Default().Techniques()); !slices.Equal(got, ruleIDs) {
		t.Errorf("the techniques are not those of the rules, sorted:\n got %v\nwant %v", got, ruleIDs)
	}
	subs := slices.DeleteFunc(Default().Techniques(), func(t Technique) bool { return !t.IsSubTechnique() })
	if len(ruleIDs) != 70 || len(subs) != 29 {
		t.Errorf("%d ids, %d of them sub-techniques; the rules emit 70 and 29", len(ruleIDs), len(subs))
	}
	for _, id := range ruleTactics {
		if _, ok := Default().Tactic(id); !ok {
			t.Errorf("tactic %s is missing", id)
		}
	}
}

func TestDefaultIsParsedOnce(t *testing.T) {
	t.Parallel()
	once, again := Default(), Default()
	if once != again {
		t.Error("two catalogues")
	}
	if got := Default().Release(); got != "19.1" {
		t.Errorf("release %s", got)
	}
}

func TestTacticsComeInMatrixOrderEnterpriseFirst(t *testing.T) {
	t.Parallel()
	var got []string
	for _, tactic := range Default().Tactics() {
		got = append(got, tactic.AttackID)
	}
	want := strings.Fields(`
		TA0043 TA0042 TA0001 TA0002 TA0003 TA0004 TA0005 TA0112 TA0006 TA0007 TA0008 TA0009 TA0011 TA0010 TA0040
		TA0108 TA0104 TA0110 TA0111 TA0103 TA0102 TA0109 TA0100 TA0101 TA0107 TA0106 TA0105`)
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	mixed, err := newCatalogue("1", []Tactic{{AttackID: "TA0108", Domain: ICS}, {AttackID: "TA0043", Domain: Enterprise}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mixed.Tactics()[0].Domain != Enterprise {
		t.Error("ICS comes first when a source lists it first")
	}
}

func TestEverySubTechniqueHasItsParent(t *testing.T) {
	t.Parallel()
	c := Default()
	for _, sub := range c.Techniques() {
		if sub.ParentID != ParentID(sub.AttackID) || sub.IsSubTechnique() != strings.Contains(sub.AttackID, ".") {
			t.Errorf("%s has parent %q", sub.AttackID, sub.ParentID)
		}
		if !sub.IsSubTechnique() {
			continue
		}
		parent, ok := c.Technique(sub.ParentID)
		if !ok || parent.IsSubTechnique() {
			t.Errorf("%s: no technique is its parent", sub.AttackID)
		}
		if !slices.Contains(ids(c.SubTechniques(sub.ParentID)), sub.AttackID) {
			t.Errorf("%s is not among its parent's sub-techniques", sub.AttackID)
		}
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	c := Default()
	shell, ok := c.Technique("T1059.004")
	if !ok || shell.Name != "Unix Shell" || shell.ParentID != "T1059" || !slices.Equal(shell.TacticIDs, []string{"TA0002"}) {
		t.Errorf("technique %+v, %v", shell, ok)
	}
	if want := "https://attack.mitre.org/techniques/T1059/004"; shell.URL() != want {
		t.Errorf("page %s, want %s", shell.URL(), want)
	}
	want := Tactic{"TA0002", "execution", "Execution", Enterprise, "https://attack.mitre.org/tactics/TA0002"}
	if got, ok := c.Tactic("TA0002"); !ok || got != want {
		t.Errorf("tactic %+v, %v", got, ok)
	}
	if got, want := ids(c.SubTechniques("T1110")), []string{"T1110.001", "T1110.003", "T1110.004"}; !slices.Equal(got, want) {
		t.Errorf("sub-techniques %v, want %v", got, want)
	}
	if got := c.TechniqueName("T1059.004"); got != "Unix Shell" {
		t.Errorf("name %q", got)
	}
	if got := c.TacticsOfTechnique("T1059.004"); !slices.Equal(got, []Tactic{want}) {
		t.Errorf("tactics of a technique %+v, want %+v", got, want)
	}
	exec := []string{"T1053", "T1053.003", "T1059", "T1059.004", "T1204", "T1204.002"}
	if got := ids(c.TechniquesOfTactic("TA0002")); !slices.Equal(got, exec) {
		t.Errorf("techniques of a tactic %v, want %v", got, exec)
	}
}

func TestUnknownIDsAreOrdinary(t *testing.T) {
	t.Parallel()
	c := Default()
	for _, id := range []string{"", "T9999", "T1059.999", "TA9999", "t1059", "execution", "nonsense"} {
		if got, ok := c.Technique(id); ok || got.AttackID != "" {
			t.Errorf("Technique(%q) = %+v, %v", id, got, ok)
		}
		if got, ok := c.Tactic(id); ok || got != (Tactic{}) {
			t.Errorf("Tactic(%q) = %+v, %v", id, got, ok)
		}
		if got := c.SubTechniques(id); got == nil || len(got) != 0 {
			t.Errorf("SubTechniques(%q) = %#v, want an empty list", id, got)
		}
		if got := c.TechniquesOfTactic(id); got == nil || len(got) != 0 {
			t.Errorf("TechniquesOfTactic(%q) = %#v, want an empty list", id, got)
		}
		if got := c.TacticsOfTechnique(id); got == nil || len(got) != 0 {
			t.Errorf("TacticsOfTechnique(%q) = %#v, want an empty list", id, got)
		}
		if got := c.TechniqueName(id); got != "" {
			t.Errorf("TechniqueName(%q) = %q, want no name", id, got)
		}
	}
}

func TestResultsBelongToTheCaller(t *testing.T) {
	t.Parallel()
	c, err := parse(lines(release, tactic, parent, "technique T1059.004 Unix_Shell TA0002"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { // under -race, a shared result is a data race
			c.Tactics()[0].Name = "changed"
			one, _ := c.Technique("T1059")
			for _, t := range append([]Technique{one}, slices.Concat(
				c.Techniques(), c.SubTechniques("T1059"), c.TechniquesOfTactic("TA0002"))...) {
				t.TacticIDs[0] = "changed"
			}
			c.Techniques()[0].Name = "changed"
		})
	}
	all.Wait()
	if c.Tactics()[0].Name != "Execution" || slices.ContainsFunc(
		slices.Concat(c.Techniques(), c.SubTechniques("T1059"), c.TechniquesOfTactic("TA0002")),
		func(t Technique) bool { return t.Name == "changed" || t.TacticIDs[0] != "TA0002" },
	) {
		t.Error("a caller's change reached the catalogue")
	}
}
