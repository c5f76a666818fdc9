package data

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Targets are the keys of the rows that queries are about.
type Targets struct {
	Campaigns  []string // without merged rows, so that both memberships give the same answer
	Identities []string // likewise, each with 20 to 30 attackers: more than a page
	Typical    []string // likewise, each with ten attackers
	Heaviest   string   // the identity with the most tags
}

// FindTargets chooses the targets in a PostgreSQL database.
func FindTargets(ctx context.Context, url string) (t Targets, err error) {
	const identities = `SELECT i.uuid FROM attacker_identities i JOIN attackers a ON a.identity_id = i.uuid
WHERE i.merged_into_uuid IS NULL AND NOT EXISTS (SELECT 1 FROM attacker_identities o WHERE o.merged_into_uuid = i.uuid)
GROUP BY i.uuid HAVING COUNT(*) `
	var heaviest []string
	err = postgres(ctx, url, func(conn *pgx.Conn) error {
		for _, choice := range []struct {
			into  *[]string
			query string
		}{
			{&t.Campaigns, `SELECT c.uuid FROM campaigns c
WHERE c.merged_into_uuid IS NULL AND NOT EXISTS (SELECT 1 FROM campaigns o WHERE o.merged_into_uuid = c.uuid)
  AND NOT EXISTS (SELECT 1 FROM attacker_identities i WHERE i.campaign_id = c.uuid AND i.merged_into_uuid IS NOT NULL)
ORDER BY c.uuid LIMIT 8`},
			{&t.Identities, identities + "BETWEEN 20 AND 30 ORDER BY i.uuid LIMIT 32"},
			{&t.Typical, identities + "= 10 ORDER BY i.uuid LIMIT 8"},
			{&heaviest, identities + "> 30 LIMIT 1"},
		} {
			rows, err := conn.Query(ctx, choice.query)
			if err != nil {
				return err
			}
			if *choice.into, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
				return err
			}
		}
		t.Heaviest = heaviest[0]
		return nil
	})
	return t, err
}
