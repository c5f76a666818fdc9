package dsn

import (
	"fmt"
	"slices"
	"strings"
)

// schemes are the engines by the name before "://", each with the drivers that SQLAlchemy lets a URL
// name after a "+".
var schemes = map[string]struct {
	engine  Engine
	drivers []string
}{
	"sqlite":     {SQLite, []string{"aiosqlite", "pysqlite"}},
	"mysql":      {MySQL, mysqlDrivers},
	"mariadb":    {MySQL, mysqlDrivers},
	"postgres":   {Postgres, postgresDrivers},
	"postgresql": {Postgres, postgresDrivers},
}

var (
	mysqlDrivers    = []string{"asyncmy", "aiomysql", "pymysql", "mysqldb"}
	postgresDrivers = []string{"asyncpg", "psycopg", "psycopg2"}
)

// strangers are schemes of other programs that a file's name hardly begins with.
var strangers = []string{"file", "jdbc", "http", "https"}

// engineOf finds the engine of a URL's scheme.
func engineOf(scheme string) (Engine, error) {
	name, driver, named := strings.Cut(strings.ToLower(scheme), "+")
	known, ok := schemes[name]
	switch {
	case !ok:
		return "", fmt.Errorf("unknown kind of database %q; known are sqlite, mysql, mariadb, postgres and postgresql", scheme)
	case named && !slices.Contains(known.drivers, driver):
		return "", fmt.Errorf("unknown driver in %q; known are %s, or leave it out: %s://", scheme, strings.Join(known.drivers, ", "), name)
	}
	return known.engine, nil
}

// likeScheme reports whether a word before a colon is meant as a scheme: one that is known, with up to
// two letters wrong.
func likeScheme(word string) bool {
	name, _, _ := strings.Cut(strings.ToLower(word), "+")
	if slices.Contains(strangers, name) {
		return true
	}
	for scheme := range schemes {
		if distance(name, scheme) <= 2 {
			return true
		}
	}
	return false
}

// distance is the number of letters to insert, remove or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := corner
			if a[i] != b[j] {
				replace++
			}
			corner = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
