package engine

import (
	wire "encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// decode fills the value from the wire format. Texts and bytes stay in the connection's memory, which is valid until
// the next row, as with drivers of database/sql.
func (v *Value) decode(conn *pgx.Conn, oid uint32, format int16, raw []byte) error {
	if raw == nil {
		v.kind = Null
		return nil
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.JSONOID, pgtype.NameOID, pgtype.UnknownOID:
		v.setRaw(Textual, raw)
		return nil
	case pgtype.JSONBOID:
		if format == pgx.BinaryFormatCode {
			raw = raw[1:] // the version of the format
		}
		v.setRaw(Textual, raw)
		return nil
	}
	if format == pgx.BinaryFormatCode && v.decodeBinary(oid, raw) {
		return nil
	}
	known, ok := conn.TypeMap().TypeForOID(oid)
	if !ok {
		v.setRaw(Textual, raw)
		return nil
	}
	decoded, err := known.Codec.DecodeDatabaseSQLValue(conn.TypeMap(), oid, format, raw)
	v.Set(decoded)
	return err
}

// decodeBinary fills the value if it is of a type that DECNET's tables have, or of a related one.
func (v *Value) decodeBinary(oid uint32, raw []byte) bool {
	switch oid {
	case pgtype.Int8OID:
		v.kind, v.whole = Integer, int64(wire.BigEndian.Uint64(raw)) //nolint:gosec // the bits of a signed number
	case pgtype.Int4OID:
		v.kind, v.whole = Integer, int64(int32(wire.BigEndian.Uint32(raw))) //nolint:gosec // as above
	case pgtype.Int2OID:
		v.kind, v.whole = Integer, int64(int16(wire.BigEndian.Uint16(raw))) //nolint:gosec // as above
	case pgtype.Float8OID:
		v.kind, v.real = Float64, math.Float64frombits(wire.BigEndian.Uint64(raw))
	case pgtype.Float4OID:
		v.kind, v.real = Float32, float64(math.Float32frombits(wire.BigEndian.Uint32(raw)))
	case pgtype.BoolOID:
		v.setBool(raw[0] != 0)
	case pgtype.ByteaOID:
		v.setRaw(Binary, raw)
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		v.setMicros(int64(wire.BigEndian.Uint64(raw))) //nolint:gosec // as above
	case pgtype.UUIDOID:
		digits := hex.EncodeToString(raw)
		v.setText(strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"))
	case pgtype.NumericOID:
		return v.decodeNumeric(raw)
	default:
		return false
	}
	return true
}

// decodeNumeric fills the value with a whole number, as sums of counts are. Pgx decodes by way of a text, which took
// ten times as long. Other numbers are left to pgx.
func (v *Value) decodeNumeric(raw []byte) bool {
	const head, most, base = 8, 4, 10_000                                                         // four groups of four digits
	groups, weight := int(wire.BigEndian.Uint16(raw)), int(int16(wire.BigEndian.Uint16(raw[2:]))) //nolint:gosec // zero may weigh -1
	sign, scale := wire.BigEndian.Uint16(raw[4:]), wire.BigEndian.Uint16(raw[6:])
	if weight >= most || groups > weight+1 || sign != 0 || scale != 0 {
		return false
	}
	v.kind, v.whole = Integer, 0
	for i := range weight + 1 { // groups of zeros at the end are not sent
		if v.whole *= base; i < groups {
			v.whole += int64(wire.BigEndian.Uint16(raw[head+2*i:]))
		}
	}
	return true
}

// postgresEpoch is the instant from which PostgreSQL counts, the year 2000, in microseconds since 1970.
const postgresEpoch = 946_684_800_000_000

// postgresInstant reads microseconds since 2000. The infinities become the zero time, which fits no cell.
func postgresInstant(micros int64) time.Time {
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return time.Time{}
	}
	const second = int64(time.Second / time.Microsecond)
	seconds, rest := micros/second, micros%second
	return time.Unix(seconds+postgresEpoch/second, rest*int64(time.Microsecond)).UTC()
}

// PostgresText writes an instant, in microseconds since 2000 as Value.Micros returns it, as PostgreSQL reads it: also the
// infinities, and years beyond four digits or before the first.
func PostgresText(micros int64) string {
	switch micros {
	case math.MaxInt64:
		return "infinity"
	case math.MinInt64:
		return "-infinity"
	}
	at := postgresInstant(micros)
	if year := at.Year(); year < 1 {
		return fmt.Sprintf("%04d%s BC", 1-year, at.Format(instantLayout[len("2006"):]))
	}
	return at.Format(instantLayout)
}
