package dbserver

import (
	"cmp"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

const postgresURL = "postgres://decnet@127.0.0.1:%d/%s?sslmode=disable"

var postgres = engine{
	name:        "PostgreSQL",
	variable:    "DBSERVER_POSTGRES",
	debian:      "postgresql",
	account:     "postgres",
	connections: 200,
	programs:    postgresPrograms,
	install: func(data string) []string {
		return []string{"-D", data, "-A", "trust", "-U", "decnet", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"}
	},
	// Nothing waits for the disk. A committed change survives a kill all the same; only a crash of the
	// machine would lose it.
	serve: func(data string, port, connections int) []string {
		return []string{
			"-D", data, "-p", strconv.Itoa(port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", "fsync=off", "-c", "max_connections=" + strconv.Itoa(connections),
			"-c", "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap", // in the data directory, with which it is removed
		}
	},
	connect: func(port int) (*sql.DB, error) { return sql.Open("pgx", fmt.Sprintf(postgresURL, port, "postgres")) },
	data:    "SHOW data_directory",
	drop:    "DROP DATABASE IF EXISTS %s WITH (FORCE)",
	url:     postgresURL,
}

// postgresPrograms finds initdb on PATH or else where Debian installs it, newest version first, and the
// server in the same folder.
func postgresPrograms() (install, serve string) {
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well-formed
	slices.SortFunc(places, func(a, b string) int { return cmp.Compare(debianVersion(b), debianVersion(a)) })
	for _, place := range append([]string{"initdb"}, places...) {
		if install, err := filepath.EvalSymlinks(program(place)); err == nil {
			if serve := program(filepath.Join(filepath.Dir(install), "postgres")); serve != "" {
				return install, serve
			}
		}
	}
	return "", ""
}

// debianVersion returns the 15 of /usr/lib/postgresql/15/bin/initdb.
func debianVersion(initdb string) int {
	version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb)))) // 9.6 counts as 0, oldest
	return version
}
