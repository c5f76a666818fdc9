package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"decnetgraph/bench/contest"
	"decnetgraph/web"
)

// notInOneRequest are the questions of analysts that PostGraphile's schema, with filters and views, cannot answer in one request
// without work for the client, and why. A function in SQL could answer each of them, but then SQL is what is measured.
var notInOneRequest = map[string]string{
	"23-activity":               "the request names span, bucket and zone, which a view does not know; the client counts all tags and adds empty buckets",
	"29-sessions-of-an-address": "no table has sessions; one request returns tags, recordings and commands, which the client joins",
	"40-find-anything":          "one request returns a list for each column, which the client merges, orders and cuts into pages",
	"42-top-techniques":         "the request names the spans, which a view does not know; the client reads the tags of both weeks and counts them",
	"44-hashes-nearby":          "no filter compares bits; the client compares all hashes of one request, and asks in another who has those nearby",
}

// questionPeer starts the peer that answers questions of analysts, too; nil if none is to be measured on this database.
func (b *bench) questionPeer(ctx context.Context, d database) (*contestant, error) {
	if d.larger() || !slices.Contains(b.Peers, postGraphile) {
		return nil, nil //nolint:nilnil // a run without peers is no failure
	}
	return b.startPeer(ctx, peer{contest.PostGraphile, portPostGraphile}, d.url)
}

// askPeer measures a peer with the question of an example, after it has compared its answer with ours. A question that has no
// form for the peer is left out.
func (b *bench) askPeer(ctx context.Context, c *contestant, e web.Example, variables map[string]any, ours json.RawMessage, engine string, tags int) error {
	if why, cannot := notInOneRequest[e.Name]; cannot {
		b.say("  %-32s %-10s %-13s cannot: %s", e.Name, engine, c.Name, why)
		return nil
	}
	theirs, has, err := contest.ForPostGraphile(e.Name)
	if err != nil || !has {
		return err
	}
	if variables, err = theirs.Variables(variables); err != nil {
		return err
	}
	q := question{e.Name, theirs.Document, e.Operation, variables}
	answer, err := b.answer(ctx, c, q)
	if err != nil {
		return err
	}
	compared, err := theirs.Compare(ours, answer)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	b.say("  %-32s %-10s %-13s %d values equal ours", e.Name, engine, c.Name, compared)
	return b.timeQuestion(ctx, c, q, len(answer), engine, tags)
}
