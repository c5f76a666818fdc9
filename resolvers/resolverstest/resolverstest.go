// Package resolverstest gives tests above storage a sample database and resolvers on it.
package resolverstest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/resolvers"
	"decnetgraph/storage"
	"decnetgraph/storage/sample"
	"decnetgraph/storage/storagetest/dbserver"
)

// sampleDir is the folder that SamplePath made, or empty.
var sampleDir string

// SamplePath is the sample database of this test binary, which is made at the first call. Tests must not write to
// it; see CopySample. Main removes it.
var SamplePath = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "decnet-graph-test")
	if err != nil {
		return "", err
	}
	sampleDir = dir
	path := filepath.Join(dir, "sample.db")
	db, err := storage.CreateSQLite(context.Background(), path)
	if err != nil {
		return "", err
	}
	if _, err := sample.Write(context.Background(), db, sample.Options{Scale: 1, Seed: 1}); err != nil {
		return "", err
	}
	return path, db.Close()
})

// CopySample returns the path of a copy of the sample database that the test may write to.
func CopySample(tb testing.TB) string {
	tb.Helper()
	path, err := SamplePath()
	require.NoError(tb, err)
	content, err := os.ReadFile(path)
	require.NoError(tb, err)
	own := filepath.Join(tb.TempDir(), "decnet.db")
	require.NoError(tb, os.WriteFile(own, content, 0o600))
	return own
}

// Open returns resolvers on a database, which is closed when the test ends.
func Open(tb testing.TB, source string, options storage.Options) *resolvers.Resolver {
	tb.Helper()
	store, err := storage.Open(tb.Context(), source, options)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return &resolvers.Resolver{Store: store, Catalogue: attack.Default(), Version: "test", StartedAt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
}

// Main is a TestMain: it runs the tests, removes the sample, stops the shared database servers and exits.
func Main(m *testing.M) {
	code := m.Run()
	if sampleDir != "" {
		_ = os.RemoveAll(sampleDir)
	}
	if err := dbserver.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}
