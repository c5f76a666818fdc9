package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"decnetgraph/graph/memory"
	"decnetgraph/resolvers"
)

// The memory of requests in bytes. A body takes bodyMultiple times its length: the body itself, its texts after decoding,
// and the texts that a statement sends to the database. Values that are many and short take more, which jsonSize
// estimates; they may take valuesMultiple times the length, and valuesSpare in any case. See docs/operations.md for
// what was measured.
const (
	unreserved     = 256 << 10 // a request may take this without a reservation
	bodyMultiple   = 4
	valuesMultiple = 24
	valuesSpare    = 1 << 20
)

// requestBytes is what one request may take if a body may have at most limit bytes, and bodiesBytes what all requests
// may take together. A body of the largest length always fits if its values are not many and short.
func requestBytes(limit int64) int64 { return max(64<<20, (bodyMultiple+1)*limit) }
func bodiesBytes(limit int64) int64  { return max(128<<20, requestBytes(limit)) }

// readBody reads the operation of a POST from its body: a JSON object of at most limit bytes. What it takes in memory
// is reserved before.
func readBody(req *http.Request, limit int64, held *memory.Reservation) (*request, *refusal) {
	if refused := checkBodyType(req.Header); refused != nil {
		return nil, refused
	}
	if req.ContentLength > limit {
		return nil, tooLong(limit)
	}
	b := bodyReader{source: newPacedBody(req), limit: limit, announced: req.ContentLength, held: held}
	if refused := b.read(); refused != nil {
		return nil, refused
	}
	return decodeBody(bytes.TrimPrefix(b.body, []byte("\xef\xbb\xbf"))) // a byte order mark, as some tools on Windows write
}

// bodyReader reads a body.
type bodyReader struct {
	source    io.Reader
	limit     int64
	announced int64 // length by the headers; negative if they have none
	held      *memory.Reservation
	body      []byte
	size      jsonSize
}

// read reads the body to its end.
func (b *bodyReader) read() *refusal {
	const firstBytes, growth = 64 << 10, 2
	expected, most := max(b.announced, 0), b.limit
	if b.announced > 0 {
		most = b.announced
	}
	if refused := b.reserve(expected); refused != nil {
		return refused
	}
	b.body = make([]byte, 0, min(expected, firstBytes)+bytes.MinRead) // a client may announce more than it sends
	for {
		if len(b.body) == cap(b.body) {
			capacity := min(growth*int64(cap(b.body)), most+bytes.MinRead)
			b.body = append(make([]byte, 0, capacity), b.body...)
		}
		n, err := b.source.Read(b.body[len(b.body):cap(b.body)])
		piece := b.body[len(b.body) : len(b.body)+n]
		b.body = b.body[:len(b.body)+n]
		if refused := b.check(piece); refused != nil {
			return refused
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case isTimeout(err):
			return refuse(http.StatusRequestTimeout, resolvers.CodeTimeout, fmt.Sprintf(
				"the request body came too slowly and was cut off; send at least %d KiB every %v", defaultPace.bytes>>10, defaultPace.period))
		case err != nil:
			return badInput("the request body could not be read")
		}
	}
}

// check checks the body so far, of which a piece is new.
func (b *bodyReader) check(piece []byte) *refusal {
	length := int64(len(b.body))
	if length > b.limit {
		return tooLong(b.limit)
	}
	b.size.add(piece)
	switch {
	case b.size.tooDeep:
		return tooDeep()
	case b.size.values > valuesMultiple*length+valuesSpare:
		return refuse(http.StatusRequestEntityTooLarge, resolvers.CodeLimitExceeded, fmt.Sprintf(
			"the request body has so many short values that they would take more than %d times its length in memory; send fewer at once", valuesMultiple))
	}
	return b.reserve(max(b.announced, length))
}

// reserve reserves the memory for a body of this length and for the values so far.
func (b *bodyReader) reserve(length int64) *refusal {
	need := bodyMultiple*length + b.size.values
	if need <= unreserved {
		return nil
	}
	if most := requestBytes(b.limit); need > most {
		return refuse(http.StatusRequestEntityTooLarge, resolvers.CodeLimitExceeded, fmt.Sprintf(
			"the request would take %d MiB of memory, and at most %d MiB are allowed; send less at once", need>>20, most>>20))
	}
	if b.held.Grow(need) != nil {
		return refuse(http.StatusServiceUnavailable, resolvers.CodeUnavailable,
			"the server is reading too many large requests; send it again later").with("Retry-After", "1")
	}
	return nil
}

func tooLong(limit int64) *refusal {
	return refuse(http.StatusRequestEntityTooLarge, resolvers.CodeLimitExceeded, fmt.Sprintf("the request body is longer than %d bytes; send less at once", limit))
}

func tooDeep() *refusal {
	return refuse(http.StatusBadRequest, resolvers.CodeLimitExceeded, fmt.Sprintf("the JSON of the request is nested deeper than %d levels", maxJSONDepth))
}

// checkBodyType refuses bodies that are not JSON in UTF-8. Pages of other sites can make a browser send the other types without
// asking first.
func checkBodyType(header http.Header) *refusal {
	if coding := strings.Join(header.Values("Content-Encoding"), ", "); coding != "" && !strings.EqualFold(coding, "identity") {
		return unsupported("the request body is compressed (Content-Encoding: "+quote(coding)+"); send it uncompressed, without this header").
			with("Accept-Encoding", "identity")
	}
	const advice = `send the query as JSON, with "Content-Type: application/json"`
	kinds := header.Values("Content-Type")
	if len(kinds) == 1 && kinds[0] == typeJSON { // as most clients write it
		return nil
	}
	seen := strings.Join(kinds, ", ")
	kind, parameters, err := mime.ParseMediaType(seen)
	charset := parameters["charset"]
	switch {
	case seen == "":
		return unsupported("the request has no Content-Type; "+advice).with("Accept-Post", typeJSON)
	case err != nil || kind != typeJSON:
		return unsupported("the Content-Type of the request is "+quote(seen)+"; "+advice).with("Accept-Post", typeJSON)
	case charset != "" && !isUTF8(charset):
		return unsupported("the charset of the request body is "+quote(charset)+"; send it in UTF-8").with("Accept-Post", typeJSON)
	}
	return nil
}

func unsupported(message string) *refusal {
	return refuse(http.StatusUnsupportedMediaType, resolvers.CodeBadUserInput, message)
}
