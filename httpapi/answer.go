package httpapi

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/graph/buffer"
)

// The content types of answers: plain JSON, and the newer one that the GraphQL over HTTP specification defines.
const (
	typeJSON    = "application/json"
	typeGraphQL = "application/graphql-response+json"
)

// chooseType returns the first type of an Accept header that the server can send.
func chooseType(accept string) string {
	if accept == "" || accept == typeJSON {
		return typeJSON
	}
	for offer := range strings.SplitSeq(accept, ",") {
		kind, _, err := mime.ParseMediaType(strings.TrimSpace(offer))
		if err != nil {
			continue
		}
		switch kind {
		case typeJSON, "application/*", "*/*":
			return typeJSON
		case typeGraphQL:
			return typeGraphQL
		}
	}
	return typeGraphQL
}

// answer is a response with its status and content type.
type answer struct {
	status      int
	contentType string
	response    *graphql.Response
	lease       buffer.Lease // of the response's data
}

// write sends the answer, or 304 if the client has it already. A small answer does not pass through the
// compression handler, whose wrapper costs more than the rest of sending it.
func (a *answer) write(w http.ResponseWriter, req *http.Request) {
	defer holdWrites(w, req)()
	parts, size := a.parts()
	if size < compressFrom {
		a.send(w, req, parts, size)
		return
	}
	large := func(w http.ResponseWriter, req *http.Request) { a.send(w, req, parts, size) }
	compressed(http.HandlerFunc(large)).ServeHTTP(w, req)
}

// Header values that all answers share, so that setting them allocates nothing.
var (
	varyHeader  = []string{"Accept", "Accept-Encoding"}
	noSniff     = []string{"nosniff"} // texts are not escaped for HTML
	typeHeaders = map[string][]string{typeJSON: {typeJSON}, typeGraphQL: {typeGraphQL}}
)

func (a *answer) send(w http.ResponseWriter, req *http.Request, parts [2][]byte, size int) {
	header := w.Header()
	header["Vary"] = varyHeader
	if req.Method == http.MethodGet && a.status == http.StatusOK && len(a.response.Errors) == 0 {
		tag := entityTag(parts)
		header.Set("ETag", tag)
		if matchesTag(req.Header.Values("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	header["Content-Type"] = typeHeaders[a.contentType]
	header["X-Content-Type-Options"] = noSniff
	header["Content-Length"] = []string{strconv.Itoa(size)}
	w.WriteHeader(a.status)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return // the client has left
		}
	}
}

// parts are the response as JSON in two pieces, and their length together. The data is JSON already and may be
// large, so it is not encoded again: the rest of the response is appended to it.
func (a *answer) parts() (parts [2][]byte, size int) {
	head, tail := opening, closing
	if len(a.response.Errors) > 0 {
		head = append(appendJSON([]byte(`{"errors":`), shorten(a.response.Errors)), `,"data":`...)
	}
	data := []byte(a.response.Data)
	if data == nil {
		data = []byte("null")
	}
	if len(a.response.Extensions) > 0 {
		tail = append(appendJSON([]byte(`,"extensions":`), a.response.Extensions), '}')
	}
	data = a.lease.Append(data, tail)
	return [...][]byte{head, data}, len(head) + len(data)
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
