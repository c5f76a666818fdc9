package resolvers_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/graph"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// How the descriptions of filter fields say which index serves them; filter_descriptions_test.go holds them to these sentences.
const (
	servedAnywhere = "An index serves it."
	servedByOurs   = "An index of this program's own tables serves it;"
)

// filterInput is a value of a filter, and the table whose rows must not be read one after the other although the filter's
// own list walks them in order: an empty text if its rows must not be read either.
type filterInput struct{ text, walked string }

// filterPlans asks lists with filters, and looks at the plans of the statements.
type filterPlans struct {
	local      *resolvers.Local
	own        bool
	mu         sync.Mutex
	statements []explained
}

// explained is a statement, and what finds the tables that it reads as a whole, in its own database.
type explained struct {
	storage.Statement

	scans func(t *testing.T, s storage.Statement) []string
}

// observe collects the statements of a database.
func (p *filterPlans) observe(t *testing.T, source string) func(context.Context, storage.Statement) {
	t.Helper()
	scans := newScanFinder(t, source)
	return func(_ context.Context, s storage.Statement) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.statements = append(p.statements, explained{s, scans})
	}
}

// ask runs a document and returns the tables that its last statement reads as a whole, with the statement.
func (p *filterPlans) ask(t *testing.T, document string) map[string]string {
	t.Helper()
	p.statements = nil
	var data any
	require.NoError(t, p.local.Ask(t.Context(), document, nil, &data), document)
	require.NotEmpty(t, p.statements, document)
	found := map[string]string{}
	for _, s := range p.statements[len(p.statements)-1:] { // those before read the owner
		for _, table := range s.scans(t, s.Statement) {
			found[table] = s.SQL
		}
	}
	return found
}

// TestEachFilterIsServedAsItsDescriptionSays builds, for each field of a filter whose description promises an index, lists with
// that filter on each kind of database, and asks the planner: the table of the list, and those that the filter leads to, are
// not read as a whole. The conditions on related rows are tested for each row of the list, so that its own table may be walked;
// they never read all tags or attackers. Beside DECNET's tables, the audit log is in a file of its own.
func TestEachFilterIsServedAsItsDescriptionSays(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, database := range resolverstest.Databases {
		t.Run(database.Name, func(t *testing.T) {
			t.Parallel()
			p := planFilters(t, database)
			asked := 0
			for _, list := range schema.Query.Fields {
				filter := filterOf(schema, list)
				if filter == nil || listTables[filter.Name] == "" || !counted(schema, list) {
					continue
				}
				for _, field := range filter.Fields {
					if !p.promised(field) {
						continue
					}
					for _, input := range filterInputs(schema, field.Type, p.promised) {
						asked++
						if input.text == fewHave {
							input.text = strconv.FormatBool(field.Name == "merged")
						}
						// Planners with statistics read a page in its order if they expect that enough rows match, so that the
						// count shows whether there is an index.
						document := fmt.Sprintf("{ %s(first: 1, filter: {%s: %s}) { totalCount } }", list.Name, field.Name, input.text)
						for table, statement := range p.ask(t, document) {
							walks := input.walked != "" && table != "ttp_tag" && table != "attackers" || input.walked != "" && table == listTables[filter.Name]
							assert.True(t, walks, "%s reads all of %s: %s", document, table, statement)
						}
					}
				}
			}
			require.Greater(t, asked, 60)
		})
	}
}

