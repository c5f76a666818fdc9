package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"decnetgraph/bench/contest"
)

// report holds everything that a run has measured.
type report struct {
	Figures []figures `json:"figures"`
	Facts   []fact    `json:"facts"`
	// Questions are the times of the examples of GraphiQL.
	Questions []questionTime `json:"questions"`
	Bars      []bar          `json:"bars"`
}

// questionTime is how long a server takes for an example of GraphiQL.
type questionTime struct {
	Example    string  `json:"example"` // its name
	Engine     string  `json:"engine"`
	Contestant string  `json:"contestant"`
	Tags       int     `json:"tags"`
	KB         float64 `json:"kB"`    // of the answer
	Alone      float64 `json:"alone"` // ms at the median, with a single client
	P50        float64 `json:"p50"`   // ms, with questionClients
	P99        float64 `json:"p99"`
}

// fact is a single measured number.
type fact struct {
	Name  string  `json:"name"`
	Tags  int     `json:"tags"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// The names of facts, by which bars.go finds them.
const (
	heavyIdentity = "rollup of the heaviest identity"
	firstPage     = "first page of tags"
	deepPage      = "page 10,000 of tags"
	deepRatio     = "page 10,000 against the first"
	orPostgres    = "typical identity, DECNET's indexes, PostgreSQL"
	orMariaDB     = "typical identity, DECNET's indexes, MariaDB"
	peakMemory    = "memory, 64 clients on Q1"
	memoryGrowth  = "memory over mixed questions"

	overloadGoodput       = "overload: answers per second"
	overloadAdmitted      = "overload: p99 of answers"
	overloadRefused       = "overload: time to refuse"
	overloadPoint         = "overload: single rows meanwhile"
	overloadPointsRefused = "overload: single rows refused"
	overloadMemory        = "overload: memory"
	overloadMemoryAfter   = "overload: memory afterwards"
)

// insertRate is the name of the fact about inserts by a number of clients.
func insertRate(clients int) string {
	return fmt.Sprintf("insert of 1,000 tags a call, %d clients", clients)
}

// fact adds a number to the report and prints it.
func (b *bench) fact(name string, tags int, value float64, unit string) {
	b.report.Facts = append(b.report.Facts, fact{name, tags, value, unit})
	b.say("  %s: %.2f %s", name, value, unit)
}

// find returns the figures of one measurement on the database that servers are compared on; false if it did not run.
func (r *report) find(q contest.Question, clients int, name string) (figures, bool) {
	for _, f := range r.Figures {
		if f.Question == q && f.Tags == compared && f.Clients == clients && f.Contestant == name {
			return f, true
		}
	}
	return figures{}, false
}

// write prints which bars were reached and, if file is not empty, writes the whole report there as JSON.
func (r *report) write(out io.Writer, file string) error {
	r.Bars = r.bars()
	missed := 0
	_, _ = fmt.Fprintln(out, "\nBars")
	for _, b := range r.Bars {
		mark := "pass"
		if !b.Passed {
			mark = "MISS"
			missed++
		}
		_, _ = fmt.Fprintf(out, "  %s  %-95s %9.2f  wanted %s\n", mark, b.What, b.Got, b.Wanted)
	}
	_, _ = fmt.Fprintf(out, "%d of %d bars passed\n", len(r.Bars)-missed, len(r.Bars))
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644) //nolint:gosec // figures are not secret
}
