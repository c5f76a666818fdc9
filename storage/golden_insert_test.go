package storage_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// A database that DECNET itself made, and what DECNET answers. It lies beside a working copy and is
// not part of the repository.
const oracle = "../../shared/oracle"

// oracleFile reads a file of the oracle, or skips the test.
func oracleFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(oracle, name))
	if os.IsNotExist(err) {
		t.Skipf("NOT COMPARED WITH DECNET: ../shared/oracle/%s is missing", name)
	}
	require.NoError(t, err)
	return content
}

func TestGoldenTagUUIDs(t *testing.T) {
	t.Parallel()
	var cases []struct {
		Args struct {
			SourceKind   string  `json:"source_kind"`
			SourceID     string  `json:"source_id"`
			RuleID       string  `json:"rule_id"`
			RuleVersion  int     `json:"rule_version"`
			Technique    string  `json:"technique_id"`
			SubTechnique *string `json:"sub_technique_id"`
		}
		UUID string
	}
	require.NoError(t, json.Unmarshal(oracleFile(t, "golden/sqlite/compute_tag_uuid.json"), &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		require.Equal(t, c.UUID, storage.TagUUID(c.Args.SourceKind, c.Args.SourceID, c.Args.RuleID, c.Args.RuleVersion, c.Args.Technique, c.Args.SubTechnique))
	}
}

// goldenInserts are the cases in which DECNET fails, or its backends disagree: our one answer. The
// page docs/compatibility.md lists them.
var goldenInserts = map[string]struct {
	want   []storage.TagOutcome
	reason string
}{
	"both anchors null":                {[]storage.TagOutcome{storage.TagRejected}, "neither an attacker nor an identity"},
	"unknown attacker":                 {[]storage.TagOutcome{storage.TagRejected}, "there is no attacker"},
	"confidence 1.5":                   {[]storage.TagOutcome{storage.TagRejected}, "confidence"},
	"evidence with NaN":                {[]storage.TagOutcome{storage.TagRejected}, "not valid JSON"},
	"technique None beside a good row": {[]storage.TagOutcome{storage.TagRejected, storage.TagInserted}, "technique id is missing"},
	"uuid differing only in case":      {[]storage.TagOutcome{storage.TagInserted}, ""},
}

// TestGoldenInserts inserts what DECNET was given to insert.
func TestGoldenInserts(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	page, err := os.ReadFile("../docs/compatibility.md")
	require.NoError(t, err)
	for name := range goldenInserts {
		require.Contains(t, string(page), "\n| "+name+" |", "what differs from DECNET is documented")
	}
	var cases []goldenCase
	require.NoError(t, json.Unmarshal(oracleFile(t, "golden/insert_tags_cases.json"), &cases))
	require.Greater(t, len(cases), len(goldenInserts))
	original := filepath.Join(t.TempDir(), "decnet.db")
	require.NoError(t, os.WriteFile(original, oracleFile(t, "decnet.db"), 0o600))
	dump := oracleFile(t, "decnet.mysql.sql.gz")
	parents := goldenParents(t, original, cases)
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			var source string
			switch b.name {
			case "SQLite, DECNET's tables":
				source = original
			case "MariaDB, DECNET's tables":
				source = mariaDB(t)
				loadDump(t, source, dump)
			default:
				source = b.create(t)
				b.fill(t, source, parents)
			}
			replay(t, openStore(t, source, storage.Options{Write: true}), cases, strings.HasPrefix(b.name, "SQLite"))
		})
	}
}

