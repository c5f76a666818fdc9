package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
)

// commandConnections is the connection limit of the servers that several test processes share.
const commandConnections = 600

// RunCommand starts a server of each installed engine, runs a command whose test processes share them, and
// stops the servers when the command has ended. It returns the exit code of the command, or 1 if a signal
// ended the command. A server that is not installed is left to the tests, which skip or fail.
//
// The command runs in a process group of its own, without standard input. SIGINT, SIGTERM and SIGHUP are
// passed on to the group, so that after Ctrl-C the servers stop only when the tests have ended.
func RunCommand(program string, args ...string) (code int, err error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	engines := []engine{postgres, mariaDB}
	servers, errs := make([]*Server, len(engines)), make([]error, len(engines))
	var starting sync.WaitGroup
	for i, e := range engines {
		e.connections = commandConnections
		starting.Go(func() { servers[i], errs[i] = start(e, startLimit) })
	}
	starting.Wait()
	defer func() {
		for _, s := range servers {
			if s != nil {
				err = errors.Join(err, s.stop())
			}
		}
	}()
	environment := os.Environ()
	for i, s := range servers {
		if errs[i] != nil && !errors.Is(errs[i], errMissing) {
			return 1, errs[i]
		}
		if s != nil {
			environment = append(environment, s.engine.variable+"="+strconv.Itoa(s.port))
		}
	}
	return runInGroup(environment, signals, program, args...)
}

// runInGroup runs a program in a process group of its own and passes signals on to the group.
func runInGroup(environment []string, signals <-chan os.Signal, program string, args ...string) (code int, err error) {
	select {
	case s := <-signals: // it came while the servers started
		return 1, fmt.Errorf("stopped by a signal: %v", s)
	default:
	}
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if number, ok := s.(syscall.Signal); ok {
				_ = syscall.Kill(-cmd.Process.Pid, number) // the group may have ended just now
			}
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 1, err
			}
			if code = cmd.ProcessState.ExitCode(); code < 0 {
				code = 1
			}
			return code, nil
		}
	}
}
