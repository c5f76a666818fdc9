package dbserver

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

var mariaDB = engine{
	name:        "MariaDB",
	variable:    "DBSERVER_MARIADB",
	debian:      "mariadb-server",
	account:     "mysql",
	connections: 300,
	programs: func() (install, serve string) {
		return program("mariadb-install-db", "mysql_install_db"),
			program("mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "mysqld", "/usr/sbin/mysqld")
	},
	install: func(data string) []string {
		return append(mariaDBPlaces(data), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	},
	// Nothing waits for the disk. A committed change survives a kill all the same; only a crash of the
	// machine would lose it.
	serve: func(data string, port, connections int) []string {
		return append(mariaDBPlaces(data),
			"--port="+strconv.Itoa(port), "--bind-address=127.0.0.1", "--skip-name-resolve",
			"--socket=socket", // relative to the data directory, since an absolute path may be too long for a socket
			"--character-set-server=utf8mb4", "--max-connections="+strconv.Itoa(connections),
			"--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0",
			"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
			"--innodb-use-native-aio=0", // a machine has few requests of this kind, and many servers use them up
		)
	},
	connect: func(port int) (*sql.DB, error) {
		return openMariaDB(fmt.Sprintf("root@tcp(127.0.0.1:%d)/", port))
	},
	data: "SELECT @@datadir",
	prepare: []string{
		"CREATE USER decnet@'%' IDENTIFIED BY 'decnet'",
		"GRANT ALL ON `" + `decnet\_%` + "`.* TO decnet@'%'",
	},
	drop: "SET STATEMENT lock_wait_timeout = 5 FOR DROP DATABASE IF EXISTS %s", // a test may have left a transaction open, which would block the statement
	url:  "mysql://decnet:decnet@127.0.0.1:%d/%s",
}

// mariaDBPlaces separates a server from all others. A server that starts removes the temporary tables that it
// finds in its temporary folder; in /tmp these would be the tables of servers that are running.
func mariaDBPlaces(data string) []string {
	return []string{"--no-defaults", "--datadir=" + data, "--tmpdir=" + filepath.Dir(data)}
}

// openMariaDB is sql.Open without the driver's log, which would report every killed server.
func openMariaDB(dsn string) (*sql.DB, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
