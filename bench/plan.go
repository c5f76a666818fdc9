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

// bench is one run.
type bench struct {
	*runCommand

	out      io.Writer
	source   *data.Source
	postgres *process.Database
	running  []stopper // all that must be stopped, in the order it was started
	report   report
}

type stopper interface{ Stop() error }

// run makes the databases, starts the servers, measures and reports.
func (c *runCommand) run(ctx context.Context, out io.Writer) (err error) {
	if c.Quick {
		c.Rounds, c.Duration, c.Warm, c.Mixed, c.Insert = 1, 1200*time.Millisecond, 2*time.Second, 15*time.Second, 8*time.Second
	}
	b := &bench{runCommand: c, out: out}
	defer func() {
		for _, s := range slices.Backward(b.running) {
			err = errors.Join(err, s.Stop())
		}
	}()
	for _, path := range []*string{&c.Server, &c.Folder} { // servers work in other folders
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	b.say("Reading the sample")
	if b.source, err = data.Open(ctx); err != nil {
		return err
	}
	b.postgres, err = process.StartPostgres(ctx, filepath.Join(c.Folder, "postgres"), c.Port, b.migrate)
	if err != nil {
		return err
	}
	b.running = append(b.running, b.postgres)
	if err := b.measureAll(ctx); err != nil {
		return err
	}
	return b.report.write(b.out, c.JSON)
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, format+"\n", args...) // the report is what must not be lost
}

// measureAll measures what was asked for.
func (b *bench) measureAll(ctx context.Context) error {
	own, err := b.ownDatabase(ctx, compared)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func(context.Context, database) error
	}{
		{"nested", b.nested},
	} {
		if !slices.Contains(b.Parts, part.name) {
			continue
		}
		if err := part.measure(ctx, own); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// database is one that is filled, and what to ask about.
type database struct {
	data.Database
	data.Targets

	url string
}

// ownDatabase makes our own tables on PostgreSQL with a number of tags.
func (b *bench) ownDatabase(ctx context.Context, tags int) (database, error) {
	d := database{Database: data.Database{Name: fmt.Sprintf("own_%d", tags), Own: true, Size: data.Size{Tags: tags, Seed: 1}}}
	d.url = b.postgres.URL(d.Name)
	began := time.Now()
	made, err := b.source.Postgres(ctx, b.postgres, d.Database)
	if err != nil {
		return d, err
	}
	if made {
		b.say("Filled %s in %s", d.Name, time.Since(began).Round(time.Second))
	}
	if err := b.settle(ctx, d.url, made); err != nil {
		return d, err
	}
	d.Targets, err = data.FindTargets(ctx, d.url)
	return d, err
}

// nested compares the servers on the questions that go deep.
func (b *bench) nested(ctx context.Context, d database) error {
	contestants, stop, err := b.contestants(ctx, d, true)
	if err != nil {
		return err
	}
	defer stop()
	for _, q := range []struct {
		contest.Question

		keys []string
	}{
		{contest.Tree, d.Campaigns}, {contest.Page, d.Identities}, {contest.Point, d.Campaigns},
	} {
		if err := b.compare(ctx, d, contestants, q.Question, q.keys, []int{16, 1, 64}); err != nil {
			return err
		}
	}
	return nil
}
