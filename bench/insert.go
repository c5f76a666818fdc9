package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"decnetgraph/bench/load"
)

const insertTags = `mutation ($input: InsertTagsInput!) { insertTags(input: $input) { insertedCount userErrors { message } } }`

// insert measures the rate of inserts over HTTP, with 1,000 tags per request, into a copy of the database.
func (b *bench) insert(ctx context.Context, d database) (err error) {
	const name, perCall = "inserting", 1000
	server := b.postgres.URL("postgres")
	drop := "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"
	for _, statement := range []string{drop, "CREATE DATABASE " + name + " TEMPLATE " + d.Name} {
		if err := query(ctx, server, statement); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, query(ctx, server, drop)) }()
	url := b.postgres.URL(name)
	before, attackers, err := tagsAndAttackers(ctx, url)
	if err != nil {
		return err
	}
	ours, err := b.serve(ctx, url, "--write")
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	calls := 0
	for _, clients := range []int{1, 2} {
		first := calls
		result, err := load.Run(ctx, ours.Address, func(n int) *load.Request {
			tags := newTags(uint64(first+n), perCall, attackers)
			return ours.Request(insertTags, "", map[string]any{"input": map[string]any{"tags": tags}})
		}, load.Options{Clients: clients, Duration: b.Insert})
		if err != nil {
			return err
		}
		calls += result.Requests
		b.say("  %d clients: p50 %.0f ms, p99 %.0f ms a call", clients, ms(result.P50), ms(result.P99))
		b.fact(insertRate(clients), d.Size.Tags, result.Rate()*perCall, "tags/s")
	}
	after, _, err := tagsAndAttackers(ctx, url)
	if err == nil && after-before != calls*perCall {
		err = fmt.Errorf("%d calls brought %d tags", calls, after-before)
	}
	return err
}

// tagsAndAttackers returns the number of stored tags and the keys of up to 5,000 attackers to insert tags for.
func tagsAndAttackers(ctx context.Context, url string) (tags int, attackers []string, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if err := conn.QueryRow(ctx, "SELECT COUNT(*) FROM ttp_tag").Scan(&tags); err != nil {
		return 0, nil, err
	}
	rows, err := conn.Query(ctx, "SELECT uuid FROM attackers ORDER BY uuid LIMIT 5000")
	if err != nil {
		return 0, nil, err
	}
	attackers, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return tags, attackers, err
}

// newTags returns the tags of one call, as if rules had matched the commands of some sessions. The same call
// number always gives the same tags.
func newTags(call uint64, number int, attackers []string) []map[string]any {
	dice := rand.New(rand.NewPCG(call, 7))
	matches := [][3]string{ // technique, tactic, rule
		{"T1082", "TA0007", "R0018"},
		{"T1105", "TA0011", "R0012"},
		{"T1046", "TA0007", "R0017"},
		{"T1033", "TA0007", "R0019"},
		{"T1083", "TA0007", "R0013"},
		{"T1016", "TA0007", "R0020"},
		{"T1110", "TA0006", "R0001"},
	}
	tags := make([]map[string]any, number)
	for i := range tags {
		match := matches[dice.IntN(len(matches))]
		tags[i] = map[string]any{
			"sourceKind": "command", "sourceId": fmt.Sprintf("bench-%d#%d", call, i), "attackerUuid": attackers[dice.IntN(len(attackers))],
			"sessionId": fmt.Sprintf("bench-%d-%d", call, i/20), "decky": "decky-web-01", "techniqueId": match[0], "tacticId": match[1], "ruleId": match[2],
			"ruleVersion": 1, "confidence": 0.7, "mitreUrl": "https://attack.mitre.org/techniques/" + match[0],
			"evidence": json.RawMessage(`{"command_text": "uname -a; cat /etc/issue", "uid": "0", "user": "root", "src": "198.18.0.1", "pwd": "/root"}`),
		}
	}
	return tags
}
