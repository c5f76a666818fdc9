package dbserver

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serverFolder creates a folder for the servers' directories that their accounts may enter.
func serverFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	require.NoError(t, os.Chmod(folder, 0o777|os.ModeSticky))
	return folder
}

// leftovers lists the files in the folder that serverFolder created.
func leftovers(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(os.TempDir() + "/*")
	require.NoError(t, err)
	return found
}

// processesIn lists the processes whose working directory is a folder or below it, or that have the folder on their
// command line. Not everyone may read the working directory of a process, in a container not even root.
func processesIn(t *testing.T, folder string) []string {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	var found []string
	for _, process := range processes {
		where, _ := os.Readlink(process + "/cwd")
		called, _ := os.ReadFile(process + "/cmdline")
		if strings.HasPrefix(where, folder) || strings.Contains(string(called), folder) {
			found = append(found, fmt.Sprintf("%s in %q: %q", process, where, called))
		}
	}
	return found
}

// segments lists the segments of shared memory of the PostgreSQL servers in the temporary folder.
func segments(t *testing.T) []string {
	t.Helper()
	locks, err := filepath.Glob(os.TempDir() + "/*/data/postmaster.pid")
	require.NoError(t, err)
	var found []string
	for _, lock := range locks {
		text, err := os.ReadFile(lock)
		require.NoError(t, err)
		lines := strings.Split(string(text), "\n")
		require.Greater(t, len(lines), 6)
		found = append(found, strings.Join(strings.Fields(lines[6]), " ")) // key and number
	}
	return found
}

// surviving lists those of the segments that still exist.
func surviving(t *testing.T, segments []string) []string {
	t.Helper()
	list, err := os.ReadFile("/proc/sysvipc/shm")
	require.NoError(t, err)
	var found []string
	for line := range strings.Lines(string(list)) {
		if fields := strings.Fields(line); slices.Contains(segments, fields[0]+" "+fields[1]) {
			found = append(found, line)
		}
	}
	return found
}

// actionVariable holds what a program that a test starts is to do.
const actionVariable = "DBSERVER_TEST_ACTION"

// TestProgramWithServers is not a test: it is a program that TestNothingIsLeft runs.
func TestProgramWithServers(t *testing.T) {
	action := os.Getenv(actionVariable)
	switch action {
	case "":
		return
	case "run a command that is interrupted":
		t.Setenv(actionVariable, "be interrupted")
		code, err := RunCommand(os.Args[0], os.Args[1:]...)
		require.NoError(t, err)
		require.Equal(t, 1, code)
		return
	case "be interrupted":
		for _, kind := range kinds {
			require.NotEmpty(t, os.Getenv(kind.engine.variable))
			require.Empty(t, kind.shared(t).directory, "the server is that of the program that runs this one")
			kind.shared(t).Database(t)
		}
	}
	p, m := Postgres(t), MariaDB(t)
	if action == "end" {
		StartPostgres(t)
		StartMariaDB(t)
	}
	fmt.Println("up")
	_, err := io.Copy(io.Discard, os.Stdin) // waits until the test has inspected the servers
	require.NoError(t, err)
	switch action {
	case "end":
		return
	case "panic":
		panic("intended")
	case "be killed while servers are paused":
		require.NoError(t, p.process.pause(startLimit))
		require.NoError(t, m.process.pause(startLimit))
	case "be killed after servers were":
		require.NoError(t, p.process.kill(startLimit))
		require.NoError(t, m.process.kill(startLimit))
	}
	fmt.Println("done")
	time.Sleep(time.Hour) // the test ends this process before
}

func TestNothingIsLeft(t *testing.T) {
	for _, kind := range kinds {
		_, _, err := kind.engine.find()
		check(t, err)
	}
	for _, action := range []string{
		"end", "panic", "be killed", "be killed while servers are paused", "be killed after servers were", "run a command that is interrupted",
	} {
		t.Run(action, func(t *testing.T) {
			t.Setenv("TMPDIR", serverFolder(t))
			for _, kind := range kinds {
				t.Setenv(kind.engine.variable, "") // the program starts servers of its own
			}
			self, err := os.Executable()
			require.NoError(t, err)
			cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestProgramWithServers$", "-test.v")
			cmd.Env = append(os.Environ(), actionVariable+"="+action)
			input, err := cmd.StdinPipe()
			require.NoError(t, err)
			output, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			var memory []string
			interrupted := action == "run a command that is interrupted"
			for lines := bufio.NewScanner(output); lines.Scan(); {
				switch lines.Text() {
				case "up":
					require.NotEmpty(t, leftovers(t))
					for _, directory := range leftovers(t) {
						require.Greater(t, len(processesIn(t, directory)), 1, "the guard and the server")
					}
					memory = segments(t)
					require.Len(t, surviving(t, memory), len(memory))
					require.NoError(t, input.Close())
				case "done":
					end := os.Kill
					if interrupted {
						end = os.Interrupt
					}
					require.NoError(t, cmd.Process.Signal(end))
				}
			}
			_ = cmd.Wait()
			require.NotEmpty(t, memory, "the servers were up")
			if action == "end" || interrupted {
				assert.True(t, cmd.ProcessState.Success())
				assert.Empty(t, leftovers(t), "Stop waits until all is gone")
				assert.Empty(t, processesIn(t, os.TempDir()))
			}
			assert.Eventually(t, func() bool { return len(leftovers(t))+len(processesIn(t, os.TempDir())) == 0 }, time.Minute, 10*time.Millisecond)
			assert.Empty(t, surviving(t, memory))
		})
	}
}
