package dbserver

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"syscall"
)

// guarding waits for the end of its input, and then clears the directory that it is given: it kills what
// works in there, until nothing does, and removes it. The memory segment by which PostgreSQL notices a
// second server on the same data would outlive it; its number is the last one of the seventh line.
const guarding = `
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

// guard is a process that sees to it that nothing of a server is left when the tests have ended. They
// hold its input: if they are killed, Linux closes that, so it works even then. It knows the processes
// by where they work and not by their numbers, so there is no moment at which it does not know one.
type guard struct {
	cmd   *exec.Cmd
	input io.Closer
}

// watch starts the guard of a directory. It is of the server's account, since in a container root may
// not look into the processes of others; and of a session of its own, since Ctrl-C must not reach it.
func watch(directory string, as syscall.SysProcAttr) (*guard, error) {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", guarding, "sh", directory)
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

// end lets the guard do its work and waits for it.
func (g *guard) end() error {
	if err := g.input.Close(); err != nil {
		return err
	}
	_ = g.cmd.Wait() // its last word is that of rm, which may not be allowed to remove the directory itself
	return nil
}
