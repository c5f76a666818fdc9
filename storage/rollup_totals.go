package storage

import (
	"context"
	"strings"
)

// totalledScopes are the scopes whose owners have totals.
var totalledScopes = []Scope{{KindFleet, Literal}, {KindFleet, Resolved}, {KindCampaign, Literal}, {KindCampaign, Resolved}}

const totalColumns = "kind, membership, owner, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence, identities, attackers"

// insertTotals adds totals of a scope by a SELECT on expressions, and with the arguments of these.
func (c *change) insertTotals(ctx context.Context, with string, rows *statement) error {
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO rollup_total (" + totalColumns + ")\n")
	if with != "" {
		q.add("WITH RECURSIVE " + with + "\n")
	}
	q.add(rows.text.String(), rows.args...)
	_, err := c.exec(ctx, q)
	return err
}

// addTotals adds the parts that are about to be merged, of dimensions 3 and 5, to the totals of their owners. A
// part of a group that has no other may bring someone new, who must be counted.
func (c *change) addTotals(ctx context.Context) error {
	d := c.dialect
	for _, scope := range totalledScopes {
		const novel, all = "t.dimension = 3", "t.dimension IN (3, 5)"
		counts := "CASE WHEN MAX(c.novel) = 1 THEN NULL ELSE 0 END"
		rows := &statement{dialect: d}
		rows.add("SELECT " + scope.names() + ", " + d.groups() + ", '', MAX(" + d.Bytewise("c.tactic") + "), SUM(c.tags), " +
			"MIN(c.first_seen), MAX(c.last_seen), MAX(c.confidence), " +
			counts + ", " + counts + " FROM ")
		rows.rowsOf(relation{arms: []arm{d.brought(scope, novel)}}, addSums.columns+", CASE WHEN "+d.novel()+" THEN 1 ELSE 0 END AS novel", nil)
		rows.add(" c GROUP BY " + d.groups())
		if err := c.insertTotals(ctx, d.climbed(scope, "", novel), rows); err != nil {
			return err
		}
		days := d.dayTotals(scope, relation{arms: []arm{d.brought(scope, all)}})
		if err := c.insertTotals(ctx, d.climbed(scope, "", all), days); err != nil {
			return err
		}
	}
	return nil
}

// dayTotals is a SELECT of totals by day, of rows with a day and a number of tags.
func (d dialect) dayTotals(scope Scope, rel relation) *statement {
	rows := &statement{dialect: d}
	rows.add("SELECT " + scope.names() + ", c.owner, '', NULL, c.day, NULL, SUM(c.tags), NULL, NULL, NULL, 0, 0 FROM ")
	rows.rowsOf(rel, "t.day, t.tags", nil)
	rows.add(" c GROUP BY c.owner, c.day HAVING SUM(c.tags) <> 0")
	return rows
}

// redoTotals makes the totals of owners below which links have changed or tags have gone.
func (c *change) redoTotals(ctx context.Context) error {
	for _, scope := range totalledScopes {
		for by, redo := range map[dimension]func(context.Context, Scope, []string) error{byTechnique: c.makeTotals, byDay: c.makeDays} {
			owners, err := c.staleOwners(ctx, scope, by)
			if err != nil {
				return err
			}
			if len(owners) == 0 {
				continue
			}
			if err := c.dropTotals(ctx, scope, owners, by); err != nil {
				return err
			}
			if err := redo(ctx, scope, owners); err != nil {
				return err
			}
		}
	}
	// Who stands for whom may have changed, for owners that are not above the change, too.
	const forget = "UPDATE rollup_total SET identities = NULL WHERE membership = 'RESOLVED' AND day = '' AND "
	return c.runAll(
		ctx,
		forget+"EXISTS (SELECT 1 FROM rollup_stale WHERE kind = 'Faces')",
		forget+"kind = 'Fleet' AND EXISTS (SELECT 1 FROM rollup_stale WHERE kind IN ('Identity', 'Campaign'))",
	)
}

func (c *change) staleOwners(ctx context.Context, scope Scope, by dimension) (owners []string, err error) {
	with := ""
	if climbed := c.dialect.climbed(scope, by.marks, ""); climbed != "" {
		with = "WITH RECURSIVE " + climbed + "\n"
	}
	var owner string
	err = c.catalogue(ctx, with+c.dialect.stale(scope, by), []scanner{{Into: text(&owner)}}, func() { owners = append(owners, owner) })
	return owners, err
}

// allCampaigns are those that there are, and those that something refers to.
const allCampaigns = "SELECT uuid AS k FROM campaigns UNION SELECT campaign_id FROM attacker_identities WHERE campaign_id IS NOT NULL" +
	" UNION SELECT merged_into_uuid FROM campaigns WHERE merged_into_uuid IS NOT NULL"

// totalAll makes the totals of all owners.
func (c *change) totalAll(ctx context.Context) error {
	var campaigns []string
	var one string
	if err := c.catalogue(ctx, allCampaigns, []scanner{{Into: text(&one)}}, func() { campaigns = append(campaigns, one) }); err != nil {
		return err
	}
	for _, scope := range totalledScopes {
		owners := campaigns
		if scope.Of == KindFleet {
			owners = []string{""}
		}
		if err := c.makeTotals(ctx, scope, owners); err != nil {
			return err
		}
		if err := c.makeDays(ctx, scope, owners); err != nil {
			return err
		}
	}
	return nil
}

