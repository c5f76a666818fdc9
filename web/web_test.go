package web

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestHandler(t *testing.T) {
	script := anAsset(t, ".js")
	tests := map[string]struct {
		method, path string
		status       int
		header       map[string]string
	}{
		"the root is the page": {
			http.MethodGet, "", http.StatusOK,
			map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"},
		},
		"the root with a slash is the page": {
			http.MethodGet, "/", http.StatusOK,
			map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"},
		},
		"HEAD is GET without a body": {
			http.MethodHead, "/", http.StatusOK,
			map[string]string{"Content-Type": "text/html; charset=utf-8"},
		},
		"an asset is kept for good": {
			http.MethodGet, "/" + script, http.StatusOK,
			map[string]string{
				"Content-Type":  "text/javascript; charset=utf-8",
				"Cache-Control": "public, max-age=31536000, immutable",
			},
		},
		"the licences are plain text": {
			http.MethodGet, "/THIRD-PARTY-LICENSES.txt", http.StatusOK,
			map[string]string{"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"},
		},
		"an unknown path is not found":    {http.MethodGet, "/assets/none.js", http.StatusNotFound, nil},
		"a directory is not found":        {http.MethodGet, "/assets/", http.StatusNotFound, nil},
		"the source is not found":         {http.MethodGet, "/web.go", http.StatusNotFound, nil},
		"dots do not lead out":            {http.MethodGet, "/../web.go", http.StatusNotFound, nil},
		"dots do not lead back in":        {http.MethodGet, "/assets/../index.html", http.StatusNotFound, nil},
		"encoded dots do not lead out":    {http.MethodGet, "/%2e%2e/web.go", http.StatusNotFound, nil},
		"encoded slashes do not lead out": {http.MethodGet, "/..%2fweb.go", http.StatusNotFound, nil},
		"POST is not allowed": {
			http.MethodPost, "/", http.StatusMethodNotAllowed, map[string]string{"Allow": "GET, HEAD"},
		},
		"OPTIONS is not allowed": {
			http.MethodOptions, "/", http.StatusMethodNotAllowed, map[string]string{"Allow": "GET, HEAD"},
		},
	}
	h := http.StripPrefix("/graphiql", Handler())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			res := serve(h, tt.method, "/graphiql"+tt.path, nil)
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", res.StatusCode, tt.status)
			}
			wantHeader(t, res, tt.header)
			wantHeader(t, res, map[string]string{
				"Content-Security-Policy":      contentSecurityPolicy,
				"Cross-Origin-Resource-Policy": "same-origin",
				"Referrer-Policy":              "no-referrer",
				"X-Content-Type-Options":       "nosniff",
			})
			if body := read(t, res.Body); tt.method == http.MethodHead && body != "" {
				t.Errorf("HEAD came with a body of %d bytes", len(body))
			}
		})
	}
}

func TestGzip(t *testing.T) {
	tests := map[string]struct {
		accept []string
		want   bool
	}{
		"no header":             {nil, false},
		"empty header":          {[]string{""}, false},
		"gzip":                  {[]string{"gzip"}, true},
		"what a browser sends":  {[]string{"gzip, deflate, br, zstd"}, true},
		"upper case":            {[]string{"GZIP"}, true},
		"its old name":          {[]string{"x-gzip"}, true},
		"a second header line":  {[]string{"br", "gzip"}, true},
		"with a weight":         {[]string{"br;q=1.0, gzip;q=0.5"}, true},
		"weight zero":           {[]string{"gzip;q=0"}, false},
		"weight zero, spelt":    {[]string{"gzip ; Q = 0.000"}, false},
		"weight not a number":   {[]string{"gzip;q=x"}, false},
		"anything":              {[]string{"*"}, true},
		"anything but gzip":     {[]string{"*, gzip;q=0"}, false},
		"nothing but identity":  {[]string{"identity, *;q=0"}, false},
		"gzip and nothing else": {[]string{"*;q=0, gzip"}, true},
		"another coding":        {[]string{"br"}, false},
	}
	h := Handler()
	want := read(t, serve(h, http.MethodGet, "/", nil).Body)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			res := serve(h, http.MethodGet, "/", http.Header{"Accept-Encoding": tt.accept})
			if got := res.Header.Get("Content-Encoding") == "gzip"; got != tt.want {
				t.Fatalf("gzip %t, want %t", got, tt.want)
			}
			wantHeader(t, res, map[string]string{"Vary": "Accept-Encoding"})
			body := res.Body
			if tt.want {
				body = gunzip(t, body)
			}
			if got := read(t, body); got != want {
				t.Errorf("the body differs from the page")
			}
		})
	}
}

func TestGzippedHeadHasTheLengthOfGet(t *testing.T) {
	h := Handler()
	get := serve(h, http.MethodGet, "/", acceptGzip())
	head := serve(h, http.MethodHead, "/", acceptGzip())
	if head.ContentLength <= 0 || head.ContentLength != int64(len(read(t, get.Body))) {
		t.Errorf("Content-Length %d is not the length of the body", head.ContentLength)
	}
	wantHeader(t, head, map[string]string{"ETag": get.Header.Get("ETag"), "Content-Encoding": "gzip"})
}

func TestFileIsCompressedOnce(t *testing.T) {
	f := newFile(root + index)
	first := f.gzipped()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if again := f.gzipped(); &again[0] != &first[0] {
				t.Error("compressed again")
			}
		})
	}
	wg.Wait()
}

func TestConditionalRequests(t *testing.T) {
	h := Handler()
	plain := serve(h, http.MethodGet, "/", nil).Header.Get("ETag")
	zipped := serve(h, http.MethodGet, "/", acceptGzip()).Header.Get("ETag")
	if plain == "" || plain == zipped {
		t.Fatalf("plain %q and gzipped %q want ETags of their own", plain, zipped)
	}
	tests := map[string]struct {
		header http.Header
		status int
	}{
		"the same page is not sent again":   {http.Header{"If-None-Match": {plain}}, http.StatusNotModified},
		"nor is the same gzipped page":      {with(acceptGzip(), "If-None-Match", zipped), http.StatusNotModified},
		"a plain copy is not a gzipped one": {with(acceptGzip(), "If-None-Match", plain), http.StatusOK},
		"an older page is sent":             {http.Header{"If-None-Match": {`"old"`}}, http.StatusOK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			res := serve(h, http.MethodGet, "/", tt.header)
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", res.StatusCode, tt.status)
			}
			wantHeader(t, res, map[string]string{"Vary": "Accept-Encoding", "Cache-Control": "no-cache"})
			if body := read(t, res.Body); (body == "") != (tt.status == http.StatusNotModified) {
				t.Errorf("status %d with a body of %d bytes", res.StatusCode, len(body))
			}
		})
	}
}

func serve(h http.Handler, method, target string, header http.Header) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func acceptGzip() http.Header {
	return http.Header{"Accept-Encoding": {"gzip"}}
}

func with(h http.Header, key, value string) http.Header {
	h.Set(key, value)
	return h
}

func wantHeader(t *testing.T, res *http.Response, want map[string]string) {
	t.Helper()
	for key, value := range want {
		if got := res.Header.Get(key); got != value {
			t.Errorf("%s: %q, want %q", key, got, value)
		}
	}
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func gunzip(t *testing.T, r io.Reader) io.ReadCloser {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func anAsset(t *testing.T, ext string) string {
	t.Helper()
	for name := range built(t) {
		if strings.HasPrefix(name, "assets/") && strings.HasSuffix(name, ext) {
			return name
		}
	}
	t.Fatalf("the build has no asset that ends in %s", ext)
	return ""
}
