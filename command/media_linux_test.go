package command

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadOnlyMedium mounts a folder read-only, where even root cannot write. That takes root, which CI is.
func TestReadOnlyMedium(t *testing.T) {
	folder := t.TempDir()
	for state, prepare := range evidence {
		path := filepath.Join(folder, state+".db")
		require.NoError(t, os.Rename(sampleFile(t), path))
		prepare(t, path)
	}
	if err := syscall.Mount(folder, folder, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("mounting a folder read-only takes root and the right to mount: ", err)
	}
	defer func() { require.NoError(t, syscall.Unmount(folder, 0)) }()
	require.NoError(t, syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""))
	for _, c := range []struct {
		state, parameter, says string
		write                  bool
	}{
		{"plain", "", "", false},
		{"plain", "?immutable=1", "", false},
		{"plain", "", "cannot write to", true},
		{"WAL", "", "it is in WAL mode, which needs a folder that may be written", false},
		{"WAL", "?immutable=1", "", false},
		{"WAL", "", "it is in WAL mode", true},
		{"a log", "", "copy both files", false},
		{"a log", "?immutable=1", "would be missed", false},
		{"a journal", "", "cut off", false},
		{"a journal", "?immutable=1", "cut off", false},
	} {
		args := []string{"export", "attackers", "--db", "sqlite:" + filepath.Join(folder, c.state+".db") + c.parameter}
		if c.write {
			args = append([]string{"insert-tags"}, args[2:]...)
		}
		log, exit := run(t.Context(), t, args...)
		code := exit()
		if c.says == "" {
			assert.Equal(t, exitOK, code, log.String())
			continue
		}
		assert.Equal(t, exitUsage, code, "%v: %s", c, log)
		assert.Contains(t, log.String(), c.says)
	}
}
