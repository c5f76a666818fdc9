// Package process starts the servers of the benchmark and measures the CPU time and memory that they use. It needs
// Linux.
package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// Command describes how to start a program.
type Command struct {
	Program string
	Args    []string
	Env     []string // added to the environment of the benchmark
	Folder  string   // working directory
	Log     string   // file for the program's output
	Account string   // user that it runs as if the benchmark runs as root; empty for root itself
	Address string   // address that it will listen on
	Stop    syscall.Signal
}

// Process is a running program with its child processes.
type Process struct {
	command Command
	cmd     *exec.Cmd
	gone    chan struct{} // closed when the program has ended
}

// Start starts a program and waits until ready returns nil, for at most a minute. The program ends with the
// benchmark.
func Start(ctx context.Context, c Command, ready func(context.Context) error) (*Process, error) {
	free, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Address) // otherwise another server on this address would seem to be ready
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Program, err)
	}
	if err := free.Close(); err != nil {
		return nil, err
	}
	log, err := os.Create(c.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.Program, c.Args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = c.Folder, log, log, append(cmd.Environ(), c.Env...)
	if cmd.SysProcAttr, err = rightsOf(c.Account); err != nil {
		return nil, err
	}
	cmd.SysProcAttr.Setpgid = true // Ctrl-C goes to the benchmark only, which then stops its servers
	cmd.SysProcAttr.Pdeathsig = c.Stop
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{command: c, cmd: cmd, gone: make(chan struct{})}
	go func() {
		defer close(p.gone)
		_ = cmd.Wait()
	}()
	if err := p.await(ctx, ready); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w; its log is %s", c.Program, err, c.Log), p.Stop())
	}
	return p, nil
}

// await calls ready until it returns nil.
func (p *Process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.gone:
			return errors.New("it ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the program and waits for it to exit, for at most a minute.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(p.command.Stop); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.gone:
		return nil
	case <-time.After(time.Minute):
		return fmt.Errorf("%s does not stop", p.command.Program)
	}
}

// rightsOf returns the attributes that start a process as an account. Database servers refuse to run as root, so
// this is needed if the benchmark runs as root.
func rightsOf(account string) (*syscall.SysProcAttr, error) {
	if account == "" || os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	uid, gid, err := ids(account)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

func ids(account string) (uid, gid int, err error) {
	found, err := user.Lookup(account)
	if err != nil {
		return 0, 0, err
	}
	if uid, err = strconv.Atoi(found.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(found.Gid)
	return uid, gid, err
}

// makeFolder creates a folder that belongs to an account.
func makeFolder(folder, account string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil || os.Geteuid() != 0 { //nolint:gosec // the account must be able to enter it
		return err
	}
	uid, gid, err := ids(account)
	if err != nil {
		return err
	}
	return os.Chown(folder, uid, gid)
}
