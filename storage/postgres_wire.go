package storage

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// decode turns a value from the wire into what cells take. Bytes stay the connection's until the
// next row, as database/sql's drivers have it, too.
func decode(conn *pgx.Conn, oid uint32, format int16, raw []byte) (any, error) {
	if raw == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.JSONOID, pgtype.NameOID, pgtype.UnknownOID:
		return string(raw), nil
	case pgtype.JSONBOID:
		if format == pgx.BinaryFormatCode {
			raw = raw[1:] // the version of the format
		}
		return string(raw), nil
	}
	if format == pgx.BinaryFormatCode {
		switch oid {
		case pgtype.Int8OID:
			return int64(binary.BigEndian.Uint64(raw)), nil //nolint:gosec // the bits of a signed number
		case pgtype.Int4OID:
			return int64(int32(binary.BigEndian.Uint32(raw))), nil //nolint:gosec // as above
		case pgtype.Int2OID:
			return int64(int16(binary.BigEndian.Uint16(raw))), nil //nolint:gosec // as above
		case pgtype.Float8OID:
			return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
		case pgtype.Float4OID:
			return math.Float32frombits(binary.BigEndian.Uint32(raw)), nil
		case pgtype.BoolOID:
			return raw[0] != 0, nil
		case pgtype.ByteaOID:
			return raw, nil
		case pgtype.TimestampOID, pgtype.TimestamptzOID:
			return postgresInstant(int64(binary.BigEndian.Uint64(raw))), nil //nolint:gosec // as above
		case pgtype.UUIDOID:
			digits := hex.EncodeToString(raw)
			return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"), nil
		}
	}
	known, ok := conn.TypeMap().TypeForOID(oid)
	if !ok {
		return string(raw), nil
	}
	return known.Codec.DecodeDatabaseSQLValue(conn.TypeMap(), oid, format, raw)
}

// postgresInstant reads microseconds since 2000. The infinities become the zero time, which no cell takes.
func postgresInstant(micros int64) time.Time {
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return time.Time{}
	}
	const millennium = 946_684_800_000_000
	return time.UnixMicro(micros + millennium).UTC()
}

// numberMarks replaces each "?" by $1, $2 and so on.
func numberMarks(text string) string {
	var numbered strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			numbered.WriteString("$" + strconv.Itoa(n))
		}
		numbered.WriteString(part)
		n++
	}
	return numbered.String()
}
