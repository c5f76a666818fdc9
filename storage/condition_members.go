package storage

import (
	"slices"
	"strconv"
)

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

// memberPath leads from a member identity to rows: tables joined one after the other, the first by a column that holds the
// identity's key, and the last one's rows.
type memberPath []step // the first without its key

// column is the column that names the member.
func (p memberPath) column() string { return p[0].column }

// paths returns the paths to the rows of a table, with the alias x; a is an alias to use on the way.
func (r memberRows) paths(kind Kind, m Membership, table, x, a string) []memberPath {
	rows := table + " " + x
	switch r {
	case memberIdentities:
		return []memberPath{{{table: rows, column: x + ".uuid"}}}
	case memberAttackers:
		return []memberPath{{{table: rows, column: x + ".identity_id"}}}
	case memberStates:
		return []memberPath{{{table: rows, column: x + ".identity_uuid"}}}
	default:
		own := memberPath{{table: rows, column: x + ".identity_uuid"}}
		if kind == KindCampaign && m == Literal { // DECNET joins on the tag's own identity only
			return []memberPath{own}
		}
		return []memberPath{own, {
			{table: "attackers " + a, column: a + ".identity_id"},
			{rows, x + ".attacker_uuid", a + ".uuid"},
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

// membersQuery is a condition on rows of members while it is rendered.
type membersQuery struct {
	*statement

	of     ofMembers
	rows   relatedTable
	on     row
	row    row    // the rows of members
	i, m   string // aliases of a member identity, and of a member that merges bring
	merged string // the CTE of these
}

// relatedMembers returns where to look for the rows of a condition on members; see relatedTable.
func (q *statement) relatedMembers(c ofMembers, alias string) relatedTable {
	members := exists{table: c.rows.table().tableName(), where: c.where}
	if c.rows == memberTags {
		members.column, members.indexed = "identity_uuid", []string{"technique_id", "created_at"}
	}
	rows := q.relatedTable(members, alias, c.least > 0)
	rows.owners = map[Kind]string{KindIdentity: identities.name, KindCampaign: campaigns.name}[c.kind]
	return rows
}

// ofMembers appends the condition.
func (q *statement) ofMembers(c ofMembers, on row) {
	depth := strconv.Itoa(on.depth + 1)
	w := membersQuery{
		statement: q, of: c, on: on, rows: q.relatedMembers(c, relatedAlias(on)),
		i: "i" + depth, m: "m" + depth,
		merged: map[Kind]string{KindIdentity: mergedMembers, KindCampaign: campaignMembers}[c.kind],
	}
	w.row = row{alias: relatedAlias(on), depth: on.depth + 1, joined: true, prefix: q.NoIndexPrefix, indexed: w.rows.indexed}
	paths := c.rows.paths(c.kind, c.membership, w.rows.table, w.row.alias, "a"+depth)
	each := func() {
		w.eachOwner(paths)
		if c.membership == Resolved {
			w.eachMerged(paths)
		}
	}
	switch {
	case c.least > 0:
		w.count(paths)
		return
	case c.rows == memberIdentities: // the condition on these is on the owner, too
		q.add("(")
		each()
	default:
		q.add("(")
		q.orFound(w.rows, on, w.row, func() { w.foundMembers(paths) }, each)
	}
	q.add(")")
}

// eachOwner appends the condition that a member of the owner that names it has rows, so that owners are looked at one by one.
func (q membersQuery) eachOwner(paths []memberPath) {
	owner := q.on.alias + ".uuid"
	for n, p := range paths {
		if n > 0 {
			q.add(" OR ")
		}
		q.add("EXISTS (SELECT 1 FROM ")
		if q.of.kind == KindCampaign {
			q.add("attacker_identities " + q.i)
			q.path(p, q.i+".uuid", owner)
			q.add(" WHERE " + q.Equal(q.i+".campaign_id", owner))
		} else {
			q.ownOfOne(p, owner)
		}
		q.add(")")
	}
}

// eachMerged appends OR and the condition that a member that a merge adds has rows. There are few such members: a statement that
// reads all owners reads the rows of all of them once, and one that stops early looks at those of each owner it reaches.
func (q membersQuery) eachMerged(paths []memberPath) {
	key, set := q.sameKey(q.on.alias+".uuid", q.m+".owner")
	for _, p := range paths {
		q.add(" OR " + key + " IN (SELECT " + set + " FROM " + q.merged + " " + q.m)
		if q.stopsEarly {
			q.add(") AND EXISTS (SELECT 1 FROM " + q.merged + " " + q.m)
		}
		q.path(p, q.m+".uuid", q.m+".owner")
		if q.stopsEarly {
			q.add(" WHERE " + q.Equal(q.m+".owner", q.on.alias+".uuid"))
		}
		q.add(")")
	}
}

// own appends the rows of a path whose first table names the owner, as FROM and WHERE clauses.
func (q membersQuery) own(p memberPath, named, owner string) {
	if len(p) > 1 {
		q.add(p[0].table)
		q.joins(p[1 : len(p)-1])
		q.lastOf(p[len(p)-1], owner)
		q.add(" WHERE " + named)
		return
	}
	q.add(p[0].table + " WHERE " + named)
	q.meets(q.rows.where, owner)
}

// ownOfOne is own for a single owner.
func (q membersQuery) ownOfOne(p memberPath, owner string) {
	named := q.Equal(p.column(), owner)
	inside, outside := byOwnersIndex(q.rows.where)
	if len(p) > 1 || q.LateralFence == "" || len(outside) == 0 {
		q.own(p, named, owner)
		return
	}
	q.add("(SELECT " + q.row.alias + ".* FROM " + p[0].table + " WHERE " + named)
	q.conditions(inside, q.row)
	q.add(q.LateralFence + ") " + q.row.alias + " WHERE 1 = 1")
	q.meets(outside, owner)
}

// path appends joins from the key of a member to the rows.
func (q membersQuery) path(p memberPath, member, owner string) {
	p = slices.Clone(p)
	p[0].key = member
	q.joins(p[:len(p)-1])
	q.lastOf(p[len(p)-1], owner)
}

// lastOf appends the join of the rows that meet the condition.
func (q membersQuery) lastOf(s step, owner string) {
	if q.LateralFence == "" {
		q.add(q.OrderedJoin + s.table + " ON " + q.Equal(s.column, s.key))
		q.meets(q.rows.where, owner)
		return
	}
	inside, outside := byOwnersIndex(q.rows.where)
	q.add(" JOIN LATERAL (SELECT " + q.row.alias + ".* FROM " + s.table + " WHERE " + q.Equal(s.column, s.key))
	q.conditions(inside, q.row)
	q.add(q.LateralFence + ") " + q.row.alias + " ON TRUE")
	q.meets(outside, owner)
}

// byOwnersIndex divides a condition into the parts that narrow the rows of an owner by the index that finds them, and the
// others. A planner that does not know the values might take an index of the others instead, and read rows of all owners.
func byOwnersIndex(where and) (inside, outside and) {
	for _, c := range flattened(where) {
		if ofTechniqueAlone(c) {
			inside = append(inside, c)
		} else {
			outside = append(outside, c)
		}
	}
	return inside, outside
}

// conditions appends conditions, each after an AND.
func (q *statement) conditions(where and, on row) {
	for _, c := range where {
		q.add(" AND ")
		q.condition(c, on)
	}
}

// meets appends what rows must meet, after an AND.
func (q membersQuery) meets(where and, owner string) {
	q.conditions(where, q.row)
	if q.of.rows == memberIdentities && q.of.membership == Resolved {
		q.add(" AND " + q.listedMember(q.row.alias, owner))
	}
}

// listedMember is headCondition for a member x of a campaign in conditions.
func (q membersQuery) listedMember(x, owner string) string {
	into := "attacker_identities w WHERE " + q.Equal("w.uuid", x+".merged_into_uuid")
	return "(" + x + ".merged_into_uuid IS NULL OR NOT (EXISTS (SELECT 1 FROM " + into + " AND " + q.Equal("w.campaign_id", owner) + ")" +
		" OR EXISTS (SELECT 1 FROM " + campaignMembers + " w WHERE " + q.Equal("w.owner", owner) + " AND " + q.Equal("w.uuid", x+".merged_into_uuid") + "))" +
		" OR " + x + ".uuid IN (SELECT w.uuid FROM " + mergedMembers + " w GROUP BY w.uuid HAVING MIN(w.owner) = w.uuid))"
}

// count appends the condition that an owner has at least a number of rows, each counted once.
func (q membersQuery) count(paths []memberPath) {
	columns, number := q.row.alias+"."+q.rows.key+" AS k", "COUNT(*)"
	if q.of.rows == memberStates {
		columns = q.row.alias + ".identity_uuid AS k, " + q.row.alias + ".primitive AS k2"
	}
	if q.rows.number != "" {
		columns, number = columns+", "+q.row.alias+"."+q.rows.number+" AS n", "SUM(c.n)"
	}
	q.add(q.on.alias + ".uuid IN (SELECT c.owner FROM (")
	for n, p := range paths {
		if n > 0 {
			q.add(" UNION ")
		}
		if q.of.kind == KindCampaign {
			owner := q.i + ".campaign_id"
			q.add("SELECT " + owner + " AS owner, " + columns + " FROM attacker_identities " + q.i)
			q.path(p, q.i+".uuid", owner)
			q.add(" WHERE " + owner + " IS NOT NULL")
		} else {
			q.add("SELECT " + p.column() + " AS owner, " + columns + " FROM ")
			q.own(p, p.column()+" IS NOT NULL", p.column())
		}
		if q.of.membership == Resolved {
			q.add(" UNION SELECT " + q.m + ".owner, " + columns + " FROM " + q.merged + " " + q.m)
			q.path(p, q.m+".uuid", q.m+".owner")
		}
	}
	q.add(") c GROUP BY c.owner HAVING "+number+" >= ?)", q.of.least)
}
