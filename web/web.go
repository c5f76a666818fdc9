// Package web holds the built GraphiQL page and serves it: every script, style
// and font comes from the binary, none from another host.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

const (
	root  = "dist/"
	index = "index.html"
	// examplesName is the file that the page reads its examples from.
	examplesName = "examples.json"
)

// contentSecurityPolicy lets the page load and call its own origin only. The
// inline styles are Monaco's, the data: fonts and pictures GraphiQL's.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; " +
	"connect-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// contentTypes is fixed here because the mime package also reads the machine's own tables.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
	".txt":  "text/plain; charset=utf-8",
}

// Handler serves the page at the root of the prefix that the caller has
// stripped, and its files below it. The page calls the GraphQL endpoint at
// ../graphql, so the prefix must end in a slash as the browser sees it:
// redirect the bare one.
func Handler() http.Handler {
	s := site{}
	err := fs.WalkDir(dist, strings.TrimSuffix(root, "/"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		s[strings.TrimPrefix(name, root)] = newFile(name)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("web: walk the embedded files: %v", err))
	}
	s[examplesName] = newFileOf(examplesName, writeExamples)
	return s
}

// site maps a path below the prefix to its file. Looking a request up in it is
// all the path handling there is, so no path can reach outside.
type site map[string]*file

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = index
	}
	f, ok := s[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.ServeHTTP(w, r)
}

// setSecurityHeaders sets headers on every response, because a worker obeys the policy of its own script's response.
func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// file is one file and what its responses say about it.
type file struct {
	open         func() io.ReadSeeker
	contentType  string
	cacheControl string
	hash         string
	gzipped      func() []byte // compressed by the first call; nil if that saves nothing
}

// newFile is a file of the build, by its name in dist.
func newFile(name string) *file { return newFileOf(name, func() io.ReadSeeker { return open(name) }) }

func newFileOf(name string, open func() io.ReadSeeker) *file {
	return &file{
		open:         open,
		contentType:  contentType(name),
		cacheControl: cacheControl(name),
		hash:         hash(open),
		gzipped:      sync.OnceValue(func() []byte { return compress(open) }),
	}
}

func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Add("Vary", "Accept-Encoding")
	content, etag := f.open(), f.hash
	if acceptsGzip(r.Header) {
		if z := f.gzipped(); z != nil {
			content, etag = bytes.NewReader(z), f.hash+"-gzip"
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(z))) // ServeContent leaves it out for encoded content
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}

func contentType(name string) string {
	if t, ok := contentTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// cacheControl relies on the build putting a content hash into each name below assets/.
func cacheControl(name string) string {
	if strings.HasPrefix(name, root+"assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func hash(open func() io.ReadSeeker) string {
	sum := sha256.New()
	mustCopy(sum, open())
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func compress(open func() io.ReadSeeker) []byte {
	var z bytes.Buffer
	zw := gzip.NewWriter(&z)
	size := mustCopy(zw, open())
	if err := zw.Close(); err != nil {
		panic(fmt.Sprintf("web: compress: %v", err))
	}
	if int64(z.Len()) >= size {
		return nil
	}
	return bytes.Clone(z.Bytes()) // drops the buffer's spare capacity
}

func mustCopy(w io.Writer, from io.Reader) int64 {
	n, err := io.Copy(w, from)
	if err != nil {
		panic(fmt.Sprintf("web: read an embedded file: %v", err))
	}
	return n
}

// open reads straight from the binary, without the copy that ReadFile makes.
func open(name string) io.ReadSeeker {
	f, err := dist.Open(name)
	if err != nil {
		panic(fmt.Sprintf("web: %v", err))
	}
	return f.(io.ReadSeeker) // embed promises it for files
}

// acceptsGzip reports whether the client takes gzip, by name or by "*".
func acceptsGzip(h http.Header) bool {
	wildcard := false
	for offer := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, params, _ := strings.Cut(offer, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return weight(params) > 0
		case "*":
			wildcard = weight(params) > 0
		}
	}
	return wildcard
}

// weight is the q parameter: 1 when absent, 0 when it is not a number.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			q, _ := strconv.ParseFloat(strings.TrimSpace(value), 64) // 0 on a syntax error
			return q
		}
	}
	return 1
}
