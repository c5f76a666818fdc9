// Command withservers runs a command, such as go test, whose test processes share one PostgreSQL and one
// MariaDB server. It starts both in private directories, passes their ports on in the environment, and
// stops them after the command, whose exit code it returns.
package main

import (
	"fmt"
	"os"

	"decnetgraph/storage/storagetest/dbserver"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "withservers: no command; usage: withservers COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := dbserver.RunCommand(os.Args[1], os.Args[2:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "withservers:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}
