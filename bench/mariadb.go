package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"decnetgraph/bench/contest"
	"decnetgraph/bench/process"
)

// startMariaDB starts the MariaDB server of the benchmark.
func (b *bench) startMariaDB(ctx context.Context) (*process.Database, error) {
	return process.StartMariaDB(ctx, filepath.Join(b.Folder, "mariadb"), b.Port+portMariaDB, b.migrate)
}

// mariaDB measures our server over the same rows on MariaDB, after it has checked that the answers equal those
// on PostgreSQL.
func (b *bench) mariaDB(ctx context.Context, d database) error {
	maria, err := b.startMariaDB(ctx)
	if err != nil {
		return err
	}
	return errors.Join(b.onMariaDB(ctx, d, maria), maria.Stop())
}

func (b *bench) onMariaDB(ctx context.Context, d database, maria *process.Database) error {
	onMaria := d
	onMaria.server, onMaria.url = maria, maria.URL(d.Name)
	made, err := b.source.MariaDB(ctx, maria, d.Database)
	if err != nil {
		return err
	}
	if err := b.rollUp(ctx, onMaria.url, made); err != nil {
		return err
	}
	postgres, err := b.startOurs(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { _ = postgres.Stop() }()
	mariaServer, err := b.serveAt(ctx, portOther, oursOnMariaDB, onMaria.url)
	if err != nil {
		return err
	}
	defer func() { _ = mariaServer.Stop() }()
	for _, run := range []struct {
		question contest.Question
		keys     []string
		clients  int
	}{
		{contest.Tree, d.Campaigns, 16},
		{contest.Page, d.Identities, 16},
		{contest.Point, d.Campaigns, 16},
		{contest.Campaigns, []string{""}, 1},
		{contest.Fleet, []string{""}, 1},
	} {
		if _, err := contest.Compare(ctx, contestantsOf([]*contestant{postgres, mariaServer}), run.question, run.keys); err != nil {
			return fmt.Errorf("PostgreSQL and MariaDB: %w", err)
		}
		if err := b.compare(ctx, onMaria, []*contestant{mariaServer}, run.question, run.keys, []int{run.clients}); err != nil {
			return err
		}
	}
	return nil
}
