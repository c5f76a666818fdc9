package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// The linker sets these (-X decnetgraph/command.version=…) as the fields of Version say; scripts/lib.sh has the
// flags. They are empty where "go build" or "go install" is run by hand.
var (
	version    = ""
	commit     = ""
	commitDate = ""
	modified   = "" // "true" if files differed from the commit
)

// Version says which build of the program runs.
type Version struct {
	Version    string `json:"version"`    // semantic, without a leading "v"; builds between releases have a pre-release of the next one
	Commit     string `json:"commit"`     // full hash; empty if the build does not know it
	CommitDate string `json:"commitDate"` // RFC 3339, UTC; empty if the build does not know it
	Modified   bool   `json:"modified"`   // whether files differed from the commit
	Go         string `json:"go"`         // release of the Go toolchain, such as "go1.26.8"
	Platform   string `json:"platform"`   // operating system and architecture, such as "linux/amd64"
}

// BuildVersion describes the running program: by what the linker set, or else by the build information.
func BuildVersion() Version {
	v := Version{
		Version: version, Commit: commit, CommitDate: commitDate, Modified: modified == "true",
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		v.fill(info)
	}
	v.Version = cmp.Or(v.Version, "0.0.0-devel")
	return v
}

// fill takes the version from the build information, which names it by the tags of the repository.
func (v *Version) fill(info *debug.BuildInfo) {
	if strings.HasPrefix(info.Main.Version, "v") { // otherwise it is empty or "(devel)"
		v.Version = info.Main.Version[1:]
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Commit = setting.Value
		case "vcs.time":
			v.CommitDate = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
}

// String is the text of the command version.
func (v Version) String() string {
	commit := cmp.Or(v.Commit, "unknown")
	if v.Modified {
		commit += " (with local changes)"
	}
	return fmt.Sprintf("decnet-graph %s\ncommit    %s\ndate      %s\ngo        %s\nplatform  %s",
		v.Version, commit, cmp.Or(v.CommitDate, "unknown"), v.Go, v.Platform)
}

// buildVersion is the semantic version alone.
func buildVersion() string { return BuildVersion().Version }

// versionCommand is the command version with its flag.
type versionCommand struct {
	JSON bool `name:"json" help:"Print one JSON object instead of lines."`
}

// Run prints the version.
func (c versionCommand) Run(streams Streams) error {
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(BuildVersion())
	}
	_, err := fmt.Fprintln(streams.Out, BuildVersion())
	return err
}
