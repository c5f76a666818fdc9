package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"decnetgraph/bench/contest"
	"decnetgraph/bench/data"
	"decnetgraph/bench/process"
)

// compared is the number of tags at which servers are compared.
const compared = 1_000_000

// bench is one run of the benchmark.
type bench struct {
	*runCommand

	out      io.Writer
	source   *data.Source
	postgres *process.Database
	report   report
}

// run makes the databases, starts the servers, measures and reports.
func (c *runCommand) run(ctx context.Context, out io.Writer) (err error) {
	if c.Quick {
		c.Rounds, c.Duration, c.Warm, c.Mixed, c.Insert = 1, 1200*time.Millisecond, 1500*time.Millisecond, 15*time.Second, 8*time.Second
	}
	for _, path := range []*string{&c.Server, &c.Base, &c.Folder} { // servers run in other folders
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	b := &bench{runCommand: c, out: out}
	if b.source, err = data.Open(ctx); err != nil {
		return err
	}
	b.postgres, err = process.StartPostgres(ctx, filepath.Join(c.Folder, "postgres"), c.Port, b.migrate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.postgres.Stop()) }()
	if err := b.measureAll(ctx); err != nil {
		return err
	}
	return b.report.write(out, c.JSON)
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, format+"\n", args...) // the report is what must not be lost
}

// part is one part of the benchmark.
type part struct {
	name    string
	grows   bool // measured on the larger database, too, there of our server alone
	measure func(context.Context, database) error
}

func (b *bench) parts() []part {
	return []part{
		{"nested", true, b.nested},
		{"rollups", true, b.rollups},
		{"pages", true, b.pages},
		{"questions", true, b.questions},
		{"decnet", false, b.decnet},
		{"mariadb", false, b.mariaDB},
		{"insert", false, b.insert},
		{"memory", false, b.memory},
		{"overload", false, b.overload},
		{"access", false, b.access},
	}
}

// measureAll measures the selected parts.
func (b *bench) measureAll(ctx context.Context) error {
	sizes := []int{min(compared, b.Tags)} // fewer only try the benchmark out
	if b.Tags > compared {
		sizes = append(sizes, b.Tags)
	}
	for _, size := range sizes {
		d, err := b.ownDatabase(ctx, size)
		if err != nil {
			return err
		}
		for _, p := range b.parts() {
			if !slices.Contains(b.Parts, p.name) || (d.larger() && !p.grows) {
				continue
			}
			b.say("\n%s, %d tags", p.name, size)
			if err := p.measure(ctx, d); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return nil
}

// database is a filled database with the rows that queries are about.
type database struct {
	data.Database
	data.Targets

	server *process.Database
	url    string
}

// larger reports whether the database only shows growth. The peers are not measured on it.
func (d database) larger() bool { return d.Size.Tags > compared }

// ownDatabase makes our own tables on PostgreSQL with a number of tags.
func (b *bench) ownDatabase(ctx context.Context, tags int) (database, error) {
	d := database{Database: data.Database{Name: fmt.Sprintf("own_%d", tags), Own: true, Size: data.Size{Tags: tags, Seed: 1}}, server: b.postgres}
	d.url = b.postgres.URL(d.Name)
	began := time.Now()
	made, err := b.source.Postgres(ctx, b.postgres, d.Database)
	if err != nil {
		return d, err
	}
	if err := b.settle(ctx, d.url, made); err != nil {
		return d, err
	}
	if made {
		b.say("Filled %s in %s", d.Name, time.Since(began).Round(time.Second))
	}
	d.Targets, err = data.FindTargets(ctx, d.url)
	return d, err
}

// nested compares the servers on nested queries, and on a query for a single row.
func (b *bench) nested(ctx context.Context, d database) error {
	others := []starter{b.startFloor, b.startLimit}
	if b.Base != "" {
		others = []starter{b.startBase, b.startFloor, b.startLimit} // the base first, so that its turn follows ours
	}
	all, stop, err := b.contestants(ctx, d, others...)
	if err != nil {
		return err
	}
	defer stop()
	return b.compareNested(ctx, d, all, 16, 1, 64)
}

// compareNested compares servers on the nested queries and the query for a single row, for each number of clients.
func (b *bench) compareNested(ctx context.Context, d database, all []*contestant, clients ...int) error {
	for _, load := range []struct {
		question contest.Question
		keys     []string
	}{
		{contest.Tree, d.Campaigns}, {contest.Page, d.Identities}, {contest.Point, d.Campaigns},
	} {
		if err := b.compare(ctx, d, all, load.question, load.keys, clients); err != nil {
			return err
		}
	}
	return nil
}

// rollups compares the servers on rollups over all tags.
func (b *bench) rollups(ctx context.Context, d database) error {
	all, stop, err := b.contestants(ctx, d)
	if err != nil {
		return err
	}
	defer stop()
	for _, q := range []contest.Question{contest.Campaigns, contest.CampaignsCounted, contest.Fleet, contest.FleetCounted} {
		if err := b.compare(ctx, d, all, q, []string{""}, []int{1}); err != nil {
			return err
		}
	}
	return b.heaviest(ctx, d, all[0])
}
