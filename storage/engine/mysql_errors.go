package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// The error numbers of MySQL and MariaDB that this program distinguishes.
var (
	// A lock wait timeout, a deadlock or a conflict in a cluster, a row that has changed since it was read.
	mysqlConflicts = []uint16{1205, 1213, 1020}
	// The server shuts down, or an operator has ended the connection.
	mysqlEnded = []uint16{1053, 1927}
	// The server cannot serve this request now.
	mysqlAway = []uint16{
		1040, 1203, 1226, 1461, // too many connections, of all or of the user, or too many prepared statements
		1044, 1045, 1129, 1130, // the server no longer lets this user or host in
		1021, 1037, 1038, 1041, 1114, // disk or memory is full
		1077, 1317, // the server shuts down, or an operator has ended the statement
		1969, 3024, // the statement took longer than the server allows
		1290, 1792, 1836, // the server is read-only
		1047, 3100, // the node is not part of its cluster
	}
	// A value or row does not fit its columns.
	mysqlMisfits = []uint16{1048, 1153, 1264, 1292, mysqlBadText, 1406, 1301, 1118, 3105}
	// A row breaks a foreign key or a check.
	mysqlConstraints = []uint16{mysqlForeignKey, 3819, 4025}
	// ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME, ER_FK_DUP_NAME, ER_SP_ALREADY_EXISTS and
	// ER_TRG_ALREADY_EXISTS: the thing exists; ER_CANT_DROP_FIELD_OR_KEY: the index is gone. MariaDB reports a foreign
	// key that exists by ER_CANT_CREATE_TABLE, which has many other reasons: a statement that adds one adds an index,
	// too.
	mysqlDone = []uint16{1050, 1060, 1061, 1826, 1304, 1359, 1091}
)

const (
	mysqlDuplicate   = 1062
	mysqlForeignKey  = 1452
	mysqlBadText     = 1366 // cannot be converted; MySQL reports 3988, too
	mysqlSyntaxError = 1064
	// mysqlNeedsPrivilege is the refusal of a statement that only some accounts may run.
	mysqlNeedsPrivilege = 1227
	// mysqlNeedsSuper is ER_BINLOG_CREATE_ROUTINE_NEED_SUPER, which a server reports of triggers, too.
	mysqlNeedsSuper = 1419
)

// mysqlNumber returns the number of an error that the server reported, or 0.
func mysqlNumber(err error) uint16 {
	if refused, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return refused.Number
	}
	return 0
}

func mysqlConflict(err error) bool        { return slices.Contains(mysqlConflicts, mysqlNumber(err)) }
func mysqlAlreadyDone(err error) bool     { return slices.Contains(mysqlDone, mysqlNumber(err)) }
func mysqlTriggersRefused(err error) bool { return mysqlNumber(err) == mysqlNeedsSuper }

// unreadTrigger reports whether MariaDB has opened a table for a connection that ended while the table's triggers were
// read. It keeps the table like that for all connections until a statement such as ALTER makes it open the table again.
func unreadTrigger(err error) bool {
	refused, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && refused.Number == mysqlSyntaxError && strings.Contains(refused.Message, "has an error in its body")
}

// mysqlConnectionLost reports whether a connection of the pool has ended, so that another may serve.
func mysqlConnectionLost(err error) bool {
	if number := mysqlNumber(err); number != 0 {
		return slices.Contains(mysqlEnded, number)
	}
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "dial" {
		return false // another would fail, too
	}
	return connectionLost(err) || networkFailed(err) || errors.Is(err, mysql.ErrInvalidConn)
}

// networkFailed reports whether err is that of a network.
func networkFailed(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// mixedCharsets reports whether a statement compares a text with a column whose character set lacks one of the text's
// characters. Number 1267 has other reasons, too, but only a value is coercible.
func mixedCharsets(err error) bool {
	refused, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && (refused.Number == 3854 || refused.Number == 1267 && strings.Contains(refused.Message, "COERCIBLE"))
}

func classifyMySQL(err error) error {
	number := mysqlNumber(err)
	switch {
	case unreadTrigger(err) || mysqlConflict(err):
		return failedByConflict(err)
	case number == mysqlDuplicate || number == mysqlForeignKey:
		return Raced(err)
	case number == mysqlBadText || number == 3988 || mixedCharsets(err):
		return fmt.Errorf("%w: %w", Invalid("a text has a character that the database's character set lacks"), err)
	case slices.Contains(mysqlAway, number) || slices.Contains(mysqlEnded, number):
		return Unavailable(err)
	case number == 0 && (connectionLost(err) || networkFailed(err) || errors.Is(err, mysql.ErrInvalidConn)):
		return Unavailable(err)
	}
	return err
}

// mysqlRefusals are errors of connecting that no waiting cures: the account or its password, the database, the host of
// the client, or the way to authenticate. A server that runs already is read on after them, as an operator may be about
// to change the password of both.
var mysqlRefusals = []uint16{1044, 1045, 1049, 1130, 1698, 1251, 1275, 3159}

// mysqlNotAgreed are the errors of the driver for a server that authenticates or encrypts in another way.
var mysqlNotAgreed = []error{
	mysql.ErrNoTLS, mysql.ErrCleartextPassword, mysql.ErrNativePassword, mysql.ErrOldPassword, mysql.ErrUnknownPlugin, mysql.ErrOldProtocol,
}

// explainMySQL implements Engine.Explain.
func explainMySQL(err error) *Error {
	kind, message := ErrInvalid, err.Error()
	if refused, ok := errors.AsType[*mysql.MySQLError](err); ok {
		if refused.Number != mysqlNeedsPrivilege { // the statement says what the account may not set
			message = refused.Message
		}
		if !slices.Contains(mysqlRefusals, refused.Number) && errors.Is(classifyMySQL(refused), ErrUnavailable) {
			kind = ErrUnavailable
		}
		return &Error{Kind: kind, Message: message}
	}
	if errors.Is(err, errSilent) {
		return &Error{Kind: ErrUnavailable, Message: "no answer in time"}
	}
	if slices.ContainsFunc(mysqlNotAgreed, func(known error) bool { return errors.Is(err, known) }) {
		return &Error{Kind: ErrInvalid, Message: message}
	}
	if cause := connectingCause(err); cause != nil {
		return cause
	}
	if errors.Is(classifyMySQL(err), ErrUnavailable) {
		kind, message = ErrUnavailable, "the server closed the connection"
	}
	return &Error{Kind: kind, Message: message}
}

var (
	mysqlKeyName        = regexp.MustCompile(`for key '(?:[^']*\.)?([^'.]+)'$`)
	mysqlConstraintName = regexp.MustCompile("(?i)(?:constraint [`']?)(\\w+)")
)

func mysqlRefusal(err error) (Refusal, bool) {
	failure, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return Refusal{}, false
	}
	refusal := Refusal{Message: failure.Message}
	name := func(pattern *regexp.Regexp) string {
		if found := pattern.FindStringSubmatch(failure.Message); found != nil {
			return found[1]
		}
		return ""
	}
	switch {
	case failure.Number == mysqlDuplicate:
		refusal.Unique, refusal.Constraint = true, name(mysqlKeyName)
	case slices.Contains(mysqlConstraints, failure.Number):
		refusal.Constraint = name(mysqlConstraintName)
	default:
		return refusal, slices.Contains(mysqlMisfits, failure.Number)
	}
	return refusal, true
}
