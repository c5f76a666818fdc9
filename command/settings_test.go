package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// settingsOf returns the lines of check-config by their names.
func settingsOf(t *testing.T, args ...string) (lines map[string]string, errOut string, code int) {
	t.Helper()
	out, errOut, code := command(t, append([]string{"check-config"}, args...)...)
	lines = map[string]string{}
	for line := range strings.Lines(out) {
		name, rest, found := strings.Cut(strings.TrimSpace(line), ": ")
		if found && !strings.HasPrefix(name, "#") {
			value, origin, _ := strings.Cut(rest, " # ")
			lines[name] = strings.TrimSpace(value) + " # " + origin
		}
	}
	return lines, errOut, code
}

func TestFlagsComeBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	path := file(t, "graph.yaml", `
# a comment
db: sample.db
max-tokens: 1000
max-objects: 1000
timeout: 10s
listen: [127.0.0.1:1111, "unix:/run/x.sock"]
cors-origin:
  - https://a.example
  - https://b.example
write: true
replica: ["postgres://u@h/n?application_name=b,c", x.db]
socket-mode: 0660
`)
	t.Setenv("DECNET_GRAPH_CONFIG", path)
	t.Setenv("DECNET_GRAPH_MAX_OBJECTS", "2000")
	t.Setenv("DECNET_GRAPH_TIMEOUT", "20s")
	t.Setenv("DECNET_GRAPH_MAX_ANSWER", "")
	lines, errOut, code := settingsOf(t, "--timeout", "40s")
	assert.Equal(t, exitOK, code, errOut)
	for name, want := range map[string]string{
		"timeout":     "40s # command line",
		"max-objects": "2000 # environment DECNET_GRAPH_MAX_OBJECTS",
		"max-answer":  "16777216 # environment DECNET_GRAPH_MAX_ANSWER", // empty: the default
		"max-tokens":  "1000 # " + path + ":4",
		"listen":      "['127.0.0.1:1111', 'unix:/run/x.sock'] # " + path + ":7",
		"cors-origin": "['https://a.example', 'https://b.example'] # " + path + ":8",
		"write":       "true # " + path + ":11",
		"replica":     "['postgres://u@h:5432/n', x.db] # " + path + ":12",
		"socket-mode": `"0660" # ` + path + ":13",
		"base-path":   `"" # not set`,
		"max-body":    "4194304 # default",
	} {
		assert.Equal(t, want, lines[name], name)
	}
}

func TestWhatIsPrintedIsAFileWithTheSameSettings(t *testing.T) {
	out, errOut, code := command(t, "check-config", "--db", "x.db", "--listen", "unix:/run/x.sock", "--listen", "127.0.0.1:8080", "--base-path", "/#x:",
		"--host", "a.example", "--cors-origin", "http://localhost:5173", "--write", "--max-tokens", "500")
	assert.Equal(t, exitUsage, code, errOut)
	out = strings.ReplaceAll(out, "/#x:", "/x")
	path := file(t, "graph.yaml", out)
	again, errOut, code := command(t, "check-config", "--config", path)
	assert.Equal(t, exitOK, code, errOut)
	values := func(text string) (values []string) {
		for line := range strings.Lines(text) {
			value, _, _ := strings.Cut(line, " # ")
			values = append(values, strings.ReplaceAll(strings.TrimSpace(value), `'/x'`, "/x"))
		}
		return values
	}
	assert.Equal(t, values(out), values(again))
}

func TestAllMistakesInSettingsAreNamed(t *testing.T) {
	path := file(t, "graph.yaml", "listen2: x\nmax-tokens: many\ncors_origin: x\nout: x.json\nconfig: y\nwrite: [true]\ndb: x.db\n")
	for _, name := range []string{"serve", "check-config", "export tags"} {
		_, errOut, code := command(t, append(strings.Fields(name), "--config", path)...)
		assert.Equal(t, exitUsage, code)
		for _, says := range []string{path + ":1: there is no setting \"listen2\"; did you mean listen?", "cors_origin\"; did you mean cors-origin?", `no setting "out"`, `no setting "config"`} {
			assert.Contains(t, errOut, says, name)
		}
		if name != "export tags" { // which has neither flag
			assert.Contains(t, errOut, path+":2: max-tokens:")
			assert.Contains(t, errOut, path+":6: write has one value")
		}
	}
	for content, says := range map[string]string{
		"a: [": "line 1", "- a": "not a list of settings", "db: {a: b}": "line 1", "db: x\ndb: y": "set twice", "db: [[x]]": "line 1", "just text": "not a list of settings",
	} {
		_, errOut, code := command(t, "serve", "--config="+file(t, "x.yaml", content))
		assert.Equal(t, exitUsage, code, content)
		assert.Contains(t, errOut, says, content)
		assert.Equal(t, 1, strings.Count(errOut, "\n"), errOut)
	}
	_, errOut, code := command(t, "serve", "--config", "/none.yaml")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errOut, "/none.yaml")
	_, errOut, code = command(t, "check-config", "--config", file(t, "empty.yaml", "# nothing\n"), "--db", "x.db")
	assert.Equal(t, exitOK, code, errOut)

	_, errOut, code = command(t, "check-config", "--listen", ":80", "--base-path", "x", "--max-tokens", "1", "--cors-origin", "x", "--replica", "oracle://x")
	assert.Equal(t, exitUsage, code)
	assert.Equal(t, 6, strings.Count(errOut, "\n"), errOut)
	for _, says := range []string{"token limit", "origin", "base path", "authentication", "no database named", "--replica"} {
		assert.Contains(t, errOut, says)
	}
}

