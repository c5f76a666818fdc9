package main

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The statements are copied from the log of "serve --log-level debug"; the comment at the top of each file
// names the GraphQL query that sends it.
var (
	//go:embed sql/campaign.sql
	campaignSQL string
	//go:embed sql/attacker.sql
	attackerSQL string
	//go:embed sql/tags.sql
	tagsSQL string
	//go:embed sql/newest_tags.sql
	newestTagsSQL string
	//go:embed sql/identity_rollup.sql
	identityRollupSQL string
	//go:embed sql/campaign_rollup.sql
	campaignRollupSQL string
	//go:embed sql/fleet_rollup.sql
	fleetRollupSQL string
)

// The kinds of the columns of each statement; see value.
const (
	campaignKinds = "ttniiiinnttttttt"
	attackerKinds = "ttttiinnntttnnnttnttttttninittti"
	tagKinds      = "tttttttttttntnttti"
	rollupKinds   = "ttttniin"
)

// statement is an SQL text and its bound values.
type statement struct {
	text, kinds string
	args        []any
}

func keyed(text, kinds string, keys []string, more ...any) statement {
	list, _ := json.Marshal(keys) // texts always marshal
	return statement{text, kinds, append([]any{string(list)}, more...)}
}

// operation is the database work of one request.
type operation struct {
	name       string
	statements []statement
	goroutines int // number of goroutines that run the statements concurrently
}

// prepare chooses the keys of the operations.
func prepare(ctx context.Context, c *contestant) ([]operation, error) {
	var failed error
	keys := func(text string) (found []string) {
		list, err := c.ask(ctx, "SELECT json_group_array(k) FROM ("+text+")")
		if err == nil {
			err = json.Unmarshal([]byte(list), &found)
		}
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("the database is too small: nothing for %s", text)
		}
		failed = cmp.Or(failed, err)
		return found
	}
	identities := keys("SELECT uuid AS k FROM attacker_identities WHERE merged_into_uuid IS NULL")
	campaigns := keys("SELECT uuid AS k FROM campaigns WHERE merged_into_uuid IS NULL ORDER BY updated_at DESC, uuid DESC LIMIT 50")
	attackers := keys("SELECT uuid AS k FROM attackers ORDER BY last_seen DESC, uuid DESC LIMIT 200")
	tags := keys("SELECT uuid AS k FROM ttp_tag ORDER BY uuid LIMIT 500")
	if failed != nil {
		return nil, failed
	}
	ranked, counts, err := byTags(ctx, c.db, identities)
	if err != nil {
		return nil, err
	}
	typical, heaviest := ranked[len(ranked)/2], ranked[len(ranked)-1]
	fmt.Printf("typical identity: %d tags; heaviest: %d tags; %d tags read by the campaign list\n",
		counts[typical], counts[heaviest], sum(ctx, c.db, keyed(campaignRollupSQL, rollupKinds, campaigns)))

	page := keyed(newestTagsSQL, tagKinds, attackers, 0, 6)
	rollup := keyed(identityRollupSQL, rollupKinds, []string{typical})
	return []operation{
		{name: "(a) one campaign by uuid", statements: []statement{keyed(campaignSQL, campaignKinds, campaigns[:1])}},
		{name: "(a) one attacker by uuid", statements: []statement{keyed(attackerSQL, attackerKinds, attackers[:1])}},
		{name: "(b) 500 tags by uuid", statements: []statement{keyed(tagsSQL, tagKinds, tags)}},
		{name: "(c) newest 5 tags of 200 attackers", statements: []statement{page}},
		{name: "(d) rollup, typical identity", statements: []statement{rollup}},
		{name: "(e) rollup, heaviest identity", statements: []statement{keyed(identityRollupSQL, rollupKinds, []string{heaviest})}},
		{name: "(f) rollup, 50 campaigns", statements: []statement{keyed(campaignRollupSQL, rollupKinds, campaigns)}},
		{name: "(g) rollup, fleet", statements: []statement{keyed(fleetRollupSQL, rollupKinds, []string{""})}},
		{name: "(h) (c)+(d) by 16 goroutines", statements: []statement{page, rollup}, goroutines: 16},
	}, nil
}

// byTags returns the identities that have tags, sorted by the number of tags.
func byTags(ctx context.Context, db *sql.DB, identities []string) (ranked []string, counts map[string]int, err error) {
	counts = map[string]int{}
	err = read(ctx, db, nil, keyed(identityRollupSQL, rollupKinds, identities), func(values []value) {
		counts[values[0].text] += int(values[4].number)
	})
	for owner := range counts {
		ranked = append(ranked, owner)
	}
	slices.SortFunc(ranked, func(a, b string) int { return counts[a] - counts[b] })
	return ranked, counts, err
}

func sum(ctx context.Context, db *sql.DB, s statement) (total int) {
	_ = read(ctx, db, nil, s, func(values []value) { total += int(values[4].number) })
	return total
}

// read runs a statement, prepared or not, and calls visit for each row.
func read(ctx context.Context, db *sql.DB, prepared *sql.Stmt, s statement, visit func([]value)) error {
	// As in the server, the context has a deadline, because drivers do more work for a context that can end.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	var rows *sql.Rows
	var err error
	if prepared == nil {
		rows, err = db.QueryContext(ctx, s.text, s.args...)
	} else {
		rows, err = prepared.QueryContext(ctx, s.args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	values, dest := row(s.kinds)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		visit(values)
	}
	return rows.Err()
}

// ready is an operation with its statements prepared on one contestant.
type ready struct {
	operation
	db       *sql.DB
	prepared []*sql.Stmt
}

func (o operation) prepare(ctx context.Context, c *contestant) (*ready, error) {
	r := &ready{operation: o, db: c.db}
	for _, s := range o.statements {
		p, err := c.db.PrepareContext(ctx, s.text)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.name, o.name, err)
		}
		r.prepared = append(r.prepared, p)
	}
	return r, nil
}

func (r *ready) close() {
	for _, p := range r.prepared {
		p.Close()
	}
}

// run repeats the operation.
func (r *ready) run(ctx context.Context, times int) error {
	if r.goroutines < 2 {
		return r.alone(ctx, times)
	}
	var wait sync.WaitGroup
	errs := make([]error, r.goroutines)
	for i := range r.goroutines {
		wait.Go(func() { errs[i] = r.alone(ctx, times) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *ready) alone(ctx context.Context, times int) error {
	for range times {
		for i, s := range r.statements {
			if err := read(ctx, r.db, r.prepared[i], s, func([]value) {}); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	return nil
}
