// Command bench compares DECNET Graph with other GraphQL servers over the same database, and with what
// the database itself can do. docs/performance.md says what it measures and how to run it.
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

// cli is the command line.
type cli struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure and compare."`
	Limit limitCommand `cmd:"" help:"Serve what the comparison calls the limit; run starts it."`
}

// runCommand are the flags of run. The make variables of the same names set them.
type runCommand struct {
	Server   string        `default:"build/decnet-graph" env:"SERVER" help:"decnet-graph to measure (${default})."`
	Base     string        `env:"BASE" placeholder:"PATH" help:"Another decnet-graph to compare with at the nested questions, such as one of an earlier commit."`
	Folder   string        `default:"/tmp/decnet-graph-bench" env:"BENCH_DIR" help:"Where databases and the peers' packages are kept from run to run (${default})."`
	Tags     int           `default:"1000000" env:"TAGS" help:"Tags of the larger database. The comparison is made at a million; with more, growth is measured, too."`
	Quick    bool          `env:"QUICK" help:"Short rounds: figures to look at, not to quote."`
	Rounds   int           `default:"3" env:"ROUNDS" help:"Rounds, of which the median counts (${default})."`
	Duration time.Duration `default:"4s" env:"DURATION" help:"Time of each server in a round (${default})."`
	Warm     time.Duration `default:"10s" env:"WARM" help:"Time to warm each server up for each question (${default})."`
	Mixed    time.Duration `default:"5m" env:"MIXED" help:"Time of the mixed load that shows whether memory grows (${default})."`
	Insert   time.Duration `default:"30s" env:"INSERT" help:"Time of the inserts (${default})."`
	Parts    []string      `default:"nested,rollups,pages,decnet,mariadb,insert,memory" env:"PARTS" enum:"nested,rollups,pages,decnet,mariadb,insert,memory" help:"What to measure (${default})."`
	Peers    []string      `default:"mercurius,postgraphile" env:"PEERS" enum:"mercurius,postgraphile,none" help:"Peers to compare with (${default})."`
	JSON     string        `env:"JSON" placeholder:"FILE" help:"Write the figures to a file, too."`
	Port     int           `default:"25400" env:"BENCH_PORT" help:"First of ten ports that the servers listen on (${default})."`
}

type limitCommand struct {
	DB     string `required:"" name:"db" help:"PostgreSQL database."`
	Listen string `required:"" help:"Address."`
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
		return limit.Serve(ctx, c.Limit.DB, c.Limit.Listen)
	}
	return c.Run.run(ctx, os.Stdout)
}
