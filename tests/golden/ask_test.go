package golden_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// goldenAnswer is a GraphQL response whose numbers keep their digits.
type goldenAnswer struct {
	Data   goldenRow
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

func (r *goldenRun) send(query string, variables goldenRow) goldenAnswer {
	r.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(r.t, err)
	request := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	decoder := json.NewDecoder(recorder.Body)
	decoder.UseNumber()
	var answer goldenAnswer
	require.NoError(r.t, decoder.Decode(&answer), query)
	return answer
}

// ask asks a query that must succeed.
func (r *goldenRun) ask(query string, variables goldenRow) goldenRow {
	r.t.Helper()
	answer := r.send(query, variables)
	require.Empty(r.t, answer.Errors, query)
	return answer.Data
}

// refused asks a query that must be refused as the asker's fault.
func (r *goldenRun) refused(query string, variables goldenRow) {
	r.t.Helper()
	answer := r.send(query, variables)
	require.NotEmpty(r.t, answer.Errors, query)
	for _, fault := range answer.Errors {
		require.Equal(r.t, string(resolvers.CodeBadUserInput), fault.Extensions.Code, fault.Message)
	}
}

// goldenID is the global id of a row.
func goldenID(kind, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + ":" + key))
}

// nodes asks for the rows of one kind, as many at once as the server allows. What does not exist is nil.
func (r *goldenRun) nodes(kind string, keys []string, selection string) map[string]goldenRow {
	r.t.Helper()
	found := make(map[string]goldenRow, len(keys))
	query := "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on " + kind + " { " + selection + " } } }"
	for chunk := range slices.Chunk(keys, resolvers.MaxNodes) {
		ids := make([]string, len(chunk))
		for i, key := range chunk {
			ids[i] = goldenID(kind, key)
		}
		for i, node := range r.ask(query, goldenRow{"ids": ids})["nodes"].([]any) {
			found[chunk[i]], _ = node.(goldenRow)
		}
	}
	return found
}

// lookups asks a field of the root for many keys at once, by aliases.
func (r *goldenRun) lookups(field, kind string, keys []string, selection string) map[string]any {
	r.t.Helper()
	found := make(map[string]any, len(keys))
	for chunk := range slices.Chunk(keys, 100) {
		var query strings.Builder
		query.WriteString("{ ")
		for i, key := range chunk {
			fmt.Fprintf(&query, "k%d: "+field+" { ...row } ", i, key)
		}
		answers := r.ask(query.String()+"} fragment row on "+kind+" { "+selection+" }", nil)
		for i, key := range chunk {
			found[key] = answers[fmt.Sprintf("k%d", i)]
		}
	}
	return found
}

// goldenList is a connection of ours.
type goldenList struct {
	kind, key string // the row that owns the list; empty for a list of the root
	field     string
	arguments string // besides those of the page
	offset    bool   // the list takes an offset, as some of the root do
	skips     bool   // the list leaves out what cannot be read
	rows      goldenShape
}

const goldenPageArguments = "first: $first, after: $after, last: $last, before: $before"

// query asks for a page of the list.
func (l goldenList) query() string {
	arguments := goldenPageArguments
	if l.arguments != "" {
		arguments += ", " + l.arguments
	}
	variables := "$first: Int, $after: String, $last: Int, $before: String"
	if l.offset {
		variables, arguments = variables+", $offset: Int", arguments+", offset: $offset"
	}
	counts := "totalCount"
	if l.skips {
		counts += " skipped"
	}
	list := "list: " + l.field + "(" + arguments + ") { " + counts + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor }" +
		" edges { cursor node { " + l.rows.selection() + " } } nodes { __typename } }"
	if l.kind == "" {
		return "query (" + variables + ") { " + list + " }"
	}
	return "query ($id: ID!, " + variables + ") { node(id: $id) { ... on " + l.kind + " { " + list + " } } }"
}

func (l goldenList) variables(page goldenRow) goldenRow {
	variables := goldenRow{}
	if l.kind != "" {
		variables["id"] = goldenID(l.kind, l.key)
	}
	maps.Copy(variables, page)
	return variables
}

// goldenPage is one page of a list.
type goldenPage struct {
	rows       []any
	cursors    []string
	total      string
	skipped    int
	next, back bool
}

