package storage

import (
	"context"
	"time"
)

// CanaryToken is a row of table canary_tokens without its secrets: secret_seed and
// fingerprint_nonce are never read.
type CanaryToken struct {
	UUID            string
	Kind            string
	DeckyName       string
	TopologyID      *string
	BlobUUID        *string
	Instrumenter    *string
	Generator       *string
	PlacementPath   string
	CallbackToken   string
	PlacedAt        time.Time
	LastTriggeredAt *time.Time
	TriggerCount    int
	CreatedBy       string
	State           string
	LastError       *string
}

// ID is the reference to the row.
func (c *CanaryToken) ID() Ref { return Ref{KindCanaryToken, c.UUID} }

var canaryTokens = table[CanaryToken]{
	name: "canary_tokens", list: "canaryTokens",
	sorted: []SortKey{{By: "PLACED_AT", Descending: true}},
	fields: []field[CanaryToken]{
		{"uuid", func(c *CanaryToken) cell { return text(&c.UUID) }, "", use{}},
		{"kind", func(c *CanaryToken) cell { return text(&c.Kind) }, "Kind", use{kind: textValues, filter: "Kind", open: true, index: "ix_canary_tokens_kind"}},
		{"decky_name", func(c *CanaryToken) cell { return text(&c.DeckyName) }, "DeckyName|Decky", use{kind: textValues, filter: "DeckyName", open: true, index: "ix_canary_tokens_decky_name"}},
		{"topology_id", func(c *CanaryToken) cell { return optionalText(&c.TopologyID) }, "TopologyID", use{}},
		{"blob_uuid", func(c *CanaryToken) cell { return optionalText(&c.BlobUUID) }, "", use{}},
		{"instrumenter", func(c *CanaryToken) cell { return optionalText(&c.Instrumenter) }, "Instrumenter", use{kind: textValues, filter: "Instrumenter", open: true, index: noIndex}},
		{"generator", func(c *CanaryToken) cell { return optionalText(&c.Generator) }, "Generator", use{kind: textValues, filter: "Generator", open: true, index: noIndex}},
		{"placement_path", func(c *CanaryToken) cell { return text(&c.PlacementPath) }, "PlacementPath", use{kind: textValues, filter: "PlacementPath", index: noIndex}},
		{"callback_token", func(c *CanaryToken) cell { return text(&c.CallbackToken) }, "CallbackToken", use{}},
		{"placed_at", func(c *CanaryToken) cell { return instant(&c.PlacedAt) }, "PlacedAt", use{kind: instantValues, filter: "PlacedAt", order: "PLACED_AT", index: "ix_canary_tokens_placed_key"}},
		{"last_triggered_at", func(c *CanaryToken) cell { return optional(instant, &c.LastTriggeredAt) }, "LastTriggeredAt", use{kind: instantValues, filter: "LastTriggeredAt", index: noIndex}},
		{"trigger_count", func(c *CanaryToken) cell { return safeInt(&c.TriggerCount) }, "TriggerCount", use{kind: wholeValues, filter: "TriggerCount", order: "TRIGGER_COUNT", index: noIndex}},
		{"created_by", func(c *CanaryToken) cell { return text(&c.CreatedBy) }, "CreatedBy", use{kind: textValues, filter: "CreatedBy", open: true, index: noIndex}},
		{"state", func(c *CanaryToken) cell { return text(&c.State) }, "State", use{kind: textValues, filter: "State", open: true, index: "ix_canary_tokens_state"}},
		{"last_error", func(c *CanaryToken) cell { return optionalText(&c.LastError) }, "LastError", use{}},
	},
}

// CanaryTokens finds tokens by uuid.
func (s *Store) CanaryTokens(ctx context.Context, uuids []string) (map[string]*CanaryToken, error) {
	return lookup(ctx, s, canaryTokens, uuids)
}

// AllCanaryTokens lists tokens, placed last first.
func (s *Store) AllCanaryTokens(o ListOptions) List[CanaryToken] {
	return listOf(s, canaryTokens, unowned("canary_tokens", ""), o)
}

// CanaryBlob is a row of table canary_blobs.
type CanaryBlob struct {
	UUID        string
	SHA256      string
	Filename    string
	ContentType string
	SizeBytes   int
	UploadedBy  string
	UploadedAt  time.Time
}

// ID is the reference to the row.
func (c *CanaryBlob) ID() Ref { return Ref{KindCanaryBlob, c.UUID} }

