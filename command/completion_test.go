package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// grammar is the command line as kong sees it.
func grammar(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&commandLine{}, kong.Name("decnet-graph"), kong.Description(description), kong.Vars{"version": "any"})
	require.NoError(t, err)
	return parser.Model
}

func TestCompletionOffersWhatFitsThePlace(t *testing.T) {
	for line, want := range map[string][]string{
		"ser":                           {"serve"},
		"rollup ":                       {"verify", "rebuild", "refresh"},
		"rollup re":                     {"rebuild", "refresh"},
		"version --js":                  {"--json"},
		"version --log":                 {"--log-format", "--log-level"},
		"serve --log-level w":           {"warn"},
		"serve --log-level=w":           {"--log-level=warn"},
		"serve --log-level = w":         {"warn"}, // as bash splits it
		"serve --log-level =":           {"DEBUG", "INFO", "WARN", "ERROR", "debug", "info", "warn", "error"},
		"serve --db ":                   {":files"},
		"serve --db=":                   {":files"},
		"serve --db x --write --any":    {"--any-revision"},
		"serve --timeout ":              nil,
		"serve --no-such-flag=":         nil,
		"export t":                      {"triggers", "tags"},
		"export --db decnet.db camp":    {"campaigns"},
		"export tags ":                  nil,
		"insert-tags ":                  {":files"},
		"insert-tags -- --any":          {":files"},
		"completion ":                   {"bash", "zsh", "fish"},
		"no-such-command --log-level e": {"error"},
		"comp":                          {"completion"}, // and no hidden command
	} {
		out, errOut, code := command(t, append([]string{"complete", "--"}, strings.Split(line, " ")...)...)
		assert.Equal(t, exitOK, code, line+errOut)
		var words []string
		for candidate := range strings.Lines(out) {
			word, help, _ := strings.Cut(strings.TrimSpace(candidate), "\t")
			assert.Equal(t, word == filesLine, help == "", "%s: %q explains itself", line, word)
			words = append(words, word)
		}
		assert.Equal(t, want, words, line)
	}
}

// The test binary runs as the program, so that the scripts ask the program that is tested.
func TestShellsCompleteByTheirScripts(t *testing.T) {
	for shell, try := range map[string]string{
		"bash": `source <(decnet-graph completion bash)
			try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _decnet_graph; echo "${COMPREPLY[*]}"; }
			compopt() { [ "$*" = "-o default" ] && COMPREPLY+=(FILES); }`,
		"zsh": `autoload() { : }; compdef() { : }
			compset() { : }; _files() { echo FILES }; _describe() { print -r -- ${${(P)2}%%:*} }
			source <(decnet-graph completion zsh)
			try() { words=("$@"); CURRENT=$#; _decnet_graph }`,
		"fish": `decnet-graph completion fish | source
			function try; set line (string join ' ' -- $argv); complete --do-complete "$line" | string replace -r '\t.*' '' | string join ' '; true; end`,
	} {
		t.Run(shell, func(t *testing.T) {
			program := installed(t, shell)
			self, err := os.Executable()
			require.NoError(t, err)
			folder := t.TempDir()
			require.NoError(t, os.Symlink(self, filepath.Join(folder, "decnet-graph")))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "FILES"), nil, 0o600))
			cmd := exec.CommandContext(t.Context(), program, "-c", try+"\n"+`
try decnet-graph rollup re
try decnet-graph serve --log-level w
try decnet-graph serve --db F
`)
			cmd.Dir, cmd.Env = folder, []string{programVariable + "=1", "PATH=" + folder + ":" + os.Getenv("PATH"), "HOME=" + folder}
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			assert.Equal(t, "rebuild refresh\nwarn\nFILES\n", string(out))
		})
	}
}
