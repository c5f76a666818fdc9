package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"decnetgraph/storage"
)

// networkFlags say where the server can be reached, and under which names.
type networkFlags struct {
	Listen string   `default:"127.0.0.1:8080" env:"DECNET_GRAPH_LISTEN" help:"Address to serve on. There is no authentication yet, so only loopback addresses are accepted."`
	Host   []string `env:"DECNET_GRAPH_HOST" placeholder:"NAME" help:"A further host name, besides localhost, that requests from a local proxy may use, as browsers see it: with the port unless it is the usual one."`
}

// listen opens the socket. That another program uses the address may pass, so it has the exit code of faults.
func (f networkFlags) listen(ctx context.Context) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, codedError{exitFault, fmt.Errorf("cannot listen on %s: another program uses this address; stop it, or name another with --listen", f.Listen)}
	case err != nil:
		return nil, storage.Invalid("cannot listen on %s: %v", f.Listen, errors.Unwrap(err))
	}
	return listener, nil
}
