package dbserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// home is where one server runs: a directory with all of its files, which a guard removes after a crash, an account
// and a port.
type home struct {
	directory string
	rights    syscall.SysProcAttr
	guard     *guard
	port      int
	process   *process // of the last start; nil before the first one
}

// newHome creates the directory and the guard and chooses a port. After an error the caller must leave the home, too.
func newHome(ctx context.Context, account string) (h home, err error) {
	if h.rights, err = rightsOf(account); err != nil {
		return h, err
	}
	if h.directory, err = os.MkdirTemp(roomyFolder(), "decnet-dbserver-"); err != nil {
		return h, err
	}
	if h.directory, err = filepath.EvalSymlinks(h.directory); err != nil {
		return h, err
	}
	if as := h.rights.Credential; as != nil {
		if err = os.Chown(h.directory, int(as.Uid), int(as.Gid)); err != nil {
			return h, err
		}
	}
	if h.guard, err = watch(h.directory, h.rights); err != nil {
		return h, err
	}
	h.port, err = freePort(ctx)
	return h, err
}

// roomyFolder is where servers have their files: TMPDIR, or else in memory, if the machine has plenty. Whatever its settings,
// MariaDB waits for the disk hundreds of times while it makes the tables of one database, which takes seconds.
func roomyFolder() string {
	const memory, plenty = "/dev/shm", 4 << 30
	var about syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &about) != nil || about.Bavail*uint64(about.Bsize) < plenty {
		return os.TempDir()
	}
	return memory
}

// leave kills the server and removes its files, even after a start that failed halfway. It does nothing without a
// directory.
func (h *home) leave(limit time.Duration) error {
	if h.directory == "" {
		return nil
	}
	var errs []error
	if h.process != nil {
		errs = append(errs, h.process.kill(limit))
	}
	if h.guard != nil {
		errs = append(errs, h.guard.end())
	}
	return errors.Join(append(errs, os.RemoveAll(h.directory))...)
}

func (h *home) log() string {
	return filepath.Join(h.directory, "log")
}

// run starts a program with the server's account and in its directory, by which the guard finds it.
func (h *home) run(program string, args ...string) (*process, error) {
	log, err := os.OpenFile(h.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = h.directory, log, log
	rights := h.rights
	rights.Setpgid = true // a process group of its own, which Ctrl-C does not reach
	cmd.SysProcAttr = &rights
	return begin(cmd)
}

// rightsOf returns the attributes of a server's process: the account, if the tests run as root, as which no
// server should run, and otherwise the user who runs the tests.
func rightsOf(account string) (syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return syscall.SysProcAttr{}, nil
	}
	found, err := user.Lookup(account)
	if err != nil {
		return syscall.SysProcAttr{}, err
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return syscall.SysProcAttr{}, err
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	return syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, err
}

// freePort returns a port that no server listens on. It lies below the ports that Linux gives to clients, so that
// no client takes it while the server is down for a restart, and is chosen at random, so that tests that
// run at the same time rarely choose the same.
func freePort(ctx context.Context) (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(12000)
		var l net.Listener
		if l, err = new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
