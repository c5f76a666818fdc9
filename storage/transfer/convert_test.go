package transfer

import (
	"database/sql"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
)

func TestValuesAreConvertedExactlyOrNotAtAll(t *testing.T) {
	t.Parallel()
	at := func(text string) instant {
		parsed, err := time.Parse("2006-01-02 15:04:05.000000", text)
		require.NoError(t, err)
		return instant(parsed.UnixMicro())
	}
	whole := at("2026-05-01 07:21:37.000000")
	for fact, c := range map[string]struct {
		column column
		raw    any
		cell   any
		reason string
	}{
		"text":                         {column{kind: textual}, "a\x00\xff", "a\x00\xff", ""},
		"bytes are no text":            {column{kind: textual}, []byte("a"), nil, reasonNotText},
		"a number is no text":          {column{kind: textual}, int64(1), nil, reasonNotText},
		"NULL":                         {column{kind: textual, nullable: true}, nil, nil, ""},
		"NULL where it may not be":     {column{kind: textual}, nil, nil, reasonNull},
		"a whole number":               {column{kind: integer}, int64(math.MinInt64), int64(math.MinInt64), ""},
		"a whole number as a float":    {column{kind: integer}, 3.0, int64(3), ""},
		"a fraction":                   {column{kind: integer}, 3.5, nil, reasonNotWhole},
		"digits are no number":         {column{kind: integer}, "3", nil, reasonNotWhole},
		"a float past exactness":       {column{kind: integer}, float64(1 << 53), nil, reasonNotWhole},
		"a float":                      {column{kind: float}, 0.1, 0.1, ""},
		"a float that is whole":        {column{kind: float}, int64(1 << 53), float64(1 << 53), ""},
		"a number no float holds":      {column{kind: float}, int64(1<<53 + 1), nil, reasonNotNumber},
		"words are no float":           {column{kind: float}, "high", nil, reasonNotNumber},
		"a measure of 32 bits":         {column{kind: float}, float32(0.9), 0.9, ""},
		"a third in 32 bits":           {column{kind: float}, float32(1.0 / 3), 0.3333333, ""},
		"an epoch of 32 bits":          {column{kind: float, epoch: true}, float32(1777620157.5), 1777620096.0, ""},
		"true":                         {column{kind: boolean}, int64(1), true, ""},
		"false":                        {column{kind: boolean}, false, false, ""},
		"two":                          {column{kind: boolean}, int64(2), nil, reasonNotTruth},
		"a word for true":              {column{kind: boolean}, "true", nil, reasonNotTruth},
		"bytes":                        {column{kind: octets}, []byte{0, 255}, []byte{0, 255}, ""},
		"no bytes":                     {column{kind: octets}, []byte{}, []byte{}, ""},
		"text is no bytes":             {column{kind: octets}, "12345678", nil, reasonNotBytes},
		"JSON":                         {column{kind: jsonText}, `{"a": 1`, `{"a": 1`, ""},
		"JSON that SQLite made an int": {column{kind: jsonText}, int64(1), "1", ""},
		"JSON that SQLite made real":   {column{kind: jsonText}, 0.25, "0.25", ""},
		"JSON in exponents":            {column{kind: jsonText}, 1e20, "1e+20", ""},
		"JSON has no infinity":         {column{kind: jsonText}, math.Inf(1), nil, reasonInfinite},
		"JSON in bytes":                {column{kind: jsonText}, []byte("1"), nil, reasonNotText},
		"digits in bytes":              {column{kind: jsonText}, []byte("1.0"), "1.0", ""},
		"an instant of DECNET":         {column{kind: instants}, "2026-05-01 07:21:37.654321", whole + 654321, ""},
		"no fraction":                  {column{kind: instants}, "2026-05-01 07:21:37", whole, ""},
		"a short fraction":             {column{kind: instants}, "2026-05-01T07:21:37.6", whole + 600000, ""},
		"zeros after microseconds":     {column{kind: instants}, "2026-05-01 07:21:37.654321000", whole + 654321, ""},
		"nanoseconds":                  {column{kind: instants}, "2026-05-01 07:21:37.654321001", nil, reasonNotTime},
		"UTC by name":                  {column{kind: instants}, "2026-05-01T07:21:37Z", whole, ""},
		"an offset":                    {column{kind: instants}, "2026-05-01 03:21:37.5-04:00", whole + 500000, ""},
		"an offset without a colon":    {column{kind: instants}, "2026-05-01 12:51:37+0530", whole, ""},
		"a time of a driver":           {column{kind: instants}, time.Date(2026, 5, 1, 9, 21, 37, 1000, time.FixedZone("", 7200)), whole + 1, ""},
		"a day that is not":            {column{kind: instants}, "2026-02-30 00:00:00", nil, reasonNotTime},
		"MySQL's zero":                 {column{kind: instants}, "0000-00-00 00:00:00", nil, reasonNotTime},
		"half a zero":                  {column{kind: instants}, "2026-00-01 00:00:00", nil, reasonNotTime},
		"a leap second":                {column{kind: instants}, "2026-06-30 23:59:60", nil, reasonNotTime},
		"a day only is its midnight":   {column{kind: instants}, "2026-05-01", whole - (7*3600+21*60+37)*1e6, ""},
		"words":                        {column{kind: instants}, "yesterday afternoon", nil, reasonNotTime},
		"seconds since 1970":           {column{kind: instants}, int64(1777620157), nil, reasonNotTime},
		"a dot and no digits":          {column{kind: instants}, "2026-05-01 07:21:37.", nil, reasonNotTime},
		"an offset of nonsense":        {column{kind: instants}, "2026-05-01 07:21:37 UTC+1", nil, reasonNotTime},
		"out of the calendar":          {column{kind: instants}, "9999-12-31 23:59:59-01:00", nil, reasonNotTime},
	} {
		t.Run(fact, func(t *testing.T) {
			t.Parallel()
			cell, reason := convert(&c.column, c.raw)
			require.Equal(t, c.cell, cell)
			require.Equal(t, c.reason, reason)
		})
	}
	require.Equal(t, "2026-05-01 07:21:37.654321", (whole + 654321).String())
}

