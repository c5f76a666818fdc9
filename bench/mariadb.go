package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"decnetgraph/bench/contest"
	"decnetgraph/bench/process"
)

func (b *bench) startMariaDB(ctx context.Context) (*process.Database, error) {
	return process.StartMariaDB(ctx, filepath.Join(b.Folder, "mariadb"), b.Port+portMariaDB, b.migrate)
}

// mariaDB asks our server the questions over the same rows on MariaDB. It must answer there as it does on
// PostgreSQL.
func (b *bench) mariaDB(ctx context.Context, d database) error {
	maria, err := b.startMariaDB(ctx)
	if err != nil {
		return err
	}
	return errors.Join(b.onMariaDB(ctx, d, maria), maria.Stop())
}

func (b *bench) onMariaDB(ctx context.Context, d database, maria *process.Database) error {
	there := d
	there.server, there.url = maria, maria.URL(d.Name)
	made, err := b.source.MariaDB(ctx, maria, d.Database)
	if err != nil {
		return err
	}
	if err := b.rollUp(ctx, there.url, made); err != nil {
		return err
	}
	here, err := b.startOurs(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { _ = here.Stop() }()
	other, err := b.serveAt(ctx, portOther, oursOnMariaDB, there.url)
	if err != nil {
		return err
	}
	defer func() { _ = other.Stop() }()
	for _, asked := range []struct {
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
		if _, err := contest.Compare(ctx, contestantsOf([]*contestant{here, other}), asked.question, asked.keys); err != nil {
			return fmt.Errorf("PostgreSQL and MariaDB: %w", err)
		}
		if err := b.compare(ctx, there, []*contestant{other}, asked.question, asked.keys, []int{asked.clients}); err != nil {
			return err
		}
	}
	return nil
}
