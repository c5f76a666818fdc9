package storagetest

import (
	"slices"
	"strings"
	"time"

	"decnetgraph/storage"
)

// CampaignFilter has fields of the GraphQL input of this name.
type CampaignFilter struct {
	UUID                 *storage.TextFilter
	And, Or              []*CampaignFilter
	Not                  *CampaignFilter
	CreatedAt, UpdatedAt *storage.InstantRange
	Confidence           *storage.ConfidenceRange
	Notes                *storage.TextFilter
	Ja3Hashes            *storage.ListFilter
	C2Endpoints          *storage.ListFilter
	Merged               *bool
	Identities           *CampaignIdentitiesFilter
	Attackers            *MemberAttackersFilter
	Tags                 *MemberTagsFilter
	Techniques           *storage.TechniquesFilter
}

// IdentityFilter has fields of the GraphQL input of this name.
type IdentityFilter struct {
	UUID                 *storage.TextFilter
	And, Or              []*IdentityFilter
	Not                  *IdentityFilter
	CreatedAt, UpdatedAt *storage.InstantRange
	Notes                *storage.TextFilter
	Ja3Hashes            *storage.ListFilter
	TLSCertSha256        *storage.ListFilter
	Merged, HasCampaign  *bool
	Attribution          *MemberAttributionFilter
	Attackers            *MemberAttackersFilter
	Tags                 *MemberTagsFilter
	Techniques           *storage.TechniquesFilter
}

// AttackerFilter has fields of the GraphQL input of this name.
type AttackerFilter struct {
	UUID                *storage.TextFilter
	And, Or             []*AttackerFilter
	Not                 *AttackerFilter
	IP                  *storage.AddressFilter
	CountryCode, ASName *storage.TextFilter
	PTRRecord           *storage.TextFilter
	ASN                 *storage.IntFilter
	Services, Deckies   *storage.ListFilter
	FirstSeen, LastSeen *storage.InstantRange
	EventCount          *storage.IntRange
	RotationCount       *storage.IntRange
	LastRotationAt      *storage.InstantRange
	HasIdentity         *bool
	Fingerprint         *storage.FingerprintLookup
	Commands            *storage.StoredTextFilter
	Behavior            *BehaviorFilter
	Intel               *IntelFilter
	Tags                *AttackerTagsFilter
	Techniques          *storage.TechniquesFilter
}

// BehaviorFilter has fields of the GraphQL input of this name.
type BehaviorFilter struct {
	BehaviorClass *storage.TextFilter
	ToolGuesses   *storage.ListFilter
	HopDistance   *storage.IntFilter
}

// IntelFilter has fields of the GraphQL input of this name.
type IntelFilter struct {
	AggregateVerdict *storage.TextFilter
	AbuseipdbScore   *storage.IntFilter
	FeodoListed      *bool
	GreynoiseTags    *storage.ListFilter
	CachedAt         *storage.InstantRange
}

// TTPTagFilter has fields of the GraphQL input of this name.
type TTPTagFilter struct {
	UUID                                 *storage.TextFilter
	And, Or                              []*TTPTagFilter
	Not                                  *TTPTagFilter
	Technique                            *string
	Tactic                               storage.Tactics
	RuleID, SourceKind, Decky, SessionID *storage.TextFilter
	SourceID                             *storage.TextFilter
	RuleVersion                          *storage.IntRange
	Confidence                           *storage.ConfidenceRange
	CreatedAt                            *storage.InstantRange
	Attacker                             *AttackerFilter
}

// AttributionStateFilter has fields of the GraphQL input of this name.
type AttributionStateFilter struct {
	Primitive        *storage.TextFilter
	State            *storage.AttributionVerdict
	ObservationCount *storage.IntRange
	LastChangeAt     *storage.InstantRange
}