// TestFiltersOfNestedListsReadOnlyTheRowsOfTheirOwners asks for the lists of an owner with every field of their filters.
func TestFiltersOfNestedListsReadOnlyTheRowsOfTheirOwners(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, database := range resolverstest.Databases {
		t.Run(database.Name, func(t *testing.T) {
			t.Parallel()
			p := planFilters(t, database)
			asked := 0
			for root, owner := range map[string]string{"campaigns": "Campaign", "identities": "Identity", "attackers": "Attacker"} {
				for _, list := range schema.Types[owner].Fields {
					filter := filterOf(schema, list)
					if filter == nil || listTables[filter.Name] == "" || !counted(schema, list) {
						continue
					}
					for _, field := range filter.Fields {
						if field.Name == "and" || field.Name == "or" || field.Name == "not" {
							continue
						}
						input := filterInputs(schema, field.Type, func(*ast.FieldDefinition) bool { return true })[0]
						input.text = strings.ReplaceAll(input.text, fewHave, "true")
						asked++
						document := fmt.Sprintf("{ %s(first: 1) { nodes { %s(first: 1%s, filter: {%s: %s}) { totalCount } } } }", root, list.Name, required(list), field.Name, input.text)
						for table, statement := range p.ask(t, document) {
							if !slices.Contains(largest, table) {
								continue
							}
							assert.Fail(t, "reads all of a table", "%s reads all of %s: %s", document, table, statement)
						}
					}
				}
			}
			require.Greater(t, asked, 60)
		})
	}
}

// planFilters opens a database of a kind with the rows of the sample.
func planFilters(t *testing.T, database resolverstest.Database) *filterPlans {
	t.Helper()
	path, err := samplePath()
	require.NoError(t, err)
	source := database.Copy(t, path)
	own := strings.HasSuffix(database.Name, "our tables")
	enlarge(t, source, own)
	if own {
		fillAuditLog(t, source)
	}
	p := &filterPlans{own: own}
	options := storage.Options{Observe: p.observe(t, source)}
	if !own {
		beside := recordsBeside(t)
		observe := p.observe(t, beside)
		options.Records = func(ctx context.Context) (*storage.Store, error) {
			return storage.Open(ctx, beside, storage.Options{Observe: observe})
		}
	}
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(t, err)
	p.local = resolvers.NewLocal(resolverstest.Open(t, source, options), limits, slog.New(slog.DiscardHandler))
	return p
}

// promised reports whether the description of a field says that an index serves it on this kind of database.
func (p *filterPlans) promised(field *ast.FieldDefinition) bool {
	return strings.HasSuffix(field.Description, servedAnywhere) || p.own && strings.Contains(field.Description, servedByOurs)
}

// largest are the tables that no list of an owner may read as a whole.
var largest = []string{"ttp_tag", "attackers", "attacker_identities"}

// counted reports whether a list has a page and a count.
func counted(schema *ast.Schema, list *ast.FieldDefinition) bool {
	return list.Arguments.ForName("first") != nil && schema.Types[list.Type.Name()].Fields.ForName("totalCount") != nil
}

// required gives the arguments that a list requires.
func required(list *ast.FieldDefinition) (text string) {
	for _, argument := range list.Arguments {
		if argument.Type.NonNull && argument.DefaultValue == nil {
			text += ", " + argument.Name + `: "no such"`
		}
	}
	return text
}

// fewHave stands for the truth value that few rows have: few rows are merged, and most belong to something.
const fewHave = "few"

// listTables are the tables of the rows of root lists, by the name of their filter.
var listTables = map[string]string{
	"CampaignFilter": "campaigns", "IdentityFilter": "attacker_identities", "AttackerFilter": "attackers", "TTPTagFilter": "ttp_tag",
	"CanaryTokenFilter": "canary_tokens", "CanaryTriggerFilter": "canary_triggers", "RuleStateFilter": "ttp_rule_state",
	"ObservationFilter": "observations", "SMTPTargetFilter": "smtp_targets", "AuditFilter": "audit_log",
}

// filterOf returns the filter that a list takes, or nil.
func filterOf(schema *ast.Schema, list *ast.FieldDefinition) *ast.Definition {
	if argument := list.Arguments.ForName("filter"); argument != nil {
		if filter := schema.Types[argument.Type.Name()]; filter.Fields.ForName("and") != nil {
			return filter
		}
	}
	return nil
}

