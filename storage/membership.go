package storage

import "context"

// Membership says which rows count as members of a campaign or an identity.
type Membership string

const (
	// Resolved follows merges: the row, all rows merged into it at any distance, and what they reach.
	Resolved Membership = "RESOLVED"
	// Literal takes exactly the rows that DECNET's repository takes.
	Literal Membership = "LITERAL"
)

// The common table expressions (CTEs) below define members(owner, uuid): the identities that belong to each owner.
// Both memberships of both kinds of owner end in the same relation, so that everything built on it exists once.
// The owners are those of the CTE of(k, owner), which is requested where a request gives them.
//
// A recursive UNION drops pairs that it has, so that it ends in a ring of merges, and then holds the whole ring.

// identityMembersLiteralCTE groups although every owner is its own only member: SQLite would read the list of keys
// of a plain SELECT again for every tag.
func (d dialect) identityMembersLiteralCTE(of string) string {
	return `members(owner, uuid) AS (SELECT owner, MAX(k) FROM ` + of + ` GROUP BY owner)`
}

func (d dialect) identityMembersResolvedCTE(of string) string {
	return `members(owner, uuid) AS (
  SELECT owner, k FROM ` + of + `
  UNION
  SELECT m.owner, i.uuid FROM members m` + d.join("attacker_identities i", "i.merged_into_uuid", "m.uuid") + `)`
}

func (d dialect) campaignMembersLiteralCTE(of string) string {
	return `members(owner, uuid) AS (
  SELECT o.owner, i.uuid FROM ` + of + ` o` + d.join("attacker_identities i", "i.campaign_id", "o.k") + `)`
}

func (d dialect) campaignMembersResolvedCTE(of string) string {
	return `merged(owner, uuid) AS (
  SELECT owner, k FROM ` + of + `
  UNION
  SELECT m.owner, c.uuid FROM merged m` + d.join("campaigns c", "c.merged_into_uuid", "m.uuid") + `),
members(owner, uuid) AS (
  SELECT m.owner, i.uuid FROM merged m` + d.join("attacker_identities i", "i.campaign_id", "m.uuid") + `
  UNION
  SELECT m.owner, i.uuid FROM members m` + d.join("attacker_identities i", "i.merged_into_uuid", "m.uuid") + `)`
}

// mergeAncestorsCTE defines up(uuid, above), of a table with merge links: for every merged row each row that its merge
// links lead to, at any distance. A row of a ring is above itself. The comparison with the empty text leaves NULL out and,
// unlike IS NOT NULL, uses the index on the few merged rows.
func (d dialect) mergeAncestorsCTE(table string) string {
	return `up(uuid, above) AS (
  SELECT uuid, merged_into_uuid FROM ` + table + ` WHERE merged_into_uuid > ''
  UNION
  SELECT up.uuid, i.merged_into_uuid FROM up` + d.join(table+" i", "i.uuid", "up.above") + ` WHERE i.merged_into_uuid IS NOT NULL)`
}

// ringsCTE defines rings(uuid), after up: the smallest uuid of each ring of merges, which represents the ring, as
// DECNET chooses the surviving row.
func (d dialect) ringsCTE(table string) string {
	return d.mergeAncestorsCTE(table) + `,
rings(uuid) AS (
  SELECT uuid FROM up GROUP BY uuid HAVING MIN(above) = uuid)`
}

// headCondition is the condition that an owner lists a member m, with the row t. It does not list members that were
// merged into another member of the same owner, except the one that represents a ring.
func (d dialect) headCondition() string {
	return `(t.merged_into_uuid IS NULL
  OR NOT EXISTS (SELECT 1 FROM members other WHERE other.owner = m.owner AND ` + d.Equal("other.uuid", "t.merged_into_uuid") + `)
  OR m.uuid IN (SELECT uuid FROM rings))`
}

