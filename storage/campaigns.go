package storage

import (
	"context"
	"time"
)

// Campaign is a row of table campaigns. Counters and instants named Recorded are written once by
// DECNET's clusterer and not kept up.
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

var campaigns = table[Campaign]{name: "campaigns", fields: []field[Campaign]{
	{"uuid", func(c *Campaign) cell { return text(&c.UUID) }, ""},
	{"schema_version", func(c *Campaign) cell { return whole(&c.SchemaVersion) }, "SchemaVersion"},
	{"first_seen_at", func(c *Campaign) cell { return optional(instant, &c.RecordedFirstSeenAt) }, "RecordedFirstSeenAt"},
	{"last_seen_at", func(c *Campaign) cell { return optional(instant, &c.RecordedLastSeenAt) }, "RecordedLastSeenAt"},
	{"created_at", func(c *Campaign) cell { return instant(&c.CreatedAt) }, "CreatedAt"},
	{"updated_at", func(c *Campaign) cell { return instant(&c.UpdatedAt) }, "UpdatedAt"},
	{"confidence", func(c *Campaign) cell { return optional(finite, &c.Confidence) }, "Confidence"},
	{"identity_count", func(c *Campaign) cell { return whole(&c.RecordedIdentityCount) }, "RecordedIdentityCount"},
	{"ja3_hashes", func(c *Campaign) cell { return texts(&c.JA3Hashes) }, "JA3Hashes"},
	{"hassh_hashes", func(c *Campaign) cell { return texts(&c.HASSHHashes) }, "HASSHHashes"},
	{"tls_cert_sha256", func(c *Campaign) cell { return texts(&c.TLSCertSHA256) }, "TLSCertSHA256"},
	{"payload_simhashes", func(c *Campaign) cell { return texts(&c.PayloadSimhashes) }, "PayloadSimhashes"},
	{"c2_endpoints", func(c *Campaign) cell { return texts(&c.C2Endpoints) }, "C2Endpoints"},
	{"merged_into_uuid", func(c *Campaign) cell { return optionalText(&c.MergedIntoUUID) }, ""},
	{"notes", func(c *Campaign) cell { return optionalText(&c.Notes) }, "Notes"},
}}

// ClusterOrder is a sort key of campaigns and identities.
type ClusterOrder string

// Sort keys of campaigns and identities.
const (
	ClusterUpdatedAt ClusterOrder = "UPDATED_AT"
	ClusterCreatedAt ClusterOrder = "CREATED_AT"
)

var campaignOrders = map[ClusterOrder]order{
	ClusterUpdatedAt: {name: "campaigns.updated_at", column: "updated_at", descending: true},
	ClusterCreatedAt: {name: "campaigns.created_at", column: "created_at", descending: true},
}

// CampaignRows finds campaigns by uuid, exactly the rows named.
func (s *Store) CampaignRows(ctx context.Context, uuids []string) (map[string]*Campaign, error) {
	return lookup(ctx, s, campaigns, uuids)
}

// Campaigns finds the surviving campaign for each uuid; see design note "merges" in docs/architecture.md.
func (s *Store) Campaigns(ctx context.Context, uuids []string) (map[string]*Campaign, error) {
	return survivors(ctx, s, campaigns, uuids, func(row *Campaign) *string { return row.MergedIntoUUID })
}

// AllCampaigns lists campaigns, without those merged away unless includeMerged; only those written
// since an instant if it is given.
func (s *Store) AllCampaigns(includeMerged bool, by ClusterOrder, descending bool, since *time.Time) List[Campaign] {
	rel := unowned("campaigns", unmerged(includeMerged))
	return listOf(s, campaigns, campaignOrders[by].directed(descending), rel, s.since(nil, "t.updated_at", since)...)
}

// CampaignsMergedInto lists, for each campaign, those merged into it in one step.
func (s *Store) CampaignsMergedInto() List[Campaign] {
	return listOf(s, campaigns, campaignOrders[ClusterUpdatedAt], child("campaigns", "merged_into_uuid"))
}

func unmerged(includeMerged bool) string {
	if includeMerged {
		return ""
	}
	// Nearly all rows survive, so the index on the link must not keep the planner from the index on
	// the order: COALESCE hides the column from it.
	return "COALESCE(t.merged_into_uuid, NULL) IS NULL"
}
