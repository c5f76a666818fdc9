package dsn

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	// ConnectTimeout is the longest time that connecting to a server may take if its URL does not say.
	ConnectTimeout = 5 * time.Second

	mysqlPort = "3306"
)

// MySQL is the form of MySQL and MariaDB servers. Which of the two a server is, it reports itself.
var MySQL = &Form{ //nolint:gosec // the example holds no password
	Name:        "mysql",
	Schemes:     []string{"mysql", "mariadb"},
	Drivers:     []string{"asyncmy", "aiomysql", "pymysql", "mysqldb"},
	Example:     "mysql://USER:PASSWORD@HOST:3306/NAME",
	URL:         mysqlURL,
	Native:      mysqlNative,
	Environment: mysqlEnvironment,
}

// MySQLServer is a MySQL database, ready for mysql.NewConnector. Its Collation is left to be set from the
// database's own.
type MySQLServer struct{ *mysql.Config }

// mysqlAddress is a MySQL database with nothing encoded but the values of the parameters.
type mysqlAddress struct {
	user, password string
	network        string // tcp or unix
	address        string // HOST:PORT or the socket's path
	database       string
	params         []param
}

// mysqlURL reads what follows "mysql://".
func mysqlURL(rest string) (Target, error) {
	u, err := splitURL(rest)
	if err != nil {
		return nil, err
	}
	a := mysqlAddress{user: u.user, password: u.password, network: "tcp", params: u.params}
	host := u.host
	if host == "" {
		host = "localhost"
	}
	if a.database, err = url.PathUnescape(u.database); err != nil {
		return nil, errPercent
	}
	if a.address, err = hostPort(host, mysqlPort); err != nil {
		return nil, err
	}
	for i, p := range a.params {
		if p.name != "unix_socket" {
			continue
		}
		if u.host != "" && u.host != "localhost" {
			return nil, errSocketHost
		}
		path, err := url.QueryUnescape(p.value)
		if err != nil {
			return nil, errPercent
		}
		a.network, a.address, a.params = "unix", path, append(a.params[:i:i], a.params[i+1:]...)
		break
	}
	return mysqlTarget(a)
}

// mysqlTarget makes the driver's settings.
func mysqlTarget(a mysqlAddress) (Target, error) {
	switch {
	case a.user == "":
		return nil, errUser
	case a.database == "":
		return nil, errDatabase
	case a.network == "unix" && !strings.HasPrefix(a.address, "/"):
		return nil, errSocket
	}
	c, err := mysqlDefaults()
	if err != nil {
		return nil, err
	}
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = a.user, a.password, a.network, a.address, a.database
	if err := setMySQL(c, a.params); err != nil {
		return nil, err
	}
	return MySQLServer{c}, nil
}

// mysqlDefaults are the settings that the store relies on, and that no URL changes. DECNET writes naive UTC:
// DATETIME columns become times in UTC. Texts are utf8mb4. Their collation is set later, to the database's own,
// because a comparison of a column with a parameter must not mix two collations. Connecting has a timeout, but a
// statement may take as long as its context allows. Statements are prepared, so that parameters never become
// part of a statement's text and one call runs one statement.
func mysqlDefaults() (*mysql.Config, error) {
	c := mysql.NewConfig()
	c.ParseTime = true
	c.Loc = time.UTC
	c.Timeout = ConnectTimeout
	c.ReadTimeout = 0
	c.InterpolateParams = false
	c.MultiStatements = false
	c.RejectReadOnly = false
	c.ClientFoundRows = false
	c.AllowNativePasswords = true
	return c, c.Apply(mysql.Charset("utf8mb4", ""))
}

// Redacted returns the URL without its password and parameters.
func (s MySQLServer) Redacted() string {
	c := s.Config
	if c.Net == "unix" {
		return "mysql://" + quote(c.User) + "@/" + quote(c.DBName) + "?unix_socket=" + quotePath(c.Addr)
	}
	host, port, _ := net.SplitHostPort(c.Addr)
	return "mysql://" + quote(c.User) + "@" + address(host, port) + "/" + quote(c.DBName)
}
