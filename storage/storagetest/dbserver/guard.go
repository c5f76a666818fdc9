package dbserver

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits for the end of its input and then clears the directory of a server: it kills processes whose
// working directory is there until none is left, and removes the directory. PostgreSQL detects a second
// server on the same data by a segment of shared memory, which would outlive it; the script removes that,
// too. The identifier of the segment is the last number on line 7 of postmaster.pid.
const guardScript = `
read -r _
while
	found=
	for p in /proc/[0-9]*; do
		if [ "$p/cwd" -ef "$1" ] || [ "$p/cwd" -ef "$1/data" ]; then
			kill -s KILL "${p#/proc/}" && found=yes
		fi
	done
	[ "$found" ]
do
	sleep 0.05
done
if [ -e "$1/data/postmaster.pid" ]; then
	ipcrm -m "$(sed -n '7s/.* //p' "$1/data/postmaster.pid")"
fi
rm -rf "$1"
`

// guard is a process that removes what is left of a server when the test process has ended. The test process
// holds the guard's input, which Linux closes even if the test process is killed. The guard finds the
// server's processes by their working directory and not by their number, so that it misses none that
// was started a moment ago.
type guard struct {
	cmd   *exec.Cmd
	input io.Closer
}

// watch starts the guard of a directory. The guard has the server's account, since root in a container may
// not be allowed to inspect processes of others, and a session of its own, since Ctrl-C must not reach it.
func watch(directory string, as syscall.SysProcAttr) (*guard, error) {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", guardScript, "sh", directory)
	cmd.Dir = "/"
	cmd.SysProcAttr = &as
	cmd.SysProcAttr.Setsid = true
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, input.Close())
	}
	return &guard{cmd, input}, nil
}

// end closes the guard's input and waits until the guard is done.
func (g *guard) end() error {
	if err := g.input.Close(); err != nil {
		return err
	}
	_ = g.cmd.Wait() // the exit code is that of rm, which may not be allowed to remove the directory itself
	return nil
}
