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

// start installs a server, starts it and waits until it answers. All of it may take the limit.
func start(e engine, limit time.Duration) (*Server, error) {
	install, serve, err := e.find()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s := &Server{engine: e, limit: limit, program: serve, names: newNames()}
	for _, step := range []func() error{
		func() error { return s.allocate(ctx) },
		func() error { return s.install(ctx, install) },
		func() error { return s.launch(ctx) },
		func() error { return s.prepare(ctx) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(s.explain(err), s.stop())
		}
	}
	return s, nil
}

// stop kills the server and removes its files, even after a start that failed halfway. A server that another
// process started keeps running.
func (s *Server) stop() error {
	var errs []error
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
	}
	if s.directory == "" {
		return errors.Join(errs...)
	}
	if s.process != nil {
		errs = append(errs, s.process.kill(s.limit))
	}
	if s.guard != nil {
		errs = append(errs, s.guard.end())
	}
	return errors.Join(append(errs, os.RemoveAll(s.directory))...)
}

// allocate creates the directory and the guard and chooses a port.
func (s *Server) allocate(ctx context.Context) (err error) {
	if s.rights, err = rightsOf(s.engine.account); err != nil {
		return err
	}
	if s.directory, err = os.MkdirTemp("", "decnet-dbserver-"); err != nil {
		return err
	}
	if s.directory, err = filepath.EvalSymlinks(s.directory); err != nil {
		return err
	}
	if as := s.rights.Credential; as != nil {
		if err = os.Chown(s.directory, int(as.Uid), int(as.Gid)); err != nil {
			return err
		}
	}
	if s.guard, err = watch(s.directory, s.rights); err != nil {
		return err
	}
	if s.port, err = freePort(ctx); err != nil {
		return err
	}
	s.admin, err = s.engine.connect(s.port)
	return err
}

func (s *Server) data() string {
	return filepath.Join(s.directory, "data")
}

func (s *Server) log() string {
	return filepath.Join(s.directory, "log")
}

// explain adds the log of the server to an error.
func (s *Server) explain(err error) error {
	said, _ := os.ReadFile(s.log()) // there may be no log yet
	return fmt.Errorf("%s does not start: %w\n-- its log\n%s-- end of its log", s.engine.name, err, said)
}

// install creates the data directory.
func (s *Server) install(ctx context.Context, program string) error {
	p, err := s.run(program, s.engine.install(s.data())...)
	if err != nil {
		return err
	}
	select {
	case <-p.gone:
	case <-ctx.Done():
		return fmt.Errorf("%s is not done after %v", program, s.limit)
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %v", program, p.cmd.ProcessState)
	}
	return nil
}

// launch starts the server and waits until it answers.
func (s *Server) launch(ctx context.Context) (err error) {
	if s.process, err = s.run(s.program, s.engine.serve(s.data(), s.port, s.engine.connections)...); err != nil {
		return err
	}
	for !s.answers(ctx) {
		select {
		case <-s.process.gone:
			return fmt.Errorf("%s: %v", s.program, s.process.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer after %v", s.program, s.limit)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// answers reports whether the server answers on its port, and that it is this one.
func (s *Server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var data string
	err := s.admin.QueryRowContext(ctx, s.engine.data).Scan(&data)
	return err == nil && filepath.Clean(data) == s.data()
}

// prepare runs the statements for a new server, which create accounts.
func (s *Server) prepare(ctx context.Context) error {
	for _, statement := range s.engine.prepare {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// run starts a program with the server's account and in its directory, by which the guard finds it.
func (s *Server) run(program string, args ...string) (*process, error) {
	log, err := os.OpenFile(s.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.directory, log, log
	rights := s.rights
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
