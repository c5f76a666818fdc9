// Package contest sends several servers the same queries, each written for its own schema, and checks that the
// answers are equal.
package contest

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"decnetgraph/bench/load"
)

// Question is the name of a query, which is also the name of its operation in every document.
type Question string

// The questions; docs/performance.md describes them.
const (
	Tree             Question = "Q1"       // a campaign, 20 identities, 10 attackers each, 5 newest tags each
	Campaigns        Question = "Q2"       // 50 campaigns with their techniques
	CampaignsCounted Question = "Q2counts" // the same, with the number of identities and attackers of each technique
	Page             Question = "Q3"       // an identity with techniques, verdicts, and 20 attackers with theirs
	Fleet            Question = "Q4"       // the techniques of the whole fleet
	FleetCounted     Question = "Q4counts"
	Point            Question = "Q5" // a campaign
)

// Dialect names the schema of a server, and the file with its documents.
type Dialect string

// The dialects. Both forms of package limit have no documents, because they read only the name of the operation.
const (
	Ours         Dialect = "ours"
	PostGraphile Dialect = "postgraphile"
	Mercurius    Dialect = "mercurius"
	LimitJSON    Dialect = "limit-json"
	LimitRows    Dialect = "limit-rows"
)

//go:embed documents/*.graphql
var documents embed.FS

// document returns the text of a question's operation in a dialect; empty if the dialect has no documents.
func document(d Dialect, q Question) string {
	text, err := documents.ReadFile("documents/" + string(d) + ".graphql")
	if err != nil {
		return ""
	}
	for operation := range strings.SplitSeq(string(text), "\n\n") {
		name, _, _ := strings.Cut(strings.TrimPrefix(operation, "query "), " ")
		name, _, _ = strings.Cut(name, "(")
		if name == string(q) {
			return operation
		}
	}
	return ""
}

// Contestant is a server that takes part in the comparison.
type Contestant struct {
	Name    string
	Dialect Dialect
	load.Address

	Path string
}

// Requests returns the requests of a question, one for each key.
func (c *Contestant) Requests(q Question, keys []string) []*load.Request {
	requests := make([]*load.Request, len(keys))
	for i, key := range keys {
		requests[i] = c.Request(document(c.Dialect, q), string(q), map[string]any{"uuid": key})
	}
	return requests
}

// Request returns a request with a document, the name of its operation, which may be empty if it has only one, and its variables.
func (c *Contestant) Request(document, operation string, variables map[string]any) *load.Request {
	fields := map[string]any{"query": document, "variables": variables}
	if operation != "" {
		fields["operationName"] = operation
	}
	body, _ := json.Marshal(fields) // texts always marshal
	return load.NewRequest(c.Address, c.Path, body)
}

// Compare sends the request of each key once to all contestants and returns an error if their answers differ.
// size is the average size of the first contestant's answers, in bytes.
func Compare(ctx context.Context, contestants []*Contestant, q Question, keys []string) (size int, err error) {
	for i, key := range keys {
		var first string
		for n, c := range contestants {
			body, err := c.Requests(q, keys)[i].Body(ctx, c.Address)
			if err != nil {
				return 0, fmt.Errorf("%s %s: %w", c.Name, q, err)
			}
			answer, err := canonical(body)
			if err != nil {
				return 0, fmt.Errorf("%s %s: %w", c.Name, q, err)
			}
			if n == 0 {
				first = answer
				size += len(body)
			} else if answer != first {
				return 0, fmt.Errorf("%s answers %s for %q differently from %s: %s", c.Name, q, key, contestants[0].Name, difference(first, answer))
			}
		}
	}
	return size / len(keys), nil
}

// difference shows where two texts begin to differ, with 100 bytes before and after.
func difference(a, b string) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-100)
	return fmt.Sprintf("%q instead of %q", b[from:min(len(b), at+100)], a[from:min(len(a), at+100)])
}
