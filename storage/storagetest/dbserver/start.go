package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	return errors.Join(append(errs, s.leave(s.limit))...)
}

// allocate creates the directory and the guard and chooses a port.
func (s *Server) allocate(ctx context.Context) (err error) {
	if s.home, err = newHome(ctx, s.engine.account); err != nil {
		return err
	}
	s.admin, err = s.engine.connect(s.port)
	return err
}

func (s *Server) data() string {
	return filepath.Join(s.directory, "data")
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
