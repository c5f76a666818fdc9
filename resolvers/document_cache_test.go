package resolvers

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// repeated puts a pattern with the numbers from 0 between two texts.
func repeated(before, pattern, after string) string {
	const times = 90
	for i := range times {
		before += strings.ReplaceAll(pattern, "%d", fmt.Sprint(i))
	}
	return before + after
}

// TestSizesOfDocumentsAreTrue compares the sizes that the cache is bounded by with the memory that copies take.
func TestSizesOfDocumentsAreTrue(t *testing.T) {
	texts := map[string]string{
		"fields":     repeated("{", " __typename", "}"),
		"aliases":    repeated("{", " a%d:__typename", "}"),
		"values":     repeated("{nodes(ids:[", "1 ", "]){id}}"),
		"variables":  repeated("query(", "$a%d:ID! ", "){") + repeated("nodes(ids:[", "$a%d ", "]){id}}"),
		"directives": repeated("{", "__typename@skip(if:false)", "}"),
		"fragments":  repeated("", "fragment f%d on Query{a:__typename}", "") + repeated("{", "...f%d ", "}"),
		"inline":     repeated("{", "...{__typename}", "}"),
		"arguments":  repeated("{", `a%d:campaign(by:{uuid:"c2cf6488-e437-4e89-a74e-224bcbe873fe"}){uuid}`, "}"),
		"operations": repeated("", "query Q%d{__typename}", ""),
		"comments":   repeated("{__typename ", "#,,,,,,,,,,,,,,,,,,\n", "}"),
	}
	examples, err := filepath.Glob("../web/examples/*.graphql")
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	for _, name := range examples {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		texts[filepath.Base(name)] = string(text)
	}
	schema := newSchema(&Resolver{}, DefaultLimits, false).Schema()
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			const copies = 40
			kept := make([]*ast.QueryDocument, copies)
			before := heap()
			for i := range kept {
				kept[i], err = parser.ParseQuery(&ast.Source{Input: strings.Clone(text)})
				require.NoError(t, err)
				require.Empty(t, validator.ValidateWithRules(schema, kept[i], rules.NewDefaultRules()))
			}
			ratio := float64(documentBytes(text, kept[0])) * copies / float64(heap()-before)
			assert.InDelta(t, 1.5, ratio, 0.75, "the estimate is %.2f times the memory", ratio)
			runtime.KeepAlive(kept)
		})
	}
}

// heap is the memory in use after the garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestDocumentsAreCached(t *testing.T) {
	cache := newDocumentCache(1 << 20)
	document := &ast.QueryDocument{}
	cache.Add("{ a }", document)
	found, ok := cache.Get("{ a }")
	assert.True(t, ok)
	assert.Same(t, document, found)
	cache.Add(strings.Repeat("x", 1<<16), document)
	_, ok = cache.Get(strings.Repeat("x", 1<<16))
	assert.False(t, ok, "one long document does not push out many short ones")
}
