package storage

import (
	"bytes"
	"context"
	"encoding/json"
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

var canaryTokens = table[CanaryToken]{name: "canary_tokens", fields: []field[CanaryToken]{
	{"uuid", func(c *CanaryToken) cell { return text(&c.UUID) }, ""},
	{"kind", func(c *CanaryToken) cell { return text(&c.Kind) }, "Kind"},
	{"decky_name", func(c *CanaryToken) cell { return text(&c.DeckyName) }, "DeckyName"},
	{"topology_id", func(c *CanaryToken) cell { return optionalText(&c.TopologyID) }, "TopologyID"},
	{"blob_uuid", func(c *CanaryToken) cell { return optionalText(&c.BlobUUID) }, ""},
	{"instrumenter", func(c *CanaryToken) cell { return optionalText(&c.Instrumenter) }, "Instrumenter"},
	{"generator", func(c *CanaryToken) cell { return optionalText(&c.Generator) }, "Generator"},
	{"placement_path", func(c *CanaryToken) cell { return text(&c.PlacementPath) }, "PlacementPath"},
	{"callback_token", func(c *CanaryToken) cell { return text(&c.CallbackToken) }, "CallbackToken"},
	{"placed_at", func(c *CanaryToken) cell { return instant(&c.PlacedAt) }, "PlacedAt"},
	{"last_triggered_at", func(c *CanaryToken) cell { return optional(instant, &c.LastTriggeredAt) }, "LastTriggeredAt"},
	{"trigger_count", func(c *CanaryToken) cell { return whole(&c.TriggerCount) }, "TriggerCount"},
	{"created_by", func(c *CanaryToken) cell { return text(&c.CreatedBy) }, "CreatedBy"},
	{"state", func(c *CanaryToken) cell { return text(&c.State) }, "State"},
	{"last_error", func(c *CanaryToken) cell { return optionalText(&c.LastError) }, "LastError"},
}}

// CanaryTokens finds tokens by uuid.
func (s *Store) CanaryTokens(ctx context.Context, uuids []string) (map[string]*CanaryToken, error) {
	return lookup(ctx, s, canaryTokens, uuids)
}

var latestTokens = order{name: "canaryTokens.placed_at", column: "placed_at", descending: true}

// CanaryTokenFilter keeps tokens that meet all conditions given; nil means any.
type CanaryTokenFilter struct {
	Kind, DeckyName, State *string
}

// AllCanaryTokens lists tokens, placed last first.
func (s *Store) AllCanaryTokens(filter *CanaryTokenFilter) List[CanaryToken] {
	var where []condition
	if filter != nil {
		where = equal(where, "t.kind", filter.Kind)
		where = equal(where, "t.decky_name", filter.DeckyName)
		where = equal(where, "t.state", filter.State)
	}
	return listOf(s, canaryTokens, latestTokens, unowned("canary_tokens", ""), where...)
}

// CanaryBlob is a row of table canary_blobs.
type CanaryBlob struct {
	UUID        string
	SHA256      string
	Filename    string
	ContentType string
	SizeBytes   float64
	UploadedBy  string
	UploadedAt  time.Time
}

// ID is the reference to the row.
func (c *CanaryBlob) ID() Ref { return Ref{KindCanaryBlob, c.UUID} }

var canaryBlobs = table[CanaryBlob]{name: "canary_blobs", fields: []field[CanaryBlob]{
	{"uuid", func(c *CanaryBlob) cell { return text(&c.UUID) }, ""},
	{"sha256", func(c *CanaryBlob) cell { return text(&c.SHA256) }, "SHA256"},
	{"filename", func(c *CanaryBlob) cell { return text(&c.Filename) }, "Filename"},
	{"content_type", func(c *CanaryBlob) cell { return text(&c.ContentType) }, "ContentType"},
	{"size_bytes", func(c *CanaryBlob) cell { return finite(&c.SizeBytes) }, "SizeBytes"},
	{"uploaded_by", func(c *CanaryBlob) cell { return text(&c.UploadedBy) }, "UploadedBy"},
	{"uploaded_at", func(c *CanaryBlob) cell { return instant(&c.UploadedAt) }, "UploadedAt"},
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

var canaryTriggers = table[CanaryTrigger]{name: "canary_triggers", fields: []field[CanaryTrigger]{
	{"uuid", func(c *CanaryTrigger) cell { return text(&c.UUID) }, ""},
	{"token_uuid", func(c *CanaryTrigger) cell { return text(&c.TokenUUID) }, ""},
	{"occurred_at", func(c *CanaryTrigger) cell { return instant(&c.OccurredAt) }, "OccurredAt"},
	{"src_ip", func(c *CanaryTrigger) cell { return text(&c.SrcIP) }, "SrcIP"},
	{"user_agent", func(c *CanaryTrigger) cell { return optionalText(&c.UserAgent) }, "UserAgent"},
	{"request_path", func(c *CanaryTrigger) cell { return optionalText(&c.RequestPath) }, "RequestPath"},
	{"dns_qname", func(c *CanaryTrigger) cell { return optionalText(&c.DNSQname) }, "DNSQname"},
	{"raw_headers", func(c *CanaryTrigger) cell { return headers(&c.RawHeaders) }, "RawHeaders"},
	{"attacker_id", func(c *CanaryTrigger) cell { return optionalText(&c.AttackerUUID) }, ""},
}}

// headers takes a JSON object; anything else is an empty object, as DECNET reads it.
func headers(target *JSON) cell {
	return cellFunc(func(v *value) bool {
		content := v.Bytes()
		*target = bytes.Clone(validJSON(content))
		var members record
		fits := json.Unmarshal(*target, &members) == nil && members != nil
		if !fits {
			*target = JSON("{}")
		}
		return fits || len(content) == 0
	})
}

var newestTriggers = order{name: "canaryTriggers.occurred_at", column: "occurred_at", descending: true}

// CanaryTriggerRows finds hits by uuid.
func (s *Store) CanaryTriggerRows(ctx context.Context, uuids []string) (map[string]*CanaryTrigger, error) {
	return lookup(ctx, s, canaryTriggers, uuids)
}

// AllCanaryTriggers lists the hits of all tokens, newest first.
func (s *Store) AllCanaryTriggers() List[CanaryTrigger] {
	return listOf(s, canaryTriggers, newestTriggers, unowned("canary_triggers", ""))
}

// TriggersSince lists the hits of all tokens since an instant, oldest first.
func (s *Store) TriggersSince(since time.Time) List[CanaryTrigger] {
	return listOf(s, canaryTriggers, newestTriggers.directed(false), unowned("canary_triggers", ""), s.since(nil, "t.occurred_at", &since)...)
}

// AttackerTriggers lists the hits attributed to each attacker, newest first.
func (s *Store) AttackerTriggers() List[CanaryTrigger] {
	return listOf(s, canaryTriggers, newestTriggers, child("canary_triggers", "attacker_id"))
}

// TokenTriggers lists the hits of each token, newest first.
func (s *Store) TokenTriggers() List[CanaryTrigger] {
	return listOf(s, canaryTriggers, newestTriggers, child("canary_triggers", "token_uuid"))
}
