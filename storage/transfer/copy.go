package transfer

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// copier writes PostgreSQL's binary form of COPY. It keeps its buffer from batch to batch.
type copier struct{ buffer []byte }

var (
	copyHead = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTail = []byte{0xff, 0xff}
)

func (c *copier) copy(ctx context.Context, d *database, t *table, rows [][]any) error {
	c.encode(t, rows)
	text := "COPY " + d.quote(t.name) + " (" + strings.Join(d.quoted(t.names()), ", ") + ") FROM STDIN BINARY"
	return d.conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("unexpected driver %T", driver)
		}
		_, err := conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(c.buffer), text)
		return err
	})
}

// encode lays out the rows: for each its number of fields, and for each field its size and content.
func (c *copier) encode(t *table, rows [][]any) {
	to := c.buffer[:0]
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
				if t.columns[i].limit.bits == 32 {
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
			case instant:
				const millennium = 946_684_800_000_000                                          // PostgreSQL counts from 2000
				to = order.AppendUint64(order.AppendUint32(to, 8), uint64(int64(v)-millennium)) //nolint:gosec // as above
			}
		}
	}
	to = append(to, copyTail...)
	c.buffer = to
}
