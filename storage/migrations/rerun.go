package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"

	"decnetgraph/storage/engine"
)

// rerunnable returns the migrations of a folder such that each can run again after it was interrupted: it passes over
// the changes that it has made already.
func rerunnable(folder fs.FS, e *engine.Engine) ([]*goose.Migration, error) {
	names, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, err
	}
	var migrations []*goose.Migration
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		// RunTx gives us the connection that has the lock. The transaction ends at the first statement.
		up := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return rerun(ctx, tx, e, statements(string(text))) }}
		migrations = append(migrations, goose.NewGoMigration(version, up, nil))
	}
	return migrations, nil
}

func rerun(ctx context.Context, tx *sql.Tx, e *engine.Engine, statements []string) error {
	for _, statement := range statements {
		_, err := tx.ExecContext(ctx, statement)
		switch {
		case err == nil || e.AlreadyDone(err):
		case e.TriggersRefused != nil && e.TriggersRefused(err):
			return fmt.Errorf("%w: %w", ErrTriggers, err)
		default:
			first, _, _ := strings.Cut(statement, "\n")
			return fmt.Errorf("%s: %w", first, err)
		}
	}
	return nil
}

var (
	comments = regexp.MustCompile(`(?m)^--.*\n`)
	blocks   = regexp.MustCompile(`(?ms)^-- \+goose StatementBegin\n(.*?)^-- \+goose StatementEnd\n`)
)

// statements splits a file. A statement ends in a semicolon at the end of a line, or is a block of goose.
func statements(text string) []string {
	var all []string
	add := func(statement string) {
		if statement = strings.TrimSpace(comments.ReplaceAllString(statement, "")); statement != "" {
			all = append(all, statement)
		}
	}
	from := 0
	for _, block := range append(blocks.FindAllStringSubmatchIndex(text, -1), []int{len(text), len(text), len(text), len(text)}) {
		for statement := range strings.SplitSeq(comments.ReplaceAllString(text[from:block[0]], ""), ";\n") {
			add(statement)
		}
		add(text[block[2]:block[3]])
		from = block[1]
	}
	return all
}
