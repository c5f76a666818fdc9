package documents_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"decnetgraph/documents"
)

// The documents, as the tools print them.
const (
	count = "query Count {\n  campaigns {\n    totalCount\n  }\n}\n"
	page  = "query Page($n: Int) {\n  campaigns(first: $n) {\n    nodes {\n      uuid\n      __typename\n    }\n    __typename\n  }\n}"
)

func sha256Of(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// written writes files into a folder and returns it.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return folder
}

// read reads one file of a content.
func read(t *testing.T, name, content string) (*documents.Set, error) {
	t.Helper()
	return documents.Read(filepath.Join(written(t, map[string]string{name: content}), name))
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	require.NoError(t, err)
	return string(text)
}

func TestManifestsAreReadAsTheirToolsWriteThem(t *testing.T) {
	md5Of := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
	sha1Of := func(text string) string { return fmt.Sprintf("%x", sha1.Sum([]byte(text))) }
	apollo := func(id func(string) string) map[string]any {
		return map[string]any{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []map[string]string{
			{"id": id(count), "name": "Count", "type": "query", "body": count}, {"id": id(page), "name": "Page", "type": "query", "body": page},
		}}
	}
	for name, c := range map[string]struct {
		manifest any
		id       func(string) string
	}{
		"Relay, by MD5":                        {map[string]string{md5Of(count): count, md5Of(page): page}, md5Of},
		"Relay, by SHA256":                     {map[string]string{sha256Of(count): count, sha256Of(page): page}, sha256Of},
		"GraphQL Code Generator, by SHA-1":     {map[string]string{sha1Of(count): count, sha1Of(page): page}, sha1Of},
		"GraphQL Code Generator, with prefix":  {map[string]string{"sha256:" + sha256Of(count): count, "sha256:" + sha256Of(page): page}, sha256Of},
		"Apollo":                               {apollo(sha256Of), sha256Of},
		"Apollo, with ids of the project's":    {apollo(func(text string) string { return "op-" + md5Of(text) }), func(text string) string { return "op-" + md5Of(text) }},
		"an id that is a name of Apollo's":     {map[string]string{"version": count, "operations": page}, func(text string) string { return map[bool]string{true: "version", false: "operations"}[text == count] }},
		"the same text under two ids, in both": {map[string]string{"a": count, md5Of(count): count, md5Of(page): page}, md5Of},
	} {
		for _, file := range []string{"manifest.json", "persisted-queries"} { // a file that is named may have any ending
			set, err := read(t, file, "\xef\xbb\xbf"+asJSON(t, c.manifest))
			require.NoError(t, err, name)
			require.Len(t, set.Documents(), 2, name)
			for _, text := range []string{count, page} {
				for _, id := range []string{c.id(text), sha256Of(text), "sha256:" + sha256Of(text)} {
					found, ok := set.Text(id)
					assert.True(t, ok, "%s: %s", name, id)
					assert.Equal(t, text, found, name)
				}
				assert.True(t, set.Has(text))
			}
			assert.False(t, set.Has(count+" "))
			for _, id := range []string{"", "unknown", "sha256:", "sha256:" + c.id("other"), sha256Of("other")} {
				_, ok := set.Text(id)
				assert.False(t, ok, "%s: %q", name, id)
			}
		}
	}
}

func TestAFolderHasDocumentsAndManifests(t *testing.T) {
	folder := written(t, map[string]string{
		"Count.graphql": count, "pages/Page.GQL": page, "manifest.json": asJSON(t, map[string]string{"m": "{ a }"}),
		"README.md": "# No document", ".hidden.graphql": "{ h }", "..data/Other.graphql": "{ o }",
	})
	require.NoError(t, os.Symlink("Count.graphql", filepath.Join(folder, "Linked.graphql")))
	set, err := documents.Read(folder)
	require.NoError(t, err)
	require.Len(t, set.Documents(), 3)
	for id, text := range map[string]string{"Count": count, "Page": page, "m": "{ a }", "Linked": count, "sha256:" + sha256Of(page): page} {
		found, ok := set.Text(id)
		assert.True(t, ok, id)
		assert.Equal(t, text, found, id)
	}
	set, err = documents.Read(filepath.Join(folder, "Count.graphql"))
	require.NoError(t, err)
	require.Len(t, set.Documents(), 1)
}

