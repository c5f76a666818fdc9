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

// Open makes the file of an export. With resume it opens a file that is there already, cuts off a last
// line that was not written whole, and tells the cursor of the one before.
func Open(path string, resume bool, after string) (file *os.File, cursor string, err error) {
	file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		return file, after, nil
	case errors.Is(err, fs.ErrExist) && !resume:
		return nil, "", storage.Invalid("%s exists already; remove it, or go on behind its last line with --resume", path)
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

// lastCursor cuts the file behind its last whole line, and leaves it there to go on writing.
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
	if end == 0 { // there is no whole line yet
		line = make([]byte, min(size, int64(len(`{"`))))
	}
	if _, err := file.ReadAt(line, start); err != nil {
		return "", err
	}
	var last struct {
		Cursor string `json:"cursor"`
	}
	began := `{"`[:min(len(line), 2)]
	ours := string(line) == began // the first line has begun, or nothing has
	if end > 0 {
		ours = json.Unmarshal(line, &last) == nil && last.Cursor != ""
	}
	if !ours { // a file of another kind must not be touched
		return "", storage.Invalid("%s does not end in a line of an export", file.Name())
	}
	if err := file.Truncate(end); err != nil {
		return "", err
	}
	_, err = file.Seek(end, io.SeekStart)
	return last.Cursor, err
}

// lineEnd is the place behind the last line break before a place of the file; 0 if there is none.
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
