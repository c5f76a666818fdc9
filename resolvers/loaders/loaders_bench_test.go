package loaders_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers/loaders"
)

// BenchmarkLoadMany asks for all keys of a level at once, of a query that costs nothing.
func BenchmarkLoadMany(b *testing.B) {
	for _, size := range []int{200, 10_000} {
		b.Run(fmt.Sprintf("keys=%d", size), func(b *testing.B) {
			keys, found := make([]string, size), make(map[string]*int, size)
			for i := range keys {
				keys[i] = fmt.Sprintf("%032x", i)
				found[keys[i]] = &i
			}
			query := func(context.Context, []string) (map[string]*int, error) { return found, nil }
			options := loaders.Options{MaxEdges: 1, Parallel: 1, MaxObjects: 1 << 30, MaxRowBytes: 1 << 30}
			b.ReportAllocs()
			for b.Loop() {
				values, err := loaders.LoadMany(loaders.Attach(b.Context(), options), keys, query)
				require.NoError(b, err)
				require.Len(b, values, size)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/key")
		})
	}
}
