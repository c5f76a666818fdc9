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

// start makes a server and waits until it answers.
func start(e engine, limit time.Duration) (*Server, error) {
	install, serve, err := e.find()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s := &Server{engine: e, limit: limit, program: serve}
	for _, step := range []func() error{
		func() error { return s.settle(ctx) },
		func() error { return s.install(ctx, install) },
		func() error { return s.up(ctx) },
		func() error { return s.prepare(ctx) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(s.explain(err), s.stop())
		}
	}
	return s, nil
}

// stop ends the server and removes all that it wrote, however far its start has come.
func (s *Server) stop() error {
	var errs []error
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
	}
	if s.process != nil {
		errs = append(errs, s.process.kill(s.limit))
	}
	if s.guard != nil {
		errs = append(errs, s.guard.end())
	}
	return errors.Join(append(errs, os.RemoveAll(s.directory))...)
}

// settle finds the server a place and a port.
func (s *Server) settle(ctx context.Context) (err error) {
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

// explain adds to an error what the server said.
func (s *Server) explain(err error) error {
	said, _ := os.ReadFile(s.log()) // before there is a log, it has said nothing
	return fmt.Errorf("%s does not start: %w\n-- its log\n%s-- end of its log", s.engine.name, err, said)
}

// install makes the data directory.
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

// up starts the server on its data and waits until it answers.
func (s *Server) up(ctx context.Context) (err error) {
	if s.process, err = s.run(s.program, s.engine.serve(s.data(), s.port)...); err != nil {
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

// answers reports whether it is this server that answers on its port.
func (s *Server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var data string
	err := s.admin.QueryRowContext(ctx, s.engine.data).Scan(&data)
	return err == nil && filepath.Clean(data) == s.data()
}

// prepare tells a new server what it must know.
func (s *Server) prepare(ctx context.Context) error {
	for _, statement := range s.engine.prepare {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// run starts a program as the server's account and in its directory, by which the guard knows it.
func (s *Server) run(program string, args ...string) (*process, error) {
	log, err := os.OpenFile(s.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.directory, log, log
	rights := s.rights
	rights.Setpgid = true // a process group of its own: Ctrl-C is for the tests
	cmd.SysProcAttr = &rights
	return begin(cmd)
}

// rightsOf says how to start a process of a server: as the account, if the tests run as root, which no
// server should, and otherwise as whoever runs the tests.
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

// freePort is a port that nobody listens on. It is below those that Linux gives to clients, so that none
// takes it while the server is down for a restart; and one of many, so that tests that run side by side
// rarely choose the same.
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
