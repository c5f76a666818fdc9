package process

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// StartMariaDB starts MariaDB on the data in a folder, and initializes the folder if it has none. The settings are
// the defaults except for the memory.
func StartMariaDB(ctx context.Context, folder string, port int, migrate func(url string) error) (*Database, error) {
	install, err := newest("/usr/bin/mariadb-install-db", "mariadb-install-db")
	if err != nil {
		return nil, fmt.Errorf("MariaDB is missing (Debian: apt-get install mariadb-server): %w", err)
	}
	serve, err := newest("/usr/sbin/mariadbd", "mariadbd")
	if err != nil {
		return nil, fmt.Errorf("MariaDB is missing (Debian: apt-get install mariadb-server): %w", err)
	}
	const account = "mysql"
	if err := makeFolder(folder, account); err != nil {
		return nil, err
	}
	places := []string{"--no-defaults", "--datadir=" + filepath.Join(folder, "data"), "--tmpdir=" + folder}
	if _, err := os.Stat(filepath.Join(folder, "data", "ibdata1")); err != nil {
		err := runAs(ctx, Command{
			Program: install, Folder: folder, Account: account,
			Args: append(places, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
		})
		if err != nil {
			return nil, err
		}
	}
	at := "127.0.0.1:" + strconv.Itoa(port)
	d := &Database{migrate: migrate, url: "mysql://root@" + at + "/%s", native: "root@tcp(" + at + ")/%s"}
	d.statements = d.countMariaDB
	d.Process, err = Start(ctx, Command{
		Program: serve, Folder: folder, Log: filepath.Join(folder, "log"), Account: account, Address: at, Stop: syscall.SIGTERM,
		Args: append(places,
			"--port="+strconv.Itoa(port), "--bind-address=127.0.0.1", "--skip-name-resolve", "--socket=socket",
			"--character-set-server=utf8mb4", "--local-infile=1", "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M",
			"--innodb-use-native-aio=0",
		),
	}, func(ctx context.Context) error {
		db, err := sql.Open("mysql", d.Native(""))
		if err != nil {
			return err
		}
		defer db.Close()
		return db.PingContext(ctx)
	})
	return d, err
}

// countMariaDB counts executions of prepared statements, which decnet-graph uses, in all databases.
func (d *Database) countMariaDB(ctx context.Context, _ string) (s Statements, err error) {
	db, err := sql.Open("mysql", d.Native(""))
	if err != nil {
		return s, err
	}
	defer db.Close()
	var name string
	err = db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'").Scan(&name, &s.Calls)
	return s, err
}
