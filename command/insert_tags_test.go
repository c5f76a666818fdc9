package command

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // to hold a lock
	"github.com/stretchr/testify/require"

	"decnetgraph/export"
)

// tagLines makes lines of tags from numbers, about an attacker of a sample database.
func tagLines(t *testing.T, db string, numbers ...int) []string {
	t.Helper()
	out, errOut, code := command(t, "export", "attackers", "--db", db)
	require.Equal(t, exitOK, code, errOut)
	var attacker struct{ UUID string }
	first, _, _ := strings.Cut(out, "\n")
	require.NoError(t, json.Unmarshal([]byte(first), &attacker))
	lines := make([]string, len(numbers))
	for i, n := range numbers {
		lines[i] = fmt.Sprintf(`{"sourceKind":"command","sourceId":"insert#%d","attackerUuid":%q,"tacticId":"TA0007","techniqueId":"T1083","confidence":0.9,`+
			`"ruleId":"R0014","ruleVersion":2,"evidence":{"n":%[1]d}}`, n, attacker.UUID)
	}
	return lines
}

// insert runs insert-tags on lines and returns the outcomes printed, by line.
func insert(t *testing.T, db string, lines []string, more ...string) (outcomes map[int]string, errOut string, code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tags.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	out, errOut, code := command(t, append([]string{"insert-tags", path, "--db", db}, more...)...)
	outcomes = map[int]string{}
	for line := range strings.Lines(out) {
		var result lineResult
		require.NoError(t, json.Unmarshal([]byte(line), &result), line)
		outcomes[result.Line] = string(result.Outcome)
		if result.Reason != nil {
			outcomes[result.Line] += ": " + *result.Reason
		}
		for _, warning := range result.Warnings {
			outcomes[result.Line] += " " + string(warning.Code)
		}
	}
	return outcomes, errOut, code
}

func TestTagsAreInsertedLineByLine(t *testing.T) {
	db := sampleFile(t)
	lines := tagLines(t, db, 1, 2, 1, 3)
	lines[1] = strings.Replace(lines[1], "0.9", "0.1", 1)
	outcomes, errOut, code := insert(t, db, lines)
	require.Equal(t, exitOK, code, errOut)
	require.Equal(t, map[int]string{2: "BELOW_FLOOR", 3: "DUPLICATE"}, outcomes)
	require.Contains(t, errOut, "4 tags: 2 inserted, 1 there already, 1 below the confidence of 0.3, 0 rejected")
	outcomes, _, code = insert(t, db, lines, "--verbose")
	require.Equal(t, exitOK, code, "a retry converges")
	require.Equal(t, map[int]string{1: "DUPLICATE", 2: "BELOW_FLOOR", 3: "DUPLICATE", 4: "DUPLICATE"}, outcomes)
}

func TestALineThatIsRejectedLosesNoOther(t *testing.T) {
	db := sampleFile(t)
	good := tagLines(t, db, 1, 2, 3, 4)
	lines := []string{
		good[0], `{"sourceKind": "cut o`, good[1], "", strings.Repeat("x", export.MaxObject+1), good[2] + "\r", strings.Replace(good[3], `"decky"`, "", 1),
		strings.Replace(good[0], `{`, `{"colour":"red",`, 1), strings.Replace(good[0], `"attackerUuid":"`, `"attackerUuid":"00000000-0000-4000-8000-00000000dead","sessionId":"`, 1), `{"sourceKind": "half`,
	}
	outcomes, errOut, code := insert(t, db, lines)
	require.Equal(t, exitRejected, code, errOut)
	require.Contains(t, errOut, "9 tags: 4 inserted, 0 there already, 0 below the confidence of 0.3, 5 rejected")
	require.Len(t, outcomes, 5)
	for line, says := range map[int]string{2: "the line ends within a text", 5: "longer than", 8: "colour", 9: "", 10: "cut off"} {
		require.True(t, strings.HasPrefix(outcomes[line], "REJECTED: "), "%d: %s", line, outcomes[line])
		require.Contains(t, outcomes[line], says)
	}
}

