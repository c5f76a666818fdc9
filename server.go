// decnet-graph serves the threat graph of a DECNET deception network over GraphQL.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"decnetgraph/storage"
)

//go:generate go run ./graph/generate

// version is set by the linker in a release; otherwise the module's own build information serves.
var version = ""

// cli is the command line; the flags of serve can be set in the environment, too.
type cli struct {
	Serve   serveCommand   `cmd:"" help:"Serve the GraphQL API and GraphiQL."`
	Migrate migrateCommand `cmd:"" help:"Make or upgrade a database of this program's own."`
	Import  importCommand  `cmd:"" help:"Copy a DECNET database into one of this program's own."`
	Export  exportCommand  `cmd:"" help:"Write all tags, commands, hits, attackers, identities or campaigns as lines of JSON."`
	Insert  insertCommand  `cmd:"" name:"insert-tags" help:"Add tags from lines of JSON."`
	Rollup  rollupCommand  `cmd:"" help:"Look after the sums that rollups are read from."`
	Sample  sampleCommand  `cmd:"" help:"Make a sample database to try the API on."`
	Version struct{}       `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	LogLevel slog.Level `enum:"DEBUG,INFO,WARN,ERROR,debug,info,warn,error" default:"info" env:"DECNET_GRAPH_LOG_LEVEL" help:"Least level that is logged: debug, info, warn or error."`
}

const description = `GraphQL over the database of a DECNET deception network: campaigns, identities, attackers and their ATT&CK tags in one request.

Try it:  decnet-graph sample --db sample.db && decnet-graph serve --db sample.db`

// Exit codes: 2 tells the person at the keyboard that the command itself must change. import has one more.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without its surroundings, so that tests start it as a person does.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("decnet-graph"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(out, errOut), kong.Exit(func(code int) { exit = code }), kong.ShortUsageOnError(), kong.Vars{"version": "decnet-graph " + buildVersion()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return fail(errOut, exitFault, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	switch {
	case exit >= 0: // --help has printed its text
		return exit
	case err != nil:
		return fail(errOut, exitUsage, fmt.Errorf("%w (try --help)", err))
	}
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: c.LogLevel}))
	err = c.run(ctx, command.Command(), out, errOut, log)
	coded, isCoded := errors.AsType[codedError](err)
	switch {
	case errors.Is(err, errPipe):
		return exitPipe
	case isCoded:
		return fail(errOut, coded.code, err)
	case errors.Is(err, storage.ErrInvalid):
		return fail(errOut, exitUsage, err)
	case errors.Is(err, context.Canceled):
		return fail(errOut, exitFault, errors.New("stopped before it was done; nothing was made"))
	case err != nil:
		return fail(errOut, exitFault, err)
	}
	return exitOK
}

// run runs the command that was chosen.
func (c *cli) run(ctx context.Context, command string, out, errOut io.Writer, log *slog.Logger) error {
	switch command {
	case "serve":
		return c.Serve.run(ctx, out, log)
	case "migrate":
		return c.Migrate.run(ctx, out)
	case "import":
		return c.Import.run(ctx, out, errOut)
	case "export <list>":
		return c.Export.run(ctx, out, errOut, log)
	case "insert-tags", "insert-tags <file>":
		return c.Insert.run(ctx, out, errOut, log)
	case "rollup verify":
		return c.Rollup.Verify.run(ctx, out, log)
	case "rollup rebuild":
		return c.Rollup.Rebuild.run(ctx, out, log)
	case "rollup refresh":
		return c.Rollup.Refresh.run(ctx, out, log)
	case "sample":
		return c.Sample.run(ctx, out)
	default:
		_, err := fmt.Fprintln(out, "decnet-graph", buildVersion())
		return err
	}
}

// fail prints one line for the person at the keyboard.
func fail(errOut io.Writer, code int, err error) int {
	_, _ = fmt.Fprintln(errOut, "decnet-graph:", err)
	return code
}

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