// flagsOf are the flags of a command.
func flagsOf(t *testing.T, name string) []*kong.Flag {
	t.Helper()
	parser, err := kong.New(&commandLine{}, kong.Vars{"version": ""})
	require.NoError(t, err)
	for _, node := range parser.Model.Leaves(true) {
		if node.Name == name {
			return node.Flags
		}
	}
	t.Fatal("no command " + name)
	return nil
}

func TestEveryFlagOfServeIsAlsoInTheEnvironment(t *testing.T) {
	for _, flag := range flagsOf(t, "serve") {
		if flag.Name == "help" {
			continue
		}
		require.NotEmpty(t, flag.Envs, flag.Name)
		if strings.HasPrefix(flag.Envs[0], "DECNET_GRAPH_") { // the others are DECNET's own
			assert.Equal(t, "DECNET_GRAPH_"+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")), flag.Envs[0])
		}
	}
}

func TestLimitsAreListedWithTheirFlags(t *testing.T) {
	out, _, code := command(t, "limits", "--max-tokens", "777")
	assert.Equal(t, exitOK, code)
	for _, flag := range flagsOf(t, "serve") {
		if flag.Group != nil && flag.Group.Key == limitGroup {
			assert.Contains(t, out, "--"+flag.Name)
		}
	}
	assert.Regexp(t, `777 +--max-tokens +Most tokens`, out)
	assert.Regexp(t, `200 +Most items of a page`, out)
	assert.Regexp(t, `16384 +Most bytes of a URL`, out)
	_, errOut, code := command(t, "limits", "--max-tokens", "1")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errOut, "token limit")
}

const mark = "zq7Jx" // a part of every secret of these tests

func TestSecretsAreReadFromFiles(t *testing.T) {
	for _, c := range [][2]string{{"a", "a"}, {"a\n", "a"}, {"a\r\n", "a"}, {"a\n\n", "a\n"}, {" a ", " a "}, {"a\nb", "a\nb"}} {
		secret, err := readSecret(file(t, "secret", c[0]))
		require.NoError(t, err)
		assert.Equal(t, c[1], secret)
	}
	for _, content := range []string{"", "\n", mark + strings.Repeat("x", 70<<10)} {
		_, err := readSecret(file(t, "secret", content))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), mark)
	}
	name := file(t, "dsn", "mysql://decnet:"+mark+"@db.example/decnet\n")
	password := file(t, "password", mark+"\n")
	for fact, variables := range map[string]map[string]string{
		"the name of the database":  {"DECNET_GRAPH_DB_FILE": name},
		"its password":              {"DECNET_GRAPH_DB": "mysql://decnet@db.example/decnet", "DECNET_GRAPH_DB_PASSWORD_FILE": password},
		"DECNET's own name":         {"DECNET_DB_URL_FILE": name},
		"DECNET's own password":     {"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "db.example", "DECNET_DB_NAME": "decnet", "DECNET_DB_USER": "decnet", "DECNET_DB_PASSWORD_FILE": password},
		"the password of users":     {"DECNET_GRAPH_DB": "x.db", "DECNET_JWT_SECRET": testSecret, "DECNET_GRAPH_USERS_DB": "mysql://decnet@db.example/decnet", "DECNET_GRAPH_USERS_DB_PASSWORD_FILE": password},
		"DECNET's password by ours": {"DECNET_DB_TYPE": "mysql", "DECNET_DB_HOST": "db.example", "DECNET_DB_NAME": "decnet", "DECNET_DB_USER": "decnet", "DECNET_GRAPH_DB_PASSWORD_FILE": password},
	} {
		t.Run(fact, func(t *testing.T) {
			for variable, value := range variables {
				t.Setenv(variable, value)
			}
			out, errOut, code := command(t, "check-config")
			assert.Equal(t, exitOK, code, errOut)
			assert.Contains(t, out, "mysql://decnet@db.example:3306/decnet")
			assert.NotContains(t, out+errOut, mark)
			assert.NotContains(t, errOut, "WARN")
		})
	}
}

