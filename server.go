// decnet-graph serves the threat graph of a DECNET deception network over GraphQL.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"decnetgraph/command"
)

//go:generate go run ./graph/generate

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(command.Main(ctx, os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Hangups: hangups}))
}

// hangups makes SIGHUP a message instead of the end of the process. Those that arrive while one waits are the same message.
func hangups() <-chan os.Signal {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGHUP)
	return received
}
