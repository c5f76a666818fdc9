package storage

// The kinds of owner that have no row of their own: the whole fleet, whose key is the empty text; a technique or
// sub-technique, whose key is its ATT&CK id; a decky, whose key is its name; a detection rule, whose key is its id; an autonomous system, a BGP prefix and a
// country, whose keys are their values in attackers.
const (
	KindFleet     Kind = "Fleet"
	KindTechnique Kind = "Technique"
	KindDecky     Kind = "Decky"
	KindRule      Kind = "Rule"
	KindASN       Kind = "ASN"
	KindPrefix    Kind = "Prefix"
	KindCountry   Kind = "Country"
)

// Scope says which tags count toward an owner: the kind of owner and, where merges or anchors
// matter, the membership. It is data: the statements that roll tags up or list them exist once.
type Scope struct {
	Of         Kind
	Membership Membership
}

// anchoredOnMember is the arm of the rows that name a member identity themselves, in a table of tags or of their sums.
func anchoredOnMember(table string) arm {
	return arm{owner: "m.owner", from: "members m", steps: []step{{table + " t", "t.identity_uuid", "m.uuid"}}}
}

// anchoredOnAttacker is the arm of the rows that name an attacker of a member. It leaves out rows that anchoredOnMember
// has for the same owner, so that a tag on both paths counts once.
func (d dialect) anchoredOnAttacker(table string) arm {
	return arm{
		owner: "m.owner",
		from:  "members m",
		steps: []step{{"attackers a", "a.identity_id", "m.uuid"}, {table + " t", "t.attacker_uuid", "a.uuid"}},
		where: "(t.identity_uuid IS NULL OR " + d.outside("t.identity_uuid") + ")",
	}
}

// outside returns the condition that an identity is no member of the owner of m.
func (d dialect) outside(identity string) string { return d.outsideOf(identity, "members") }

// outsideOf returns the condition that a key does not belong to the owner of m in a CTE of(owner, uuid).
func (d dialect) outsideOf(key, of string) string {
	if d.HashedNotIn {
		return "(m.owner, " + d.GroupKey(key) + ") NOT IN (SELECT owner, " + d.GroupKey("uuid") + " FROM " + of + ")"
	}
	return "NOT EXISTS (SELECT 1 FROM " + of + " o WHERE o.owner = m.owner AND " + d.Equal("o.uuid", key) + ")"
}

// namedBy has the column of tags that names an owner of a kind.
var namedBy = map[Kind]string{KindSession: "session_id", KindDecky: "decky_id", KindRule: "rule_id"}

// tags is the relation of a scope's tags.
func (d dialect) tags(s Scope) relation { return d.tagsIn(s, tags.name) }

// tagsIn is tags for a table that has some of the tags.
func (d dialect) tagsIn(s Scope, table string) relation {
	switch s.Of {
	case KindSession, KindDecky, KindRule:
		return child(table, namedBy[s.Of])
	case KindTechnique:
		parent, sub := child(table, "technique_id").arms[0], child(table, "sub_technique_id").arms[0]
		sub.where = "NOT (" + d.Equal("t.technique_id", "requested.k") + ")"
		return relation{arms: []arm{parent, sub}}
	default:
		return d.anchored("requested", s, table)
	}
}

// anchored is the relation of the rows of a table that name the anchors of tags, for the owners of
// the expression of(k, owner).
func (d dialect) anchored(of string, s Scope, table string) relation {
	switch s.Of {
	case KindFleet:
		if of == outdatedRequested { // most often the fleet is not there
			return relation{arms: []arm{fleetOwner{}.outdatedArm(d, arm{owner: "''", from: table + " t"})}}
		}
		return relation{arms: []arm{fleetArm(of, table, "")}}
	case KindASN, KindPrefix, KindCountry:
		return d.inNetwork(of, s.Of, table)
	case KindAttacker:
		return child(table, "attacker_uuid")
	case KindCampaign, KindIdentity:
		arms := []arm{anchoredOnMember(table), d.anchoredOnAttacker(table)}
		if s.Of == KindCampaign && s.Membership == Literal { // DECNET joins on the tag's own identity only
			arms = arms[:1]
		}
		return relation{with: d.membersOf(of, s.Of, s.Membership), arms: arms}
	default:
		panic("no tags belong to a " + string(s.Of)) // callers check the kind of a scope
	}
}

// fleetArm is the arm of all rows of a table, which belong to the fleet. It has rows only if the CTE of(k, owner) has
// the owner "" and that row meets a condition, which may be empty. The table is not joined to the owners, so the planner
// may read it by any index.
func fleetArm(of, table, condition string) arm {
	if condition != "" {
		condition = " AND " + condition
	}
	return arm{owner: "''", from: table + " t", where: "EXISTS (SELECT 1 FROM " + of + " WHERE owner = ''" + condition + ")"}
}

// valid reports whether the scope is one that rolls up.
func (s Scope) valid() bool {
	switch s.Of {
	case KindFleet, KindSession, KindDecky, KindRule, KindASN, KindPrefix, KindCountry, KindAttacker, KindCampaign, KindIdentity:
		return s.Membership == Resolved || s.Membership == Literal
	default:
		return false
	}
}
