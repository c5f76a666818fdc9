package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is the CPU time and memory of a program and its child processes.
type Usage struct {
	CPU    time.Duration
	Memory int64 // resident memory in bytes
	Peak   int64 // sum of the peak resident memory of each running process, in bytes
}

// tick is the unit of CPU time in /proc, the same on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// Usage returns the sum over all processes. The CPU time of a process that has ended is included in that of its
// parent.
func (p *Process) Usage() (Usage, error) {
	stats, err := readAll()
	if err != nil {
		return Usage{}, err
	}
	root := p.cmd.Process.Pid
	if _, runs := stats[root]; !runs {
		return Usage{}, fmt.Errorf("%s has ended", p.command.Program)
	}
	var sum Usage
	for pid, s := range stats {
		if !within(stats, pid, root) {
			continue
		}
		sum.CPU += time.Duration(s.ticks) * tick
		sum.Memory += memory(pid, "VmRSS:")
		sum.Peak += memory(pid, "VmHWM:")
	}
	return sum, nil
}

// stat holds the fields of /proc/PID/stat that Usage needs.
type stat struct {
	parent int
	ticks  int64
}

func readAll() (map[int]stat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	found := map[int]stat{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, ok := readStat(pid); ok {
			found[pid] = s
		}
	}
	return found, nil
}

// readStat reads the parent and the sum of utime, stime, cutime and cstime; the last two are the time of children
// that were waited for. ok is false if the process has ended.
func readStat(pid int) (s stat, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, false // it has ended
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return stat{}, false
	}
	s.parent, _ = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] {
		n, _ := strconv.ParseInt(field, 10, 64)
		s.ticks += n
	}
	return s, true
}

// within reports whether a process is the root or descends from it.
func within(stats map[int]stat, pid, root int) bool {
	for pid > 1 {
		if pid == root {
			return true
		}
		pid = stats[pid].parent
	}
	return false
}

// memory returns the value of one line of /proc/PID/status, in bytes; 0 if the process has ended.
func memory(pid int, line string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), line)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10
}
