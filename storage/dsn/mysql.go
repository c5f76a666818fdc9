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

// mysqlAddress is a MySQL database in plain text.
type mysqlAddress struct {
	user, password string
	network        string // tcp or unix
	address        string // HOST:PORT or the socket's path
	database       string
	params         []param
}

// mysqlURL reads a URL's host and database.
func mysqlURL(u parts) (Source, error) {
	a := mysqlAddress{user: u.user, password: u.password, network: "tcp", params: u.params}
	host := u.host
	if host == "" {
		host = "localhost"
	}
	var err error
	if a.database, err = url.PathUnescape(u.database); err != nil {
		return Source{}, errPercent
	}
	if a.address, err = hostPort(host, mysqlPort); err != nil {
		return Source{}, err
	}
	for i, p := range a.params {
		if p.name != "unix_socket" {
			continue
		}
		if u.host != "" && u.host != "localhost" {
			return Source{}, errSocketHost
		}
		path, err := url.QueryUnescape(p.value)
		if err != nil {
			return Source{}, errPercent
		}
		a.network, a.address, a.params = "unix", path, append(a.params[:i:i], a.params[i+1:]...)
		break
	}
	return mysqlSource(a)
}

// mysqlSource makes the driver's settings.
func mysqlSource(a mysqlAddress) (Source, error) {
	switch {
	case a.user == "":
		return Source{}, errUser
	case a.database == "":
		return Source{}, errDatabase
	case a.network == "unix" && !strings.HasPrefix(a.address, "/"):
		return Source{}, errSocket
	}
	c, err := mysqlDefaults()
	if err != nil {
		return Source{}, err
	}
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = a.user, a.password, a.network, a.address, a.database
	if err := setMySQL(c, a.params); err != nil {
		return Source{}, err
	}
	return Source{Engine: MySQL, MySQL: c}, nil
}

// mysqlDefaults are the settings that the store relies on, whatever a URL says. DECNET writes naive UTC:
// DATETIME columns become times in UTC. Texts are utf8mb4; their collation is set later, to the
// database's own, for a comparison of a column with a parameter must not mix two. Connecting ends
// early, but a statement may take as long as its context allows. Statements are prepared: parameters
// never become text of a statement, and one call runs one statement.
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

// redactMySQL names a database without its password.
func redactMySQL(c *mysql.Config) string {
	if c.Net == "unix" {
		return "mysql://" + quote(c.User) + "@/" + quote(c.DBName) + "?unix_socket=" + quotePath(c.Addr)
	}
	host, port, _ := net.SplitHostPort(c.Addr)
	return "mysql://" + quote(c.User) + "@" + address(host, port) + "/" + quote(c.DBName)
}
