package storage

import "strconv"

// memberRows are rows that belong to the members of a campaign or identity.
type memberRows int

// The rows that filters ask for. memberIdentities are those that Campaign.identities lists.
const (
	memberIdentities memberRows = iota
	memberAttackers
	memberTags
	memberStates
)

// table returns the table of the rows.
func (r memberRows) table() filterable {
	return [...]filterable{identities, attackers, tags, attributionStates}[r]
}

// ofMembers matches campaigns or identities of whose members' rows at least a number meet a condition; 0 means one, which is
// answered without counting. Members and rows are those of the edges.
type ofMembers struct {
	kind       Kind
	membership Membership
	rows       memberRows
	where      and
	least      int
}

// counted matches the rows that have at least a number of related rows.
type counted struct {
	exists
	least int
}

func (ofMembers) isCondition() {}
func (counted) isCondition()   {}

// memberPath leads from a member identity to rows x: tables joined one after the other, the first by a column that holds the
// identity's key.
type memberPath struct {
	first   step // without its key
	further []step
	indexed []string // columns that follow the key in an index on the rows
}

// paths returns the paths to the rows, and their aliases at a depth of nesting.
func (r memberRows) paths(kind Kind, m Membership, x, a string) []memberPath {
	tagIndexes := []string{"technique_id", "created_at"}
	switch r {
	case memberIdentities:
		return []memberPath{{first: step{table: "attacker_identities " + x, column: x + ".uuid"}}}
	case memberAttackers:
		return []memberPath{{first: step{table: "attackers " + x, column: x + ".identity_id"}}}
	case memberStates:
		return []memberPath{{first: step{table: "attribution_state " + x, column: x + ".identity_uuid"}}}
	default:
		own := memberPath{first: step{table: "ttp_tag " + x, column: x + ".identity_uuid"}, indexed: tagIndexes}
		if kind == KindCampaign && m == Literal { // DECNET joins on the tag's own identity only
			return []memberPath{own}
		}
		return []memberPath{own, {
			first:   step{table: "attackers " + a, column: a + ".identity_id"},
			further: []step{{"ttp_tag " + x, x + ".attacker_uuid", a + ".uuid"}},
			indexed: tagIndexes,
		}}
	}
}

// The CTEs of members that merges bring, for all owners: there are few merged rows, so the conditions look the others up
// by the row itself.
const (
	mergedMembers   = "merged_members"   // (owner, uuid): identities merged into another, at any distance
	campaignMembers = "campaign_members" // (owner, uuid): members of a campaign that do not name it themselves
)

// mergedMembersCTE ends in rings as the CTEs of membership.go do.
func (d dialect) mergedMembersCTE() string {
	return mergedMembers + `(owner, uuid) AS (
  SELECT merged_into_uuid, uuid FROM attacker_identities WHERE merged_into_uuid > ''
  UNION
  SELECT i.merged_into_uuid, m.uuid FROM ` + mergedMembers + ` m` + d.join("attacker_identities i", "i.uuid", "m.owner") + `
  WHERE i.merged_into_uuid IS NOT NULL)`
}

func (d dialect) campaignMembersCTE() string {
	return `merged_campaigns(owner, uuid) AS (
  SELECT merged_into_uuid, uuid FROM campaigns WHERE merged_into_uuid > ''
  UNION
  SELECT c.merged_into_uuid, m.uuid FROM merged_campaigns m` + d.join("campaigns c", "c.uuid", "m.owner") + ` WHERE c.merged_into_uuid IS NOT NULL),
` + campaignMembers + `(owner, uuid) AS (
  SELECT m.owner, i.uuid FROM merged_campaigns m` + d.join("attacker_identities i", "i.campaign_id", "m.uuid") + `
  UNION
  SELECT i.campaign_id, m.uuid FROM ` + mergedMembers + ` m` + d.join("attacker_identities i", "i.uuid", "m.owner") + ` WHERE i.campaign_id IS NOT NULL
  UNION
  SELECT c.owner, m.uuid FROM ` + mergedMembers + ` m` + d.join("attacker_identities i", "i.uuid", "m.owner") +
		d.join("merged_campaigns c", "c.uuid", "i.campaign_id") + `)`
}

// conditionCTEs returns the CTEs that conditions stand on, or an empty text.
func (d dialect) conditionCTEs(c condition) string {
	switch needed := mergesNeeded(c); needed {
	case KindCampaign:
		return expressions(d.mergedMembersCTE(), d.campaignMembersCTE())
	case KindIdentity:
		return d.mergedMembersCTE()
	default:
		return ""
	}
}

// mergesNeeded returns the kind whose merges a condition follows: campaigns need those of identities, too.
func mergesNeeded(c condition) (needed Kind) {
	add := func(inner condition) {
		if kind := mergesNeeded(inner); kind == KindCampaign || needed == "" {
			needed = kind
		}
	}
	switch c := c.(type) {
	case and:
		for _, part := range c {
			add(part)
		}
	case or:
		for _, part := range c {
			add(part)
		}
	case not:
		add(c.inner)
	case narrowing:
		add(c.inner)
	case exists:
		if c.where != nil {
			add(c.where)
		}
	case counted:
		add(c.exists)
	case ledToBy:
		add(c.where)
	case ofMembers:
		if add(c.where); c.membership == Resolved && needed != KindCampaign {
			needed = c.kind
		}
	}
	return needed
}

