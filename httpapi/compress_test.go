package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// decoders undo what an answer's Content-Encoding names.
var decoders = map[string]func(io.Reader) (io.Reader, error){
	"":     func(r io.Reader) (io.Reader, error) { return r, nil },
	"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
}

func TestAnswersAreCompressedForClientsThatAsk(t *testing.T) {
	large, small := nested(100_000), nested(100)
	for fact, c := range map[string]struct {
		accepted, coding string
		data             []byte
	}{
		"nothing asked":                          {"", "", large},
		"gzip":                                   {"gzip", "gzip", large},
		"gzip by its old name":                   {"x-gzip", "gzip", large},
		"gzip in capitals":                       {"GZIP;Q=1.0", "gzip", large},
		"zstd, which not all that ask can read":  {"zstd", "", large},
		"as browsers ask":                        {"gzip, deflate, br, zstd", "gzip", large},
		"as fetch of Node.js asks":               {"br, gzip, deflate, zstd", "gzip", large},
		"gzip is liked less than what is absent": {"zstd, gzip;q=0.5", "gzip", large},
		"gzip is liked less than no coding":      {"gzip;q=0.5, identity", "", large},
		"gzip is liked as much as no coding":     {"gzip;q=0.5, identity;q=0.5", "gzip", large},
		"gzip is hardly liked":                   {"gzip;q=0.001", "gzip", large},
		"gzip is refused":                        {"gzip;q=0", "", large},
		"gzip is refused, others are not":        {"*, gzip;q=0", "", large},
		"anything":                               {"*", "gzip", large},
		"anything but no coding":                 {"*, identity;q=0", "gzip", large},
		"nothing but gzip":                       {"gzip, *;q=0", "gzip", large},
		"nothing but no coding":                  {"identity, *;q=0", "", large},
		"gzip and not plain, for a small answer": {"gzip, identity;q=0", "gzip", small},
		"what is not there":                      {"br, deflate", "", large},
		"as it is":                               {"identity", "", large},
		"a weight that is none":                  {"gzip;q=much", "", large},
		"an answer not worth it":                 {"gzip", "", small},
	} {
		t.Run(fact, func(t *testing.T) {
			handler := newHandler(&canned{data: c.data}, resolvers.DefaultLimits)
			ask := func(tag string) *httptest.ResponseRecorder {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={a}", nil)
				request.Header.Set("X-Requested-With", "test")
				request.Header.Set("Accept-Encoding", c.accepted)
				request.Header.Set("If-None-Match", tag)
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				return recorder
			}
			answer := ask("")
			coding := answer.Header().Get("Content-Encoding")
			require.Equal(t, c.coding, coding)
			assert.ElementsMatch(t, []string{"Accept", "Accept-Encoding", "Graphql-Consistency"}, answer.Header().Values("Vary"), "whatever was asked")
			if length := answer.Header().Get("Content-Length"); length != "" {
				assert.Equal(t, strconv.Itoa(answer.Body.Len()), length)
			}
			if coding != "" && len(c.data) > compressFrom {
				assert.Less(t, answer.Body.Len(), len(c.data)/2)
			}
			plain, err := decoders[coding](answer.Body)
			require.NoError(t, err)
			text, err := io.ReadAll(plain)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(text, []byte(`{"data":`+string(c.data)+`}`)))

			again := ask(answer.Header().Get("ETag"))
			assert.Equal(t, http.StatusNotModified, again.Code)
			assert.Empty(t, again.Header().Get("Content-Encoding"))
			assert.Empty(t, again.Body.Bytes())
		})
	}
}

func TestTagsAreTheSameForAllCodings(t *testing.T) {
	handler := newHandler(&canned{data: nested(100_000)}, resolvers.DefaultLimits)
	tags := map[string]bool{}
	for _, coding := range []string{"", "gzip"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={a}", nil)
		request.Header.Set("X-Requested-With", "test")
		request.Header.Set("Accept-Encoding", coding)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		tags[recorder.Header().Get("ETag")] = true
		assert.Regexp(t, "^W/", recorder.Header().Get("ETag"), "a strong tag would have to differ")
	}
	assert.Len(t, tags, 1)
}

func TestRequestsThatAcceptNoCodingAreRefused(t *testing.T) {
	for _, accepted := range []string{"identity;q=0", "*;q=0", "br, identity;q=0", "gzip;q=0, identity;q=0", "gzip;q=0, *;q=0"} {
		executor := &canned{data: nested(100)}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={a}", nil)
		request.Header.Set("X-Requested-With", "test")
		request.Header.Set("Accept-Encoding", accepted)
		recorder := httptest.NewRecorder()
		newHandler(executor, resolvers.DefaultLimits).ServeHTTP(recorder, request)
		assert.Equal(t, http.StatusNotAcceptable, recorder.Code, accepted)
		assert.Contains(t, recorder.Body.String(), "accept gzip or identity")
		assert.Nil(t, executor.params, "nothing ran")
	}
}

func TestHeadSaysHowTheAnswerWouldBeSent(t *testing.T) {
	for fact, c := range map[string]struct {
		accepted, coding, length string
		data                     []byte
	}{
		"small":      {"gzip", "", "10", []byte(`1`)},
		"compressed": {"gzip", "gzip", "", nested(100_000)},
	} {
		ask := func(method string) http.Header {
			request := httptest.NewRequestWithContext(t.Context(), method, "/graphql?query={a}", nil)
			request.Header.Set("X-Requested-With", "test")
			request.Header.Set("Accept-Encoding", c.accepted)
			recorder := httptest.NewRecorder()
			newHandler(&canned{data: c.data}, resolvers.DefaultLimits).ServeHTTP(recorder, request)
			require.Equal(t, http.StatusOK, recorder.Code)
			require.Equal(t, method == http.MethodHead, recorder.Body.Len() == 0)
			return recorder.Header()
		}
		head := ask(http.MethodHead)
		assert.Equal(t, ask(http.MethodGet), head, fact)
		assert.Equal(t, c.coding, head.Get("Content-Encoding"), fact)
		if c.length != "" {
			assert.Equal(t, c.length, head.Get("Content-Length"), fact)
		}
	}
}
