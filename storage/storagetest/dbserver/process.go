package dbserver

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The letters that Linux shows as the state of a stopped process and of one that has ended.
const (
	halted = "tT"
	ended  = "ZX"
)

// process is a started program with its children. PostgreSQL has one child per connection and some for its own
// work, each in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when the program has ended
}

func begin(cmd *exec.Cmd) (*process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, gone: make(chan struct{})}
	go func() {
		defer close(p.gone)
		_ = cmd.Wait() // ProcessState has the result
	}()
	return p, nil
}

// pause stops the program, which then starts no more children, and then the children.
func (p *process) pause(limit time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	if err := await([]int{p.cmd.Process.Pid}, halted+ended, limit); err != nil {
		return err
	}
	children := p.children()
	signalAll(children, syscall.SIGSTOP)
	return await(children, halted+ended, limit)
}

// resume undoes pause. It has no effect on processes that have ended or are not stopped.
func (p *process) resume() {
	signalAll(p.children(), syscall.SIGCONT)
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
}

// kill ends the program and its children and waits until they are gone. It is no error if they have ended.
func (p *process) kill(limit time.Duration) error {
	err := p.pause(limit) // so that the list of children is complete
	if errors.Is(err, os.ErrProcessDone) {
		<-p.gone
		return nil
	}
	children := p.children()
	err = errors.Join(err, p.cmd.Process.Kill())
	signalAll(children, syscall.SIGKILL)
	if err != nil {
		return err
	}
	<-p.gone
	return await(children, ended, limit)
}

func (p *process) children() []int {
	entries, _ := os.ReadDir("/proc") // engine.find has checked that this is Linux
	var found []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if _, parent := status(pid); parent == p.cmd.Process.Pid {
				found = append(found, pid)
			}
		}
	}
	return found
}

// status returns the state of a process, as a letter, and its parent. A process that does not exist has ended.
func status(pid int) (state string, parent int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	name := bytes.LastIndexByte(stat, ')') // the name may hold spaces and brackets
	fields := strings.Fields(string(stat[name+1:]))
	if len(fields) < 2 {
		return ended[:1], 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

func signalAll(pids []int, what syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, what) // the process may have ended
	}
}

// await waits until each process is in one of the states, for at most the limit.
func await(pids []int, states string, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for _, pid := range pids {
		for {
			state, _ := status(pid)
			if strings.Contains(states, state) {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("process %d is still in state %s after %v", pid, state, limit)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}
