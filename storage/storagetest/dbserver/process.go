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

// The letters that Linux gives to processes that are halted, and to those that have ended.
const (
	halted = "tT"
	ended  = "ZX"
)

// process is a program that was started, with its children: PostgreSQL has one for each connection and
// some for its own work, and they are not of its process group.
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
		_ = cmd.Wait() // whoever wants to know asks ProcessState
	}()
	return p, nil
}

// pause halts the program, which then starts no more children, and then the children.
func (p *process) pause(limit time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	if err := await([]int{p.cmd.Process.Pid}, halted+ended, limit); err != nil {
		return err
	}
	children := p.children()
	signal(children, syscall.SIGSTOP)
	return await(children, halted+ended, limit)
}

// resume undoes pause. It does nothing to what has ended or goes on anyway.
func (p *process) resume() {
	signal(p.children(), syscall.SIGCONT)
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
}

// kill ends the program and its children and waits until they are gone. They may be gone already.
func (p *process) kill(limit time.Duration) error {
	err := p.pause(limit) // so that no child is missed
	if errors.Is(err, os.ErrProcessDone) {
		<-p.gone
		return nil
	}
	children := p.children()
	err = errors.Join(err, p.cmd.Process.Kill())
	signal(children, syscall.SIGKILL)
	if err != nil {
		return err
	}
	<-p.gone
	return await(children, ended, limit)
}

func (p *process) children() []int {
	entries, _ := os.ReadDir("/proc") // find has made sure that this is Linux
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

// status is the state of a process, as a letter, and its parent. One that is gone counts as ended.
func status(pid int) (state string, parent int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	name := bytes.LastIndexByte(stat, ')') // it may hold spaces and brackets of its own
	fields := strings.Fields(string(stat[name+1:]))
	if len(fields) < 2 {
		return ended[:1], 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

func signal(pids []int, what syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, what) // it may have ended
	}
}

// await waits until each process is in one of the states.
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