// filterInputs are values of a type that is in filters, with conditions that few rows meet.
func filterInputs(schema *ast.Schema, of *ast.Type, promised func(*ast.FieldDefinition) bool) []filterInput {
	plain := func(texts ...string) (inputs []filterInput) {
		for _, text := range texts {
			inputs = append(inputs, filterInput{text: text})
		}
		return inputs
	}
	switch name := of.Name(); name {
	case "TextFilter":
		return plain(`{equals: "no such"}`, `{in: ["no such"]}`, `{startsWith: "no such"}`)
	case "IntFilter":
		return plain(`{equals: 4199999999}`, `{in: [4199999998, 4199999999]}`, `{from: 4199999999}`)
	case "IntRange":
		return plain(`{from: 1000000000}`)
	case "InstantRange":
		return plain(`{from: "2035-01-01T00:00:00Z"}`, `{from: "2035-01-01T00:00:00Z", until: "2035-01-02T00:00:00Z"}`)
	case "ConfidenceRange":
		return plain(`{from: 1}`)
	case "ListFilter":
		return plain(`{anyOf: ["no such"]}`, `{anyOf: ["no such", "nor this"]}`, `{allOf: ["no such", "nor this"]}`, `{anyOf: ["`+strings.Repeat("long", 50)+`"]}`)
	case "AddressFilter":
		return plain(`{equals: "198.51.100.77"}`, `{in: ["198.51.100.77", "2001:db8::7"]}`, `{cidr: "198.51.100.64/28"}`, `{cidr: "2001:db8:7::/48"}`,
			`{range: {from: "198.51.100.70", to: "198.51.100.72"}}`)
	case "TechniqueID":
		return plain(`"T1110"`, `"T1110.001"`)
	case "TacticRef":
		return plain(`"TA0006"`, `"credential-access"`)
	case "FingerprintLookup":
		return plain(`{ja3: "no such"}`, `{c2Endpoint: "no such"}`, `{keystrokeSimhash: {value: "00ff7fc3280a90fe"}}`)
	case "StoredTextFilter":
		return plain(`{contains: "no such"}`)
	case "Boolean": // the value that few rows have is the one for an index
		return plain(fewHave)
	case "TechniquesFilter":
		return []filterInput{{`{anyOf: ["T1110.001"]}`, "walked"}, {`{allOf: ["T1110.001", "T1059"], membership: LITERAL}`, "walked"}, {`{noneOf: ["T1110"]}`, "walked"}}
	default:
		definition := schema.Types[name]
		if definition.Kind == ast.Enum {
			return plain(definition.EnumValues[0].Name)
		}
		if some := definition.Fields.ForName("some"); some != nil {
			return relatedInputs(schema, definition, promised)
		}
		var inputs []filterInput
		for _, field := range definition.Fields { // of the one related row
			if leafFilter(field) && promised(field) {
				for _, input := range filterInputs(schema, field.Type, promised) {
					if input.text == fewHave {
						input.text = strconv.FormatBool(field.Name == "merged")
					}
					inputs = append(inputs, filterInput{"{" + field.Name + ": " + input.text + "}", input.walked})
				}
			}
		}
		if len(inputs) == 0 { // no index serves the fields, so that the row is found by its key
			return []filterInput{{"{}", "walked"}}
		}
		return inputs
	}
}

// leafFilter reports whether a field states a condition on the row itself.
func leafFilter(field *ast.FieldDefinition) bool {
	return !slices.Contains([]string{"and", "or", "not", "tags", "techniques", "attackers", "identities", "attribution", "attacker", "behavior", "intel"}, field.Name)
}

// relatedInputs are conditions on related rows.
func relatedInputs(schema *ast.Schema, definition *ast.Definition, promised func(*ast.FieldDefinition) bool) []filterInput {
	inner := schema.Types[definition.Fields.ForName("some").Type.Name()]
	var inputs []filterInput
	for _, field := range inner.Fields {
		if !leafFilter(field) || !promised(field) {
			continue
		}
		text := "{" + field.Name + ": " + strings.ReplaceAll(filterInputs(schema, field.Type, promised)[0].text, fewHave, "true") + "}"
		inputs = append(inputs, filterInput{"{some: " + text + "}", "walked"}, filterInput{"{none: " + text + "}", "walked"})
		if definition.Fields.ForName("membership") != nil {
			inputs = append(inputs, filterInput{"{some: " + text + ", membership: LITERAL}", "walked"})
		}
	}
	return inputs
}
