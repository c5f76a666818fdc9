package export

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"

	"decnetgraph/storage"
)

// foreign are the first bytes of files that hold no text, and what to do with such a file.
var foreign = []struct{ start, message string }{
	{"\x28\xb5\x2f\xfd", "the input is compressed with zstd; decompress it first, such as with zstd -dc FILE"},
	{"\xfd7zXZ\x00", "the input is compressed with xz; decompress it first, such as with xz -dc FILE"},
	{"BZh", "the input is compressed with bzip2; decompress it first, such as with bzip2 -dc FILE"},
	{"PK\x03\x04", "the input is a ZIP archive; unpack it first, such as with unzip -p FILE"},
	{"SQLite format 3\x00", "the input is a SQLite database; write its tags with decnet-graph export tags --db FILE"},
	{"PAR1", "the input is a Parquet file; convert it to lines of JSON first"},
	{"\xff\xfe\x00\x00", "the input is UTF-32; convert it to UTF-8 first, such as with iconv -f UTF-32 -t UTF-8 FILE"},
	{"\x00\x00\xfe\xff", "the input is UTF-32; convert it to UTF-8 first, such as with iconv -f UTF-32 -t UTF-8 FILE"},
}

// textReader returns the text of a stream as UTF-8: it decompresses gzip, removes a byte order mark and converts UTF-16,
// as PowerShell writes it. It fails with ErrInvalid for files that it recognises but cannot read.
func textReader(in io.Reader) (*bufio.Reader, error) {
	const size = 64 << 10
	from := bufio.NewReaderSize(in, size)
	if start, _ := from.Peek(2); bytes.Equal(start, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, damaged(err)
		}
		from = bufio.NewReaderSize(unpacked, size)
	}
	first, err := from.Peek(1)
	if len(first) == 0 {
		return from, onlyFailure(err)
	}
	for _, f := range foreign { // only a stream that starts like one is read further ahead
		if first[0] == f.start[0] {
			if start, _ := from.Peek(len(f.start)); string(start) == f.start {
				return nil, storage.Invalid("%s", f.message)
			}
		}
	}
	start, _ := from.Peek(2)
	switch {
	case bytes.Equal(start, []byte{0xff, 0xfe}), len(start) == 2 && start[0] != 0 && start[1] == 0:
		from = bufio.NewReaderSize(&utf16Reader{from: from, order: binary.LittleEndian}, size)
	case bytes.Equal(start, []byte{0xfe, 0xff}), len(start) == 2 && start[0] == 0 && start[1] != 0:
		from = bufio.NewReaderSize(&utf16Reader{from: from, order: binary.BigEndian}, size)
	}
	return from, nil
}

// onlyFailure returns an error of reading, nil for the end of the stream.
func onlyFailure(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return damaged(err)
}

// damaged gives the errors of decompression the kind ErrInvalid, since the same input would fail again.
func damaged(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return storage.Invalid("the compressed input is damaged or cut off, so the rest of it cannot be read; get a complete copy and insert it again")
	}
	return err
}

// utf16Reader converts UTF-16 to UTF-8. What is not valid becomes bytes that are not valid UTF-8, so that it is noticed.
type utf16Reader struct {
	from  io.Reader
	order binary.ByteOrder
	raw   [4 << 10]byte
	left  int    // bytes in raw that were not converted yet
	text  []byte // converted, and not read yet
	err   error
}

// Read implements io.Reader.
func (r *utf16Reader) Read(to []byte) (int, error) {
	for len(r.text) == 0 && r.err == nil {
		var n int
		n, r.err = r.from.Read(r.raw[r.left:])
		r.convert(r.raw[:r.left+n])
	}
	n := copy(to, r.text)
	r.text = r.text[n:]
	if n == 0 {
		return 0, r.err
	}
	return n, nil
}

// convert appends the text of the raw bytes, and keeps those whose rest is still to come.
func (r *utf16Reader) convert(raw []byte) {
	const invalid = 0xff // a byte that UTF-8 never has
	for len(raw) >= 2 {
		unit, size := rune(r.order.Uint16(raw)), 2
		switch {
		case !utf16.IsSurrogate(unit):
			r.text = append(r.text, string(unit)...)
		case len(raw) < 4 && r.err == nil: // the other half is still to come
			r.left = copy(r.raw[:], raw)
			return
		default:
			whole := rune(-1)
			if len(raw) >= 4 {
				whole = utf16.DecodeRune(unit, rune(r.order.Uint16(raw[2:])))
			}
			if whole > 0xffff {
				r.text, size = append(r.text, string(whole)...), 4
			} else {
				r.text = append(r.text, invalid)
			}
		}
		raw = raw[size:]
	}
	r.left = copy(r.raw[:], raw)
	if r.err != nil && len(raw) > 0 {
		r.text = append(r.text, invalid)
	}
}
