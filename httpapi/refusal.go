package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/resolvers"
)

// refusal answers a request that never reaches the executor.
type refusal struct {
	status  int
	code    resolvers.Code
	message string
	header  map[string]string // further headers of the answer
}

// refuse makes a refusal.
func refuse(status int, code resolvers.Code, message string) *refusal {
	return &refusal{status: status, code: code, message: message}
}

// badInput refuses a request that is malformed.
func badInput(message string) *refusal {
	return refuse(http.StatusBadRequest, resolvers.CodeBadUserInput, message)
}

// with adds a header to the answer.
func (r *refusal) with(name, value string) *refusal {
	if r.header == nil {
		r.header = map[string]string{}
	}
	r.header[name] = value
	return r
}

// write sends the refusal as a GraphQL response without data, of a content type.
func (r *refusal) write(w http.ResponseWriter, contentType string) {
	text := append(appendJSON([]byte(`{"errors":`), gqlerror.List{{Message: r.message, Extensions: map[string]any{"code": string(r.code)}}}), "}\n"...)
	observationOf(w).Refuse(r.message)
	header := w.Header()
	for name, value := range r.header {
		header.Set(name, value)
	}
	header["Content-Type"] = typeHeaders[contentType]
	header["Content-Length"] = []string{strconv.Itoa(len(text))}
	header["X-Content-Type-Options"] = noSniff
	w.WriteHeader(r.status)
	_, _ = w.Write(text) // fails if the client has left
}

// writeEarly sends the refusal of a request whose body may not have been read. It does not wait for the body, which may
// never come, and then reads the rest of it within the pace, because most clients read no answer while they still write.
func (r *refusal) writeEarly(w http.ResponseWriter, req *http.Request, contentType string) {
	const mostRead = 64 << 20
	if req.ContentLength == 0 {
		r.write(w, contentType)
		return
	}
	controller := http.NewResponseController(w)
	_ = controller.EnableFullDuplex() // otherwise net/http waits for the body, too; fails for protocols that never do
	// A client with Expect waits for the answer before it sends more.
	waits := r.status == http.StatusRequestTimeout || req.Header.Get("Expect") != ""
	if waits {
		w.Header().Set("Connection", "close")
	}
	r.write(w, contentType)
	_ = controller.Flush() // fails if the client has left
	if waits {
		return
	}
	_, err := io.CopyN(io.Discard, newPacedBody(req), mostRead)
	if conn := connectionOf(req); conn != nil && !errors.Is(err, io.EOF) {
		_ = conn.Close() // what the client still sends would be taken for its next request
	}
}