// ofMembers appends the condition: rows of members that name the owner themselves are looked up for each owner, and those
// that merges bring are read once for all.
func (q *statement) ofMembers(c ofMembers, on row) {
	depth := strconv.Itoa(on.depth + 1)
	i, m := "i"+depth, "m"+depth
	related := row{alias: "e" + depth, depth: on.depth + 1, joined: true, prefix: q.NoIndexPrefix}
	paths := c.rows.paths(c.kind, c.membership, related.alias, "a"+depth)
	merged := map[Kind]string{KindIdentity: mergedMembers, KindCampaign: campaignMembers}[c.kind]
	direct := func(owner string) { // rows of members that name the owner
		for n, p := range paths {
			q.orElse(n)
			q.add("EXISTS (SELECT 1 FROM ")
			if c.kind == KindCampaign {
				q.add("attacker_identities " + i + q.join(p.first.table, p.first.column, i+".uuid"))
				q.joins(p.further)
				q.add(" WHERE " + q.Equal(i+".campaign_id", owner))
			} else {
				q.add(p.first.table)
				q.joins(p.further)
				q.add(" WHERE " + q.Equal(p.first.column, owner))
			}
			q.memberCondition(c, p, related, owner)
			q.add(")")
		}
	}
	if c.least > 0 {
		q.memberCount(c, paths, merged, on, related)
		return
	}
	q.add("(")
	direct(on.alias + ".uuid")
	if c.membership == Resolved {
		for _, p := range paths {
			q.add(" OR " + on.alias + ".uuid IN (SELECT " + m + ".owner FROM " + merged + " " + m + q.join(p.first.table, p.first.column, m+".uuid"))
			q.joins(p.further)
			q.add(" WHERE 1 = 1")
			q.memberCondition(c, p, related, m+".owner")
			q.add(")")
		}
	}
	q.add(")")
}

func (q *statement) orElse(n int) {
	if n > 0 {
		q.add(" OR ")
	}
}

// memberCondition appends what rows must meet, after an AND.
func (q *statement) memberCondition(c ofMembers, p memberPath, related row, owner string) {
	if len(c.where) > 0 {
		related.indexed = p.indexed
		q.add(" AND ")
		q.condition(c.where, related)
	}
	if c.rows == memberIdentities && c.membership == Resolved {
		q.add(" AND " + q.listedMember(related.alias, owner))
	}
}

// listedMember is headCondition for a member x of a campaign in conditions.
func (q *statement) listedMember(x, owner string) string {
	into := "attacker_identities w WHERE " + q.Equal("w.uuid", x+".merged_into_uuid")
	return "(" + x + ".merged_into_uuid IS NULL OR NOT (EXISTS (SELECT 1 FROM " + into + " AND " + q.Equal("w.campaign_id", owner) + ")" +
		" OR EXISTS (SELECT 1 FROM " + campaignMembers + " w WHERE " + q.Equal("w.owner", owner) + " AND " + q.Equal("w.uuid", x+".merged_into_uuid") + "))" +
		" OR " + x + ".uuid IN (SELECT w.uuid FROM " + mergedMembers + " w GROUP BY w.uuid HAVING MIN(w.owner) = w.uuid))"
}

// memberCount appends the condition that an owner has at least a number of rows, each counted once.
func (q *statement) memberCount(c ofMembers, paths []memberPath, merged string, on, related row) {
	keyOf := related.alias + ".uuid AS k"
	if c.rows == memberStates {
		keyOf = related.alias + ".identity_uuid AS k, " + related.alias + ".primitive AS k2"
	}
	i, m := "i"+strconv.Itoa(related.depth), "m"+strconv.Itoa(related.depth)
	q.add(on.alias + ".uuid IN (SELECT c.owner FROM (")
	for n, p := range paths {
		if n > 0 {
			q.add(" UNION ")
		}
		owner := p.first.column
		if c.kind == KindCampaign {
			owner = i + ".campaign_id"
			q.add("SELECT " + owner + " AS owner, " + keyOf + " FROM attacker_identities " + i + q.join(p.first.table, p.first.column, i+".uuid"))
		} else {
			q.add("SELECT " + owner + " AS owner, " + keyOf + " FROM " + p.first.table)
		}
		q.joins(p.further)
		q.add(" WHERE " + owner + " IS NOT NULL")
		q.memberCondition(c, p, related, owner)
		if c.membership == Resolved {
			q.add(" UNION SELECT " + m + ".owner, " + keyOf + " FROM " + merged + " " + m + q.join(p.first.table, p.first.column, m+".uuid"))
			q.joins(p.further)
			q.add(" WHERE 1 = 1")
			q.memberCondition(c, p, related, m+".owner")
		}
	}
	q.add(") c GROUP BY c.owner HAVING COUNT(*) >= ?)", c.least)
}