func TestTwoSourcesOfOneSecretAreAMistake(t *testing.T) {
	password, jwt := file(t, "password", mark), file(t, "jwt", testSecret)
	for fact, c := range map[string]struct {
		variables map[string]string
		args      []string
		says      string
	}{
		"a variable twice":               {map[string]string{"DECNET_GRAPH_DB": "x.db", "DECNET_GRAPH_DB_FILE": password}, nil, "DECNET_GRAPH_DB and DECNET_GRAPH_DB_FILE"},
		"a password twice":               {nil, []string{"--db", "mysql://u:" + mark + "@h/n", "--db-password-file", password}, "has a password already"},
		"a password of a file":           {nil, []string{"--db", "x.db", "--db-password-file", password}, "SQLite"},
		"DECNET's password twice":        {map[string]string{"DECNET_DB_TYPE": "mysql", "DECNET_DB_PASSWORD": mark, "DECNET_DB_PASSWORD_FILE": password}, nil, "DECNET_DB_PASSWORD"},
		"a file that is missing":         {map[string]string{"DECNET_GRAPH_DB_FILE": "/none"}, nil, "/none"},
		"a password of users twice":      {nil, []string{"--users-db", "mysql://u:" + mark + "@h/n", "--users-db-password-file", password, "--decnet-jwt-secret-file", jwt}, "--users-db-password-file: "},
		"a password of a file of users":  {nil, []string{"--users-db", "x.db", "--users-db-password-file", password, "--decnet-jwt-secret-file", jwt}, "SQLite"},
		"a password of no users":         {nil, []string{"--users-db-password-file", password}, "also give --users-db DSN"},
		"a password file of users":       {nil, []string{"--users-db", "mysql://u@h/n", "--users-db-password-file", "/none", "--decnet-jwt-secret-file", jwt}, "/none"},
		"a password file that is absent": {nil, []string{"--db", "mysql://u@h/n", "--db-password-file", "/none"}, "/none"},
	} {
		t.Run(fact, func(t *testing.T) {
			for variable, value := range c.variables {
				t.Setenv(variable, value)
			}
			out, errOut, code := command(t, append([]string{"check-config"}, c.args...)...)
			assert.Equal(t, exitUsage, code)
			assert.Contains(t, errOut, c.says)
			assert.NotContains(t, out+errOut, mark)
		})
	}
}

// TestSecretsAreNeverPrinted runs commands that fail in many ways, at the level that logs most.
func TestSecretsAreNeverPrinted(t *testing.T) {
	const none = "127.0.0.1:1" // nobody listens
	password := file(t, "password", mark)
	readable := file(t, "readable", mark)
	require.NoError(t, os.Chmod(readable, 0o644))
	for _, args := range [][]string{
		{"serve", "--db", "mysql://u:" + mark + "@" + none + "/n"},
		{"serve", "--db", "postgres://u:" + mark + "@" + none + "/n"},
		{"serve", "--db", "postgres://" + none + "/n?password=" + mark},
		{"serve", "--db", "u:" + mark + "@tcp(" + none + ")/n"},
		{"serve", "--db", "mysql://u:" + mark + "@h:x/n"},
		{"serve", "--db", "mysql://u:" + mark + "@" + none + "/n", "--max-tokens", "x"},
		{"serve", "--db", "mysql://u@" + none + "/n", "--db-password-file", password},
		{"serve", "--db", "mysql://u@" + none + "/n", "--db-password-file", readable},
		{"serve", "--db", sampleFile(t), "--users-db", "mysql://u@" + none + "/n", "--users-db-password-file", readable, "--decnet-jwt-secret-file", file(t, "jwt", testSecret), "--listen", "127.0.0.1:0"},
		{"serve", "--db", sampleFile(t), "--replica", "mysql://u:" + mark + "@" + none + "/n"},
		{"check-config", "--db", "postgres://u:" + mark + "@" + none + "/n", "--replica", "u:" + mark + "@tcp(h)/n"},
		{"check-config", "--db", "oracle://u:" + mark + "@h/n"},
		{"migrate", "--db", "postgres://u:" + mark + "@" + none + "/n"},
		{"import", "--from", "mysql://u:" + mark + "@" + none + "/n", "--to", "postgres://u:" + mark + "@" + none + "/n"},
		{"export", "tags", "--db", "mysql://u:" + mark + "@" + none + "/n"},
		{"limits", "--db", "mysql://u:" + mark + "@" + none + "/n"},
	} {
		out, errOut, _ := command(t, append(args, "--log-level", "debug")...)
		said := strings.Join(args, " ")
		assert.NotContains(t, out+errOut, mark, said)
		if strings.Contains(said, mark) && !strings.Contains(said, "--max-tokens") {
			assert.Regexp(t, `other users of this machine can read the password in --(db|replica|from) with ps; give it in a file or in the environment: DECNET_GRAPH_\w+ or DECNET_GRAPH_\w+_FILE`, errOut, said)
		}
		assert.Equal(t, strings.Contains(said, readable), strings.Contains(errOut, "every user of this machine can read "+readable), errOut)
	}
}
