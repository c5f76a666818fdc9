package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/auth"
	"decnetgraph/documents"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// The documents of these tests. The last two are trusted by none of them.
const (
	trustedPage  = `query Page($n: Int) { campaigns(first: $n) { pageInfo { hasPreviousPage } } }`
	trustedWrite = `mutation Write { insertTags(input: {tags: []}) { userErrors { message } } } query Read { __typename }`
	otherName    = `query Other { __typename }`
	otherFind    = "query Find { # of somebody\n  campaign(by: {uuid: \"c2cf6488-e437-4e89-a74e-224bcbe873fe\"}) { uuid } }"
)

func hashOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// documentServer is a server on the sample with documents.
type documentServer struct {
	t         *testing.T
	executor  *resolvers.Executor
	handler   http.Handler
	principal *auth.Principal
	log       *bytes.Buffer
}

func withDocuments(t *testing.T, mode documents.Mode, persistedBytes int) *documentServer {
	t.Helper()
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	s := &documentServer{t: t, principal: auth.Local, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	s.executor = resolvers.NewExecutor(resolverstest.Open(t, path, storage.Options{}), resolvers.DefaultLimits, log)
	s.trust(map[string]string{"page": trustedPage, "write": trustedWrite})
	s.handler = httpapi.API{Executor: s.executor, Limits: resolvers.DefaultLimits, Documents: httpapi.Documents{
		Trusted: s.executor.Trusted, Mode: mode, PersistedBytes: persistedBytes, Log: log,
	}}.Handler()
	return s
}

// trust replaces the trusted documents.
func (s *documentServer) trust(texts map[string]string) {
	s.t.Helper()
	manifest, err := json.Marshal(texts)
	require.NoError(s.t, err)
	path := filepath.Join(s.t.TempDir(), "m.json")
	require.NoError(s.t, os.WriteFile(path, manifest, 0o600))
	set, err := documents.Read(path)
	require.NoError(s.t, err)
	trusted, err := resolvers.NewTrustedDocuments(s.t.Context(), set, resolvers.DefaultLimits)
	require.NoError(s.t, err)
	s.executor.Trust(trusted)
}

// send sends an exchange for the principal.
func (s *documentServer) send(e exchange) *httptest.ResponseRecorder {
	s.t.Helper()
	return e.run(s.t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx := req.Context()
		if s.principal != nil {
			ctx = auth.With(ctx, s.principal)
		}
		s.handler.ServeHTTP(w, req.WithContext(ctx))
	}))
}

// run runs exchanges, one after the other.
func (s *documentServer) run(exchanges ...exchange) {
	s.t.Helper()
	for _, e := range exchanges {
		assert.Equal(s.t, e.want, seen(s.send(e)), e.fact)
	}
}

// body is a body in JSON of members and their values.
func body(pairs ...any) string {
	members := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		members[pairs[i].(string)] = pairs[i+1]
	}
	text, _ := json.Marshal(members)
	return string(text)
}

// persisted are the extensions in which clients of Apollo send a hash.
func persisted(hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
}

func failure(status int, contentType, code, message string) string {
	quoted, _ := json.Marshal(message)
	return fmt.Sprintf(`%d %s {"errors":[{"message":%s,"extensions":{"code":%q}}]}`, status, contentType, quoted, code)
}

const (
	plainJSON, newerJSON = "application/json", "application/graphql-response+json"
	findAnswer           = `200 application/json {"data":{"campaign":{"uuid":"c2cf6488-e437-4e89-a74e-224bcbe873fe"}}}`
	pageAnswer           = `200 application/json {"data":{"campaigns":{"pageInfo":{"hasPreviousPage":false}}}}`
)

