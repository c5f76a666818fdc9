// Package sample fills an empty SQLite database with invented rows as DECNET would have written them in ninety days of
// attacks. It serves tests, measurements, and a first look at this server without a DECNET installation.
//
// Addresses, networks and domains are those reserved for documentation.
package sample

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

// ErrNotEmpty is returned if the database already has tables.
var ErrNotEmpty = errors.New("sample: the database is not empty")

// Options set the amount of data and the seed of the random numbers.
type Options struct {
	Scale    int                   // number of rows, in multiples of about 12 campaigns, 70 identities, 240 attackers and 10,000 tags; 1 by default
	Seed     uint64                // equal options give equal rows
	Progress func(done, total int) // called from time to time with numbers of rows; total is an estimate until the last call
}

// Report counts the rows written, by table.
type Report struct {
	Campaigns, Identities, Attackers, Tags                  int
	Behaviours, Intel, FingerprintStates, SMTPTargets       int
	Observations, Attributions                              int
	CanaryBlobs, CanaryTokens, CanaryTriggers               int
	Events, Bounties, Credentials                           int
	SharedCredentials, Attachments                          int
	Rules, RuleStates, Users, RevokedTokens, SchemaVersions int
}

// Rows returns the number of rows in all tables.
func (r Report) Rows() int {
	return r.Campaigns + r.Identities + r.Attackers + r.Tags +
		r.Behaviours + r.Intel + r.FingerprintStates + r.SMTPTargets +
		r.Observations + r.Attributions +
		r.CanaryBlobs + r.CanaryTokens + r.CanaryTriggers +
		r.Events + r.Bounties + r.Credentials + r.SharedCredentials + r.Attachments +
		r.Rules + r.RuleStates + r.Users + r.RevokedTokens + r.SchemaVersions
}

//go:embed schema.sql
var schema string

// Write creates DECNET's tables in db, an empty SQLite database, and fills them. It makes the data block by block, each in
// its own transaction, so the memory does not grow with the scale. If it fails or ctx is done, the committed blocks
// remain; start again with a new file.
func Write(ctx context.Context, db *sql.DB, o Options) (Report, error) {
	conn, err := db.Conn(ctx) // the settings below belong to one connection
	if err != nil {
		return Report{}, fmt.Errorf("sample: %w", err)
	}
	defer conn.Close()

	r, err := write(ctx, conn, o)
	if err != nil && !errors.Is(err, ErrNotEmpty) {
		err = fmt.Errorf("sample: %w", err)
	}
	return r, err
}

func write(ctx context.Context, conn *sql.Conn, o Options) (Report, error) {
	var objects int
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&objects); err != nil {
		return Report{}, err
	}
	if objects > 0 {
		return Report{}, ErrNotEmpty
	}
	tables, indexes := statements(schema)
	restore, err := settings(ctx, conn)
	if err != nil {
		return Report{}, err
	}
	defer restore()
	if err := run(ctx, conn, tables); err != nil {
		return Report{}, err
	}
	g := newGenerator(ctx, conn, o)
	for n := range max(1, o.Scale) {
		if err := g.w.inTransaction(func() { g.writeBlock(n) }); err != nil {
			return g.report(), err
		}
		if done := g.w.rows(); o.Progress != nil {
			o.Progress(done, done*max(1, o.Scale)/(n+1))
		}
	}
	if err := run(ctx, conn, indexes); err != nil { // creating indexes at the end takes two thirds of the time
		return g.report(), err
	}
	if o.Progress != nil {
		o.Progress(g.w.rows(), g.w.rows())
	}
	return g.report(), nil
}

// settings changes the settings of the connection; restore resets them, because the connection belongs to the caller.
// Foreign keys are off: DECNET never enforces them on SQLite, and one row refers to a missing row on purpose.
func settings(ctx context.Context, conn *sql.Conn) (restore func(), err error) {
	var enforced int
	if err := conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&enforced); err != nil {
		return nil, err
	}
	restore = func() {
		_ = run(context.WithoutCancel(ctx), conn, []string{fmt.Sprintf("PRAGMA foreign_keys = %d", enforced)})
	}
	return restore, run(ctx, conn, []string{"PRAGMA foreign_keys = OFF"})
}

// statements splits a script after each semicolon at the end of a line, drops comment lines, and separates the statements
// that create tables from all others.
func statements(script string) (tables, others []string) {
	for s := range strings.SplitSeq(script, ";\n") {
		var lines []string
		for line := range strings.SplitSeq(s, "\n") {
			if !strings.HasPrefix(line, "--") {
				lines = append(lines, line)
			}
		}
		switch s = strings.TrimSpace(strings.Join(lines, "\n")); {
		case s == "":
		case strings.HasPrefix(s, "CREATE TABLE"):
			tables = append(tables, s)
		default:
			others = append(others, s)
		}
	}
	return tables, others
}

func run(ctx context.Context, conn *sql.Conn, statements []string) error {
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}
