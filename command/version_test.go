package command

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVersionNamesCommitDateToolchainAndPlatform(t *testing.T) {
	defer func(v, c, d, m string) { version, commit, commitDate, modified = v, c, d, m }(version, commit, commitDate, modified)
	version, commit, commitDate, modified = "1.2.3", "0123456789abcdef0123456789abcdef01234567", "2026-11-30T21:04:43Z", "true"
	out, _, code := command(t, "version")
	assert.Equal(t, exitOK, code)
	assert.Equal(t, "decnet-graph 1.2.3\ncommit    0123456789abcdef0123456789abcdef01234567 (with local changes)\n"+
		"date      2026-11-30T21:04:43Z\ngo        "+runtime.Version()+"\nplatform  "+runtime.GOOS+"/"+runtime.GOARCH+"\n", out)
	out, _, code = command(t, "version", "--json")
	assert.Equal(t, exitOK, code)
	var printed Version
	require.NoError(t, json.Unmarshal([]byte(out), &printed))
	assert.Equal(t, BuildVersion(), printed)
	out, _, _ = command(t, "--version")
	assert.Equal(t, "decnet-graph 1.2.3\n", out)
}

func TestVersionOfABuildWithoutLinkerFlagsIsThatOfTheBuildInformation(t *testing.T) {
	for name, c := range map[string]struct {
		info debug.BuildInfo
		want Version
	}{
		"a tag": {
			debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
				{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.time", Value: "2026-11-30T21:04:43Z"}, {Key: "vcs.modified", Value: "true"},
			}},
			Version{Version: "1.2.3", Commit: "0123", CommitDate: "2026-11-30T21:04:43Z", Modified: true},
		},
		"no repository": {debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, Version{}},
	} {
		var v Version
		v.fill(&c.info)
		assert.Equal(t, c.want, v, name)
	}
}
