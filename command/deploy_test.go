package command

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deployed are the files that tell other programs how to run this one.
func deployed(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	read := func(path string) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[strings.TrimPrefix(path, "../")] = string(text)
	}
	require.NoError(t, filepath.WalkDir("../deploy", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(path, "/secrets/") {
			read(path)
		}
		return err
	}))
	read("../Dockerfile")
	read("../docs/deploy.md")
	return texts
}

// names are the flags of all commands, without their dashes, and the variables of the environment.
func names(t *testing.T) (flags, variables map[string]bool) {
	t.Helper()
	flags, variables = map[string]bool{}, map[string]bool{
		// These are read by the code itself.
		"DECNET_JWT_SECRET": true, "DECNET_DB_TYPE": true, "DECNET_DB_URL": true, "DECNET_DB_HOST": true, "DECNET_DB_PORT": true,
		"DECNET_DB_NAME": true, "DECNET_DB_USER": true, "DECNET_DB_PASSWORD": true, "DECNET_DB_PASSWORD_FILE": true, "DECNET_DB_URL_FILE": true,
	}
	require.NoError(t, kong.Visit(grammar(t), func(node kong.Visitable, next kong.Next) error {
		if flag, isFlag := node.(*kong.Flag); isFlag {
			flags[flag.Name] = true
			for _, variable := range flag.Envs {
				variables[variable], variables[variable+"_FILE"] = true, true
			}
		}
		return next(nil)
	}))
	return flags, variables
}

var (
	variableName = regexp.MustCompile(`\bDECNET_[A-Z_]*[A-Z]`)
	commandText  = regexp.MustCompile(`decnet-graph [^\n]*(\\\n[^\n]*)*`)
	flagName     = regexp.MustCompile(`--([a-z][a-z-]*[a-z])`)
	yamlBlock    = regexp.MustCompile("(?s)(?:```yaml|<<'EOF')\n(.*?)\n(?:```|EOF)")
	settingName  = regexp.MustCompile(`(?m)^#?([a-z][a-z-]*): `)
)

func TestDeployedFilesNameFlagsAndVariablesThatExist(t *testing.T) {
	flags, variables := names(t)
	for path, text := range deployed(t) {
		for _, name := range variableName.FindAllString(text, -1) {
			assert.True(t, variables[name], "%s: there is no variable %s", path, name)
		}
		for _, line := range commandText.FindAllString(text, -1) {
			for _, name := range flagName.FindAllStringSubmatch(line, -1) {
				assert.True(t, flags[name[1]] || strings.HasPrefix(line, "decnet-graph.service"), "%s: there is no flag %s in %q", path, name[0], line)
			}
		}
	}
	configurations := deployed(t)["deploy/decnet-graph.yaml"]
	for _, block := range yamlBlock.FindAllStringSubmatch(deployed(t)["docs/deploy.md"], -1) {
		configurations += block[1]
	}
	for _, name := range settingName.FindAllStringSubmatch(configurations, -1) {
		assert.True(t, flags[name[1]], "configuration: there is no flag %s", name[1])
	}
}

func TestDeployedDockerfileRunsAnOrdinaryUserInAnEmptyImage(t *testing.T) {
	_, image, found := strings.Cut(deployed(t)["Dockerfile"], "\nFROM scratch\n")
	require.True(t, found)
	for _, line := range []string{
		"USER 65532:65532", `ENTRYPOINT ["/usr/bin/decnet-graph"]`, `CMD ["serve"]`, "COPY --from=build /image/ /",
	} {
		assert.Contains(t, strings.Split(image, "\n"), line)
	}
	assert.Regexp(t, `HEALTHCHECK .* CMD \["/usr/bin/decnet-graph", "health"\]`, image)
	assert.NotContains(t, image, "RUN ", "an empty image has no shell")
}

// highestExposure is the bar of "systemd-analyze security", which goes from 0 to 10.
const highestExposure = "15" // 1.5

// installed finds a program that scripts/setup-test.sh installs. CI fails without it, and other machines skip the test.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if os.Getenv("CI") == "true" {
		require.NoError(t, err)
	} else if err != nil {
		t.Skipf("%s is not installed; scripts/setup-test.sh installs it", program)
	}
	return path
}

func TestDeployedUnitIsHardened(t *testing.T) {
	analyze := installed(t, "systemd-analyze")
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "--threshold="+highestExposure,
		"../deploy/debian/decnet-graph.service").CombinedOutput()
	assert.NoError(t, err, string(out))
}

// testName matches the name of a test in a text in Markdown.
var testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`")

func TestThreatsNameTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("../docs/security.md")
	require.NoError(t, err)
	var cited []string
	for _, name := range testName.FindAllSubmatch(text, -1) {
		cited = append(cited, string(name[1]))
	}
	require.NotEmpty(t, cited)
	var functions strings.Builder
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && slices.Contains([]string{"node_modules", ".git", "build", "dist"}, entry.Name()) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			functions.Write(text)
			return err
		}
		return nil
	}))
	for _, name := range cited {
		assert.Contains(t, functions.String(), "\nfunc "+name+"(", "docs/security.md")
	}
}