// dropTotals deletes totals of owners.
func (c *change) dropTotals(ctx context.Context, scope Scope, owners []string, by dimension) error {
	among, err := c.dialect.among("owner", owners)
	if err != nil {
		return err
	}
	q := &statement{dialect: c.dialect}
	q.add("DELETE FROM rollup_total WHERE "+scope.totals(by)+" AND "+among.text, among.args...)
	_, err = c.exec(ctx, q)
	return err
}

// makeTotals makes the totals of owners by technique from the parts, and leaves the counts for RecountRollups.
func (c *change) makeTotals(ctx context.Context, scope Scope, owners []string) error {
	d := c.dialect
	rel := d.parts("asked", scope, dimension{parts: "t.dimension = 1"})
	rows := &statement{dialect: d}
	rows.add("SELECT " + scope.names() + ", " + d.groups() + ", '', MAX(" + d.Bytewise("c.tactic") + "), " +
		"SUM(c.tags), MIN(c.first_seen), MAX(c.last_seen), MAX(c.confidence), NULL, NULL FROM ")
	rows.rowsOf(rel, addSums.columns, nil)
	rows.add(" c GROUP BY " + d.groups())
	return c.insertOf(ctx, owners, rel.with, rows)
}

// makeDays makes the totals of owners by day from the tags.
func (c *change) makeDays(ctx context.Context, scope Scope, owners []string) error {
	rel := c.dialect.settledDays("asked", scope)
	return c.insertOf(ctx, owners, rel.with, c.dialect.dayTotals(scope, rel))
}

// settledDays is the relation of the tags without those that are fresh. A snapshot has either a tag and its
// part or none of both, so the difference is right whatever others add meanwhile.
func (d dialect) settledDays(of string, scope Scope) relation {
	rel := d.days(of, scope)
	fresh := strings.ReplaceAll(byDay.fresh, "t.", "")
	added := d.gated(of, scope, d.anchored(of, scope, "(SELECT attacker_uuid, identity_uuid, day, -tags AS tags FROM rollup_part WHERE "+fresh+")"))
	rel.arms = append(rel.arms, added.arms...)
	return rel
}

// insertOf is insertTotals on asked(k, owner), made of owners, and on expressions that stand on it.
func (c *change) insertOf(ctx context.Context, owners []string, with string, rows *statement) error {
	head, err := c.keyed(owners, with)
	if err != nil {
		return err
	}
	q := &statement{dialect: c.dialect}
	q.add("INSERT INTO rollup_total ("+totalColumns+")\n"+head.text.String()+rows.text.String(), append(head.args, rows.args...)...)
	_, err = c.exec(ctx, q)
	return err
}

// lastTotal is the number of the newest total.
func (c *change) lastTotal(ctx context.Context) (last int64, err error) {
	err = c.catalogue(ctx, "SELECT COALESCE(MAX(total), 0) FROM rollup_total", []scanner{{Into: large(&last)}}, func() {})
	return last, err
}

// mergeTotals adds up the totals of each group that has one newer than a number. Nobody else adds any,
// because of the lock.
func (c *change) mergeTotals(ctx context.Context, older int64) error {
	newest, err := c.lastTotal(ctx)
	if err != nil {
		return err
	}
	d := c.dialect
	same := ""
	for _, column := range []string{"kind", "membership", "day"} {
		same += " AND o." + column + " = n." + column
	}
	for _, column := range []string{"technique_id", "sub_technique_id"} {
		same += " AND " + d.nullSame("o."+column, "n."+column)
	}
	// The subquery in a subquery is for MySQL, which does not read the table that it changes.
	touched := "(total > ? OR total IN (SELECT total FROM (SELECT o.total FROM rollup_total n" + d.join("rollup_total o", "o.owner", "n.owner") +
		" WHERE n.total > ? AND n.total <= ? AND o.total <= ?" + same + ") s)) AND total <= ?"
	args := []any{older, older, newest, older, newest}
	known := func(column string) string {
		return "CASE WHEN COUNT(*) = COUNT(" + column + ") THEN SUM(" + column + ") END"
	}
	group := "kind, membership, " + d.Bytewise("owner") + ", " + d.Bytewise("technique_id") + ", " + d.Bytewise("sub_technique_id") + ", day"
	merge := &statement{dialect: d}
	merge.add("INSERT INTO rollup_total ("+totalColumns+") SELECT "+group+", MAX("+d.Bytewise("tactic")+"), SUM(tags), MIN(first_seen), MAX(last_seen), "+
		"MAX(confidence), "+known("identities")+", "+known("attackers")+" FROM rollup_total WHERE "+touched+" GROUP BY "+group+
		" HAVING day = '' OR SUM(tags) <> 0", args...)
	if _, err := c.exec(ctx, merge); err != nil {
		return err
	}
	drop := &statement{dialect: d}
	drop.add("DELETE FROM rollup_total WHERE "+touched, args...)
	_, err = c.exec(ctx, drop)
	return err
}

// names are the kind and the membership of the scope as SQL.
func (s Scope) names() string { return "'" + string(s.Of) + "', '" + string(s.Membership) + "'" }

// large takes a whole number that may need more than 32 bits.
func large(target *int64) cell {
	return cellFunc(func(v *value) bool {
		n, ok := v.Number()
		*target = int64(n)
		return ok
	})
}
