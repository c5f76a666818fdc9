package httpapi

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressFrom is the length in bytes from which an answer is compressed. For a shorter one, compression
// saves a packet or two and costs 10 µs or more.
const compressFrom = 4 << 10

// compressed wraps a handler so that clients that accept zstd or gzip get its answer compressed. Measured on
// 277 KB of nested rows: the fastest levels of zstd and gzip leave 28 and 31 % of the size and take 1.4 and
// 1.3 ms; gzip's level 6 leaves 29 % and takes 2.9 ms.
var compressed = func() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(compressFrom),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ZstdCompressionLevel(int(zstd.SpeedFastest)),
	)
	if err != nil {
		panic(fmt.Errorf("compression: %w", err)) // a level does not exist
	}
	return wrap
}()