func TestWhatIsExportedCanBeInserted(t *testing.T) {
	from, to := sampleFile(t), filepath.Join(t.TempDir(), "copy.db")
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, 0o600))
	tags, _, _ := command(t, "export", "tags", "--db", from)
	lines := strings.Split(strings.TrimSpace(tags), "\n")
	outcomes, errOut, code := insert(t, to, lines)
	require.Contains(t, []int{exitOK, exitRejected}, code, errOut)
	for line, outcome := range outcomes {
		if !strings.HasPrefix(outcome, "DUPLICATE") { // the sample has rows that DECNET would not write
			require.NotContains(t, outcome, "is not a field", line)
		}
	}
	for n, line := range lines[:2_500] {
		lines[n] = strings.Replace(line, `"sourceId":"`, `"sourceId":"again-`, 1)
		_, rest, _ := strings.Cut(lines[n], `"sourceKind"`)
		lines[n] = `{"sourceKind"` + rest // without the key of the other row
	}
	_, errOut, code = insert(t, to, lines[:2_500])
	require.Contains(t, []int{exitOK, exitRejected}, code, errOut)
	require.Regexp(t, `2500 tags: 2[345]\d\d inserted, 0 there already`, errOut)
	_, errOut, _ = insert(t, to, lines[:2_500])
	require.Regexp(t, `2500 tags: 0 inserted, 2[345]\d\d there already`, errOut)
}

func TestInsertTagsReadsItsStandardInput(t *testing.T) {
	db := sampleFile(t)
	child := program(t, "insert-tags", "-", "--db", db, "--verbose")
	child.Stdin = strings.NewReader(strings.Join(tagLines(t, db, 7, 8), "\n"))
	out, err := child.Output()
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(out), "INSERTED"))
}

func TestTagsThatReadersWouldMiscountHaveWarnings(t *testing.T) {
	lines := func(db string) []string {
		lines := tagLines(t, db, 1, 2, 3, 4, 5)
		lines[1] = strings.Replace(lines[1], `"T1083"`, `"T1110.001"`, 1)
		lines[2] = strings.Replace(lines[2], `"TA0007"`, `"discovery"`, 1)
		lines[3] = strings.Replace(lines[3], `{`, `{"createdAt":"2999-01-01T00:00:00Z","subTechniqueId":"T1110.001",`, 1)
		lines[4] = strings.Replace(lines[4], `0.9`, `1e999`, 1)
		return lines
	}
	db := sampleFile(t)
	outcomes, errOut, code := insert(t, db, lines(db))
	require.Equal(t, exitRejected, code)
	require.Contains(t, errOut, "5 tags: 4 inserted, 0 there already, 0 below the confidence of 0.3, 1 rejected; 3 with warnings")
	require.Equal(t, map[int]string{
		2: "INSERTED SUB_TECHNIQUE_AS_TECHNIQUE", 3: "INSERTED TACTIC_MALFORMED", 4: "INSERTED SUB_TECHNIQUE_MISMATCH CREATED_IN_FUTURE",
		5: "REJECTED: the confidence is not a number from 0 to 1",
	}, outcomes)
	db = sampleFile(t)
	outcomes, errOut, code = insert(t, db, lines(db), "--strict")
	require.Equal(t, exitRejected, code)
	require.Contains(t, errOut, "5 tags: 1 inserted, 0 there already, 0 below the confidence of 0.3, 4 rejected\n")
	require.Contains(t, outcomes[2], "REJECTED: techniqueId T1110.001 is a sub-technique, so the tag does not count for T1110; give T1110 as techniqueId")
	require.Contains(t, outcomes[4], "REJECTED: subTechniqueId T1110.001 is not a sub-technique of techniqueId T1083; createdAt 2999-01-01T00:00:00Z is in the future")
}

func TestAnInputThatMustChangeIsAUsageError(t *testing.T) {
	db := sampleFile(t)
	for says, content := range map[string]string{"header of a table": "sourceKind,techniqueId\ncommand,T1110\n", "zstd -dc": "\x28\xb5\x2f\xfd"} {
		_, errOut, code := insert(t, db, []string{content})
		require.Equal(t, exitUsage, code, errOut)
		require.Contains(t, errOut, says)
	}
	list := []string{"[" + strings.Join(tagLines(t, db, 1, 2, 3), ",") + "]"}
	_, errOut, code := insert(t, db, list)
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, errOut, "3 tags: 3 inserted")
}

func TestADatabaseThatCannotBeWrittenIsAFailure(t *testing.T) {
	db := sampleFile(t)
	lines := tagLines(t, db, 1)
	_, errOut, code := insert(t, filepath.Join(t.TempDir(), "none.db"), lines)
	require.Equal(t, exitUsage, code, errOut)
	locked, err := sql.Open("sqlite3", db+"?_txlock=immediate")
	require.NoError(t, err)
	defer locked.Close()
	holder, err := locked.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	outcomes, errOut, code := insert(t, db, lines, "--verbose")
	require.Equal(t, exitFault, code, errOut)
	require.Contains(t, errOut, "safe to give the whole input again")
	require.Empty(t, outcomes)
	require.NoError(t, holder.Rollback())
	outcomes, errOut, code = insert(t, db, lines, "--verbose")
	require.Equal(t, exitOK, code, errOut)
	require.Equal(t, map[int]string{1: "INSERTED"}, outcomes)
}
