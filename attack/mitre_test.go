package attack

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reference holds ATT&CK 19.1 as tables. It lies beside a working copy and is not part of the repository.
const reference = "../../shared/attack"

// needReference skips a test where the tables are absent, as they are in any clone, CI's too. CI=true also says so on
// standard error, since a skip is silent without -v.
func needReference(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(reference); !os.IsNotExist(err) {
		return // there, or unreadable: then reading fails the test
	}
	if os.Getenv("CI") == "true" {
		fmt.Fprintf(os.Stderr, "%s: no %s here, so catalogue.tsv was NOT compared with ATT&CK\n", t.Name(), reference)
	}
	t.Skipf("NOT COMPARED WITH ATT&CK: the folder %s (ids, names and tactics of 19.1) is absent", reference)
}

// table reads a reference file; each row maps a column's heading to its value.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(reference, name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	var head []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if head == nil {
			head = cells
			continue
		}
		if len(cells) != len(head) {
			t.Fatalf("%s: %d cells under %d headings: %q", name, len(cells), len(head), line)
		}
		row := map[string]string{}
		for i, h := range head {
			row[h] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestTacticsEqualATTACK(t *testing.T) {
	t.Parallel()
	needReference(t)
	order := func(row map[string]string) int {
		n, err := strconv.Atoi(row["matrix_order"])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var want []Tactic
	for _, matrix := range []struct{ file, domain string }{{"tactics.tsv", Enterprise}, {"tactics-ics.tsv", ICS}} {
		rows := table(t, matrix.file)
		slices.SortFunc(rows, func(a, b map[string]string) int { return cmp.Compare(order(a), order(b)) })
		for _, r := range rows {
			want = append(want, Tactic{r["tactic_id"], r["shortname"], r["name"], matrix.domain, r["url"]})
		}
	}
	if got := Default().Tactics(); !slices.Equal(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
	if len(want) != 15+12 {
		t.Errorf("ATT&CK lists %d tactics, not 15 and 12", len(want))
	}
}

func TestTechniquesEqualATTACK(t *testing.T) {
	t.Parallel()
	needReference(t)
	rows := map[string]map[string]string{}
	for _, r := range table(t, "attack-enterprise.tsv") {
		rows[r["technique_id"]] = r
	}
	for _, got := range Default().Techniques() {
		t.Run(got.AttackID, func(t *testing.T) {
			t.Parallel()
			want, ok := rows[got.AttackID]
			if !ok || want["status"] != "active" {
				t.Fatalf("ATT&CK has no such technique in force: %v", want)
			}
			if got.Name != want["name"] {
				t.Errorf("name %q, want %q", got.Name, want["name"])
			}
			tactics := strings.Split(want["tactic_ids"], ",")
			slices.Sort(tactics)
			if ours := slices.Sorted(slices.Values(got.TacticIDs)); !slices.Equal(ours, tactics) {
				t.Errorf("tactics %v, want %v", ours, tactics)
			}
			if got.IsSubTechnique() != (want["is_subtechnique"] == "1") {
				t.Errorf("sub-technique: %v", got.IsSubTechnique())
			}
			if got.URL() != want["url"] {
				t.Errorf("page %s, want %s", got.URL(), want["url"])
			}
		})
	}
}

func TestNoticeHasTheLicenceOfATTACK(t *testing.T) {
	t.Parallel()
	notice, err := os.ReadFile("../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	designation := "© 2026 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation."
	for _, copied := range []string{string(notice), embedded} {
		if !strings.Contains(copied, designation) {
			t.Error("the copyright designation is missing from NOTICE or catalogue.tsv")
		}
	}
	if !strings.Contains(string(notice), "release "+Default().Release()) {
		t.Error("NOTICE names another release")
	}
	needReference(t)
	licence, err := os.ReadFile(filepath.Join(reference, "ATTACK-LICENSE.txt"))
	if err != nil {
		t.Fatal(err)
	}
	words := func(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }
	if !strings.Contains(words(notice), words(licence)) {
		t.Error("NOTICE does not hold the licence word for word")
	}
}
