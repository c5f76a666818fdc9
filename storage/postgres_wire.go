package storage

import (
	wire "encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// decode takes a value from the wire. Texts and bytes stay the connection's until the next row, as
// database/sql's drivers have it, too.
func (v *value) decode(conn *pgx.Conn, oid uint32, format int16, raw []byte) error {
	if raw == nil {
		v.kind = null
		return nil
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.JSONOID, pgtype.NameOID, pgtype.UnknownOID:
		v.setRaw(textual, raw)
		return nil
	case pgtype.JSONBOID:
		if format == pgx.BinaryFormatCode {
			raw = raw[1:] // the version of the format
		}
		v.setRaw(textual, raw)
		return nil
	}
	if format == pgx.BinaryFormatCode && v.decodeBinary(oid, raw) {
		return nil
	}
	known, ok := conn.TypeMap().TypeForOID(oid)
	if !ok {
		v.setRaw(textual, raw)
		return nil
	}
	decoded, err := known.Codec.DecodeDatabaseSQLValue(conn.TypeMap(), oid, format, raw)
	v.set(decoded)
	return err
}

// decodeBinary takes a value of one of the types that DECNET's tables have, and their relatives.
func (v *value) decodeBinary(oid uint32, raw []byte) bool {
	switch oid {
	case pgtype.Int8OID:
		v.kind, v.whole = integer, int64(wire.BigEndian.Uint64(raw)) //nolint:gosec // the bits of a signed number
	case pgtype.Int4OID:
		v.kind, v.whole = integer, int64(int32(wire.BigEndian.Uint32(raw))) //nolint:gosec // as above
	case pgtype.Int2OID:
		v.kind, v.whole = integer, int64(int16(wire.BigEndian.Uint16(raw))) //nolint:gosec // as above
	case pgtype.Float8OID:
		v.kind, v.real = floating, math.Float64frombits(wire.BigEndian.Uint64(raw))
	case pgtype.Float4OID:
		v.kind, v.real = single, float64(math.Float32frombits(wire.BigEndian.Uint32(raw)))
	case pgtype.BoolOID:
		v.setTruth(raw[0] != 0)
	case pgtype.ByteaOID:
		v.setRaw(binary, raw)
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		v.kind, v.at = moment, postgresInstant(int64(wire.BigEndian.Uint64(raw))) //nolint:gosec // as above
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

// decodeNumeric takes a whole number, as sums of counts are; through pgx, by way of a text, each took ten
// times as long. Other numbers are left to it.
func (v *value) decodeNumeric(raw []byte) bool {
	const head, most, base = 8, 4, 10_000                                                         // four groups of four digits
	groups, weight := int(wire.BigEndian.Uint16(raw)), int(int16(wire.BigEndian.Uint16(raw[2:]))) //nolint:gosec // zero may weigh -1
	sign, scale := wire.BigEndian.Uint16(raw[4:]), wire.BigEndian.Uint16(raw[6:])
	if weight >= most || groups > weight+1 || sign != 0 || scale != 0 {
		return false
	}
	v.kind, v.whole = integer, 0
	for i := range weight + 1 { // groups of zeros at the end are not sent
		if v.whole *= base; i < groups {
			v.whole += int64(wire.BigEndian.Uint16(raw[head+2*i:]))
		}
	}
	return true
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

// arrayLiteral writes texts as PostgreSQL writes an array: pgx would box each. What cannot be a text of
// PostgreSQL is left out.
func arrayLiteral(texts []string) string {
	size := 2
	for _, text := range texts {
		size += len(text) + 3
	}
	literal := make([]byte, 1, size)
	literal[0] = '{'
	for _, text := range texts {
		if !isPostgresText(text) {
			continue
		}
		if len(literal) > 1 {
			literal = append(literal, ',')
		}
		literal = append(literal, '"')
		for i := range len(text) {
			if text[i] == '"' || text[i] == '\\' {
				literal = append(literal, '\\')
			}
			literal = append(literal, text[i])
		}
		literal = append(literal, '"')
	}
	return string(append(literal, '}'))
}

// postgresKey is a text, or nil for what cannot be one.
func postgresKey(key string) any {
	if isPostgresText(key) {
		return key
	}
	return nil
}

func isPostgresText(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}