// page asks for one page; ok is false if the owner does not exist.
func (r *goldenRun) page(l goldenList, page goldenRow) (p goldenPage, ok bool) {
	r.t.Helper()
	data := r.ask(l.query(), l.variables(page))
	if l.kind != "" {
		if data, ok = data["node"].(goldenRow); !ok {
			return p, false
		}
	}
	list := data["list"].(goldenRow)
	info := list["pageInfo"].(goldenRow)
	p.total = list["totalCount"].(json.Number).String()
	if l.skips {
		p.skipped = int(goldenNumber(list["skipped"]))
	}
	p.next, p.back = info["hasNextPage"].(bool), info["hasPreviousPage"].(bool)
	for _, edge := range list["edges"].([]any) {
		p.rows = append(p.rows, edge.(goldenRow)["node"])
		p.cursors = append(p.cursors, edge.(goldenRow)["cursor"].(string))
	}
	require.Len(r.t, list["nodes"], len(p.rows))
	if len(p.rows) > 0 {
		require.Equal(r.t, p.cursors[0], info["startCursor"])
		require.Equal(r.t, p.cursors[len(p.cursors)-1], info["endCursor"])
	}
	return p, true
}

// walk reads a whole list by cursors, forwards and backwards, and checks that both ways give the same
// rows in the same order, each once, and as many as the list says it has.
func (r *goldenRun) walk(l goldenList, size int) (whole goldenPage, ok bool) {
	r.t.Helper()
	forwards, ok := r.walkOneWay(l, size, false)
	if !ok {
		return forwards, false
	}
	if len(forwards.rows) > size { // one page is the same either way
		r.walkBack(l, size, forwards)
	}
	require.Equal(r.t, forwards.total, fmt.Sprint(len(forwards.rows)+forwards.skipped), "%s of %s", l.field, l.key)
	require.Len(r.t, slices.Compact(slices.Sorted(slices.Values(forwards.cursors))), len(forwards.cursors), "a cursor came twice")
	return forwards, true
}

// walkBack reads a list backwards and compares it with what came forwards. One column is enough.
func (r *goldenRun) walkBack(l goldenList, size int, forwards goldenPage) {
	r.t.Helper()
	l.rows = l.rows[:1]
	column := l.rows[0]
	backwards, _ := r.walkOneWay(l, size, true)
	require.Equal(r.t, forwards.cursors, backwards.cursors, "%s of %s", l.field, l.key)
	require.Equal(r.t, forwards.skipped, backwards.skipped, "%s of %s", l.field, l.key)
	for i, row := range forwards.rows {
		require.Equal(r.t, column.answer(row.(goldenRow)), column.answer(backwards.rows[i].(goldenRow)), "%s of %s, row %d", l.field, l.key, i)
	}
}

// cutBetweenTies ends pages between rows of one sort key, where only the row's own key keeps pages
// from overlapping, and tells at how many such places. A few of each list will do.
func (r *goldenRun) cutBetweenTies(l goldenList, whole goldenPage, sortBy string) (places int) {
	r.t.Helper()
	sorting, _ := l.rows.column(sortBy)
	l.rows = goldenShape{sorting} // cursors tell the rows apart
	one := func(i int, arguments goldenRow) {
		r.t.Helper()
		p, _ := r.page(l, arguments)
		require.Equal(r.t, whole.cursors[i:i+1], p.cursors, "%s of %s", l.field, l.key)
	}
	for i := 1; i < len(whole.rows) && places < 5; i++ {
		if !goldenEqual(sorting.answer(whole.rows[i-1].(goldenRow)), sorting.answer(whole.rows[i].(goldenRow))) {
			continue
		}
		places++
		one(i, goldenRow{"first": 1, "after": whole.cursors[i-1]})
		one(i-1, goldenRow{"last": 1, "before": whole.cursors[i]})
		if i > 1 {
			one(i-1, goldenRow{"first": 1, "after": whole.cursors[i-2]})
		}
		if i < len(whole.rows)-1 {
			one(i, goldenRow{"last": 1, "before": whole.cursors[i+1]})
		}
	}
	return places
}

func (r *goldenRun) walkOneWay(l goldenList, size int, backwards bool) (whole goldenPage, ok bool) {
	r.t.Helper()
	arguments := goldenRow{"first": size}
	if backwards {
		arguments = goldenRow{"last": size}
	}
	for first := true; ; first = false {
		p, found := r.page(l, arguments)
		if !found {
			return whole, false
		}
		more, behind := p.next, p.back
		whole.total, whole.skipped = p.total, whole.skipped+p.skipped
		if backwards {
			more, behind = behind, more
			whole.rows, whole.cursors = append(p.rows, whole.rows...), append(p.cursors, whole.cursors...)
		} else {
			whole.rows, whole.cursors = append(whole.rows, p.rows...), append(whole.cursors, p.cursors...)
		}
		require.Equal(r.t, !first, behind, "only the first page has nothing behind it")
		if !more {
			return whole, true
		}
		require.Len(r.t, p.rows, size)
		if backwards {
			arguments = goldenRow{"last": size, "before": p.cursors[0]}
		} else {
			arguments = goldenRow{"first": size, "after": p.cursors[size-1]}
		}
	}
}
