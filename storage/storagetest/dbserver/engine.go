package dbserver

import (
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// errMissing is the error of a server that is not installed, unlike one that does not start.
var errMissing = errors.New("is missing")

// engine is the difference between the two kinds of server.
type engine struct {
	name        string
	variable    string                                            // environment variable with the port of a server to join
	debian      string                                            // Debian package
	account     string                                            // user that runs the server where the tests run as root
	connections int                                               // most connections
	programs    func() (install, serve string)                    // paths, or "" if not installed
	install     func(data string) []string                        // arguments
	serve       func(data string, port, connections int) []string // arguments
	connect     func(port int) (*sql.DB, error)                   // as superuser
	data        string                                            // query for the data directory
	prepare     []string                                          // statements for a new server
	drop        string                                            // statement that drops the database %s
	url         string                                            // of the database %[2]s, on port %[1]d
}

// find returns the paths of the programs, or errMissing.
func (e engine) find() (install, serve string, err error) {
	if runtime.GOOS != "linux" { // process.go finds the processes of a server in /proc
		return "", "", fmt.Errorf("%s for tests %w: it is started on Linux only", e.name, errMissing)
	}
	if install, serve = e.programs(); install == "" || serve == "" {
		return "", "", fmt.Errorf("%s %w (Debian: apt-get install %s)", e.name, errMissing, e.debian)
	}
	return install, serve, nil
}

// program returns the absolute path of the first name that exists, on PATH or as a path, or "".
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
