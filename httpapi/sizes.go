package httpapi

import (
	"fmt"
	"net/http"
	"strconv"

	"decnetgraph/resolvers"
)

// The most bytes of a request's URL, and of all its headers together.
const (
	maxURL     = 16 << 10
	maxHeaders = 64 << 10
)

// requireSizes refuses requests with a long URL or long headers.
func requireSizes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if len(req.RequestURI) > maxURL {
			message := fmt.Sprintf("the URL has %d bytes, and at most %d are allowed; send the query by POST", len(req.RequestURI), maxURL)
			refuse(http.StatusRequestURITooLong, resolvers.CodeLimitExceeded, message).write(w, typeJSON)
			return
		}
		if size := headerSize(req.Header); size > maxHeaders {
			message := fmt.Sprintf("the headers have %d bytes, and at most %d are allowed; send fewer or shorter headers, such as cookies", size, maxHeaders)
			refuse(http.StatusRequestHeaderFieldsTooLarge, resolvers.CodeLimitExceeded, message).write(w, typeJSON)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// headerSize is the length of headers as they are sent, each on a line of its own.
func headerSize(header http.Header) int {
	const separators = len(": \r\n")
	size := 0
	for name, lines := range header {
		for _, line := range lines {
			size += len(name) + len(line) + separators
		}
	}
	return size
}

// FixedLimit is a limit that no flag changes, for people.
type FixedLimit struct{ Value, Meaning string }

// FixedLimits are the limits of requests that no flag changes.
func FixedLimits() []FixedLimit {
	p := defaultPace
	return []FixedLimit{
		{strconv.Itoa(maxURL), "Most bytes of a URL"},
		{strconv.Itoa(maxHeaders), "Most bytes of all headers of a request"},
		{strconv.Itoa(maxJSONDepth), "Levels of nesting in the JSON of a request"},
		{strconv.Itoa(maxErrors), "Errors that one answer lists"},
		{p.period.String(), "Longest time for the headers of a request"},
		{fmt.Sprintf("%d per %v", p.bytes, p.period), "Fewest bytes of a body that a client must send, and of an answer that it must take"},
		{p.upload.String(), "Longest time for a body"},
		{shutdownGrace.String(), "Time that running requests have when the server stops"},
	}
}
