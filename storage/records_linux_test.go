package storage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// TestAFullDiskUnderTheAuditLogRefusesChanges mounts a small file system. That takes root, which CI is.
func TestAFullDiskUnderTheAuditLogRefusesChanges(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("a small file system takes root and the right to mount: ", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	s := openBeside(t, folder, true, nil)
	require.NoError(t, s.note(t, "one"))
	filler := filepath.Join(folder, "filler")
	_ = os.WriteFile(filler, bytes.Repeat([]byte("x"), 8<<20), 0o600) // as much as fits
	err := s.note(t, "two")
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.ErrorContains(t, err, "the audit log cannot be written, so nothing was changed")
	s.requireNotes(t, "one")
	require.NoError(t, os.Remove(filler))
	require.NoError(t, s.note(t, "three"))
	s.requireNotes(t, "three")
	require.Equal(t, []storage.AuditOutcome{storage.AuditApplied, storage.AuditApplied}, s.outcomes(t))
}
