package limit

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rowsHandler answers each query with one statement that returns rows, in one round trip, and appends JSON to a buffer
// that is used again. It follows no merges and has no pages.
type rowsHandler struct {
	pool    *pgxpool.Pool
	buffers sync.Pool
}

// rowWriters read the rows of a query and append the answer.
var rowWriters = map[string]func([]byte, pgx.Rows) ([]byte, error){"Q1": appendTree, "Q3": appendPage, "Q5": appendPoint}

// ServeHTTP accepts a GraphQL request but reads only the name of its operation and the variable uuid.
func (h *rowsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buffer, _ := h.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer h.buffers.Put(buffer)
	answer, err := h.answer(r.Context(), r, (*buffer)[:0])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	*buffer = answer
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) //nolint:gosec // it is JSON of the database's rows; the client may be gone
}

func (h *rowsHandler) answer(ctx context.Context, r *http.Request, to []byte) ([]byte, error) {
	asked, err := readRequest(r)
	if err != nil {
		return nil, err
	}
	write, known := rowWriters[asked.OperationName]
	if !known {
		return nil, fmt.Errorf("unknown operation %q", asked.OperationName)
	}
	statement, err := statements.ReadFile("sql/rows/" + asked.OperationName + ".sql")
	if err != nil {
		return nil, err
	}
	rows, err := h.pool.Query(ctx, string(statement), asked.Variables.UUID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if to, err = write(to, rows); err != nil {
		return nil, err
	}
	return to, rows.Err()
}

// Kinds of values that a field has.
const (
	textField = iota
	realField
	wholeField
	instantField
)

// field is a field of an answer: its name with quotes and a colon, its kind, and the column that it is read from.
type field struct {
	name   string
	kind   int
	column int
}

// appendFields appends the fields of an object, without its braces.
func appendFields(to []byte, fields []field, raw [][]byte) []byte {
	for i, f := range fields {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, f.name...)
		to = appendValue(to, f.kind, raw[f.column])
	}
	return to
}

func appendValue(to []byte, kind int, raw []byte) []byte {
	if raw == nil {
		return append(to, "null"...)
	}
	switch kind {
	case realField:
		return strconv.AppendFloat(to, math.Float64frombits(binary.BigEndian.Uint64(raw)), 'g', -1, 64)
	case wholeField:
		return strconv.AppendInt(to, whole(raw), 10)
	case instantField:
		return appendInstant(to, whole(raw))
	default:
		return appendText(to, raw)
	}
}

// whole reads an integer of four or eight bytes.
func whole(raw []byte) int64 {
	if len(raw) == 4 {
		return int64(int32(binary.BigEndian.Uint32(raw)))
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// appendInstant appends an instant that is given in microseconds since the year 2000.
func appendInstant(to []byte, micros int64) []byte {
	const epoch = 946_684_800_000_000
	to = append(to, '"')
	to = time.UnixMicro(micros+epoch).UTC().AppendFormat(to, "2006-01-02T15:04:05.999999Z")
	return append(to, '"')
}

// appendText appends a text, quoted.
func appendText(to, raw []byte) []byte {
	for _, c := range raw {
		if c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, _ := json.Marshal(string(raw)) // texts always marshal
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), raw...), '"')
}