var (
	untrusted    = failure(403, plainJSON, "FORBIDDEN", "this server runs trusted documents only, and this is none of them; ask its operator to add it to those of --trusted-documents")
	hashNotFound = failure(200, plainJSON, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
)

// TestTrustedDocumentsAreNamedInEveryWayThatClientsKnow sends ids and hashes in place of texts, in every mode.
func TestTrustedDocumentsAreNamedInEveryWayThatClientsKnow(t *testing.T) {
	variables := map[string]any{"n": 5}
	for _, mode := range []documents.Mode{documents.Off, documents.Log, documents.Only} {
		s := withDocuments(t, mode, 0)
		for _, id := range []string{"page", hashOf(trustedPage), "sha256:" + hashOf(trustedPage)} {
			s.run(
				exchange{fact: "documentId " + id, body: body("documentId", id, "variables", variables, "operationName", "Page"), want: pageAnswer},
				exchange{fact: "documentId, query is null " + id, body: body("documentId", id, "query", nil), want: pageAnswer},
				exchange{fact: "doc_id, as Relay's guide has it " + id, body: body("doc_id", id, "variables", variables), want: pageAnswer},
				exchange{fact: "hash of Apollo " + id, body: body("extensions", persisted(id), "variables", variables), want: pageAnswer},
				exchange{fact: "GET, documentId " + id, method: http.MethodGet, target: byGET("documentId", id, "variables", `{"n":5}`), want: pageAnswer},
				exchange{fact: "GET, hash of Apollo " + id, method: http.MethodGet, target: byGET("extensions", `{"persistedQuery":{"version":1,"sha256Hash":"`+id+`"}}`), want: pageAnswer},
				exchange{fact: "GET, no header " + id, method: http.MethodGet, target: byGET("documentId", id), header: map[string]string{}, want: needsHeader},
				exchange{fact: "text beside the id " + id, body: body("documentId", id, "query", trustedPage), want: pageAnswer},
			)
		}
		s.run(
			exchange{fact: "the text itself", body: body("query", trustedPage), want: pageAnswer},
			exchange{fact: "one of several operations", body: body("documentId", "write", "operationName", "Read"), want: typeName},
			exchange{fact: "GET, a mutation by its id", method: http.MethodGet, target: byGET("documentId", "write", "operationName", "Write"), want: `405 application/json Allow: POST {"errors":[{"message":"GET only reads; send mutations by POST","extensions":{"code":"BAD_USER_INPUT"}}]}`},
			exchange{fact: "another text under the id", body: body("documentId", "page", "query", trustedWrite), want: failure(400, plainJSON, "BAD_USER_INPUT", `the "documentId" names another document than the text under "query"`)},
			exchange{fact: "another text under the hash", body: body("documentId", "sha256:"+hashOf(trustedPage), "query", trustedWrite), want: failure(400, plainJSON, "BAD_USER_INPUT", `the "documentId" is not the SHA-256 of the text under "query"`)},
			exchange{fact: "an id that is no text", body: body("documentId", 7), want: failure(400, plainJSON, "BAD_USER_INPUT", `"documentId" is a text, if it is given`)},
		)
	}
}

func TestDocumentsThatAreNotTrusted(t *testing.T) {
	notFoundByID := func(status int, contentType, id string) string {
		return failure(status, contentType, "PERSISTED_QUERY_NOT_FOUND", fmt.Sprintf("this server has no document with the id %q; send its text under \"query\"", id))
	}
	for _, mode := range []documents.Mode{documents.Off, documents.Log} {
		withDocuments(t, mode, 0).run(
			exchange{fact: "run", body: body("query", otherName), want: typeName},
			exchange{fact: "run, with an id that only the client knows", body: body("query", otherName, "documentId", "new"), want: typeName},
			exchange{fact: "unknown id", body: body("documentId", "nope"), want: notFoundByID(200, plainJSON, "nope")},
			exchange{fact: "unknown id, for the new type", body: body("documentId", "nope"), accept: newerJSON, want: notFoundByID(422, newerJSON, "nope")},
			exchange{fact: "hash while none can be registered", body: body("extensions", persisted(hashOf(otherName))), want: notPersisted},
			exchange{fact: "another hash beside the text while none can be registered", body: body("query", otherName, "extensions", persisted(hashOf(otherFind))), want: typeName},
			exchange{fact: "run, with a value", body: body("query", otherFind), want: findAnswer},
		)
	}
	only := withDocuments(t, documents.Only, 1<<20)
	only.run(
		exchange{fact: "a text", body: body("query", otherName), want: untrusted},
		exchange{fact: "a text with a space more", body: body("query", trustedPage+" "), want: untrusted},
		exchange{fact: "a text that is not valid", body: body("query", "{ x"), want: untrusted},
		exchange{fact: "introspection", body: body("query", "{ __schema { types { name } } }"), want: untrusted},
		exchange{fact: "an id", body: body("documentId", "nope"), want: untrusted},
		exchange{fact: "a hash", body: body("extensions", persisted(hashOf(otherName))), want: untrusted},
		exchange{fact: "a text with its hash", body: body("query", otherName, "extensions", persisted(hashOf(otherName))), want: untrusted},
		exchange{fact: "a text under a trusted id", body: body("query", otherName, "documentId", "page"), want: failure(400, plainJSON, "BAD_USER_INPUT", `the "documentId" names another document than the text under "query"`)},
		exchange{fact: "GET", method: http.MethodGet, target: byGET("query", otherName), want: untrusted},
		exchange{fact: "a trusted text with its hash", body: body("query", trustedPage, "extensions", persisted(hashOf(trustedPage))), want: pageAnswer},
	)
	assert.NotContains(t, only.log.String(), "not trusted")
}

func TestDocumentsThatAreNotTrustedAreLoggedOnceAndWithoutValues(t *testing.T) {
	s := withDocuments(t, documents.Log, 0)
	s.principal = &auth.Principal{Name: "alice", Way: auth.ByToken, Role: auth.Viewer}
	for range 3 {
		s.send(exchange{body: body("query", otherFind, "operationName", "Find")})
		s.send(exchange{body: body("query", trustedPage)})
		s.send(exchange{body: body("query", "{ notValid }")})
	}
	log := s.log.String()
	assert.Equal(t, 1, strings.Count(log, "level=WARN"), log)
	assert.Contains(t, log, `msg="a document is not trusted" sha256=`+hashOf(otherFind)+` operation=Find principal=TOKEN:alice document="query Find { campaign ( by : { uuid : \"\" } ) { uuid } }"`)
	for i := range 1_100 {
		s.send(exchange{body: body("query", fmt.Sprintf("{ a%d: __typename }", i))})
	}
	assert.Equal(t, 1_001, strings.Count(s.log.String(), "level=WARN"))
	assert.Contains(t, s.log.String(), `msg="further documents that are not trusted are not logged" logged=1000`)
}

func TestDocumentsAreReplacedAsAWhole(t *testing.T) {
	s := withDocuments(t, documents.Only, 0)
	s.trust(map[string]string{"other": otherName})
	s.run(
		exchange{fact: "new", body: body("documentId", "other"), want: typeName},
		exchange{fact: "old, by its id", body: body("documentId", "page"), want: untrusted},
		exchange{fact: "old, by its text", body: body("query", trustedPage), want: untrusted},
	)
}

func TestADocumentThatIsNotValidIsNamedWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"query A {\n  campaigns { nothing }\n}":          `document "a" of m.json, line 2, column 15: Cannot query field "nothing" on type "CampaignConnection".`,
		"query A {\n  campaigns {":                       `document "a" of m.json, line 2, column 14: Expected Name, found <EOF>`,
		"fragment F on Campaign { uuid }":                `document "a" of m.json: no operation provided`,
		"{" + strings.Repeat(" __typename", 4_000) + "}": `document "a" of m.json: the document has more than 4000 tokens; select less, or send values as variables`,
	} {
		set, err := documents.NewSet([]documents.Document{{ID: "good", Text: otherName, Source: "m.json"}, {ID: "a", Text: text, Source: "m.json"}})
		require.NoError(t, err)
		_, err = resolvers.NewTrustedDocuments(t.Context(), set, resolvers.DefaultLimits)
		require.ErrorIs(t, err, storage.ErrInvalid)
		assert.EqualError(t, err, want)
	}
}

