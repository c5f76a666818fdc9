package storage

import (
	"slices"
	"strings"
)

// totalledScopes are the scopes whose owners have totals.
var totalledScopes = []Scope{{KindFleet, Literal}, {KindFleet, Resolved}, {KindCampaign, Literal}, {KindCampaign, Resolved}}

// hasTotals reports whether the owners of the scope have totals.
func (s Scope) hasTotals() bool { return slices.Contains(totalledScopes, s) }

// totalOwners describes the owners of a scope that have totals: which parts and which marks belong to each of them.
// All that differs between the fleet, which is the one owner of its scope, and campaigns is here and in fleetArm.
type totalOwners interface {
	// keysSelect selects the keys, k, of all owners that there may be.
	keysSelect() string
	// ancestorsCTE is ancestors(part, level, uuid), from marks of some kinds and from parts, alias t, that meet a
	// condition; either may be missing. It is empty if the methods below do not need it.
	ancestorsCTE(d dialect, marks []markKind, parts string) string
	// outdatedSelect selects the owners whose totals by a dimension may no longer hold, from ancestorsCTE of marks.
	outdatedSelect(by dimension) string
	// outdatedCountsSelect is outdatedSelect for distinct counts. It also selects the owners of the parts of
	// ancestorsCTE, which must be those that newGroupCondition holds for.
	outdatedCountsSelect(d dialect) string
	// marksOf returns the kinds of marks that make totals of these owners by a dimension outdated.
	marksOf(by dimension) []markKind
	// mergeMarks returns the kinds of marks after which another identity may represent merged ones in counts.
	mergeMarks() []markKind
	// partsArm brings the parts that meet a condition, the one of ancestorsCTE, to all of their owners.
	partsArm(d dialect, parts string) arm
	// requestedPartsArm is partsArm for the requested owners that meet a condition.
	requestedPartsArm(d dialect, parts, owners string) arm
	// outdatedArm narrows an arm of dialect.anchored to the requested owners that are outdated. It needs outdatedArmsCTE.
	outdatedArm(d dialect, a arm) arm
	outdatedArmsCTE() string
}

// totalOwners returns the owners of a scope that has totals.
func (s Scope) totalOwners() totalOwners {
	if s.Of == KindFleet {
		return fleetOwner{}
	}
	return campaignOwners{s.Membership}
}

// fleetOwner owns every tag and every part, by no link.
type fleetOwner struct{}

func (fleetOwner) keysSelect() string { return "SELECT '' AS k" }

func (fleetOwner) ancestorsCTE(dialect, []markKind, string) string { return "" }

func (f fleetOwner) outdatedSelect(by dimension) string {
	return "SELECT uuid FROM rollup_stale WHERE " + markCondition(f.marksOf(by))
}

func (f fleetOwner) outdatedCountsSelect(d dialect) string {
	return f.outdatedSelect(byTechnique) + " UNION SELECT '' FROM rollup_part t WHERE " + freshGroupCondition(d)
}

func (fleetOwner) marksOf(by dimension) []markKind {
	return marksAmong(by, markFleet)
}

// mergeMarks are more than those of campaigns: no mark of a link makes the fleet's totals outdated.
func (fleetOwner) mergeMarks() []markKind { return []markKind{markMerges, markIdentity, markCampaign} }

func (fleetOwner) partsArm(_ dialect, parts string) arm {
	return arm{owner: "''", from: "rollup_part t", where: parts}
}

func (fleetOwner) requestedPartsArm(_ dialect, parts, owners string) arm {
	return fleetArm("requested", "rollup_part", owners).withCondition(parts)
}

// outdatedArm joins the table to the owner: to ask in a condition whether it is outdated, SQLite would read all rows.
func (fleetOwner) outdatedArm(d dialect, a arm) arm {
	a.from = outdatedRequested + " o" + d.OrderedJoin + a.from + " ON o.owner = ''"
	return a
}

func (fleetOwner) outdatedArmsCTE() string { return outdatedRequestedCTE }

// campaignOwners own the parts that links lead to them from.
type campaignOwners struct{ membership Membership }

// keysSelect selects the campaigns that exist and those that something refers to.
func (campaignOwners) keysSelect() string {
	return "SELECT uuid AS k FROM campaigns UNION SELECT campaign_id FROM attacker_identities WHERE campaign_id IS NOT NULL" +
		" UNION SELECT merged_into_uuid FROM campaigns WHERE merged_into_uuid IS NOT NULL"
}

