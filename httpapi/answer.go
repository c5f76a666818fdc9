package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
	"decnetgraph/resolvers"
)

// answer is a response with its status and the form that the client wants.
type answer struct {
	form

	status   int
	response *graphql.Response
	lease    buffer.Lease // of the response's data
}

// Header values that all answers share, so that setting them allocates nothing.
var (
	varyHeader  = []string{"Accept", "Accept-Encoding", resolvers.ConsistencyHeader} // one that asks for newer data is not answered from a cache
	noSniff     = []string{"nosniff"}                                                // texts are not escaped for HTML
	gzipHeader  = []string{"gzip"}
	typeHeaders = map[string][]string{
		typeJSON: {typeJSON + "; charset=utf-8"}, typeGraphQL: {typeGraphQL + "; charset=utf-8"}, typeText: {typeText + "; charset=utf-8"},
	}
)

// write sends the answer, or 304 if the client has it already.
func (a *answer) write(w http.ResponseWriter, req *http.Request) {
	defer holdWrites(w, req)()
	a.send(w, req, a.status, a.parts(), len(a.response.Errors) == 0)
}

// send sends a text in two pieces. If it is stored under a tag, a GET of a client that has it already is answered with 304.
func (f form) send(w http.ResponseWriter, req *http.Request, status int, parts [2][]byte, tagged bool) {
	header, size := w.Header(), len(parts[0])+len(parts[1])
	if tagged && req.Method != http.MethodPost && status == http.StatusOK {
		tag := entityTag(parts)
		header.Set("ETag", tag)
		if matchesTag(req.Header.Values("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	header["Content-Type"] = typeHeaders[f.contentType]
	header["X-Content-Type-Options"] = noSniff
	compress := f.gzip && (size >= compressFrom || !f.plain)
	if compress {
		header["Content-Encoding"] = gzipHeader
	} else {
		header["Content-Length"] = []string{strconv.Itoa(size)}
	}
	w.WriteHeader(status)
	switch {
	case req.Method == http.MethodHead:
	case compress:
		writeCompressed(w, parts)
	default:
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return // the client has left
			}
		}
	}
}

// parts are the response as JSON in two pieces. The data is JSON already and may be
// large, so it is not encoded again: the rest of the response is appended to it. An operation that did not start
// has no data, and its response no member of that name.
func (a *answer) parts() [2][]byte {
	head, tail := opening, closing
	data := []byte(a.response.Data)
	if len(a.response.Errors) > 0 {
		head = appendJSON([]byte(`{"errors":`), shorten(a.response.Errors))
		if data != nil {
			head = append(head, `,"data":`...)
		}
	} else if data == nil {
		data = []byte("null")
	}
	if len(a.response.Extensions) > 0 {
		tail = append(appendJSON([]byte(`,"extensions":`), a.response.Extensions), '}')
	}
	return [...][]byte{head, a.lease.Append(data, tail)}
}

// opening and closing stand around the data of answers without errors and extensions.
var opening, closing = []byte(`{"data":`), []byte{'}'}

// maxErrors is how many errors one response carries.
const maxErrors = 50

// shorten returns the first maxErrors errors; the last of them says how many were left out. An edge that fails
// for thousands of parents fails for one reason.
func shorten(errs gqlerror.List) gqlerror.List {
	if len(errs) <= maxErrors {
		return errs
	}
	last := *errs[maxErrors-1]
	last.Message += fmt.Sprintf(" (and %d more errors)", len(errs)-maxErrors)
	return append(errs[:maxErrors-1:maxErrors-1], &last)
}

// appendJSON appends the value as JSON. It panics on a value that JSON cannot express, such as a function;
// no response has one.
func appendJSON(to []byte, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("part of a response cannot be written as JSON: %w", err))
	}
	return append(to, text...)
}
