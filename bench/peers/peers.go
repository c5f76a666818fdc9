// Package peers holds the GraphQL servers that the benchmark compares with.
package peers

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed *.js package.json package-lock.json
var files embed.FS

//go:embed rollups.sql
var rollups string

//go:embed questions.sql
var questions string

// Views returns the statements that create the views which the peers need.
func Views() string { return rollups + questions }

// Node is the path of the Node.js binary among the peers' packages, relative to the folder of Install.
const Node = "node_modules/node/bin/node"

// Install writes the peers into a folder and installs their packages with npm. It reuses the packages of an earlier
// run if the lock file is unchanged.
func Install(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // its content is not secret
		return err
	}
	const lock, installed = "package-lock.json", "installed"
	entries, err := files.ReadDir(".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := put(entry.Name(), filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	wanted, err := files.ReadFile(lock)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(filepath.Join(folder, installed)); err == nil && bytes.Equal(have, wanted) {
		return nil
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return put(lock, filepath.Join(folder, installed))
}

func put(name, path string) error {
	text, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644) //nolint:gosec // its content is not secret
}
