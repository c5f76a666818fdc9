package main

import (
	"encoding/json"
	"io"
	"os"
)

// report is what was measured.
type report struct {
	Figures []figures
}

// write prints the report and, if a file is named, writes it there as JSON.
func (r *report) write(out io.Writer, file string) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644) //nolint:gosec // figures are no secret
}
