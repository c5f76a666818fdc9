package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/resolvers"
)

// faulty panics where no resolver runs.
type faulty struct{ canned }

func (f *faulty) CreateOperationContext(context.Context, *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	panic("what nobody foresaw")
}

func (f *faulty) PresentRecoveredError(ctx context.Context, fault any) error {
	executor := resolvers.NewExecutor(&resolvers.Resolver{}, resolvers.DefaultLimits, slog.New(slog.DiscardHandler))
	return executor.PresentRecoveredError(ctx, fault)
}

func posted(t *testing.T, executor Executor, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", body)
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	newHandler(executor, resolvers.DefaultLimits).ServeHTTP(recorder, request)
	return recorder
}

func TestPanicIsAFaultOfTheServer(t *testing.T) {
	answer := posted(t, &faulty{}, strings.NewReader(`{"query": "{ a }"}`))
	assert.Equal(t, http.StatusInternalServerError, answer.Code)
	assert.Regexp(t, `^{"errors":\[{"message":"internal error \(request \w+\)","extensions":{"code":"INTERNAL"}}\]}\n$`, answer.Body.String())
}

func TestDataIsSentAsItIs(t *testing.T) {
	data := "{ \"text\": \"<b> & \u2028\" }"
	answer := posted(t, &canned{data: []byte(data)}, strings.NewReader(`{"query": "{ a }"}`))
	assert.Equal(t, `{"data":`+data+`}`, answer.Body.String())
	assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
	assert.Equal(t, len(answer.Body.Bytes()), len(data)+len(`{"data":}`))
}

func TestPartsOfAResponseStandInTheirOrder(t *testing.T) {
	out := answer{response: &graphql.Response{
		Errors: gqlerror.List{{Message: "<a>"}}, Data: []byte(`{"b":1}`), Extensions: map[string]any{"c": 2},
	}}
	parts := out.parts()
	whole := bytes.Join(parts[:], nil)
	//nolint:testifylint // the order of the members and their bytes are meant
	assert.Equal(t, `{"errors":[{"message":"\u003ca\u003e"}],"data":{"b":1},"extensions":{"c":2}}`, string(whole))
}

func TestRequestReachesTheExecutorWhole(t *testing.T) {
	r := &canned{data: []byte(`{}`)}
	posted(t, r, strings.NewReader(`{"query": "{ a }", "operationName": "A", "variables": {"n": 1.50}, "extensions": {"x": []}}`))
	require.NotNil(t, r.params)
	assert.Equal(t, "application/json", r.params.Headers.Get("Content-Type"))
	assert.False(t, r.params.ReadTime.Start.IsZero())
	assert.False(t, r.params.ReadTime.End.Before(r.params.ReadTime.Start))
	r.params.Headers, r.params.ReadTime = nil, graphql.TraceTiming{}
	want, wrong := decodeWithEncodingJSON([]byte(`{"query": "{ a }", "operationName": "A", "variables": {"n": 1.50}, "extensions": {"x": []}}`))
	assert.Empty(t, wrong)
	assert.Equal(t, &want.RawParams, r.params)
}

func TestBodyThatBreaksOffIsRefused(t *testing.T) {
	body := io.MultiReader(strings.NewReader(`{"query": "{ a }"}`), iotest.ErrReader(errors.New("gone")))
	answer := posted(t, &canned{}, body)
	assert.Equal(t, http.StatusBadRequest, answer.Code)
	assert.Contains(t, answer.Body.String(), "could not be read")
}
