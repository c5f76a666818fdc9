package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/resolvers"
)

// canned is an executor that runs nothing and answers with the same data, so that only the handler is measured.
type canned struct {
	data   []byte
	params *graphql.RawParams // of the last request
}

func (c *canned) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	c.params = params
	return &graphql.OperationContext{Operation: &ast.OperationDefinition{Operation: ast.Query}}, nil
}

func (c *canned) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return graphql.OneShot(&graphql.Response{Data: c.data}), ctx
}

func (c *canned) DispatchError(_ context.Context, faults gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: faults}
}

func (c *canned) PresentRecoveredError(context.Context, any) error { return context.Canceled }

// sink is a response writer that counts the bytes and drops them.
type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}

// nested is data of nested rows, of about size bytes.
func nested(size int) []byte {
	row := `{"uuid":"c2cf6488-e437-4e89-a74e-224bcbe873fe","ip":"203.0.113.7","techniqueId":"T1110","confidence":0.85,"createdAt":"2026-03-01T12:00:00.123456Z"},`
	return []byte(`{"campaign":{"nodes":[` + strings.TrimSuffix(strings.Repeat(row, 1+size/len(row)), ",") + `]}}`)
}

const pageQuery = `query Page($id: UUID!, $n: Int) {\n  campaign(by: {uuid: $id}) {\n    uuid\n    name\n    identities(first: $n) {\n      nodes { uuid attackers(first: 10) { nodes { uuid ip } } }\n    }\n  }\n}\n`

func BenchmarkHandler(b *testing.B) {
	body := []byte(`{"query":"` + pageQuery + `","variables":{"id":"c2cf6488-e437-4e89-a74e-224bcbe873fe","n":20},"operationName":"Page"}`)
	link := "/graphql?" + url.Values{"query": {strings.ReplaceAll(pageQuery, `\n`, "\n")}, "variables": {`{"id":"c2cf6488-e437-4e89-a74e-224bcbe873fe","n":20}`}}.Encode()
	for name, size := range map[string]int{"small": 200, "large": 277_000} {
		handler := newHandler(&canned{data: nested(size)}, resolvers.DefaultLimits)
		run := func(name string, ask func() *http.Request) {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w := sink{header: http.Header{}}
					handler.ServeHTTP(&w, ask())
					b.SetBytes(int64(w.bytes))
				}
			})
		}
		run("POST/"+name, func() *http.Request {
			request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Accept", "*/*")
			return request
		})
		run("GET/"+name, func() *http.Request { return httptest.NewRequestWithContext(b.Context(), http.MethodGet, link, nil) })
	}
}

func BenchmarkDecodeBody(b *testing.B) {
	tags := strings.TrimSuffix(strings.Repeat(`{"sourceKind":"command","sourceId":"c2cf6488","techniqueId":"T1110","confidence":0.8,"evidence":{"command_text":"hydra -l root ssh://10.0.0.7"}},`, 1_000), ",")
	for name, body := range map[string]string{
		"query":  `{"query":"` + pageQuery + `","variables":{"id":"c2cf6488-e437-4e89-a74e-224bcbe873fe","n":20},"operationName":"Page"}`,
		"writes": `{"query":"` + pageQuery + `","variables":{"input":{"tags":[` + tags + `]}}}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, refused := decodeBody([]byte(body)); refused != nil {
					b.Fatal(refused.message)
				}
			}
		})
	}
}
