package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a program and all that it started have used.
type Usage struct {
	CPU    time.Duration
	Memory int64 // resident now, in bytes
	Peak   int64 // most that was ever resident, in bytes, of each process that still runs
}

// tick is the unit of CPU time in /proc, the same on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// Usage adds the processes up. The time of those that ended is in the count of their parent.
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

// stat is the part of /proc/PID/stat that matters.
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

// readStat takes parent, utime, stime and, of children that were waited for, cutime and cstime.
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

// memory is one line of /proc/PID/status, in bytes; 0 if the process has ended.
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