// goldenParents are the rows that the cases build on, for databases that DECNET cannot fill.
func goldenParents(t *testing.T, original string, cases []goldenCase) (g storagetest.Graph) {
	t.Helper()
	s := openStore(t, original, storage.Options{})
	defer s.Close()
	var uuids []string
	seen := map[string]bool{}
	for _, c := range cases {
		for _, tag := range c.tags(t, storage.NewTag{}) {
			if tag.AttackerUUID != nil && !seen[*tag.AttackerUUID] {
				seen[*tag.AttackerUUID] = true
				uuids = append(uuids, *tag.AttackerUUID)
			}
			uuids = append(uuids, storage.TagUUID(tag.SourceKind, tag.SourceID, tag.RuleID, tag.RuleVersion, tag.TechniqueID, tag.SubTechniqueID))
		}
	}
	attackers, err := s.Attackers(t.Context(), uuids)
	require.NoError(t, err)
	for _, row := range attackers {
		row.IdentityUUID = nil
		g.Attackers = append(g.Attackers, storagetest.Attacker{Attacker: *row})
	}
	tags, err := s.Tags(t.Context(), uuids)
	require.NoError(t, err)
	for _, row := range tags {
		g.Tags = append(g.Tags, *row)
	}
	require.NotEmpty(t, g.Attackers)
	require.NotEmpty(t, g.Tags)
	return g
}

// loadDump runs the statements of a dump. Each ends at the end of a line, and no text in them does.
func loadDump(t *testing.T, source string, dump []byte) {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(dump))
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	db, _ := openSQL(t, source)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	for statement := range strings.SplitSeq(string(content), ";\n") {
		if strings.Trim(statement, "-\n ") != "" && !strings.HasPrefix(statement, "-- Dump completed") {
			execute(t, conn, statement)
		}
	}
}

// replay inserts all cases in their order, and compares what was told and what is stored.
func replay(t *testing.T, s *storage.Store, cases []goldenCase, microseconds bool) {
	t.Helper()
	like := cases[1].tags(t, storage.NewTag{})[2]
	for _, c := range cases {
		tags := c.tags(t, like)
		if c.Name == "the same three again" { // they came the first time in a case that the oracle leaves out
			_, err := s.InsertTags(t.Context(), tags)
			require.NoError(t, err)
		}
		var outcomes []storage.TagOutcome
		inserted := 0
		for len(tags) > 0 || outcomes == nil {
			most := min(len(tags), storage.MaxNewTags)
			results, err := s.InsertTags(t.Context(), tags[:most])
			require.NoError(t, err, c.Name)
			outcomes = append([]storage.TagOutcome{}, outcomes...)
			for _, result := range results {
				outcomes = append(outcomes, result.Outcome)
				if result.Outcome == storage.TagInserted {
					inserted++
				}
				if result.Reason != nil && goldenInserts[c.Name].want != nil {
					require.Contains(t, *result.Reason, goldenInserts[c.Name].reason, c.Name)
				}
			}
			tags = tags[most:]
		}
		if ours, differs := goldenInserts[c.Name]; differs {
			require.Equal(t, ours.want, outcomes, c.Name)
			continue
		}
		require.NotNil(t, c.SQLite.Returned, c.Name)
		require.Equal(t, c.SQLite.Returned, c.MySQL.Returned, c.Name)
		require.Equal(t, *c.SQLite.Returned, inserted, "%s: %v", c.Name, outcomes)
		c.SQLite.compare(t, s, c.Name, microseconds)
	}
}

// compare holds the rows that DECNET stored against ours.
func (g goldenInserted) compare(t *testing.T, s *storage.Store, name string, microseconds bool) {
	t.Helper()
	for _, want := range g.Stored {
		found, err := s.Tags(t.Context(), []string{want.UUID})
		require.NoError(t, err)
		got := found[want.UUID]
		require.NotNil(t, got, name)
		require.InDelta(t, want.Confidence, got.Confidence, 1e-6, name)
		require.JSONEq(t, want.Evidence, string(got.Evidence), name)
		if microseconds {
			require.Equal(t, want.CreatedAt, got.CreatedAt.Format("2006-01-02 15:04:05.000000"), name)
		} else {
			require.Equal(t, want.CreatedAt[:19], got.CreatedAt.Format("2006-01-02 15:04:05"), name)
		}
		if want.SubTechniqueID != nil && *want.SubTechniqueID == "" {
			want.SubTechniqueID = nil // the one difference in what is stored
		}
		require.Equal(t, want.SubTechniqueID, got.SubTechniqueID, name)
		require.Equal(t, want.SessionID, got.SessionID, name)
		require.Equal(t, want.TechniqueID, got.TechniqueID, name)
	}
}
