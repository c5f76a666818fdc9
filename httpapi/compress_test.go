package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// decoders undo what an answer's Content-Encoding names.
var decoders = map[string]func(io.Reader) (io.Reader, error){
	"":     func(r io.Reader) (io.Reader, error) { return r, nil },
	"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
}

func TestAnswersAreCompressedForClientsThatAsk(t *testing.T) {
	large, small := nested(100_000), nested(100)
	for fact, c := range map[string]struct {
		accepted, coding string
		data             []byte
	}{
		"nothing asked":          {"", "", large},
		"gzip":                   {"gzip", "gzip", large},
		"zstd":                   {"zstd", "zstd", large},
		"as browsers ask":        {"gzip, deflate, br, zstd", "zstd", large},
		"gzip is liked better":   {"zstd;q=0.5, gzip", "gzip", large},
		"gzip is refused":        {"gzip;q=0", "", large},
		"what is not there":      {"br, deflate", "", large},
		"as it is":               {"identity", "", large},
		"an answer not worth it": {"gzip, zstd", "", small},
	} {
		t.Run(fact, func(t *testing.T) {
			handler := &handler{&canned{data: c.data}, resolvers.DefaultLimits}
			ask := func(tag string) *httptest.ResponseRecorder {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={a}", nil)
				request.Header.Set("Accept-Encoding", c.accepted)
				request.Header.Set("If-None-Match", tag)
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				return recorder
			}
			answer := ask("")
			coding := answer.Header().Get("Content-Encoding")
			require.Equal(t, c.coding, coding)
			assert.ElementsMatch(t, []string{"Accept", "Accept-Encoding"}, answer.Header().Values("Vary"), "whatever was asked")
			if length := answer.Header().Get("Content-Length"); length != "" {
				assert.Equal(t, strconv.Itoa(answer.Body.Len()), length)
			}
			if coding != "" {
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
	handler := &handler{&canned{data: nested(100_000)}, resolvers.DefaultLimits}
	tags := map[string]bool{}
	for _, coding := range []string{"", "gzip", "zstd"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={a}", nil)
		request.Header.Set("Accept-Encoding", coding)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		tags[recorder.Header().Get("ETag")] = true
		assert.Regexp(t, "^W/", recorder.Header().Get("ETag"), "a strong tag would have to differ")
	}
	assert.Len(t, tags, 1)
}
