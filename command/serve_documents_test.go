package command

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/documents"
	"decnetgraph/resolvers"
)

const trustedCount = `{"count": "query Count { campaigns { totalCount } }"}`

// post sends a body to a server, and returns the status and the answer.
func post(t *testing.T, base, body string, change ...func(*http.Request)) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/graphql", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(request)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestTrustedDocumentsAndRatesAreServed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.json")
	require.NoError(t, os.WriteFile(file, []byte(trustedCount), 0o600))
	base, _ := start(t, "--trusted-documents", file, "--rate-limit", "40/24h")
	status, answer := post(t, base, `{"documentId": "count"}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, answer, `{"data":{"campaigns":{"totalCount":`)
	status, answer = post(t, base, `{"query": "{ __typename }"}`)
	assert.Equal(t, http.StatusForbidden, status, "the mode is only unless the flag names another")
	assert.Contains(t, answer, "trusted documents only")
	status, _ = post(t, base, `{"documentId": "count"}`)
	assert.Equal(t, http.StatusTooManyRequests, status)
}

func TestTheViewerSaysWhatIsLeftOfTheRateLimit(t *testing.T) {
	t.Parallel()
	const body = `{"query": "{ viewer { limits { rate { capacity period remaining resetAt } } } campaigns(first: 1) { nodes { uuid } } }"}`
	base, _ := start(t, "--rate-limit", "3000000000/24h", "--rate-limit", "INGEST=off")
	type cost struct {
		Requested, Remaining int
		ResetAt              time.Time
	}
	var before cost
	for range 2 {
		status, answer := post(t, base, body, func(r *http.Request) { r.Header.Set("Graphql-Cost", "1") })
		require.Equal(t, http.StatusOK, status, answer)
		var said struct {
			Data struct {
				Viewer struct {
					Limits struct {
						Rate struct {
							Capacity, Remaining int
							Period              float64
							ResetAt             time.Time
						}
					}
				}
			}
			Extensions struct{ Cost cost }
		}
		require.NoError(t, json.Unmarshal([]byte(answer), &said))
		rate, cost := said.Data.Viewer.Limits.Rate, said.Extensions.Cost
		assert.Equal(t, []any{3_000_000_000, 86_400.0}, []any{rate.Capacity, rate.Period}, "more than an Int holds")
		assert.Equal(t, cost.ResetAt, rate.ResetAt)
		if before.ResetAt.Equal(rate.ResetAt) { // no midnight between
			assert.Equal(t, before.Remaining-cost.Requested, rate.Remaining, "this operation is charged already")
		}
		before = cost
	}
	base, _ = start(t, "--rate-limit", "INGEST=1000/1m")
	_, answer := post(t, base, body)
	assert.Contains(t, answer, `{"data":{"viewer":{"limits":{"rate":null}}`, "the caller is no INGEST")
}

func TestMistakesInDocumentsAndRatesStopTheStart(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	db := sampleFile(t)
	for fact, c := range map[string]struct {
		args []string
		says string
	}{
		"no file":                 {[]string{"--trusted-documents", filepath.Join(folder, "none.json")}, "the trusted documents cannot be read"},
		"no manifest":             {[]string{"--trusted-documents", write("list.json", `[]`)}, "it is not a JSON object"},
		"a document of a mistake": {[]string{"--trusted-documents", write("bad.json", `{"a": "{\n  campaign }"}`)}, `document "a" of ` + filepath.Join(folder, "bad.json") + `, line 2, column 3: `},
		"a mode of nothing":       {[]string{"--trusted-documents-mode", "only"}, "--trusted-documents-mode only needs documents; name them with --trusted-documents"},
		"an unknown mode":         {[]string{"--trusted-documents-mode", "all"}, "--trusted-documents-mode"},
		"a rate without a period": {[]string{"--rate-limit", "100"}, `--rate-limit: "100" is no rate; give units of cost and a period from 1s to 24h`},
		"a rate of nobody":        {[]string{"--rate-limit", "GUEST=100/1m"}, `--rate-limit: "GUEST" is no role`},
		"memory below nothing":    {[]string{"--persisted-queries=-1"}, "--persisted-queries must lie between 0 and"},
	} {
		_, errOut, code := command(t, append([]string{"serve", "--db", db}, c.args...)...)
		assert.Equal(t, exitUsage, code, fact)
		assert.Len(t, strings.Split(strings.TrimSpace(errOut), "\n"), 1, errOut)
		assert.Contains(t, errOut, c.says, fact)
	}
}

func TestDocumentsAreReadAgainAndStayIfTheNewOnesAreBad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.json")
	write := func(content string) { require.NoError(t, os.WriteFile(file, []byte(content), 0o600)) }
	write(trustedCount)
	log := slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil))
	rules, err := documentFlags{TrustedDocuments: file}.rules(t.Context(), limitFlags{}, log)
	require.NoError(t, err)
	served := rules.documents(resolvers.NewExecutor(&resolvers.Resolver{}, rules.limits, log))
	assert.Equal(t, documents.Only, served.Mode)
	has := func(id string) bool { _, ok := served.Trusted().Text(id); return ok }
	require.True(t, has("count"))
	for _, bad := range []string{`{"a": "{ nothing }"}`, `{`, `{}`, ""} {
		write(bad)
		require.Error(t, rules.reload(), bad)
		require.True(t, has("count"), "the documents from before stay trusted")
	}
	require.NoError(t, os.Remove(file))
	require.Error(t, rules.reload())
	write(`{"name": "{ __typename }"}`)
	require.NoError(t, rules.reload())
	assert.True(t, has("name"))
	assert.False(t, has("count"))
	none, err := documentFlags{}.rules(t.Context(), limitFlags{}, log)
	require.NoError(t, err)
	require.NoError(t, none.reload(), "there is nothing to read")
}
