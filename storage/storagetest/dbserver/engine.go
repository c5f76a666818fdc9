package dbserver

import (
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// errMissing tells a server that is not installed from one that does not start.
var errMissing = errors.New("is missing")

// engine is what the two kinds of server differ in.
type engine struct {
	name     string
	debian   string                            // the package that has it
	account  string                            // whom it runs as where the tests run as root
	programs func() (install, serve string)    // where they are, or ""
	install  func(data string) []string        // arguments
	serve    func(data string, p int) []string // arguments
	connect  func(port int) (*sql.DB, error)   // as superuser
	data     string                            // asks for the data directory
	prepare  []string                          // what a new server is told
	drop     string                            // removes the database %s
	url      string                            // of the database %[2]s, on port %[1]d
}

// find says where the programs are.
func (e engine) find() (install, serve string, err error) {
	if runtime.GOOS != "linux" { // the processes of a server are found in /proc
		return "", "", fmt.Errorf("%s for tests %w: it is started on Linux only", e.name, errMissing)
	}
	if install, serve = e.programs(); install == "" || serve == "" {
		return "", "", fmt.Errorf("%s %w (Debian: apt-get install %s)", e.name, errMissing, e.debian)
	}
	return install, serve, nil
}

// program is the first of the names that is found, on PATH or with its folder, or "".
func program(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.Abs(path); err == nil {
				return path
			}
		}
	}
	return ""
}
