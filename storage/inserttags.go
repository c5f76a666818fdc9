package storage

import (
	"context"
	"time"
)

// MaxNewTags is the most tags that one call of InsertTags takes.
const MaxNewTags = 1000

// ConfidenceFloor is the confidence below which DECNET, and so InsertTags, stores no tag.
const ConfidenceFloor = 0.3

// NewTag is a tag to insert. Its uuid is computed from its content; see TagUUID.
type NewTag struct {
	SourceKind     string
	SourceID       string
	AttackerUUID   *string // this or the identity is required
	IdentityUUID   *string
	SessionID      *string
	Decky          *string
	TacticID       string
	TechniqueID    string
	SubTechniqueID *string // empty text is the same as nil
	Confidence     float64
	RuleID         string
	RuleVersion    int
	Evidence       JSON // an object or null; nil means null
	AttackRelease  string
	MitreURL       *string
	CreatedAt      *time.Time // nil means now

	Problem  string       // why the tag was refused when it was read; empty if it was not
	Warnings []TagWarning // for its TagResult
}

// TagWarning says what readers would count in the wrong place if a tag is stored, although DECNET would store it.
type TagWarning struct {
	Code    TagWarningCode
	Field   string // the field of the schema's TagInput
	Message string // for the person who sent the tag
}

// TagWarningCode is the kind of a TagWarning.
type TagWarningCode string

// The kinds of warnings.
const (
	WarnSubTechniqueAsTechnique TagWarningCode = "SUB_TECHNIQUE_AS_TECHNIQUE"
	WarnSubTechniqueMismatch    TagWarningCode = "SUB_TECHNIQUE_MISMATCH" // it belongs to another technique, or is none
	WarnTacticMalformed         TagWarningCode = "TACTIC_MALFORMED"
	WarnTacticUnknown           TagWarningCode = "TACTIC_UNKNOWN"
	WarnCreatedInFuture         TagWarningCode = "CREATED_IN_FUTURE"
	WarnEmptyText               TagWarningCode = "EMPTY_TEXT"
)

// TagOutcome is what happened to a NewTag.
type TagOutcome string

// The outcomes of inserting a tag.
const (
	TagInserted   TagOutcome = "INSERTED"
	TagDuplicate  TagOutcome = "DUPLICATE"   // a tag with its uuid exists, and stays unchanged
	TagBelowFloor TagOutcome = "BELOW_FLOOR" // less certain than ConfidenceFloor
	TagRejected   TagOutcome = "REJECTED"    // malformed, or its attacker or identity does not exist
)

// TagResult is what happened to a NewTag.
type TagResult struct {
	UUID    string // empty if it cannot be computed
	Outcome TagOutcome
	Reason  *string // why it was rejected, for the person who sent it

	Warnings []TagWarning // those of the NewTag; none if it was rejected
}

// Key returns the uuid, nil if it cannot be computed.
func (r *TagResult) Key() *string {
	if r.UUID == "" {
		return nil
	}
	return &r.UUID
}

// reject gives a tag the outcome TagRejected.
func (r *TagResult) reject(reason *string) {
	r.Outcome, r.Reason, r.Warnings = TagRejected, reason, nil
}

// InsertTags inserts tags and returns a result for each, in order. A row that is not inserted does not block the
// others, and a tag that exists is never changed, so inserting again is safe. It fails with ErrInvalid for more
// than MaxNewTags rows.
func (s *Store) InsertTags(ctx context.Context, rows []NewTag) ([]TagResult, error) {
	var tooMany error
	if len(rows) > MaxNewTags {
		tooMany = Invalid("at most %d tags can be inserted at once", MaxNewTags)
	}
	results, err := writeRows(ctx, s, "insertTags", tooMany, rows, NewTag.check, (*change).insertTags)
	if err == nil {
		s.refreshSoon()
	}
	return results, err
}

// insertTags decides the outcomes that check could not decide, and inserts the new tags.
func (c *change) insertTags(ctx context.Context, rows []NewTag, results []TagResult, now time.Time, d *deed) error {
	if err := c.rejectUnanchored(ctx, rows, results); err != nil {
		return err
	}
	var uuids []string
	for _, result := range results {
		if result.Outcome == "" {
			uuids = append(uuids, result.UUID)
		}
	}
	// Compared as the primary key compares, which on MySQL may ignore case.
	taken, err := c.existingBy(ctx, "ttp_tag t ON t.uuid = requested.k", uuids)
	if err != nil {
		return err
	}
	var fresh []newRow
	for i := range results {
		result := &results[i]
		switch {
		case result.Outcome != "":
		case taken[result.UUID]:
			result.Outcome = TagDuplicate
		default:
			taken[result.UUID] = true
			result.Outcome = TagInserted
			fresh = append(fresh, newRow{result.UUID, rows[i].values(c.dialect, result.UUID, now)})
		}
	}
	if len(results) == 1 {
		d.target = results[0].UUID
	}
	if d.after = auditOfTags(results); len(fresh) == 0 {
		d.outcome = AuditUnchanged
	}
	return c.insert(ctx, tags.names(), fresh, c.dialect.SkipDuplicates)
}

// rejectUnanchored rejects the rows whose attacker or identity does not exist. DECNET's databases on SQLite would
// store them, and others would drop them without an error.
func (c *change) rejectUnanchored(ctx context.Context, rows []NewTag, results []TagResult) error {
	for _, anchor := range []struct {
		table, name string
		of          func(NewTag) *string
	}{
		{"attackers", "attacker", func(t NewTag) *string { return t.AttackerUUID }},
		{"attacker_identities", "identity", func(t NewTag) *string { return t.IdentityUUID }},
	} {
		var uuids []string
		for i, row := range rows {
			if uuid := anchor.of(row); uuid != nil && results[i].Outcome == "" {
				uuids = append(uuids, *uuid)
			}
		}
		found, err := c.existing(ctx, anchor.table, "uuid", uuids)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if uuid := anchor.of(row); uuid != nil && results[i].Outcome == "" && !found[*uuid] {
				var v validation
				v.fail("there is no %s %q", anchor.name, *uuid)
				results[i].reject(v.reason())
			}
		}
	}
	return nil
}
