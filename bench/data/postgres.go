package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Postgres creates and fills a database on a PostgreSQL server, unless it exists with this data; made reports
// whether it did.
func (s *Source) Postgres(ctx context.Context, server Server, d Database) (made bool, err error) {
	mark := "SELECT COALESCE((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1), '')"
	return s.make(server, d, steps{
		isMade: func() (found bool, err error) {
			err = postgres(ctx, server.URL("postgres"), func(conn *pgx.Conn) error {
				var filled string
				err := conn.QueryRow(ctx, mark, d.Name).Scan(&filled)
				found = filled == d.mark()
				return err
			})
			return found, err
		},
		create: func() error {
			return postgres(ctx, server.URL("postgres"), func(conn *pgx.Conn) error {
				return execute(ctx, conn, "DROP DATABASE IF EXISTS "+d.Name+" WITH (FORCE)", "CREATE DATABASE "+d.Name)
			})
		},
		fill: func() error {
			return postgres(ctx, server.URL(d.Name), func(conn *pgx.Conn) error { return s.fillPostgres(ctx, conn, d) })
		},
	})
}

// postgres calls do with a connection, which it closes afterwards.
func postgres(ctx context.Context, url string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

func execute(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%.80s: %w", statement, err)
		}
	}
	return nil
}

// fillPostgres creates the indexes after the rows, which is faster, and disables the triggers of tags, so the sums of our own
// tables must be rebuilt afterwards. Those of the other tables fill filter_value, which no command rebuilds.
func (s *Source) fillPostgres(ctx context.Context, conn *pgx.Conn, d Database) error {
	err := execute(ctx, conn, "SET maintenance_work_mem = '1GB'", "SET synchronous_commit = off")
	if err != nil {
		return err
	}
	indexes := s.indexes
	if d.Own {
		indexes, err = dropIndexes(ctx, conn)
	} else {
		err = execute(ctx, conn, s.definitions(postgresTypes)...)
	}
	if err != nil {
		return err
	}
	m := s.maker(d.Size)
	for _, table := range tables {
		if table == "ttp_tag" {
			if err := execute(ctx, conn, "SET session_replication_role = replica"); err != nil {
				return err
			}
		}
		if err := copyTable(ctx, conn, m, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	if err := execute(ctx, conn, indexes...); err != nil {
		return err
	}
	return execute(ctx, conn, "COMMENT ON DATABASE "+d.Name+" IS '"+d.mark()+"'")
}

// dropIndexes drops all indexes that are not keys and returns the statements that create them again.
func dropIndexes(ctx context.Context, conn *pgx.Conn) (makings []string, err error) {
	rows, err := conn.Query(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)`, tables)
	if err != nil {
		return nil, err
	}
	var names []string
	var name, making string
	_, err = pgx.ForEachRow(rows, []any{&name, &making}, func() error {
		names, makings = append(names, name), append(makings, making)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return makings, execute(ctx, conn, "DROP INDEX "+strings.Join(names, ", "))
}

// copyTable streams the rows of a table into the database while they are made.
func copyTable(ctx context.Context, conn *pgx.Conn, m *maker, table string) error {
	from, to := io.Pipe()
	go func() { _ = to.CloseWithError(m.write(table, to)) }()
	_, err := conn.PgConn().CopyFrom(ctx, from, "COPY "+table+" ("+m.columns(table)+") FROM STDIN")
	return errors.Join(err, from.Close())
}

// postgresTypes gives DECNET's tables the column types of our own tables on PostgreSQL.
var postgresTypes = []respelling{
	{`\b(VARCHAR(\(\d+\))?|TEXT|JSON)`, `text COLLATE "C"`},
	{`\bDATETIME`, "timestamp(6)"},
	{`\bBLOB`, "bytea"},
	{`\bFLOAT`, "double precision"},
	{`\bINTEGER`, "bigint"},
}
