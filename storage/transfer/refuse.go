package transfer

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// refused is why a database does not take a row.
type refused struct {
	key    bool // its primary key is taken
	column int
	reason string
}

// refusal reads a driver's error. It is none if the fault is not the row's.
func (d *database) refusal(t *table, err error) (refused, bool) {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch failure.Code[:2] {
		case "22", "23", "54": // data, constraint, limit
			return t.refused(failure.Code == "23505", failure.ConstraintName, failure.Message), true
		}
		return refused{}, false
	}
	if failure, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return t.refusedMySQL(failure)
	}
	if failure, ok := errors.AsType[sqlite3.Error](err); ok {
		return t.refusedSQLite(failure)
	}
	return refused{}, false
}

// refused describes a refusal by the name of the constraint or index, or else by the database's words.
func (t *table) refused(unique bool, name, words string) refused {
	if unique {
		at := slices.IndexFunc(t.indexes, func(i index) bool { return i.unique && i.name == name })
		if at < 0 {
			return refused{key: true, column: t.key[0]}
		}
		return t.notUnique(t.indexes[at])
	}
	if name != "" {
		return refused{column: t.columnOf(name), reason: "breaks the rule " + name}
	}
	words, _, _ = strings.Cut(words, "\n")
	return refused{column: t.key[0], reason: "is refused: " + strings.ToValidUTF8(words[:min(len(words), 300)], "")}
}

// columnOf is the column that a constraint is named after, as far as that is known.
func (t *table) columnOf(constraint string) int {
	for i, c := range t.columns {
		if strings.HasSuffix(constraint, "_"+c.name) {
			return i
		}
	}
	for i, c := range t.columns {
		if strings.Contains(constraint, "_"+c.name+"_") {
			return i
		}
	}
	return t.key[0]
}

func (t *table) notUnique(i index) refused {
	var names []string
	for _, at := range i.columns {
		names = append(names, t.columns[at].name)
	}
	return refused{column: i.columns[0], reason: "another row has the same " + strings.Join(names, ", ") + ", which must be unique"}
}

var (
	mysqlKey   = regexp.MustCompile(`for key '(?:[^']*\.)?([^'.]+)'$`)
	mysqlCheck = regexp.MustCompile("(?i)(?:constraint [`']?)(\\w+)")
)

func (t *table) refusedMySQL(failure *mysql.MySQLError) (refused, bool) {
	switch failure.Number {
	case 1062: // duplicate
		name := ""
		if found := mysqlKey.FindStringSubmatch(failure.Message); found != nil {
			name = found[1]
		}
		return t.refused(true, name, failure.Message), true
	case 1452, 3819, 4025: // foreign key, check
		name := ""
		if found := mysqlCheck.FindStringSubmatch(failure.Message); found != nil {
			name = found[1]
		}
		return t.refused(false, name, failure.Message), true
	case 1048, 1153, 1264, 1292, 1366, 1406, 1301, 1118, 3105: // a value or row that does not fit
		return t.refused(false, "", failure.Message), true
	}
	return refused{}, false
}

func (t *table) refusedSQLite(failure sqlite3.Error) (refused, bool) {
	words := failure.Error()
	_, what, _ := strings.Cut(words, "constraint failed: ")
	switch failure.ExtendedCode {
	case sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return refused{key: true, column: t.key[0]}, true
	case sqlite3.ErrConstraintUnique:
		for _, i := range t.indexes {
			var names []string
			for _, at := range i.columns {
				names = append(names, t.name+"."+t.columns[at].name)
			}
			if i.unique && what == strings.Join(names, ", ") {
				return t.notUnique(i), true
			}
		}
		return refused{key: true, column: t.key[0]}, true
	case sqlite3.ErrConstraintCheck:
		return t.refused(false, what, words), true
	}
	if failure.Code == sqlite3.ErrConstraint || failure.Code == sqlite3.ErrTooBig || failure.Code == sqlite3.ErrMismatch {
		return t.refused(false, "", words), true
	}
	return refused{}, false
}
