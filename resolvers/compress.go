package resolvers

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// worthCompressing is the length at which compression begins to pay: what is shorter takes a packet
// or two less, for 10 µs and more.
const worthCompressing = 4 << 10

// compressed sends what a handler writes as zstd or gzip to clients that ask for it. Measured on 277 KB of
// nested rows: the fastest levels leave 28 and 31 % for 1.4 and 1.3 ms; gzip's level 6 leaves 29 %
// for 2.9 ms.
var compressed = func() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(worthCompressing),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ZstdCompressionLevel(int(zstd.SpeedFastest)),
	)
	if err != nil {
		panic(fmt.Errorf("compression: %w", err)) // of levels that do not exist
	}
	return wrap
}()