// The levels of ancestors(part, level, uuid).
const (
	identityLevel = "1"
	campaignLevel = "2"
)

// ancestorsCTE has the identities and the campaigns above marks, as part 0, and above parts. Both are few, so the
// statement starts at them, and in one expression: databases prepare each one again wherever it is named.
func (c campaignOwners) ancestorsCTE(d dialect, marks []markKind, parts string) string {
	var seeds []string
	if len(marks) > 0 {
		seeds = append(seeds, "SELECT 0, CASE WHEN kind = '"+string(markCampaign)+"' THEN "+campaignLevel+" ELSE "+identityLevel+
			" END, uuid FROM rollup_stale WHERE "+markCondition(marks))
	}
	if parts != "" {
		seeds = append(seeds, "SELECT t.part, "+identityLevel+", t.identity_uuid FROM rollup_part t WHERE "+parts+" AND t.identity_uuid IS NOT NULL")
		if c.membership == Resolved { // DECNET joins on the tag's own identity only
			seeds = append(seeds, "SELECT t.part, "+identityLevel+", a.identity_id FROM rollup_part t"+d.join("attackers a", "a.uuid", "t.attacker_uuid")+
				" WHERE "+parts+" AND a.identity_id IS NOT NULL")
		}
	}
	links := []link{{identityLevel, campaignLevel, "attacker_identities", "campaign_id"}}
	if c.membership == Resolved {
		links = append(
			links,
			link{identityLevel, identityLevel, "attacker_identities", "merged_into_uuid"},
			link{campaignLevel, campaignLevel, "campaigns", "merged_into_uuid"},
		)
	}
	return "ancestors(part, level, uuid) AS (\n  " + strings.Join(seeds, "\n  UNION\n  ") + "\n  UNION\n  " + d.linkSelects(links) + ")"
}

// link is a column that leads from a row of one level to the row above it.
type link struct{ from, to, table, column string }

// linkSelects are the recursive SELECTs of ancestors, or a single one where a CTE may refer to itself only once.
func (d dialect) linkSelects(links []link) string {
	texts := make([]string, len(links))
	for i, l := range links {
		above := l.to + ", l." + l.column
		where := "b.level = " + l.from + " AND l." + l.column + " IS NOT NULL"
		if d.OneRecursiveTerm {
			texts[i] = "SELECT " + above + " FROM " + l.table + " l WHERE " + d.Equal("l.uuid", "b.uuid") + " AND " + where
			continue
		}
		texts[i] = "SELECT b.part, " + above + " FROM ancestors b" + d.join(l.table+" l", "l.uuid", "b.uuid") + " WHERE " + where
	}
	if d.OneRecursiveTerm {
		return "SELECT b.part, l.* FROM ancestors b CROSS JOIN LATERAL (" + strings.Join(texts, " UNION ALL ") + ") l"
	}
	return strings.Join(texts, "\n  UNION\n  ")
}

func (campaignOwners) outdatedSelect(dimension) string {
	return "SELECT uuid FROM ancestors WHERE part = 0 AND level = " + campaignLevel
}

func (campaignOwners) outdatedCountsSelect(dialect) string {
	return "SELECT uuid FROM ancestors WHERE level = " + campaignLevel
}

func (campaignOwners) marksOf(by dimension) []markKind {
	return marksAmong(by, markIdentity, markCampaign, markTags)
}

func (campaignOwners) mergeMarks() []markKind { return []markKind{markMerges} }

func (campaignOwners) partsArm(d dialect, _ string) arm {
	return arm{owner: d.Bytewise("b.uuid"), from: "ancestors b" + d.OrderedJoin + "rollup_part t ON t.part = b.part", where: "b.level = " + campaignLevel}
}

func (c campaignOwners) requestedPartsArm(d dialect, parts, owners string) arm {
	a := c.partsArm(d, parts)
	a.owner, a.steps = "requested.owner", []step{{"requested", "requested.k", "b.uuid"}}
	if owners != "" {
		a = a.withCondition(owners)
	}
	return a
}

func (campaignOwners) outdatedArm(_ dialect, a arm) arm {
	a.from = "outdated_members m"
	return a
}

func (campaignOwners) outdatedArmsCTE() string {
	return "outdated_members(owner, uuid) AS (SELECT owner, uuid FROM members WHERE owner IN (SELECT uuid FROM outdated))"
}