// representativesCTE defines representatives(uuid, representative), which has every merged identity and the identity
// that represents it in counts: the last row of its chain, or the smallest uuid of the ring that the chain ends in. It
// is NULL if the identity's own link leads nowhere; the identity then represents itself.
func (d dialect) representativesCTE() string {
	return d.mergeAncestorsCTE("attacker_identities") + `,
ringed(uuid) AS (SELECT uuid FROM up WHERE above = uuid),
representatives(uuid, representative) AS (
  SELECT up.uuid, COALESCE(
      MIN(CASE WHEN beyond.uuid IS NULL THEN above.uuid END),
      MIN(CASE WHEN up.above IN (SELECT uuid FROM ringed) THEN up.above END))
  FROM up
  LEFT JOIN attacker_identities above ON ` + d.Equal("above.uuid", "up.above") + `
  LEFT JOIN attacker_identities beyond ON ` + d.Equal("beyond.uuid", "above.merged_into_uuid") + `
  GROUP BY up.uuid)`
}

// members returns the CTE that defines members for the owners in requested.
func (d dialect) members(kind Kind, m Membership) string { return d.membersOf("requested", kind, m) }

// membersOf is members for the owners of another CTE.
func (d dialect) membersOf(of string, kind Kind, m Membership) string {
	switch {
	case kind == KindCampaign && m == Literal:
		return d.campaignMembersLiteralCTE(of)
	case kind == KindCampaign:
		return d.campaignMembersResolvedCTE(of)
	case m == Literal:
		return d.identityMembersLiteralCTE(of)
	default:
		return d.identityMembersResolvedCTE(of)
	}
}

// survivors finds the surviving row for each key of a table with merge links, at any distance. In a ring the row of
// the key itself survives. A link that leads nowhere is logged, and its key is left out. Most rows are not merged:
// only the others cost a second statement, which follows their links.
func survivors[T any](ctx context.Context, s *Store, t table[T], keys []string, mergedInto func(*T) *string) (map[string]*T, error) {
	found, err := lookup(ctx, s, t, keys)
	if err != nil {
		return nil, err
	}
	var merged []string
	for key, row := range found {
		if mergedInto(row) != nil {
			merged = append(merged, key)
			delete(found, key)
		}
	}
	if len(merged) == 0 {
		return found, nil
	}
	return found, follow(ctx, s, t, merged, found)
}

// follow adds the surviving rows of merged rows to found.
func follow[T any](ctx context.Context, s *Store, t table[T], merged []string, found map[string]*T) error {
	d := s.dialect
	q, err := s.keyed(merged, `chain(owner, uuid, next) AS (
  SELECT requested.owner, c.uuid, c.merged_into_uuid FROM requested JOIN `+t.name+` c ON `+d.Equal("c.uuid", "requested.k")+`
  UNION
  SELECT chain.owner, c.uuid, c.merged_into_uuid FROM chain JOIN `+t.name+` c ON `+d.Equal("c.uuid", "chain.next")+`),
ends(owner, uuid) AS (
  SELECT chain.owner, CASE
      WHEN COUNT(CASE WHEN chain.next IS NULL THEN 1 END) > 0 THEN MIN(CASE WHEN chain.next IS NULL THEN chain.uuid END)
      WHEN COUNT(beyond.uuid) = COUNT(*) THEN MIN(CASE WHEN chain.uuid = chain.owner THEN chain.uuid END)
    END
  FROM chain LEFT JOIN `+t.name+` beyond ON `+d.Equal("beyond.uuid", "chain.next")+`
  GROUP BY chain.owner)`)
	if err != nil {
		return err
	}
	t = t.only(ctx)
	q.add("SELECT ends.owner, " + t.columns("t", s.dialect) + " FROM ends LEFT JOIN " + t.name + " t ON " + q.Equal("t.uuid", "ends.uuid"))
	return read(ctx, s, q, t, func(key string, row *T) {
		if row == nil {
			s.warned.dangling(t.name, key)
			return
		}
		found[key] = row
	})
}