// TestHashesAreRegisteredByThoseWhoAreSignedIn follows the exchanges of Apollo's clients.
func TestHashesAreRegisteredByThoseWhoAreSignedIn(t *testing.T) {
	s := withDocuments(t, documents.Off, 1<<20)
	mismatch := failure(400, plainJSON, "BAD_USER_INPUT", "provided sha does not match query")
	version := failure(400, plainJSON, "BAD_USER_INPUT", "Unsupported persisted query version")
	hash, getHash := hashOf(otherName), `{"persistedQuery":{"version":1,"sha256Hash":"`+hashOf(otherName)+`"}}`
	alone := exchange{fact: "the hash alone", body: body("extensions", persisted(hash)), want: hashNotFound}
	hit := exchange{fact: "the hash alone, registered", body: alone.body, want: typeName}
	invalid := `{"errors":[{"message":"Cannot query field \"x\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}]}`
	s.run(
		alone,
		exchange{fact: "GET, the hash alone", method: http.MethodGet, target: byGET("extensions", getHash), want: hashNotFound},
		exchange{fact: "the hash of another text", body: body("query", otherFind, "extensions", persisted(hash)), want: mismatch},
		exchange{fact: "a hash that is none", body: body("query", otherName, "extensions", persisted("abc")), want: mismatch},
		exchange{fact: "another version", body: body("query", otherName, "extensions", map[string]any{"persistedQuery": map[string]any{"version": 2, "sha256Hash": hash}}), want: version},
		exchange{fact: "another version alone", body: body("extensions", map[string]any{"persistedQuery": map[string]any{"version": 2, "sha256Hash": hash}}), want: version},
		alone,
		exchange{fact: "a text that is not valid", body: body("query", "{ x }", "extensions", persisted(hashOf("{ x }"))), want: "200 application/json " + invalid},
		exchange{fact: "and was not registered", body: body("extensions", persisted(hashOf("{ x }"))), want: hashNotFound},
		exchange{fact: "text with its hash", body: body("query", otherName, "extensions", persisted(hash)), want: typeName},
		hit,
		exchange{fact: "in upper case", body: body("extensions", persisted(strings.ToUpper(hash))), want: typeName},
		exchange{fact: "GET", method: http.MethodGet, target: byGET("extensions", getHash), want: typeName},
		exchange{fact: "GET without a header", method: http.MethodGet, target: byGET("extensions", getHash), header: map[string]string{}, want: needsHeader},
		exchange{fact: "as documentId", body: body("documentId", "sha256:"+hash), want: typeName},
	)
	s.principal = &auth.Principal{Name: "bob", Way: auth.ByToken, Role: auth.Viewer}
	s.run(hit)
	s.principal = nil
	s.run(exchange{fact: "nobody has no hashes", body: alone.body, want: notPersisted})
	s.send(exchange{body: body("query", otherFind, "extensions", persisted(hashOf(otherFind)))})
	s.principal = auth.Local
	s.run(
		exchange{fact: "nobody has registered", body: body("extensions", persisted(hashOf(otherFind))), want: hashNotFound},
		exchange{fact: "registered as documentId", body: body("query", otherFind, "documentId", "sha256:"+hashOf(otherFind)), want: findAnswer},
		exchange{fact: "and found", body: body("documentId", "sha256:"+hashOf(otherFind)), want: findAnswer},
	)
}