// The filters of related rows, as in the GraphQL inputs.
type (
	// AttackerTagsFilter is for the tags of an attacker.
	AttackerTagsFilter struct {
		Some, None *TTPTagFilter
		Count      *storage.IntRange
	}
	// MemberTagsFilter is for the tags of a campaign or identity.
	MemberTagsFilter struct {
		Some, None *TTPTagFilter
		Count      *storage.IntRange
		Membership storage.Membership
	}
	// MemberAttackersFilter is for the attackers of a campaign or identity.
	MemberAttackersFilter struct {
		Some, None *AttackerFilter
		Count      *storage.IntRange
		Membership storage.Membership
	}
	// CampaignIdentitiesFilter is for the identities of a campaign.
	CampaignIdentitiesFilter struct {
		Some, None *IdentityFilter
		Count      *storage.IntRange
		Membership storage.Membership
	}
	// MemberAttributionFilter is for the verdicts on an identity.
	MemberAttributionFilter struct {
		Some, None *AttributionStateFilter
		Count      *storage.IntRange
		Membership storage.Membership
	}
)

// every reports whether all parts of a filter hold that are given.
func every(parts ...bool) bool { return !slices.Contains(parts, false) }

// logical evaluates and, or and not.
func logical[F any](all, some []*F, none *F, holds func(*F) bool) bool {
	return !slices.ContainsFunc(all, func(f *F) bool { return !holds(f) }) &&
		(some == nil || slices.ContainsFunc(some, holds)) && (none == nil || !holds(none))
}

func textHolds(f *storage.TextFilter, value *string) bool {
	if f == nil {
		return true
	}
	some := value != nil
	text := deref(value)
	return every(
		f.Equals == nil || some && text == *f.Equals,
		f.In == nil || some && slices.Contains(f.In, text),
		f.StartsWith == nil || some && strings.HasPrefix(text, *f.StartsWith),
		f.Contains == nil || some && strings.Contains(lowerASCII(text), lowerASCII(*f.Contains)),
		f.Present == nil || *f.Present == some,
	)
}

func lowerASCII(text string) string {
	bytes := []byte(text)
	for i, c := range bytes {
		if 'A' <= c && c <= 'Z' {
			bytes[i] = c + 'a' - 'A'
		}
	}
	return string(bytes)
}

func intHolds(f *storage.IntFilter, value *int) bool {
	if f == nil {
		return true
	}
	return every(
		f.Equals == nil || value != nil && *value == *f.Equals,
		f.In == nil || value != nil && slices.Contains(f.In, *value),
		f.From == nil || value != nil && *value >= *f.From,
		f.To == nil || value != nil && *value <= *f.To,
		f.Present == nil || *f.Present == (value != nil),
	)
}

func rangeHolds(f *storage.IntRange, value int) bool {
	return f == nil || (f.From == nil || value >= *f.From) && (f.To == nil || value <= *f.To)
}

func confidenceHolds(f *storage.ConfidenceRange, value *float64) bool {
	return f == nil || f.From == nil && f.To == nil || value != nil && (f.From == nil || *value >= *f.From) && (f.To == nil || *value <= *f.To)
}

func instantHolds(f *storage.InstantRange, at time.Time) bool {
	return f == nil || (f.From == nil || !at.Before(*f.From)) && (f.Until == nil || at.Before(*f.Until))
}

func listHolds(f *storage.ListFilter, list []string) bool {
	if f == nil {
		return true
	}
	has := func(text string) bool { return slices.Contains(list, text) }
	return every(
		f.AnyOf == nil || slices.ContainsFunc(f.AnyOf, has),
		!slices.ContainsFunc(f.AllOf, func(text string) bool { return !has(text) }),
		!slices.ContainsFunc(f.NoneOf, has),
	)
}

// is reports whether a condition on a truth value holds.
func is(wanted *bool, value bool) bool { return wanted == nil || *wanted == value }

// relatedHolds evaluates a filter of related rows.
func relatedHolds[T, F any](rows []*T, some, none *F, count *storage.IntRange, holds func(*F, *T) bool) bool {
	matching := func(f *F) int {
		return len(slices.DeleteFunc(slices.Clone(rows), func(row *T) bool { return f != nil && !holds(f, row) }))
	}
	return (some == nil || matching(some) > 0) && (none == nil || matching(none) == 0) && rangeHolds(count, matching(some))
}
