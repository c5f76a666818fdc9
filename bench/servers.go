package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"decnetgraph/bench/contest"
	"decnetgraph/bench/load"
	"decnetgraph/bench/peers"
	"decnetgraph/bench/process"
)

// Ports, counted from the first one. PostgreSQL has the first.
const (
	portMariaDB = iota + 1
	portOurs
	portLimit
	portMercurius
	portPostGraphile
	portOther
	portBase
	portFloor
	portToken
	portTLS
	portTracing
	portAdmin
	portCollector
)

// contestant is a running server.
type contestant struct {
	contest.Contestant
	*process.Process
}

// starter starts a server on a database.
type starter func(ctx context.Context, url string) (*contestant, error)

// contestants starts our server, which comes first, the given others, and the peers unless the database only shows
// growth.
func (b *bench) contestants(ctx context.Context, d database, others ...starter) (all []*contestant, stop func(), err error) {
	starts := append([]starter{b.startPatient}, others...)
	for _, p := range []peer{{contest.Mercurius, portMercurius}, {contest.PostGraphile, portPostGraphile}} {
		if slices.Contains(b.Peers, string(p.dialect)) && !d.larger() {
			starts = append(starts, func(ctx context.Context, url string) (*contestant, error) { return b.startPeer(ctx, p, url) })
		}
	}
	return startAll(ctx, d.url, starts...)
}

// startAll starts servers on a database. The caller must call stop.
func startAll(ctx context.Context, url string, starts ...starter) (all []*contestant, stop func(), err error) {
	stop = func() {
		for _, c := range all {
			_ = c.Stop() // nothing is measured any more
		}
	}
	for _, start := range starts {
		c, err := start(ctx, url)
		if err != nil {
			stop()
			return nil, nil, err
		}
		all = append(all, c)
	}
	return all, stop, nil
}

// startOurs starts decnet-graph to read.
func (b *bench) startOurs(ctx context.Context, url string) (*contestant, error) {
	return b.serve(ctx, url)
}

// startPatient starts decnet-graph so that it refuses none of up to 64 clients that ask at the same time, but has them
// wait.
func (b *bench) startPatient(ctx context.Context, url string) (*contestant, error) {
	return b.serve(ctx, url, "--max-waiting", "256")
}

// serve starts decnet-graph with these flags.
func (b *bench) serve(ctx context.Context, url string, flags ...string) (*contestant, error) {
	return b.serveAt(ctx, portOurs, ours, url, flags...)
}

// startBase starts the other build of decnet-graph like startOurs.
func (b *bench) startBase(ctx context.Context, url string) (*contestant, error) {
	return b.serveProgram(ctx, b.Base, load.Address{Host: b.host(portBase)}, base, url)
}

// serveAt starts it on another port and under another name.
func (b *bench) serveAt(ctx context.Context, port int, name, url string, flags ...string) (*contestant, error) {
	return b.serveProgram(ctx, b.Server, load.Address{Host: b.host(port)}, name, url, flags...)
}

// serveProgram starts a build of decnet-graph.
func (b *bench) serveProgram(ctx context.Context, program string, at load.Address, name, url string, flags ...string) (*contestant, error) {
	return b.start(ctx, contest.Contestant{Name: name, Dialect: contest.Ours, Address: at, Path: "/graphql"}, "/readyz",
		program, append([]string{"serve", "--db", url, "--listen", at.Host, "--log-level", "warn", "--timeout", "5m"}, flags...)...)
}

// startLimit starts this program as a second process that reads JSON, so that its CPU time is measured apart from that of
// the load.
func (b *bench) startLimit(ctx context.Context, url string) (*contestant, error) {
	return b.startSelf(ctx, contest.LimitJSON, portLimit, url)
}

// startFloor is startLimit for the form that reads rows.
func (b *bench) startFloor(ctx context.Context, url string) (*contestant, error) {
	return b.startSelf(ctx, contest.LimitRows, portFloor, url, "--rows")
}

func (b *bench) startSelf(ctx context.Context, form contest.Dialect, port int, url string, flags ...string) (*contestant, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	host := b.host(port)
	return b.start(ctx, contest.Contestant{Name: string(form), Dialect: form, Address: load.Address{Host: host}, Path: "/"}, "/",
		self, append([]string{"limit", "--db", url, "--listen", host}, flags...)...)
}

// peer is a server of package peers.
type peer struct {
	dialect contest.Dialect
	port    int
}

// startPeer starts a peer, with the views it needs.
func (b *bench) startPeer(ctx context.Context, p peer, url string) (*contestant, error) {
	folder := filepath.Join(b.Folder, "peers")
	if err := peers.Install(ctx, folder); err != nil {
		return nil, err
	}
	if err := query(ctx, url, peers.Views()); err != nil {
		return nil, err
	}
	name := string(p.dialect)
	return b.start(ctx, contest.Contestant{Name: name, Dialect: p.dialect, Address: load.Address{Host: b.host(p.port)}, Path: "/graphql"}, "/graphql",
		filepath.Join(folder, peers.Node), filepath.Join(folder, name+".js"), url, strconv.Itoa(b.Port+p.port))
}

func (b *bench) host(port int) string { return "127.0.0.1:" + strconv.Itoa(b.Port+port) }

// start starts a server and waits until it answers a request for a path, with any status.
func (b *bench) start(ctx context.Context, c contest.Contestant, path, program string, args ...string) (*contestant, error) {
	p, err := process.Start(ctx, process.Command{
		Program: program, Args: args, Env: []string{"NODE_ENV=production", "GRAPHILE_ENV=production"},
		Folder: b.Folder, Log: filepath.Join(b.Folder, c.Name+".log"), Address: c.Host, Stop: syscall.SIGTERM,
	}, func(ctx context.Context) error {
		scheme := "http://"
		if c.TLS != nil {
			scheme = "https://"
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+c.Host+path, nil)
		if err != nil {
			return err
		}
		answer, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: c.TLS, DisableKeepAlives: true}}).Do(request)
		if err != nil {
			return err
		}
		return answer.Body.Close()
	})
	return &contestant{c, p}, err
}

// decnetGraph runs a command of the server that is measured.
func (b *bench) decnetGraph(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, b.Server, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", b.Server, strings.Join(args, " "), err, out)
	}
	return nil
}

// migrate creates our own tables. It takes no context, because the packages that fill databases pass only a database.
func (b *bench) migrate(url string) error {
	return b.decnetGraph(context.Background(), "migrate", "--db", url)
}

// settle finishes the background work of a PostgreSQL database before it is measured. One from an earlier run may have
// been migrated or written to since.
func (b *bench) settle(ctx context.Context, url string, filled bool) error {
	if err := b.rollUp(ctx, url, filled); err != nil {
		return err
	}
	return query(ctx, url, "VACUUM ANALYZE")
}

// rollUp builds the sums of a database that was just filled, and refreshes those of any other.
func (b *bench) rollUp(ctx context.Context, url string, filled bool) error {
	help, _ := exec.CommandContext(ctx, b.Server, "--help").Output() // an older server has no summaries
	step := "refresh"
	if filled {
		step = "rebuild"
	}
	if !strings.Contains(string(help), "\n  rollup") {
		return nil
	}
	return b.decnetGraph(ctx, "rollup", step, "--db", url)
}

// query runs statements in a database of PostgreSQL.
func query(ctx context.Context, url, statements string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statements)
	return errors.Join(err, conn.Close(ctx))
}
