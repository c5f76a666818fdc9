package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"decnetgraph/bench/load"
)

// Queries that only our server is measured with.
const (
	identityTechniques = `query ($uuid: UUID!) { identity(by: { uuid: $uuid }) {
  techniques { techniqueId subTechniqueId tacticId count firstSeen lastSeen confidenceMax } } }`
	tagPage = `query ($first: Int!, $after: String) { tags(first: $first, after: $after) {
  nodes { uuid techniqueId subTechniqueId tacticId confidence ruleId sourceKind createdAt } pageInfo { hasNextPage endCursor } } }`
)

// ask sends one query and decodes the data of its answer.
func ask(ctx context.Context, c *contestant, document string, variables map[string]any, into any) error {
	body, err := c.Request(document, "", variables).Body(ctx, c.Address)
	if err != nil {
		return err
	}
	answer := struct {
		Data   any             `json:"data"`
		Errors json.RawMessage `json:"errors"`
	}{Data: into}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if answer.Errors != nil {
		return fmt.Errorf("%s", answer.Errors)
	}
	return nil
}

// heaviest measures what the rollup of the heaviest identity costs in the database.
func (b *bench) heaviest(ctx context.Context, d database, ours *contestant) error {
	request := ours.Request(identityTechniques, "", map[string]any{"uuid": d.Heaviest})
	once := load.Options{Clients: 1, Duration: b.Duration, Least: 5}
	if _, err := load.Run(ctx, ours.Address, load.InTurn([]*load.Request{request}), once); err != nil { // to warm up
		return err
	}
	before, err := d.server.Statements(ctx, d.Name)
	if err != nil {
		return err
	}
	result, err := load.Run(ctx, ours.Address, load.InTurn([]*load.Request{request}), once)
	if err != nil {
		return err
	}
	after, err := d.server.Statements(ctx, d.Name)
	if err != nil {
		return err
	}
	b.fact(heavyIdentity, d.Size.Tags, (after.Ms-before.Ms)/float64(result.Requests), "ms in the database")
	return nil
}

// pages compares the first page of all tags with page 10,000.
func (b *bench) pages(ctx context.Context, d database) error {
	const size, page = 20, 10_000
	ours, err := b.startOurs(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	deep, err := cursorAfter(ctx, ours, size*(page-1))
	if err != nil {
		return err
	}
	requests := []func(int) *load.Request{
		load.InTurn([]*load.Request{ours.Request(tagPage, "", map[string]any{"first": size})}),
		load.InTurn([]*load.Request{ours.Request(tagPage, "", map[string]any{"first": size, "after": deep})}),
	}
	all := make([][]figures, len(requests))
	for range 2*b.Rounds + 1 { // the first one warms up
		for i, request := range requests {
			f, err := round(ctx, d, ours, request, load.Options{Clients: 1, Duration: b.Duration / 2})
			if err != nil {
				return err
			}
			all[i] = append(all[i], f)
		}
	}
	first, last := medians(all[0][1:]), medians(all[1][1:])
	b.fact(firstPage, d.Size.Tags, first.P50, "ms")
	b.fact(deepPage, d.Size.Tags, last.P50, "ms")
	b.fact(deepRatio, d.Size.Tags, last.P50/first.P50, "times the first page")
	return nil
}

// cursorAfter pages through a number of tags and returns the cursor behind the last one.
func cursorAfter(ctx context.Context, ours *contestant, rows int) (string, error) {
	const most = 200
	var after *string
	for rows > 0 {
		var answer struct {
			Tags struct {
				PageInfo struct {
					EndCursor *string `json:"endCursor"`
				} `json:"pageInfo"`
			} `json:"tags"`
		}
		document := strings.Replace(tagPage, "nodes { uuid techniqueId subTechniqueId tacticId confidence ruleId sourceKind createdAt }", "", 1)
		if err := ask(ctx, ours, document, map[string]any{"first": min(rows, most), "after": after}, &answer); err != nil {
			return "", err
		}
		after = answer.Tags.PageInfo.EndCursor
		rows -= most
	}
	return *after, nil
}

// memory measures the resident memory of our server: with many clients that read the largest answers, and after some
// minutes of mixed queries.
func (b *bench) memory(ctx context.Context, d database) error {
	ours, err := b.startPatient(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { _ = ours.Stop() }()
	tree := ours.Requests("Q1", d.Campaigns)
	if _, err := load.Run(ctx, ours.Address, load.InTurn(tree), load.Options{Clients: 64, Duration: max(b.Warm, 3*b.Duration)}); err != nil {
		return err
	}
	use, err := ours.Usage()
	if err != nil {
		return err
	}
	b.fact(peakMemory, d.Size.Tags, mib(use.Peak), "MiB at most")
	mixed := tree
	mixed = append(mixed, ours.Requests("Q3", d.Identities)...)
	mixed = append(mixed, ours.Requests("Q5", d.Campaigns)...)
	mixed = append(mixed, ours.Requests("Q4", []string{""})...)
	const spells = 8
	var held []float64
	for range spells {
		if _, err := load.Run(ctx, ours.Address, load.InTurn(mixed), load.Options{Clients: 16, Duration: b.Mixed / spells}); err != nil {
			return err
		}
		if use, err = ours.Usage(); err != nil {
			return err
		}
		held = append(held, mib(use.Memory))
	}
	b.say("  resident after each %s of mixed questions: %.0f MiB", (b.Mixed / spells).Round(time.Second/10), held)
	b.fact(memoryGrowth, d.Size.Tags, max(held[spells-1], held[spells-2])/max(held[1], held[2]), "times what it was early on")
	return nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
