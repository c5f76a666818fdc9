package sample

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed rules.tsv
var rulesText string

// ruleTable is the rule pack that DECNET ships: what each rule matches and what it emits. R0030 and R0058 never match in
// DECNET, and so not here either.
var ruleTable = parseRules(rulesText)

// parseRules reads a rule from each line of a table of tab-separated values. It panics on a malformed line: the table is
// part of the program.
func parseRules(text string) []rule {
	var rules []rule
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		r := rule{id: cells[0], name: cells[2], about: cells[3], kinds: cells[4], matcher: cells[5]}
		r.version = must(strconv.Atoi(cells[1]))
		for tag := range strings.FieldsSeq(cells[6]) {
			parts := strings.Split(tag, "/")
			e := emit{tactic: parts[0], technique: parts[1], confidence: must(strconv.ParseFloat(parts[3], 64))}
			if parts[2] != "-" {
				e.sub = parts[2]
			}
			r.emits = append(r.emits, e)
		}
		rules = append(rules, r)
	}
	return rules
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
