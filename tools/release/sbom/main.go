// sbom adds to an SBOM of a Go program, which it reads from the standard input in CycloneDX's JSON, what the program
// includes besides Go modules: SQLite, the C library and the packages of the GraphiQL page.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	sqlite := flag.String("sqlite", "", "version of SQLite")
	glibc := flag.String("glibc", "", "version of the GNU C Library")
	packages := flag.String("packages", "", "package-lock.json of the page")
	flag.Parse()
	if err := run(*sqlite, *glibc, *packages, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(sqlite, glibc, packages string, in io.Reader, out io.Writer) error {
	if sqlite == "" || glibc == "" {
		return fmt.Errorf("-sqlite is %q and -glibc is %q; both versions are needed", sqlite, glibc)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(in, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("read the SBOM: %w", err)
	}
	if bom.Components == nil || len(*bom.Components) == 0 {
		return fmt.Errorf("the SBOM names no Go module")
	}
	npm, err := npmComponents(packages)
	if err != nil {
		return err
	}
	*bom.Components = append(*bom.Components,
		component("sqlite", sqlite, "blessing", "pkg:generic/sqlite@"+sqlite),
		component("glibc", glibc, "LGPL-2.1-or-later", "pkg:generic/glibc@"+glibc))
	*bom.Components = append(*bom.Components, npm...)
	encoder := cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true)
	return encoder.Encode(&bom)
}

func component(name, version, licence, url string) cdx.Component {
	return cdx.Component{
		BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: name, Version: version, PackageURL: url, Scope: cdx.ScopeRequired,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: licence}}},
	}
}

// npmComponents returns the packages in a package-lock.json that are not for development alone, by name.
func npmComponents(file string) (components []cdx.Component, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, License string
			Dev              bool
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	for path, p := range lock.Packages {
		if path == "" || p.Dev {
			continue
		}
		name := path[strings.LastIndex(path, "node_modules/")+len("node_modules/"):]
		url := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version
		c := component(name, p.Version, p.License, url)
		if strings.Contains(p.License, " ") {
			c.Licenses = &cdx.Licenses{{Expression: p.License}}
		}
		components = append(components, c)
	}
	slices.SortFunc(components, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	return slices.CompactFunc(components, func(a, b cdx.Component) bool { return a.BOMRef == b.BOMRef }), nil
}
