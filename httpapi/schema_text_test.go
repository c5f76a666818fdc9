package httpapi_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers/resolverstest"
)

// askSchema sends a request for the text of the schema, as an administrator.
func askSchema(t *testing.T, method, target string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	return askSchemaAs(t, auth.Admin, method, target, header)
}

func askSchemaAs(t *testing.T, role auth.Role, method, target string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	request.Host = "localhost:8080"
	for name, value := range header {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	resolverstest.As(&auth.Principal{Role: role}, httpapi.Site{API: http.NotFoundHandler(), Database: &healthy{}}.Routes()).ServeHTTP(answer, request)
	return answer
}

// TestEachRoleHasItsOwnSchema shows that a role gets its own text and tag, and that nobody gets any.
func TestEachRoleHasItsOwnSchema(t *testing.T) {
	tags := map[string]bool{}
	for _, role := range auth.Roles {
		answer := askSchemaAs(t, role, http.MethodGet, "/schema.graphql", nil)
		assert.Equal(t, graph.Text(role, false), answer.Body.String())
		assert.Equal(t, []string{"Accept-Encoding", "Authorization"}, answer.Header().Values("Vary"))
		assert.Equal(t, "private, no-cache", answer.Header().Get("Cache-Control"))
		tags[answer.Header().Get("ETag")] = true
		for tag := range tags {
			again := askSchemaAs(t, role, http.MethodGet, "/schema.graphql", map[string]string{"If-None-Match": tag})
			assert.Equal(t, tag == answer.Header().Get("ETag"), again.Code == http.StatusNotModified)
		}
	}
	assert.Len(t, tags, len(auth.Roles))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/schema.graphql", nil)
	request.Host = "localhost:8080"
	answer := httptest.NewRecorder()
	httpapi.Site{API: http.NotFoundHandler(), Database: &healthy{}}.Routes().ServeHTTP(answer, request)
	assert.Equal(t, http.StatusUnauthorized, answer.Code)
	assert.JSONEq(t, `{"errors":[{"message":"could not validate credentials","extensions":{"code":"UNAUTHENTICATED"}}]}`, answer.Body.String())
}

func TestTheSchemaIsServedAsText(t *testing.T) {
	plain := askSchema(t, http.MethodGet, "/schema.graphql", nil)
	require.Equal(t, http.StatusOK, plain.Code)
	assert.Equal(t, "text/plain; charset=utf-8", plain.Header().Get("Content-Type"))
	assert.Equal(t, graph.Text(auth.Admin, false), plain.Body.String())
	assert.NotContains(t, plain.Body.String(), "semanticNonNull")
	semantic := askSchema(t, http.MethodGet, "/schema.graphql?semanticNonNull=true", nil)
	assert.Equal(t, graph.Text(auth.Admin, true), semantic.Body.String())
	assert.Contains(t, semantic.Body.String(), "directive @semanticNonNull(")
	assert.NotEqual(t, plain.Header().Get("ETag"), semantic.Header().Get("ETag"))
	for _, answer := range []*httptest.ResponseRecorder{plain, semantic} {
		_, err := gqlparser.LoadSchema(&ast.Source{Input: answer.Body.String()})
		require.NoError(t, err)
	}
	assert.Equal(t, plain.Body.String(), askSchema(t, http.MethodGet, "/schema.graphql?semanticNonNull=false", nil).Body.String())
}

func TestTheSchemaIsSentOnceToAClientThatKeepsIt(t *testing.T) {
	tag := askSchema(t, http.MethodGet, "/schema.graphql", nil).Header().Get("ETag")
	require.NotEmpty(t, tag)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		again := askSchema(t, method, "/schema.graphql", map[string]string{"If-None-Match": tag})
		assert.Equal(t, http.StatusNotModified, again.Code)
		assert.Empty(t, again.Body.String())
		assert.Equal(t, tag, again.Header().Get("ETag"))
		assert.Equal(t, http.StatusOK, askSchema(t, method, "/schema.graphql?semanticNonNull=1", map[string]string{"If-None-Match": tag}).Code)
	}
	head := askSchema(t, http.MethodHead, "/schema.graphql", nil)
	assert.Equal(t, http.StatusOK, head.Code)
	assert.Empty(t, head.Body.String())
	assert.Equal(t, tag, head.Header().Get("ETag"))
}

func TestTheSchemaIsCompressedForClientsThatAcceptIt(t *testing.T) {
	answer := askSchema(t, http.MethodGet, "/schema.graphql", map[string]string{"Accept-Encoding": "gzip"})
	require.Equal(t, "gzip", answer.Header().Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(answer.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	assert.Equal(t, graph.Text(auth.Admin, false), string(text))
}

func TestTheSchemaIsRefusedWithAReason(t *testing.T) {
	for _, c := range []struct {
		method, target string
		header         map[string]string
		status         int
		says           string
	}{
		{http.MethodGet, "/schema.graphql?semanticNonNull=maybe", nil, http.StatusBadRequest, `semanticNonNull is \"maybe\"; give true or false`},
		{http.MethodGet, "/schema.graphql?semanticnonnull=true", nil, http.StatusBadRequest, `\"semanticnonnull\" is another`},
		{http.MethodGet, "/schema.graphql?semanticNonNull=true&semanticNonNull=false", nil, http.StatusBadRequest, "given once"},
		{http.MethodGet, "/schema.graphql?%zz", nil, http.StatusBadRequest, "malformed"},
		{http.MethodGet, "/schema.graphql", map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden, "another site"},
		{http.MethodGet, "/schema.graphql", map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden, "another origin"},
		{http.MethodGet, "/schema.graphql", map[string]string{"Accept-Encoding": "br, *;q=0"}, http.StatusNotAcceptable, "gzip or identity"},
		{http.MethodPost, "/schema.graphql", nil, http.StatusMethodNotAllowed, ""},
	} {
		answer := askSchema(t, c.method, c.target, c.header)
		assert.Equal(t, c.status, answer.Code, c.target)
		assert.Contains(t, answer.Body.String(), c.says, c.target)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/schema.graphql", nil)
	request.Host = "evil.example"
	answer := httptest.NewRecorder()
	httpapi.Site{API: http.NotFoundHandler(), Database: &healthy{}}.Routes().ServeHTTP(answer, request)
	assert.Equal(t, http.StatusMisdirectedRequest, answer.Code)
}
