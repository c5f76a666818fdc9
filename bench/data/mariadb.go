package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/go-sql-driver/mysql"
)

// MariaDB creates and fills a database on a MariaDB server, unless it exists with this data; made reports
// whether it did.
func (s *Source) MariaDB(ctx context.Context, server Server, d Database) (made bool, err error) {
	return s.make(server, d, steps{
		isMade: func() (found bool, err error) {
			err = mariaDB(ctx, server.Native(""), func(conn *sql.Conn) error {
				return conn.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM information_schema.schemata WHERE schema_name = ? AND schema_comment = ?",
					d.Name, d.mark()).Scan(&found)
			})
			return found, err
		},
		create: func() error {
			return mariaDB(ctx, server.Native(""), func(conn *sql.Conn) error {
				return run(ctx, conn, "DROP DATABASE IF EXISTS "+d.Name, "CREATE DATABASE "+d.Name)
			})
		},
		fill: func() error {
			return mariaDB(ctx, server.Native(d.Name), func(conn *sql.Conn) error { return s.fillMariaDB(ctx, conn, d) })
		},
	})
}

// mariaDB calls do with a connection, which it closes afterwards.
func mariaDB(ctx context.Context, dsn string, do func(*sql.Conn) error) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close())
}

func run(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.80s: %w", statement, err)
		}
	}
	return nil
}

// fillMariaDB fills the tables with their indexes and triggers in place, because MariaDB cannot defer them.
func (s *Source) fillMariaDB(ctx context.Context, conn *sql.Conn, d Database) error {
	if err := run(ctx, conn, "SET foreign_key_checks = 0", "SET unique_checks = 0"); err != nil {
		return err
	}
	if !d.Own {
		if err := run(ctx, conn, append(s.definitions(mariaDBTypes), s.indexes...)...); err != nil {
			return err
		}
	}
	m := s.maker(d.Size)
	for _, table := range tables {
		if err := loadTable(ctx, conn, m, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return run(ctx, conn, "ALTER DATABASE "+d.Name+" COMMENT = '"+d.mark()+"'")
}

// loadTable streams the rows of a table into the database while they are made.
func loadTable(ctx context.Context, conn *sql.Conn, m *maker, table string) error {
	from, to := io.Pipe()
	mysql.RegisterReaderHandler(table, func() io.Reader { return from })
	defer mysql.DeregisterReaderHandler(table)
	go func() { _ = to.CloseWithError(m.write(table, to)) }()
	err := run(ctx, conn, "LOAD DATA LOCAL INFILE 'Reader::"+table+"' INTO TABLE "+table+" CHARACTER SET utf8mb4 ("+m.columns(table)+")")
	return errors.Join(err, from.Close())
}

// mariaDBTypes gives DECNET's tables the column types that they have on MariaDB.
var mariaDBTypes = []respelling{
	{`\bVARCHAR\b([^(])`, "VARCHAR(255)$1"},
	{`\b((services|deckies|fingerprints|commands|raw_headers|yaml_content) +)TEXT`, "${1}MEDIUMTEXT"},
	{`\bBLOB`, "BINARY(8)"},
	{`\b(asn +)INTEGER`, "${1}BIGINT"}, // the sample has numbers of more than 31 bits
}
