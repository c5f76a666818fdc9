package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

// What MySQL says of a thing that is there already: ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME,
// ER_FK_DUP_NAME, ER_SP_ALREADY_EXISTS and ER_TRG_ALREADY_EXISTS; and of an index that has gone:
// ER_CANT_DROP_FIELD_OR_KEY. MariaDB tells a foreign key by ER_CANT_CREATE_TABLE, which may mean much else: a
// statement that adds one adds an index as well.
var done = []uint16{1050, 1060, 1061, 1826, 1304, 1359, 1091}

// needsSuper is ER_BINLOG_CREATE_ROUTINE_NEED_SUPER, which is told of triggers, too.
const needsSuper = 1419

// rerunnable are the migrations of a folder, each made so that it ends well on what it left when it was cut short.
func rerunnable(folder fs.FS) ([]*goose.Migration, error) {
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
		// RunTx is for the connection, which has the lock. The transaction ends at the first statement.
		up := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return rerun(ctx, tx, statements(string(text))) }}
		migrations = append(migrations, goose.NewGoMigration(version, up, nil))
	}
	return migrations, nil
}

func rerun(ctx context.Context, tx *sql.Tx, statements []string) error {
	for _, statement := range statements {
		var failure *mysql.MySQLError
		_, err := tx.ExecContext(ctx, statement)
		if errors.As(err, &failure) && slices.Contains(done, failure.Number) {
			continue
		}
		if failure != nil && failure.Number == needsSuper {
			return fmt.Errorf("%w: %w", ErrTriggers, err)
		}
		if err != nil {
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

// statements of a file: each ends in a semicolon, which ends its line, or stands in a block of goose.
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
