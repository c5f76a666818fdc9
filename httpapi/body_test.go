package httpapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/graph/memory"
	"decnetgraph/resolvers"
)

const roomy = 64 << 20 // the largest body that --max-body can allow

// read reads a body of a length that the headers announce; -1 stands for none.
func read(t *testing.T, body io.Reader, length int64, budget *memory.Budget) (held *memory.Reservation, refused *refusal) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", body)
	request.Header.Set("Content-Type", "application/json")
	request.ContentLength = length
	held = &memory.Reservation{Budget: budget}
	_, refused = readBody(request, roomy, held)
	return held, refused
}

// counted counts what is read of it.
type counted struct {
	io.Reader

	bytes int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += int64(n)
	return n, err
}

func TestManyShortValuesAreRefusedBeforeTheyAreRead(t *testing.T) {
	for fact, value := range map[string]string{
		"empty objects": `{},`, "objects": `{"a":1},`, "nested objects": `{"a":{"b":{"c":1}}},`, "empty lists": `[],`, "numbers": `1,`, "lists of one": `[[[1]]],`,
	} {
		for _, announced := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, announced: %v", fact, announced), func(t *testing.T) {
				text := `{"query":"{ a }","variables":{"x":[` + strings.Repeat(value, 32<<20/len(value)) + `null]}}`
				body := &counted{Reader: strings.NewReader(text)}
				length := int64(-1)
				if announced {
					length = int64(len(text))
				}
				var refused *refusal
				budget := memory.NewBudget(bodiesBytes(roomy))
				took := allocated(func() { _, refused = read(t, body, length, budget) })
				require.NotNil(t, refused)
				assert.Equal(t, http.StatusRequestEntityTooLarge, refused.status)
				assert.Equal(t, resolvers.CodeLimitExceeded, refused.code)
				assert.Contains(t, refused.message, "short values")
				assert.Less(t, body.bytes, int64(4<<20), "the rest is not even read")
				assert.Less(t, took, int64(16<<20))
			})
		}
	}
}

func TestBodiesHoldMemoryUntilTheyAreDone(t *testing.T) {
	text := func(bytes int) string { return `{"query":"{ a }","x":"` + strings.Repeat("a", bytes) + `"}` }
	large, small := text(1<<20), text(1<<10)
	budget := memory.NewBudget(3 * bodyMultiple << 20)
	var all []*memory.Reservation
	for range 2 {
		held, refused := read(t, strings.NewReader(large), int64(len(large)), budget)
		require.Nil(t, refused)
		all = append(all, held)
	}
	assert.InDelta(t, 2*bodyMultiple<<20, budget.Reserved(), 4<<10)
	unread := &counted{Reader: strings.NewReader(large)}
	_, refused := read(t, unread, 2<<20, budget)
	require.NotNil(t, refused)
	assert.Zero(t, unread.bytes, "what has no room is not read")
	assert.Equal(t, http.StatusServiceUnavailable, refused.status)
	assert.Equal(t, resolvers.CodeUnavailable, refused.code)
	assert.Equal(t, "1", refused.header["Retry-After"])
	held, refused := read(t, strings.NewReader(text(2<<20)), -1, budget)
	require.NotNil(t, refused, "a body of unknown length reserves memory as it arrives")
	assert.Equal(t, http.StatusServiceUnavailable, refused.status)
	held.Release()
	_, refused = read(t, strings.NewReader(small), int64(len(small)), budget)
	require.Nil(t, refused, "small ones need none")
	_, refused = read(t, strings.NewReader(large), 32<<20, budget)
	require.NotNil(t, refused)
	assert.Equal(t, http.StatusRequestEntityTooLarge, refused.status, "it would never have room")
	for _, held := range all {
		held.Release()
	}
	assert.Zero(t, budget.Reserved())
}

func TestHandlerReleasesTheMemoryOfEachRequest(t *testing.T) {
	h := newHandler(&canned{data: []byte(`1`)}, resolvers.Limits{BodyBytes: roomy, Timeout: resolvers.DefaultLimits.Timeout})
	for _, body := range []string{
		`{"query":"{ a }","x":"` + strings.Repeat("a", 1<<20) + `"}`, `{"query":"{ a }","x":[` + strings.Repeat("{},", 1<<20), strings.Repeat("x", 1<<20),
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(httptest.NewRecorder(), request)
		assert.Zero(t, h.bodies.Reserved())
	}
}

// TestRowsOfRealSizeAlwaysFit sends as many tags as a body can have, from bare ones to ones with rich evidence.
func TestRowsOfRealSizeAlwaysFit(t *testing.T) {
	const bare = `{"sourceKind":"c","sourceId":"1","tacticId":"TA0006","techniqueId":"T1110","confidence":1,"ruleId":"R1","ruleVersion":1,"evidence":{}}`
	for fact, c := range map[string]struct {
		row  string
		rows int
	}{
		"1,000 bare tags":                   {bare, 1_000},
		"bare tags up to 8 MiB":             {bare, 8 << 20 / len(bare)},
		"1,000 tags with 1 KiB of values":   {strings.Replace(bare, "{}", `{"a":[`+strings.Repeat(`0.25,`, 200)+`1]}`, 1), 1_000},
		"1,000 tags with 1 KiB of objects":  {strings.Replace(bare, "{}", `[`+strings.Repeat(`{"key":"value","n":12},`, 45)+`1]`, 1), 1_000},
		"1,000 tags with 60 KiB of text":    {strings.Replace(bare, "{}", `"`+strings.Repeat("a", 60_000)+`"`, 1), 1_000},
		"1,000 tags with 60 KiB of escapes": {strings.Replace(bare, "{}", `"`+strings.Repeat(`\u00e9`, 10_000)+`"`, 1), 1_000},
	} {
		t.Run(fact, func(t *testing.T) {
			text := `{"query":"mutation ($t: [TagInput!]!) { insertTags(input: {tags: $t}) { results { uuid } } }","variables":{"t":[` +
				strings.TrimSuffix(strings.Repeat(c.row+",", c.rows), ",") + `]}}`
			held, refused := read(t, strings.NewReader(text), int64(len(text)), memory.NewBudget(bodiesBytes(roomy)))
			if refused != nil {
				t.Fatal(len(text), refused.message)
			}
			held.Release()
		})
	}
}
