package command

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestManualPageNamesEachCommandFlagAndVariable(t *testing.T) {
	page, _, code := command(t, "man")
	require.Equal(t, exitOK, code)
	plain := strings.ReplaceAll(page, `\-`, "-")
	root := grammar(t).Node
	for _, leaf := range root.Leaves(true) {
		_, section, found := strings.Cut(plain, `.SS "`+strings.TrimPrefix(leaf.Path(), "decnet-graph ")+"\"\n")
		require.True(t, found, leaf.Path())
		section, _, _ = strings.Cut(section, "\n.S") // the next section
		for at := leaf; at != root; at = at.Parent {
			for _, flag := range at.Flags {
				assert.Equal(t, !flag.Hidden, strings.Contains(section, `.B "--`+flag.Name), "%s --%s", leaf.Path(), flag.Name)
				for _, variable := range flag.Envs {
					assert.Contains(t, section, variable, leaf.Path())
				}
			}
		}
	}
	for _, flag := range root.Flags {
		assert.Contains(t, plain, "--"+flag.Name)
	}
	assert.NotContains(t, plain, `.SS "complete"`, "hidden commands are not documented")
	for line := range strings.Lines(page) {
		assert.False(t, strings.HasPrefix(line, "'"), line)
	}
}

func TestManualPageIsCleanForMandoc(t *testing.T) {
	mandoc := installed(t, "mandoc")
	defer func(date string) { commitDate = date }(commitDate)
	commitDate = "2026-11-30T21:04:43Z"
	page, _, _ := command(t, "man")
	lint := exec.CommandContext(t.Context(), mandoc, "-Tlint", "-Wwarning")
	lint.Stdin = strings.NewReader(page)
	out, err := lint.CombinedOutput()
	assert.NoError(t, err, string(out))
}
