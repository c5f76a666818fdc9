package resolvers

import (
	"crypto/sha256"
	"encoding/base64"
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

// The types of answers: plain JSON, and the type that GraphQL over HTTP came with later.
const (
	typeJSON    = "application/json"
	typeGraphQL = "application/graphql-response+json"
)

// chooseType takes the first type of an Accept header that is served.
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

// answer is a response on its way out.
type answer struct {
	status      int
	contentType string
	response    *graphql.Response
	lease       buffer.Lease // of the response's data
}

// write writes the answer, or that the client has it already. A small answer goes past compression, whose
// wrapper costs more than all else on its way out.
func (a *answer) write(w http.ResponseWriter, req *http.Request) {
	defer hold(w, req)()
	parts, size := a.parts()
	if size < worthCompressing {
		a.send(w, req, parts, size)
		return
	}
	large := func(w http.ResponseWriter, req *http.Request) { a.send(w, req, parts, size) }
	compressed(http.HandlerFunc(large)).ServeHTTP(w, req)
}

// Headers that all answers share.
var (
	varies  = []string{"Accept", "Accept-Encoding"}
	noSniff = []string{"nosniff"} // texts are not escaped for HTML
	types   = map[string][]string{typeJSON: {typeJSON}, typeGraphQL: {typeGraphQL}}
)

func (a *answer) send(w http.ResponseWriter, req *http.Request, parts [2][]byte, size int) {
	header := w.Header()
	header["Vary"] = varies
	if req.Method == http.MethodGet && a.status == http.StatusOK && len(a.response.Errors) == 0 {
		tag := tagOf(parts)
		header.Set("ETag", tag)
		if names(req.Header.Values("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	header["Content-Type"] = types[a.contentType]
	header["X-Content-Type-Options"] = noSniff
	header["Content-Length"] = []string{strconv.Itoa(size)}
	w.WriteHeader(a.status)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return // the client has left
		}
	}
}

// parts are the response as JSON in two pieces, and the length of both. The data is JSON already and may be large, so
// it is not read again; what follows it is appended to it.
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

// What stands around the data of most answers.
var opening, closing = []byte(`{"data":`), []byte{'}'}

// shorten keeps the first errors of a response: an edge that fails for thousands of parents fails
// for one reason.
func shorten(errs gqlerror.List) gqlerror.List {
	const most = 50
	if len(errs) <= most {
		return errs
	}
	last := *errs[most-1]
	last.Message += fmt.Sprintf(" (and %d more errors)", len(errs)-most)
	return append(errs[:most-1:most-1], &last)
}

// appendJSON panics on what has no form in JSON, such as a function: none of ours.
func appendJSON(to []byte, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("part of a response is no JSON: %w", err))
	}
	return append(to, text...)
}

// tagOf is the entity tag of an answer. It is weak, since the answer may yet be compressed. Attackers
// write part of what is answered, so the hash is one that they cannot make collide.
func tagOf(parts [2][]byte) string {
	hash := sha256.New()
	for _, part := range parts {
		_, _ = hash.Write(part)
	}
	return `W/"` + base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:16]) + `"`
}

// names reports whether the lines of an If-None-Match header name the tag, or any by "*". Weak and
// strong tags compare alike there.
func names(lines []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range lines {
		const between = " \t,"
		rest := strings.Trim(line, between)
		if rest == "*" {
			return true
		}
		for rest != "" {
			rest = strings.TrimPrefix(rest, "W/")
			listed, after, ok := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
			if !ok || rest[0] != '"' {
				break // no list of tags
			}
			if `"`+listed+`"` == opaque {
				return true
			}
			rest = strings.TrimLeft(after, between)
		}
	}
	return false
}

// refusal answers a request that is not let through.
type refusal struct {
	status  int
	code    Code
	message string
}

func badInput(message string) *refusal {
	return &refusal{http.StatusBadRequest, CodeBadUserInput, message}
}

// write has the form of a GraphQL response.
func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", typeJSON)
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": gqlerror.List{{
		Message: r.message, Extensions: map[string]any{"code": string(r.code)},
	}}})
}
