package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"decnetgraph/storage"
)

// Open creates the file of an export that continues after a cursor. With resume it opens a file that exists already,
// removes an incomplete last line, and returns the cursor of the line before it. Only files of the
// format NDJSON can be resumed. Its error is storage.ErrInvalid if the file cannot be written or is not an export.
func Open(path string, resume bool, after string) (file *os.File, cursor string, err error) {
	file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		return file, after, nil
	case errors.Is(err, fs.ErrExist) && !resume:
		return nil, "", storage.Invalid("%s exists already; remove it, or go on after its last line with --resume", path)
	case errors.Is(err, fs.ErrExist):
		file, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, "", storage.Invalid("cannot write the file: %v", err)
	}
	if cursor, err = lastCursor(file); err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, cursor, nil
}

// lastCursor truncates the file after its last complete line and moves the file offset there.
func lastCursor(file *os.File) (string, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	end, err := lineEnd(file, size)
	if err != nil {
		return "", err
	}
	start, err := lineEnd(file, max(0, end-1))
	if err != nil {
		return "", err
	}
	line := make([]byte, end-start)
	if end == 0 { // there is no complete line yet
		line = make([]byte, min(size, int64(len(`{"`))))
	}
	if _, err := file.ReadAt(line, start); err != nil {
		return "", err
	}
	var last struct {
		Cursor string `json:"cursor"`
	}
	begin := `{"`[:min(len(line), 2)]
	ours := string(line) == begin // a part of the first line, or nothing
	if end > 0 {
		ours = json.Unmarshal(line, &last) == nil && last.Cursor != ""
	}
	if !ours { // a file of another kind must not be changed
		return "", storage.Invalid("%s does not end in a line of an export", file.Name())
	}
	if err := file.Truncate(end); err != nil {
		return "", err
	}
	_, err = file.Seek(end, io.SeekStart)
	return last.Cursor, err
}

// lineEnd is the offset after the last line break before an offset of the file; 0 if there is none.
func lineEnd(file *os.File, before int64) (int64, error) {
	block := make([]byte, 64<<10)
	for before > 0 {
		from := max(0, before-int64(len(block)))
		read, err := file.ReadAt(block[:before-from], from)
		if err != nil {
			return 0, err
		}
		if at := bytes.LastIndexByte(block[:read], '\n'); at >= 0 {
			return from + int64(at) + 1, nil
		}
		before = from
	}
	return 0, nil
}
