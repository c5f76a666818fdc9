package dbserver

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

var mariaDB = engine{
	name:    "MariaDB",
	debian:  "mariadb-server",
	account: "mysql",
	programs: func() (install, serve string) {
		return program("mariadb-install-db", "mysql_install_db"),
			program("mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "mysqld", "/usr/sbin/mysqld")
	},
	install: func(data string) []string {
		return append(mariaDBPlaces(data), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	},
	// Nothing waits for the disk. What a commit wrote is still there after a kill, though: only a crash
	// of the machine would lose it.
	serve: func(data string, port int) []string {
		return append(mariaDBPlaces(data),
			"--port="+strconv.Itoa(port), "--bind-address=127.0.0.1", "--skip-name-resolve",
			"--socket=socket", // in the data directory: a whole path may be too long for a socket
			"--character-set-server=utf8mb4", "--max-connections=300",
			"--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0",
			"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
			"--innodb-use-native-aio=0", // the machine has few of these requests to share out
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
	drop: "SET STATEMENT lock_wait_timeout = 5 FOR DROP DATABASE IF EXISTS %s", // a test may have left a transaction open
	url:  "mysql://decnet:decnet@127.0.0.1:%d/%s",
}

// mariaDBPlaces keeps a server apart from all others. Each removes, as it starts, the temporary tables that
// it finds in the folder for these: in /tmp they would be those of servers at work.
func mariaDBPlaces(data string) []string {
	return []string{"--no-defaults", "--datadir=" + data, "--tmpdir=" + filepath.Dir(data)}
}

// openMariaDB is sql.Open without a log: the driver would print that a killed server has gone.
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
