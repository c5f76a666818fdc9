package command

import (
	"fmt"
	"runtime/debug"
)

// version is the version of a release, which the linker sets (-X decnetgraph/command.version=…). It is empty
// in other builds.
var version = ""

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(streams Streams) error {
	_, err := fmt.Fprintln(streams.Out, "decnet-graph", buildVersion())
	return err
}

// buildVersion is the version of a release, or else the commit that the build information names.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if version != "" || !ok {
		return version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "development build of " + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "development build"
}