func TestFilesThatCannotBeTrustedAreRefused(t *testing.T) {
	many := map[string]string{}
	for i := range documents.MaxDocuments + 1 {
		many[fmt.Sprintf("id%d", i)] = "{ a }"
	}
	for fact, c := range map[string]struct{ name, content, want string }{
		"no JSON":                         {"m.json", "{\n  \"a\": \"{ a }\",\n  nonsense", "m.json is no manifest of documents: line 3: invalid character 'n' looking for beginning of object key string"},
		"cut off":                         {"m.json", `{"a": "{ a }"`, "m.json is no manifest of documents: line 1: "},
		"a list":                          {"m.json", `["{ a }"]`, "line 1: it is not a JSON object"},
		"two objects":                     {"m.json", `{"a": "{ a }"} {}`, "line 1: something follows the object"},
		"empty":                           {"m.json", ``, "m.json is no manifest of documents: line 1: EOF"},
		"no documents":                    {"m.json", `{}`, "has no trusted documents; name a manifest in JSON, or a folder"},
		"no text":                         {"m.json", `{"a": {"text": "{ a }"}}`, `document "a" of `},
		"null":                            {"m.json", `{"a": null}`, `is no text; a manifest is an object with the text of each document under its id`},
		"another format":                  {"m.json", `{"format": "apollo-persisted-queries", "version": 1, "operations": []}`, `has the format "apollo-persisted-queries" in version "1"; only "apollo-persisted-query-manifest" in version 1 is read`},
		"a later version":                 {"m.json", `{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`, `in version "2"`},
		"an operation without an id":      {"m.json", `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"body": "{ a }"}]}`, "an id has 1 to 256 bytes"},
		"a long id":                       {"m.json", `{"` + strings.Repeat("a", 257) + `": "{ a }"}`, "an id has 1 to 256 bytes"},
		"one id for two documents":        {"m.json", `{"a": "{ a }", "a": "{ b }"}`, `document "a" of `},
		"the hash of another document":    {"m.json", `{"` + sha256Of("{ b }") + `": "{ a }", "b": "{ b }"}`, "the id is the SHA-256 of another document"},
		"a hash that is none":             {"m.json", `{"sha256:` + sha256Of("{ b }") + `": "{ a }"}`, "the id is not the SHA-256 of the text (sha256:" + sha256Of("{ a }") + ")"},
		"a prefix without a hash":         {"m.json", `{"sha256:abc": "{ a }"}`, "the id is not the SHA-256 of the text"},
		"bytes that are no UTF-8":         {"m.graphql", "{ a } # \xff", "m.graphql is not in UTF-8"},
		"too many documents":              {"m.json", asJSON(t, many), "there are more than 10000 trusted documents; trust fewer"},
		"too many bytes":                  {"m.graphql", strings.Repeat(" ", documents.MaxBytes+1), "the trusted documents have more than 16 MiB; trust fewer"},
		"a file without a document in it": {"sub/readme.txt", "x", "readme.txt is no manifest of documents: line 1: invalid character 'x'"},
	} {
		_, err := read(t, c.name, c.content)
		require.ErrorContains(t, err, c.want, fact)
	}
	_, err := documents.Read(filepath.Join(t.TempDir(), "missing.json"))
	require.ErrorContains(t, err, "the trusted documents cannot be read: ")
	_, err = documents.Read(t.TempDir())
	require.ErrorContains(t, err, "has no trusted documents")
	_, err = documents.Read(written(t, map[string]string{"a.graphql": strings.Repeat(" ", documents.MaxBytes/2), "b.graphql": strings.Repeat(" ", documents.MaxBytes/2+1)}))
	require.ErrorContains(t, err, "have more than 16 MiB")
	_, err = documents.Read(written(t, map[string]string{"a/Same.graphql": "{ a }", "b/Same.gql": "{ b }"}))
	require.ErrorContains(t, err, `another document has this id`)
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"a": "{ a }"}`, `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a", "body": "{ a }"}]}`,
		`{"format": 1, "a": "b"}`, `{"a": "x", "a": "y"}`, `[`, `{"sha256:00": ""}`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "m.json")
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		set, err := documents.Read(path)
		if err != nil {
			return
		}
		for _, d := range set.Documents() {
			text, ok := set.Text(d.ID)
			require.True(t, ok && text == d.Text && set.Has(text))
		}
	})
}
