package httpapi

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// compressFrom is the length in bytes from which an answer is compressed. For a shorter one, compression
// saves a packet or two and costs 10 µs or more.
const compressFrom = 4 << 10

// gzipWriters recycles compressors, which take 0.8 MB each. Measured on 277 KB of nested rows: the fastest level leaves 31 %
// of the size and takes 1.3 ms; level 6 leaves 29 % and takes 2.9 ms.
var gzipWriters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // fails for unknown levels only
	return z
}}

// writeCompressed compresses the parts of an answer. It stops when the client has left.
func writeCompressed(w io.Writer, parts [2][]byte) {
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	z.Reset(w)
	defer z.Reset(io.Discard) // so that the pool does not keep the connection
	for _, part := range parts {
		if _, err := z.Write(part); err != nil {
			return
		}
	}
	_ = z.Close() // fails if the client has left
}
