package engine

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"decnetgraph/storage/engine/dsn"
)

var postgresBulk = Bulk{
	OpenBulk: openPostgresBulk,
	Snapshot: []string{"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"},
	Checksum: func(key []string) string {
		return "COALESCE(SUM(hashtext(concat_ws(',', " + strings.Join(key, ", ") + "))::bigint), 0)::text"
	},
	CopiedColumnsQuery: "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()",
	LimitsQuery: "SELECT table_name::text, column_name::text, data_type::text, COALESCE(character_maximum_length, 0)" +
		" FROM information_schema.columns WHERE table_schema = current_schema()",
	LongText:     `TEXT COLLATE "C"`,
	Analyze:      "ANALYZE %s",
	InsertRows:   64,
	Copy:         copyPostgres,
	FlushQuery:   "SET synchronous_commit = on",
	SyncSequence: syncPostgresSequence,
	Content: Content{
		NoZeroByte: true, OnlyUTF8: true, Infinity: true, NaN: true,
		MaxIndexedSize: 2600, // an entry has less than 2,704 bytes
	},
	Refusal: postgresRefusal,
}

func openPostgresBulk(source dsn.Source, access BulkAccess) (*sql.DB, error) {
	server := source.Target.(dsn.PostgresServer)
	config := server.ConnConfig.Copy()
	extra := map[string]string{}
	if access.Write {
		// A server that crashes may lose the last batches, and with them the record that they were written.
		extra["synchronous_commit"] = "off"
		extra["maintenance_work_mem"] = "128MB" // indexes are sorted in it
		for name := range extra {
			if given := config.RuntimeParams[name]; given != "" {
				extra[name] = given
			}
		}
	}
	setup := newPostgresSetup(server, access.Write, extra)
	config.RuntimeParams = startupSettings(setup.settings, false)
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		return setup.check(ctx, conn.PgConn(), false)
	})), nil
}

// syncPostgresSequence implements Bulk.SyncSequence.
func syncPostgresSequence(ctx context.Context, session *sql.Conn, table, key string) error {
	var sequence string
	if err := session.QueryRowContext(ctx, "SELECT pg_get_serial_sequence($1, $2)", table, key).Scan(&sequence); err != nil {
		return err
	}
	var now sql.NullInt64
	err := session.QueryRowContext(ctx, "SELECT setval($1::regclass, highest) FROM (SELECT MAX("+postgresSyntax.Quote(key)+") AS highest FROM "+
		postgresSyntax.Quote(table)+") AS rows_there WHERE highest > (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "+
		sequence+")", sequence).Scan(&now)
	if errors.Is(err, sql.ErrNoRows) { // the sequence is far enough
		return nil
	}
	return err
}

var (
	copyHead = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTail = []byte{0xff, 0xff}
)

// copyBuffers are recycled from batch to batch.
var copyBuffers = sync.Pool{New: func() any { return new([]byte) }}

// copyPostgres implements Bulk.Copy by PostgreSQL's binary form of COPY.
func copyPostgres(ctx context.Context, session *sql.Conn, into CopyTarget, rows [][]any) error {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	*buffer = encodeCopy((*buffer)[:0], into.Columns, rows)
	names := make([]string, len(into.Columns))
	for i, c := range into.Columns {
		names[i] = c.Name
	}
	text := "COPY " + into.Table + " (" + strings.Join(names, ", ") + ") FROM STDIN BINARY"
	return session.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("unexpected driver %T", driver)
		}
		_, err := conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(*buffer), text)
		return err
	})
}

// encodeCopy appends the rows: for each its number of fields, and for each field its size and content.
func encodeCopy(to []byte, columns []CopyColumn, rows [][]any) []byte {
	to = append(to, copyHead...)
	order := binary.BigEndian
	for _, cells := range rows {
		to = order.AppendUint16(to, uint16(len(cells))) //nolint:gosec // no table has that many columns
		for i, cell := range cells {
			switch v := cell.(type) {
			case nil:
				to = order.AppendUint32(to, math.MaxUint32)
			case string:
				to = append(order.AppendUint32(to, uint32(len(v))), v...) //nolint:gosec // PostgreSQL takes a gigabyte at most, and refuses more
			case []byte:
				to = append(order.AppendUint32(to, uint32(len(v))), v...) //nolint:gosec // as above
			case int64:
				if columns[i].Int32 {
					to = order.AppendUint32(order.AppendUint32(to, 4), uint32(int32(v))) //nolint:gosec // the bits of a signed number that fits
					continue
				}
				to = order.AppendUint64(order.AppendUint32(to, 8), uint64(v)) //nolint:gosec // as above
			case float64:
				to = order.AppendUint64(order.AppendUint32(to, 8), math.Float64bits(v))
			case bool:
				to = append(order.AppendUint32(to, 1), 0)
				if v {
					to[len(to)-1] = 1
				}
			case Micros:
				to = order.AppendUint64(order.AppendUint32(to, 8), uint64(int64(v)-postgresEpoch)) //nolint:gosec // as above
			}
		}
	}
	return append(to, copyTail...)
}