var canaryBlobs = table[CanaryBlob]{name: "canary_blobs", fields: []field[CanaryBlob]{
	{"uuid", func(c *CanaryBlob) cell { return text(&c.UUID) }, "", use{}},
	{"sha256", func(c *CanaryBlob) cell { return text(&c.SHA256) }, "SHA256", use{}},
	{"filename", func(c *CanaryBlob) cell { return text(&c.Filename) }, "Filename", use{}},
	{"content_type", func(c *CanaryBlob) cell { return text(&c.ContentType) }, "ContentType", use{}},
	{"size_bytes", func(c *CanaryBlob) cell { return safeInt(&c.SizeBytes) }, "SizeBytes", use{}},
	{"uploaded_by", func(c *CanaryBlob) cell { return text(&c.UploadedBy) }, "UploadedBy", use{}},
	{"uploaded_at", func(c *CanaryBlob) cell { return instant(&c.UploadedAt) }, "UploadedAt", use{kind: instantValues}},
}}

// CanaryBlobs finds uploaded files by uuid.
func (s *Store) CanaryBlobs(ctx context.Context, uuids []string) (map[string]*CanaryBlob, error) {
	return lookup(ctx, s, canaryBlobs, uuids)
}

// CanaryTrigger is a row of table canary_triggers.
type CanaryTrigger struct {
	UUID         string
	TokenUUID    string
	OccurredAt   time.Time
	SrcIP        string
	UserAgent    *string
	RequestPath  *string
	DNSQname     *string
	RawHeaders   JSON
	AttackerUUID *string
}

// ID is the reference to the row.
func (c *CanaryTrigger) ID() Ref { return Ref{KindCanaryTrigger, c.UUID} }

var canaryTriggers = table[CanaryTrigger]{
	name: "canary_triggers", list: "canaryTriggers",
	sorted: []SortKey{{By: CanaryTriggerOccurredAt, Descending: true}},
	fields: []field[CanaryTrigger]{
		{"uuid", func(c *CanaryTrigger) cell { return text(&c.UUID) }, "", use{}},
		{"token_uuid", func(c *CanaryTrigger) cell { return text(&c.TokenUUID) }, "", use{}},
		{"occurred_at", func(c *CanaryTrigger) cell { return instant(&c.OccurredAt) }, "OccurredAt", use{kind: instantValues, filter: "OccurredAt", order: "OCCURRED_AT", since: true, index: "ix_canary_triggers_occurred_key"}},
		{"src_ip", func(c *CanaryTrigger) cell { return text(&c.SrcIP) }, "SrcIP", use{kind: textValues, filter: "SrcIP", values: triggerAddressValues, index: filterValues}},
		{"user_agent", func(c *CanaryTrigger) cell { return optionalText(&c.UserAgent) }, "UserAgent", use{kind: textValues, filter: "UserAgent", index: noIndex}},
		{"request_path", func(c *CanaryTrigger) cell { return optionalText(&c.RequestPath) }, "RequestPath", use{kind: textValues, filter: "RequestPath", index: noIndex}},
		{"dns_qname", func(c *CanaryTrigger) cell { return optionalText(&c.DNSQname) }, "DNSQname", use{kind: textValues, filter: "DNSQname", index: noIndex}},
		{"raw_headers", func(c *CanaryTrigger) cell { return headers(&c.RawHeaders) }, "RawHeaders", use{}},
		{"attacker_id", func(c *CanaryTrigger) cell { return optionalText(&c.AttackerUUID) }, "", use{}},
	},
}

// headers takes a JSON object; anything else is an empty object, as DECNET reads it.
func headers(target *JSON) cell {
	return cellFunc(func(v *value) bool {
		content, _ := v.Text()
		fits := new(record).read(content)
		if *target = parseJSON(content); !fits {
			*target = JSON("{}")
		}
		return fits || content == ""
	})
}

// CanaryTriggerOccurredAt is the only sort key of hits.
const CanaryTriggerOccurredAt = "OCCURRED_AT"

// CanaryTriggerRows finds hits by uuid.
func (s *Store) CanaryTriggerRows(ctx context.Context, uuids []string) (map[string]*CanaryTrigger, error) {
	return lookup(ctx, s, canaryTriggers, uuids)
}

// AllCanaryTriggers lists the hits of all tokens, newest first; ListOptions.Since bounds their time.
func (s *Store) AllCanaryTriggers(o ListOptions) List[CanaryTrigger] {
	return listOf(s, canaryTriggers, unowned("canary_triggers", ""), o)
}

// AttackerTriggers lists the hits attributed to each attacker, newest first.
func (s *Store) AttackerTriggers(o ListOptions) List[CanaryTrigger] {
	return listOf(s, canaryTriggers, child("canary_triggers", "attacker_id"), o)
}

// TokenTriggers lists the hits of each token, newest first.
func (s *Store) TokenTriggers(o ListOptions) List[CanaryTrigger] {
	return listOf(s, canaryTriggers, child("canary_triggers", "token_uuid"), o)
}
