package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"decnetgraph/bench/data"
	"decnetgraph/bench/load"
	"decnetgraph/web"
)

// questionClients is the number of clients that ask at the same time.
const questionClients = 16

const bytesOfKB = 1000

// pageOfQuestions is the number of rows that questions ask for, at every argument that an example names "first".
const pageOfQuestions = 50

// questions measures our server with the examples of GraphiQL that read, each with the values that it finds in the
// database, on PostgreSQL and, at the number of tags that servers are compared at, on SQLite. There, a peer answers the
// questions that it can on PostgreSQL.
func (b *bench) questions(ctx context.Context, d database) error {
	if err := b.decnetGraph(ctx, "search", "rebuild", "--db", d.url); err != nil {
		return err
	}
	if err := query(ctx, d.url, "VACUUM ANALYZE"); err != nil {
		return err
	}
	other, err := b.questionPeer(ctx, d)
	if err != nil {
		return err
	}
	asked := b.askAll(ctx, d.url, "PostgreSQL", d.Size.Tags, other)
	if other != nil {
		_ = other.Stop() // nothing is measured any more
	}
	if d.larger() {
		return asked
	}
	url, err := b.sqliteFile(ctx, d.Database.Size)
	if err != nil {
		return errors.Join(asked, err)
	}
	return errors.Join(asked, b.askAll(ctx, url, "SQLite", d.Size.Tags, nil))
}

// askAll measures the questions on one database with our server and, unless it is nil, with a peer. A question may fail because a
// server refuses so many clients, or because the answers differ; the others are measured all the same.
func (b *bench) askAll(ctx context.Context, url, engine string, tags int, other *contestant) error {
	ours, err := b.startPatient(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	examples, err := web.Examples()
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range examples {
		if e.Writes {
			continue
		}
		variables, _, err := e.Filled(func(document string) (any, error) {
			var answer any
			err := ask(ctx, ours, document, nil, &answer)
			return answer, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		if _, sized := variables["first"]; sized {
			variables["first"] = pageOfQuestions
		}
		if err := b.askOne(ctx, ours, other, e, variables, engine, tags); err != nil {
			b.say("  %-32s %-10s failed: %v", e.Name, engine, err)
			failed = append(failed, fmt.Errorf("%s on %s: %w", e.Name, engine, err))
		}
	}
	return errors.Join(failed...)
}

// askOne measures one question with our server and, unless it is nil, with a peer.
func (b *bench) askOne(ctx context.Context, ours, other *contestant, e web.Example, variables map[string]any, engine string, tags int) error {
	q := question{e.Name, e.Query, e.Operation, variables}
	answer, err := b.answer(ctx, ours, q)
	if err != nil {
		return err
	}
	if err := b.timeQuestion(ctx, ours, q, len(answer), engine, tags); err != nil || other == nil {
		return err
	}
	return b.askPeer(ctx, other, e, variables, answer, engine, tags)
}

// question is a question of an analyst in the form of one server.
type question struct {
	example             string // its name
	document, operation string
	variables           map[string]any
}

// answer asks a question once and returns the data of the answer.
func (b *bench) answer(ctx context.Context, c *contestant, q question) (data json.RawMessage, err error) {
	return data, ask(ctx, c, q.document, q.variables, &data)
}

// timeQuestion measures how long a server takes for a question from one client and from many. size is that of the answer, in bytes.
func (b *bench) timeQuestion(ctx context.Context, c *contestant, q question, size int, engine string, tags int) error {
	request := load.InTurn([]*load.Request{c.Request(q.document, q.operation, q.variables)})
	alone, err := load.Run(ctx, c.Address, request, load.Options{Clients: 1, Duration: b.Duration / 2, Least: 5})
	if err != nil {
		return err
	}
	many, err := load.Run(ctx, c.Address, request, load.Options{Clients: questionClients, Duration: b.Duration, Least: 2 * questionClients})
	if err != nil {
		return err
	}
	t := questionTime{q.example, engine, c.Name, tags, float64(size) / bytesOfKB, ms(alone.P50), ms(many.P50), ms(many.P99)}
	b.say("  %-32s %-10s %-13s %6.1f KB  1 client %7.1f ms  %d clients p50 %7.1f  p99 %7.1f ms",
		t.Example, t.Engine, t.Contestant, t.KB, t.Alone, questionClients, t.P50, t.P99)
	b.report.Questions = append(b.report.Questions, t)
	return nil
}

// sqliteFile makes our own tables in a SQLite file, by an import of DECNET's.
func (b *bench) sqliteFile(ctx context.Context, size data.Size) (path string, err error) {
	decnet := filepath.Join(b.Folder, fmt.Sprintf("decnet_%d_%d.db", size.Tags, size.Seed))
	path = filepath.Join(b.Folder, fmt.Sprintf("own_%d_%d.db", size.Tags, size.Seed))
	if _, err := b.source.SQLite(ctx, decnet, size); err != nil {
		return "", err
	}
	if !exists(path) || exists(path+"-import") { // which an import leaves that has not ended
		if err := b.decnetGraph(ctx, "import", "--from", decnet, "--to", path); err != nil {
			return "", err
		}
	}
	return path, errors.Join(
		b.decnetGraph(ctx, "migrate", "--db", path),
		b.decnetGraph(ctx, "rollup", "refresh", "--db", path),
		b.decnetGraph(ctx, "search", "rebuild", "--db", path),
	)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
