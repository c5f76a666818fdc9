package storage

import "strings"

// The lists here lead from what tags name, such as a technique or a rule, to the attackers, identities and campaigns that
// the tags belong to: those whose own list of tags has one of them.

// usedCTE defines used(owner, attacker, identity): the anchors of the tags of each owner of a kind, each pair once.
func (d dialect) usedCTE(of Kind) string {
	rel := d.tags(Scope{Of: of})
	selects := make([]string, len(rel.arms))
	for i, a := range rel.arms {
		step := a.steps[0]
		selects[i] = "SELECT DISTINCT " + a.owner + ", t.attacker_uuid, t.identity_uuid FROM " + a.from + d.join(step.table, step.column, step.key)
		if a.where != "" {
			selects[i] += " WHERE " + a.where
		}
	}
	return "used(owner, attacker, identity) AS (\n  " + strings.Join(selects, "\n  UNION\n  ") + ")"
}

// usedAttackersCTE defines members(owner, uuid), after used: the attackers.
const usedAttackersCTE = "members(owner, uuid) AS (SELECT DISTINCT owner, attacker FROM used WHERE attacker IS NOT NULL)"

// usedIdentities selects the identities that used names, and those of the attackers that it names.
func (d dialect) usedIdentities() string {
	return `SELECT owner, identity FROM used WHERE identity IS NOT NULL
  UNION
  SELECT u.owner, a.identity_id FROM used u` + d.join("attackers a", "a.uuid", "u.attacker") + ` WHERE a.identity_id IS NOT NULL`
}

// survivingCTE defines an expression of the rows of a table with merge links that a SELECT of owners and uuids finds, and
// of those that they were merged into, at any distance. All of them exist.
func (d dialect) survivingCTE(cte, table, from string) string {
	return "named_" + cte + `(owner, uuid) AS (
  ` + from + `),
` + cte + `(owner, uuid) AS (
  SELECT n.owner, i.uuid FROM named_` + cte + ` n` + d.join(table+" i", "i.uuid", "n.uuid") + `
  UNION
  SELECT m.owner, w.uuid FROM ` + cte + ` m` + d.join(table+" i", "i.uuid", "m.uuid") + d.join(table+" w", "w.uuid", "i.merged_into_uuid") + `)`
}

// identitiesUsing is the relation of owners to the identities that used leads to. Literal takes the rows that are named;
// Resolved also takes those that they were merged into, and leaves out what was merged into another row of the same owner.
func (d dialect) identitiesUsing(used string, m Membership) relation {
	const table = "attacker_identities"
	if m == Literal {
		return through(expressions(used, "members(owner, uuid) AS (\n  "+d.usedIdentities()+")"), table, "uuid")
	}
	rel := through(expressions(used, d.survivingCTE("members", table, d.usedIdentities()), d.ringsCTE(table)), table, "uuid")
	rel.arms[0] = rel.arms[0].withCondition(d.headCondition())
	return rel
}

// campaignsUsing is identitiesUsing for the campaigns of tags. Literal follows the identities that tags name themselves,
// as DECNET does.
func (d dialect) campaignsUsing(used string, m Membership) relation {
	if m == Literal {
		return d.campaignsOf(used, m, "SELECT owner, identity FROM used")
	}
	return d.campaignsOf(used, m, d.usedIdentities())
}

// campaignsOf is the relation of owners to the campaigns of the identities that a SELECT of owners and uuids finds, and to
// those that further ones find.
func (d dialect) campaignsOf(used string, m Membership, identities string, further ...string) relation {
	const table = "campaigns"
	named := "SELECT DISTINCT n.owner, i.campaign_id FROM actors n" + d.join("attacker_identities i", "i.uuid", "n.uuid") + " WHERE i.campaign_id IS NOT NULL"
	named = strings.Join(append([]string{named}, further...), "\n  UNION\n  ")
	if m == Literal {
		actors := "actors(owner, uuid) AS (\n  " + identities + ")"
		return through(expressions(used, actors, "members(owner, uuid) AS (\n  "+named+")"), table, "uuid")
	}
	actors := d.survivingCTE("actors", "attacker_identities", identities)
	rel := through(expressions(used, actors, d.survivingCTE("members", table, named), d.ringsCTE(table)), table, "uuid")
	rel.arms[0] = rel.arms[0].withCondition(d.headCondition())
	return rel
}

// TaggedAttackers lists the attackers that the tags of each technique or rule name, seen last first.
func (s *Store) TaggedAttackers(of Kind, o ListOptions) List[Attacker] {
	members, sums := expressions(s.dialect.usedCTE(of), usedAttackersCTE), of == KindRule && s.facts().names
	if sums {
		members = s.dialect.summedMembersCTE(ruleNames)
	}
	rel := through(members, "attackers", "uuid")
	rel.sums = sums
	return listOf(s, attackers, rel, o).countsAttackers(of)
}

// TaggedIdentities lists the identities that have tags of each technique or rule, updated last first.
func (s *Store) TaggedIdentities(of Kind, m Membership, o ListOptions) List[Identity] {
	return listOf(s, identities, s.dialect.identitiesUsing(s.dialect.usedCTE(of), m), o)
}

// TaggedCampaigns lists the campaigns that have tags of each technique or rule, updated last first.
func (s *Store) TaggedCampaigns(of Kind, m Membership, o ListOptions) List[Campaign] {
	return listOf(s, campaigns, s.dialect.campaignsUsing(s.dialect.usedCTE(of), m), o)
}
