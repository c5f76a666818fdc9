package storage

import (
	"context"
	"time"
)

// Campaign is a row of table campaigns. DECNET's clusterer writes the counters and instants named Recorded once and
// does not update them.
type Campaign struct {
	UUID                  string
	SchemaVersion         int
	RecordedFirstSeenAt   *time.Time
	RecordedLastSeenAt    *time.Time
	CreatedAt             time.Time
	UpdatedAt             time.Time
	Confidence            *float64
	RecordedIdentityCount int
	JA3Hashes             []string
	HASSHHashes           []string
	TLSCertSHA256         []string
	PayloadSimhashes      []string
	C2Endpoints           []string
	MergedIntoUUID        *string
	Notes                 *string
}

// ID is the reference to the row.
func (c *Campaign) ID() Ref { return Ref{KindCampaign, c.UUID} }

var campaigns = table[Campaign]{name: "campaigns", list: "campaigns", sorted: lastUpdated, fields: []field[Campaign]{
	{"uuid", func(c *Campaign) cell { return text(&c.UUID) }, "", use{kind: textValues, filter: "UUID", index: keyIndex, open: true}},
	{"schema_version", func(c *Campaign) cell { return whole(&c.SchemaVersion) }, "SchemaVersion", use{}},
	{"first_seen_at", func(c *Campaign) cell { return optional(instant, &c.RecordedFirstSeenAt) }, "RecordedFirstSeenAt", use{kind: instantValues}},
	{"last_seen_at", func(c *Campaign) cell { return optional(instant, &c.RecordedLastSeenAt) }, "RecordedLastSeenAt", use{kind: instantValues}},
	{"created_at", func(c *Campaign) cell { return instant(&c.CreatedAt) }, "CreatedAt", use{kind: instantValues, filter: "CreatedAt", order: "CREATED_AT", index: "ix_campaigns_created_at"}},
	{"updated_at", func(c *Campaign) cell { return instant(&c.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", order: "UPDATED_AT", since: true, index: "ix_campaigns_updated_at"}},
	{"confidence", func(c *Campaign) cell { return optional(finite, &c.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", index: noIndex}},
	{"identity_count", func(c *Campaign) cell { return safeInt(&c.RecordedIdentityCount) }, "RecordedIdentityCount", use{}},
	{"ja3_hashes", func(c *Campaign) cell { return texts(&c.JA3Hashes) }, "JA3Hashes", use{kind: textValues, filter: "JA3Hashes", values: campaignJA3Values, index: filterValues}},
	{"hassh_hashes", func(c *Campaign) cell { return texts(&c.HASSHHashes) }, "HASSHHashes", use{kind: textValues, filter: "HASSHHashes", values: campaignHASSHValues, index: filterValues}},
	{"tls_cert_sha256", func(c *Campaign) cell { return texts(&c.TLSCertSHA256) }, "TLSCertSHA256", use{kind: textValues, filter: "TLSCertSHA256", values: campaignTLSCertValues, index: filterValues}},
	{"payload_simhashes", func(c *Campaign) cell { return texts(&c.PayloadSimhashes) }, "PayloadSimhashes", use{kind: textValues, filter: "PayloadSimhashes", values: campaignSimhashesValues, index: filterValues}},
	{"c2_endpoints", func(c *Campaign) cell { return texts(&c.C2Endpoints) }, "C2Endpoints", use{kind: textValues, filter: "C2Endpoints", values: campaignC2EndpointsValues, index: filterValues}},
	{"merged_into_uuid", func(c *Campaign) cell { return optionalText(&c.MergedIntoUUID) }, "", use{}},
	{"notes", func(c *Campaign) cell { return optionalText(&c.Notes) }, "Notes", use{kind: textValues, filter: "Notes", index: noIndex}},
}}

// ClusterOrder is a sort key of campaigns and identities.
type ClusterOrder string

// Sort keys of campaigns and identities.
const (
	ClusterUpdatedAt ClusterOrder = "UPDATED_AT"
	ClusterCreatedAt ClusterOrder = "CREATED_AT"
)

// lastUpdated is the own order of lists of campaigns and identities.
var lastUpdated = []SortKey{{By: string(ClusterUpdatedAt), Descending: true}}

// CampaignRows finds campaigns by uuid, without following merges.
func (s *Store) CampaignRows(ctx context.Context, uuids []string) (map[string]*Campaign, error) {
	return lookup(ctx, s, campaigns, uuids)
}

// Campaigns finds the surviving campaign for each uuid; see survivors, and "Merges" in docs/architecture.md.
func (s *Store) Campaigns(ctx context.Context, uuids []string) (map[string]*Campaign, error) {
	return survivors(ctx, s, campaigns, uuids, func(row *Campaign) *string { return row.MergedIntoUUID })
}

// AllCampaigns lists campaigns, updated last first; ListOptions.Since bounds the last update.
func (s *Store) AllCampaigns(o ListOptions) List[Campaign] {
	return listOf(s, campaigns, unowned("campaigns", mergedCondition(o)), o)
}

// CampaignsMergedInto lists, for each campaign, those merged into it in one step, updated last first.
func (s *Store) CampaignsMergedInto(o ListOptions) List[Campaign] {
	return listOf(s, campaigns, child("campaigns", "merged_into_uuid"), o)
}

// mergedCondition leaves out rows that were merged into others, unless the options include them.
func mergedCondition(o ListOptions) string {
	if o.IncludeMerged {
		return ""
	}
	// Nearly all rows were not merged, so the planner must not choose the index on the link instead of the one on
	// the order: COALESCE hides the column from it.
	return "COALESCE(t.merged_into_uuid, NULL) IS NULL"
}
