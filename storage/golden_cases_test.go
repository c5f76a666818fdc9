package storage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// goldenCase is a batch that DECNET was given, and what each of its two backends made of it.
type goldenCase struct {
	Name   string          `json:"case"`
	Rows   json.RawMessage `json:"rows"`
	SQLite goldenInserted  `json:"sqlite"`
	MySQL  goldenInserted  `json:"mysql"`
}

// goldenInserted is an answer of DECNET. Without a number it failed, and the batch was lost.
type goldenInserted struct {
	Returned *int `json:"returned"`
	Stored   []struct {
		UUID           string  `json:"uuid"`
		Confidence     float64 `json:"confidence"`
		CreatedAt      string  `json:"created_at"`
		Evidence       string  `json:"evidence"`
		SessionID      *string `json:"session_id"`
		SubTechniqueID *string `json:"sub_technique_id"`
		TechniqueID    string  `json:"technique_id"`
	} `json:"stored"`
}

// goldenRow is a row as it was given to DECNET.
type goldenRow struct {
	SourceKind    string          `json:"source_kind"`
	SourceID      string          `json:"source_id"`
	AttackerUUID  *string         `json:"attacker_uuid"`
	IdentityUUID  *string         `json:"identity_uuid"`
	SessionID     *string         `json:"session_id"`
	Decky         *string         `json:"decky_id"`
	Tactic        string          `json:"tactic"`
	Technique     *string         `json:"technique_id"`
	SubTechnique  *string         `json:"sub_technique_id"`
	Confidence    json.RawMessage `json:"confidence"`
	RuleID        string          `json:"rule_id"`
	RuleVersion   int             `json:"rule_version"`
	Evidence      json.RawMessage `json:"evidence"`
	AttackRelease string          `json:"attack_release"`
	MitreURL      *string         `json:"mitre_url"`
	CreatedAt     struct {
		Instant string `json:"$dt"`
	} `json:"created_at"`
}

func (r goldenRow) newTag(t *testing.T) storage.NewTag {
	t.Helper()
	nan := []byte(`{"$nonfinite":"NaN"}`)
	confidence := math.NaN()
	if !bytes.Equal(r.Confidence, nan) {
		require.NoError(t, json.Unmarshal(r.Confidence, &confidence))
	}
	written := r.CreatedAt.Instant
	if !strings.HasSuffix(written, "+00:00") {
		written += "+00:00"
	}
	created, err := time.Parse(time.RFC3339, written)
	require.NoError(t, err)
	var technique string
	if r.Technique != nil {
		technique = *r.Technique
	}
	return storage.NewTag{
		SourceKind: r.SourceKind, SourceID: r.SourceID, AttackerUUID: r.AttackerUUID, IdentityUUID: r.IdentityUUID, SessionID: r.SessionID, Decky: r.Decky,
		TacticID: r.Tactic, TechniqueID: technique, SubTechniqueID: r.SubTechnique, Confidence: confidence, RuleID: r.RuleID, RuleVersion: r.RuleVersion,
		Evidence: storage.JSON(bytes.ReplaceAll(r.Evidence, nan, []byte("NaN"))), AttackRelease: r.AttackRelease, MitreURL: r.MitreURL, CreatedAt: &created,
	}
}

// tags are the rows of the case. Of the large one, DECNET's answer tells the number only.
func (c goldenCase) tags(t *testing.T, like storage.NewTag) (tags []storage.NewTag) {
	t.Helper()
	var generated struct {
		Number int `json:"$generated"`
	}
	if json.Unmarshal(c.Rows, &generated) == nil {
		for n := range generated.Number {
			like.SourceID = fmt.Sprint("generated ", n)
			tags = append(tags, like)
		}
		return tags
	}
	var rows []goldenRow
	require.NoError(t, json.Unmarshal(c.Rows, &rows))
	for _, row := range rows {
		tags = append(tags, row.newTag(t))
	}
	return tags
}
