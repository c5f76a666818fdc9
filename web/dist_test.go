package web

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestEveryFileHasAContentType(t *testing.T) {
	for name := range built(t) {
		if contentType(name) == "application/octet-stream" {
			t.Errorf("%s has none: add its extension to contentTypes", name)
		}
	}
}

func TestPageRefersToItsOwnFiles(t *testing.T) {
	files := built(t)
	references := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(files[index], -1)
	if len(references) < 2 {
		t.Fatalf("the page refers to %d files, want a script and a style sheet at least", len(references))
	}
	for _, ref := range references {
		name, relative := strings.CutPrefix(ref[1], "./")
		if _, ok := files[name]; !relative || !ok {
			t.Errorf("%s is not a file of the build, relative to the page", ref[1])
		}
	}
}

// outward matches what makes a browser load from another host, by file
// extension. Links to follow and namespaces are not among it.
var outward = map[string]*regexp.Regexp{
	".html": regexp.MustCompile(`(?i)(?:src|srcset|href|data|action)\s*=\s*["']?(?:https?:)?//`),
	".css":  regexp.MustCompile(`(?i)(?:url\(|@import)\s*["']?(?:https?:)?//`),
	".svg":  regexp.MustCompile(`(?i)(?:href\s*=|url\()\s*["']?(?:https?:)?//`),
	".js": regexp.MustCompile(`(?i)(?:\bfrom|\bimport\s*\(?|importScripts\(|Worker\(|\bfetch\(|new URL\(|\.src\s*=|url\()` +
		"\\s*[\"'`]?(?:https?:)?//"),
}

// deliveryHosts are what scripts, styles and fonts are commonly loaded from.
var deliveryHosts = []string{
	"//esm.sh", "jsdelivr.net", "//unpkg.com", "//cdnjs.", "skypack.dev", "//fonts.", "gstatic.com", "typekit.net",
}

func TestBuildLoadsNothingFromElsewhere(t *testing.T) {
	for name, text := range built(t) {
		ext := path.Ext(name)
		if ext == ".txt" || ext == ".ttf" {
			continue // shown or drawn, never followed
		}
		pattern, ok := outward[ext]
		if !ok {
			t.Errorf("%s: no pattern for this kind of file", name)
			continue
		}
		for _, excerpt := range around(text, "//") {
			if pattern.MatchString(excerpt) {
				t.Errorf("%s loads from elsewhere: %s", name, excerpt)
			}
		}
		for _, host := range deliveryHosts {
			if strings.Contains(text, host) {
				t.Errorf("%s mentions %s", name, host)
			}
		}
	}
}

// around cuts out what stands around each mark: a pattern takes too long over the megabytes of the build.
func around(text, mark string) []string {
	const before, after = 40, 60
	var excerpts []string
	for i := 0; ; {
		next := strings.Index(text[i:], mark)
		if next < 0 {
			return excerpts
		}
		i += next + len(mark)
		excerpts = append(excerpts, text[max(0, i-before):min(len(text), i+after)])
	}
}

func TestOutwardPatternsMatch(t *testing.T) {
	tests := map[string]string{
		`<script src="https://cdn.example/a.js">`:    ".html",
		`<link rel=stylesheet href=//cdn.example/a>`: ".html",
		`@import "https://cdn.example/a.css";`:       ".css",
		`src:url(//cdn.example/a.woff2)`:             ".css",
		"import(`https://cdn.example/a.js`)":         ".js",
		`import"https://cdn.example/a.js"`:           ".js",
		`export*from"https://cdn.example/a.js"`:      ".js",
		`new Worker("https://cdn.example/a.js")`:     ".js",
		`s.src="//cdn.example/a.js"`:                 ".js",
	}
	for text, ext := range tests {
		if excerpts := around(text, "//"); len(excerpts) != 1 || !outward[ext].MatchString(excerpts[0]) {
			t.Errorf("%s pattern does not see %s", ext, text)
		}
	}
}

// built is every file of the build by its path below the prefix.
func built(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := dist.ReadFile(name)
		files[strings.TrimPrefix(name, root)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