func TestSQLiteKeepsTheTextOfNumbersInJSON(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite3", ":memory:")
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE t (v JSON)")
	require.NoError(t, err)
	stored := func(text any) any {
		_, err := db.ExecContext(t.Context(), "DELETE FROM t")
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", text)
		require.NoError(t, err)
		var raw any
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT +v FROM t").Scan(&raw))
		kept, reason := toJSON(raw)
		require.Empty(t, reason)
		return kept
	}
	for _, given := range []string{
		"1", " 1", "-0.5", "0.250", "1.0", "1e3", "1e20", "9223372036854775807", `"1"`, "[1]", "", "-", "1 2", "1x", "-Infinity", "0x10", "{}", "1_0",
		"9007199254740993.0", "-0", "1e15", "1e16", "1e18", "1e-7", "NaN", "+1", ".5", "1.", "01", "1e999", "0.1000000000000000055", "12345678901234567890",
		"9223372036854775808", "1e+06", "1\n", "0.1000",
	} {
		require.Equal(t, given, stored(engine.SQLiteJSON(given)), given)
	}
	for _, given := range []string{"1", "-7", "0.25", "-0.5", "1e+20", "1e-07", "{}", `"1"`} {
		require.IsType(t, "", engine.SQLiteJSON(given), "stored as DECNET does")
	}
}

func TestSchemaIsReadFromTheMigrations(t *testing.T) {
	t.Parallel()
	tables, err := schema()
	require.NoError(t, err)
	require.Len(t, tables, 39)
	before := map[string]bool{}
	for _, one := range tables {
		require.NotEmpty(t, one.key, one.name)
		for _, r := range one.references {
			require.True(t, before[r.parent], "%s stands before %s", r.parent, one.name)
		}
		before[one.name] = true
	}
}