// TestRegisteredTextsAreBounded registers more texts than there is memory for.
func TestRegisteredTextsAreBounded(t *testing.T) {
	const bytes = 20_000
	s := withDocuments(t, documents.Off, bytes)
	text := func(i int) string { return fmt.Sprintf("{ a%d: __typename }%s", i, strings.Repeat(" ", 800)) }
	for i := range 30 {
		s.run(exchange{fact: "register", body: body("query", text(i), "extensions", persisted(hashOf(text(i)))), want: fmt.Sprintf(`200 application/json {"data":{"a%d":"Query"}}`, i)})
	}
	known := 0
	for i := range 30 {
		if !strings.Contains(seen(s.send(exchange{body: body("extensions", persisted(hashOf(text(i))))})), "NotFound") {
			known++
		}
	}
	assert.Equal(t, bytes/(len(text(10))+200), known)
	large := otherName + strings.Repeat(" ", bytes/16)
	s.run(
		exchange{fact: "a text that is too long runs", body: body("query", large, "extensions", persisted(hashOf(large))), want: typeName},
		exchange{fact: "and is not kept", body: body("extensions", persisted(hashOf(large))), want: hashNotFound},
	)
}

func paramsOf(text string) *graphql.RawParams { return &graphql.RawParams{Query: text} }

func TestTrustedDocumentsAreNotParsedAgain(t *testing.T) {
	s := withDocuments(t, documents.Only, 0)
	ctx := graphql.StartOperationTrace(auth.With(t.Context(), auth.Local))
	first, faults := s.executor.CreateOperationContext(ctx, paramsOf(trustedPage))
	require.Empty(t, faults)
	for i := range 2_000 { // which would evict it from any cache of this size
		_, faults = s.executor.CreateOperationContext(ctx, paramsOf(fmt.Sprintf("{ a%d: __typename %s }", i, strings.Repeat("__typename ", 100))))
		require.Empty(t, faults)
	}
	again, faults := s.executor.CreateOperationContext(ctx, paramsOf(trustedPage))
	require.Empty(t, faults)
	assert.Same(t, first.Doc, again.Doc)
}
