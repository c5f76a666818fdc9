package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"decnetgraph/bench/data"
	"decnetgraph/bench/load"
	"decnetgraph/bench/process"
)

// orForm is DECNET's rollup of an identity: one condition with an OR over both references from a tag.
const orForm = `SELECT technique_id, sub_technique_id, MAX(tactic), COUNT(*), MIN(created_at), MAX(created_at), MAX(confidence)
FROM ttp_tag t
WHERE t.identity_uuid = %[1]s OR t.attacker_uuid IN (SELECT a.uuid FROM attackers a WHERE a.identity_id = %[1]s)
GROUP BY technique_id, sub_technique_id
ORDER BY COUNT(*) DESC`

// decnet compares DECNET's rollup of a typical identity, run directly in the database, with ours, requested
// over HTTP, on tables that have only DECNET's indexes. It does so on PostgreSQL and on MariaDB.
func (b *bench) decnet(ctx context.Context, d database) error {
	decnet := data.Database{Name: fmt.Sprintf("decnet_%d", d.Size.Tags), Size: d.Size}
	made, err := b.source.Postgres(ctx, b.postgres, decnet)
	if err != nil {
		return err
	}
	if made {
		if err := query(ctx, b.postgres.URL(decnet.Name), "VACUUM ANALYZE"); err != nil {
			return err
		}
	}
	if err := b.orAgainstOurs(ctx, d, decnet, b.postgres, "pgx", "$1", orPostgres); err != nil {
		return err
	}
	maria, err := b.startMariaDB(ctx)
	if err != nil {
		return err
	}
	if _, err = b.source.MariaDB(ctx, maria, decnet); err == nil {
		err = b.orAgainstOurs(ctx, d, decnet, maria, "mysql", "?", orMariaDB)
	}
	return errors.Join(err, maria.Stop())
}

// orAgainstOurs runs that comparison on one database server. mark is the placeholder of the driver, name the
// name of the fact that is reported: how many times faster our server is.
func (b *bench) orAgainstOurs(ctx context.Context, d database, decnet data.Database, server *process.Database, driver, mark, name string) error {
	ours, err := b.startOurs(ctx, server.URL(decnet.Name))
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	db, err := sql.Open(driver, server.Native(decnet.Name))
	if err != nil {
		return err
	}
	defer db.Close()
	var theirs, mine []time.Duration
	requests := make([]*load.Request, len(d.Typical))
	for i, uuid := range d.Typical {
		requests[i] = ours.Request(identityTechniques, "", map[string]any{"uuid": uuid})
	}
	for range b.Rounds + 1 { // the first round warms up
		theirs = theirs[:0]
		for _, uuid := range d.Typical[:4] {
			took, tags, err := runOrForm(ctx, db, mark, uuid)
			if err != nil {
				return err
			}
			if err := requireCount(ctx, ours, uuid, tags); err != nil {
				return err
			}
			theirs = append(theirs, took)
		}
		result, err := load.Run(ctx, ours.Address, load.InTurn(requests), load.Options{Clients: 1, Duration: b.Duration, Least: 20})
		if err != nil {
			return err
		}
		mine = append(mine, result.P50)
	}
	slices.Sort(theirs)
	own := slices.Min(mine[1:])
	or := theirs[len(theirs)/2]
	b.say("  typical identity on %s: OR form %.1f ms, ours %.2f ms over HTTP", driver, ms(or), ms(own))
	b.fact(name, d.Size.Tags, ms(or)/ms(own), "times faster than the OR form")
	return nil
}

// runOrForm runs orForm and returns its duration and the number of tags that it counts.
func runOrForm(ctx context.Context, db *sql.DB, mark, uuid string) (took time.Duration, tags int, err error) {
	args := []any{uuid}
	if mark == "?" {
		args = append(args, uuid)
	}
	began := time.Now()
	rows, err := db.QueryContext(ctx, fmt.Sprintf(orForm, mark), args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var ignored sql.RawBytes
		var n int
		if err := rows.Scan(&ignored, &ignored, &ignored, &n, &ignored, &ignored, &ignored); err != nil {
			return 0, 0, err
		}
		tags += n
	}
	return time.Since(began), tags, rows.Err()
}

// requireCount returns an error unless our server counts the same number of tags.
func requireCount(ctx context.Context, ours *contestant, uuid string, tags int) error {
	var answer struct {
		Identity struct {
			Techniques []struct {
				Count int `json:"count"`
			} `json:"techniques"`
		} `json:"identity"`
	}
	if err := ask(ctx, ours, identityTechniques, map[string]any{"uuid": uuid}, &answer); err != nil {
		return err
	}
	sum := 0
	for _, t := range answer.Identity.Techniques {
		sum += t.Count
	}
	if sum != tags {
		return fmt.Errorf("identity %s has %d tags by DECNET's form and %d by ours", uuid, tags, sum)
	}
	return nil
}
