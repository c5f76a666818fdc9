package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"decnetgraph/resolvers"
)

// The content types of answers: plain JSON, the newer one that the GraphQL over HTTP specification defines, and that of the
// schema's text, which browsers show.
const (
	typeJSON    = "application/json"
	typeGraphQL = "application/graphql-response+json"
	typeText    = "text/plain"
)

// form is how a client wants its answer.
type form struct {
	contentType string
	gzip        bool // it prefers a compressed answer
	plain       bool // it accepts an answer that is not compressed
}

// chooseForm returns the form of the answer that the headers Accept and Accept-Encoding ask for. It refuses requests
// that accept nothing which this server can send.
func chooseForm(header http.Header) (form, *refusal) {
	contentType, ok := chooseType(header.Values("Accept"))
	if !ok {
		return form{contentType: typeJSON}, notAcceptable("Accept: "+quote(strings.Join(header.Values("Accept"), ", ")), typeGraphQL+" or "+typeJSON)
	}
	return formOf(contentType, header)
}

// formOf returns the form of an answer of a content type, by the header Accept-Encoding.
func formOf(contentType string, header http.Header) (form, *refusal) {
	f := form{contentType: contentType}
	if f.gzip, f.plain = chooseCoding(header.Values("Accept-Encoding")); !f.gzip && !f.plain {
		f.plain = true // for the refusal
		return f, notAcceptable("Accept-Encoding: "+quote(strings.Join(header.Values("Accept-Encoding"), ", ")), "gzip or identity")
	}
	return f, nil
}

func notAcceptable(seen, offered string) *refusal {
	return refuse(http.StatusNotAcceptable, resolvers.CodeBadUserInput, "the request accepts nothing that this server sends ("+seen+"); accept "+offered)
}

// chooseType returns the content type of an answer: the one with the larger weight by the most specific range that
// matches it. Of equal ones it is the one whose range is more specific, then the one whose range comes first, then
// plain JSON. ok is false if both are refused. Without any valid range, everything is accepted.
func chooseType(lines []string) (contentType string, ok bool) {
	if len(lines) == 0 || len(lines) == 1 && (lines[0] == "" || lines[0] == typeJSON || lines[0] == "*/*") { // as most clients send it
		return typeJSON, true
	}
	ranges := preferences(lines)
	if len(ranges) == 0 {
		return typeJSON, true
	}
	plain, newer := matchType(ranges, typeJSON), matchType(ranges, typeGraphQL)
	switch {
	case newer.betterThan(plain):
		return typeGraphQL, newer.weight > 0
	default:
		return typeJSON, plain.weight > 0
	}
}

// match is what an Accept header says about a content type.
type match struct {
	weight   float64
	specific int // 0 for nothing, 1 for */*, 2 for application/*, 3 for the type itself
	at       int // position of the range
}

func matchType(ranges []preference, contentType string) match {
	best := match{}
	for at, r := range ranges {
		specific := 0
		switch r.value {
		case contentType:
			specific = 3
		case "application/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		if r.charset != "" && !isUTF8(r.charset) {
			continue
		}
		if specific > best.specific || specific == best.specific && specific > 0 && r.weight > best.weight {
			best = match{r.weight, specific, at}
		}
	}
	return best
}

func (m match) betterThan(other match) bool {
	switch {
	case m.weight != other.weight:
		return m.weight > other.weight
	case m.specific != other.specific:
		return m.specific > other.specific
	default:
		return m.at < other.at
	}
}

// chooseCoding reports whether an answer should be compressed with gzip, and whether it may be sent without
// compression. Both are false if neither is accepted. No other coding is offered: fetch of Node.js 20 asks for zstd and
// cannot read it, and brotli takes several times as long.
func chooseCoding(lines []string) (useGzip, plain bool) {
	const unlisted = 0.0005 // below the least weight that can be written, 0.001: any coding that is listed is preferred
	switch {
	case len(lines) == 0:
		return false, true
	case len(lines) == 1 && lines[0] == "gzip": // as many clients send it
		return true, true
	}
	zipped, identity, others := -1.0, -1.0, -1.0
	for _, p := range preferences(lines) {
		switch p.value {
		case "gzip", "x-gzip":
			zipped = max(zipped, p.weight)
		case "identity":
			identity = p.weight
		case "*":
			others = p.weight
		}
	}
	if zipped < 0 {
		zipped = max(others, 0)
	}
	if identity < 0 {
		if identity = others; identity < 0 {
			identity = unlisted
		}
	}
	return zipped > 0 && zipped >= identity, identity > 0
}

// preference is an element of a header such as Accept, with its weight from 0 to 1.
type preference struct {
	value   string // in lower case
	charset string
	weight  float64
}

// preferences parses the lines of a header such as Accept. It leaves out elements whose weight is malformed.
func preferences(lines []string) []preference {
	var list []preference
	for _, line := range lines {
		for element := range splitOutsideQuotes(line, ',') {
			if p, ok := parsePreference(element); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

func parsePreference(element string) (preference, bool) {
	value, parameters, _ := strings.Cut(element, ";")
	p := preference{value: strings.ToLower(strings.TrimSpace(value)), weight: 1}
	for parameter := range splitOutsideQuotes(parameters, ';') {
		name, text, _ := strings.Cut(parameter, "=")
		text = strings.TrimSpace(text)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "q":
			weight, err := strconv.ParseFloat(text, 64)
			if err != nil || !(weight >= 0 && weight <= 1) { // NaN is neither
				return p, false
			}
			p.weight = weight
		case "charset":
			p.charset = strings.Trim(text, `"`)
		}
	}
	return p, p.value != ""
}

// splitOutsideQuotes yields the parts of a text between separators. A separator inside of quotes separates nothing.
func splitOutsideQuotes(text string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted, start := false, 0
		for at := range len(text) {
			switch {
			case text[at] == '"':
				quoted = !quoted
			case text[at] == separator && !quoted:
				if !yield(text[start:at]) {
					return
				}
				start = at + 1
			}
		}
		yield(text[start:])
	}
}

// isUTF8 reports whether a charset parameter names UTF-8, or ASCII, which is a part of it.
func isUTF8(charset string) bool {
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii":
		return true
	}
	return false
}

// quote shows a header's value in a message.
func quote(value string) string {
	const most = 100
	if len(value) > most {
		value = value[:most] + "…"
	}
	return strconv.QuoteToASCII(value)
}
