// Command bench compares DECNET Graph with other GraphQL servers over the same database, and with plain SQL.
// docs/performance.md says what it measures and how to run it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"decnetgraph/bench/limit"
)

// cli declares the command line for kong.
type cli struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure and compare."`
	Limit limitCommand `cmd:"" help:"Serve the contestants limit-json and limit-rows: plain SQL without GraphQL. The run command starts it."`
}

// runCommand holds the flags of the run command. Make variables with the names of the environment variables set them.
type runCommand struct {
	Server   string        `default:"build/decnet-graph" env:"SERVER" help:"Path of the decnet-graph binary to measure (${default})."`
	Base     string        `env:"BASE" placeholder:"PATH" help:"Path of another decnet-graph binary, such as one of an earlier commit, to compare with in the nested queries."`
	Folder   string        `default:"/tmp/decnet-graph-bench" env:"BENCH_DIR" help:"Folder that keeps databases and the peers' packages between runs (${default})."`
	Tags     int           `default:"1000000" env:"TAGS" help:"Number of tags in the larger database. Servers are compared at a million; a larger number also measures growth, a smaller one tries the benchmark out."`
	Quick    bool          `env:"QUICK" help:"Use short rounds, whose figures are not precise enough to quote."`
	Rounds   int           `default:"3" env:"ROUNDS" help:"Number of rounds; the result is their median (${default})."`
	Duration time.Duration `default:"4s" env:"DURATION" help:"Duration of each server's turn in a round (${default})."`
	Warm     time.Duration `default:"10s" env:"WARM" help:"Duration of the warm-up of each server for each query (${default})."`
	Mixed    time.Duration `default:"5m" env:"MIXED" help:"Duration of the mixed load that shows whether memory grows (${default})."`
	Insert   time.Duration `default:"30s" env:"INSERT" help:"Duration of the inserts (${default})."`
	Overload time.Duration `default:"60s" env:"OVERLOAD" help:"Duration of the overload (${default})."`
	Parts    []string      `default:"nested,rollups,pages,questions,decnet,mariadb,insert,memory,overload,access" env:"PARTS" enum:"nested,rollups,pages,questions,decnet,mariadb,insert,memory,overload,access" help:"Parts to measure (${default})."`
	Peers    []string      `default:"mercurius,postgraphile" env:"PEERS" enum:"mercurius,postgraphile,none" help:"Peers to compare with (${default})."`
	JSON     string        `env:"JSON" placeholder:"FILE" help:"Also write the figures to this file."`
	Port     int           `default:"25400" env:"BENCH_PORT" help:"First of 14 consecutive ports for the servers (${default})."`
}

type limitCommand struct {
	DB     string `required:"" name:"db" help:"URL of the PostgreSQL database."`
	Listen string `required:"" help:"Address to listen on, host:port."`
	Rows   bool   `help:"Read rows instead of JSON."`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	command := kong.Parse(&c, kong.Name("bench"), kong.Description("Compares DECNET Graph with other servers."))
	if command.Command() == "limit" {
		return limit.Serve(ctx, c.Limit.DB, c.Limit.Listen, c.Limit.Rows)
	}
	return c.Run.run(ctx, os.Stdout)
}
