// Package command is the command line of decnet-graph: one file per command, each a struct of flags
// with a Run method that kong calls.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/alecthomas/kong"

	"decnetgraph/storage"
)

// commandLine is all commands with their flags; the flags of serve can also be set in the environment.
type commandLine struct {
	Serve   serveCommand   `cmd:"" help:"Serve the GraphQL API and GraphiQL."`
	Migrate migrateCommand `cmd:"" help:"Make or upgrade a database of this program's own."`
	Import  importCommand  `cmd:"" help:"Copy a DECNET database into one of this program's own."`
	Export  exportCommand  `cmd:"" help:"Write all tags, commands, hits, attackers, identities or campaigns as lines of JSON."`
	Insert  insertCommand  `cmd:"" name:"insert-tags" help:"Add tags from lines of JSON."`
	Rollup  rollupCommand  `cmd:"" help:"Check or repair the sums that rollups are read from."`
	Search  searchCommand  `cmd:"" help:"Refresh or rebuild the index that searches read."`
	Token   tokenCommand   `cmd:"" help:"Create, list and revoke API tokens."`
	Sample  sampleCommand  `cmd:"" help:"Make a sample database to try the API on."`

	CheckConfig checkConfigCommand `cmd:"" help:"Check the settings of serve, and print them without secrets and where each comes from."`
	Limits      limitsCommand      `cmd:"" help:"Print all limits of requests, and the flags that change them."`
	Health      healthCommand      `cmd:"" help:"Ask a running server whether it is ready. Exit code 0 if it is, 1 if not."`

	Version versionCommand `cmd:"" help:"Print the version."`

	Completion completionCommand `cmd:"" help:"Print the script that completes commands in a shell."`
	Complete   completeCommand   `cmd:"" hidden:"" help:"Complete a word of a command line."`
	Man        manCommand        `cmd:"" hidden:"" help:"Print the manual page."`

	Config      string           `env:"DECNET_GRAPH_CONFIG" placeholder:"FILE" help:"File with settings in YAML, such as \"listen: 127.0.0.1:8080\": the names of flags that the environment can set, too. Flags come before the environment, and both before the file."`
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	LogFormat string `enum:"text,json" default:"text" env:"DECNET_GRAPH_LOG_FORMAT" help:"Format of the log: text or json."`

	LogLevel slog.Level `enum:"DEBUG,INFO,WARN,ERROR,debug,info,warn,error" default:"info" env:"DECNET_GRAPH_LOG_LEVEL" help:"Lowest level that is logged: debug, info, warn or error."`
}

const description = `GraphQL over the database of a DECNET deception network: campaigns, identities, attackers and their ATT&CK tags in one request.

Try it:  decnet-graph sample --db sample.db && decnet-graph serve --db sample.db`

// Streams are the standard streams of the process. Out takes what a command is asked for, Err its log,
// its progress and its errors.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Hangups returns a channel that receives each SIGHUP, which from then on does not end the process. It is nil where
	// there are no signals.
	Hangups func() <-chan os.Signal
}

// Exit codes that all commands share. insert-tags and import add exitRejected and exitSkipped, and commands
// that write to a pipe exitPipe.
const (
	exitOK    = 0
	exitFault = 1 // the command failed; the same command may succeed later
	exitUsage = 2 // the command itself must change
)

// codedError ends the program with an exit code of its own.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

// Main runs the command that args name, without the program's name, and returns the exit code of the
// process. It prints errors to the error stream, one line each. The command stops when ctx ends. Flags
// that are not given are read from the environment of the process.
func Main(ctx context.Context, args []string, streams Streams) (exitCode int) {
	var line commandLine
	exit := -1
	settings, err := readSettings(args)
	if err != nil {
		return fail(streams.Err, exitUsage, err)
	}
	parser, err := kong.New(&line, kong.Name("decnet-graph"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(streams.Out, streams.Err), kong.Exit(func(code int) { exit = code }), kong.ShortUsageOnError(),
		kong.Vars{"version": "decnet-graph " + buildVersion()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Resolvers(settings))
	if err != nil {
		return fail(streams.Err, exitFault, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	switch {
	case exit >= 0: // --help or --version has printed its text
		return exit
	case err != nil:
		return fail(streams.Err, exitUsage, fmt.Errorf("%w (try --help)", err))
	case len(settings.problems) > 0:
		return failAll(streams.Err, settings.problems)
	}
	log := slog.New(newLogHandler(line.LogFormat, streams.Err, line.LogLevel))
	settings.warn(ctx, log, chosen)
	chosen.BindTo(ctx, (*context.Context)(nil))
	return exitCodeOf(chosen.Run(streams, log, settings), streams.Err)
}

// newLogHandler writes the log in a format. Both formats quote what comes from clients.
func newLogHandler(format string, to io.Writer, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.NewJSONHandler(to, options)
	}
	return slog.NewTextHandler(to, options)
}

// exitCodeOf prints the error that a command ended with, if any, and returns the exit code for it.
func exitCodeOf(err error, errOut io.Writer) int {
	coded, isCoded := errors.AsType[codedError](err)
	problems, isList := errors.AsType[problemsError](err)
	switch {
	case err == nil:
		return exitOK
	case isList:
		return failAll(errOut, problems)
	case errors.Is(err, errPipe):
		return exitPipe
	case isCoded:
		return fail(errOut, coded.code, err)
	case errors.Is(err, storage.ErrInvalid):
		return fail(errOut, exitUsage, err)
	case errors.Is(err, context.Canceled):
		return fail(errOut, exitFault, errors.New("stopped before it was done; nothing was made"))
	default:
		return fail(errOut, exitFault, err)
	}
}

// fail prints an error as one line and returns the exit code.
func fail(errOut io.Writer, code int, err error) int {
	_, _ = fmt.Fprintln(errOut, "decnet-graph:", err)
	return code
}

// failAll prints errors, one line each, and returns the exit code of a command that must change.
func failAll(errOut io.Writer, errs []error) int {
	for _, err := range errs {
		fail(errOut, exitUsage, err)
	}
	return exitUsage
}
