package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"decnetgraph/httpapi"
	"decnetgraph/storage"
)

// bind is an address to listen on: a network of package net, and an address in it.
type bind struct{ network, address string }

const socketScheme = "unix:"

// parseBind reads an address to listen on. Its error is storage.ErrInvalid.
func parseBind(text string) (bind, error) {
	if path, isSocket := strings.CutPrefix(text, socketScheme); isSocket {
		const longest = 80 // the system allows 107 bytes, and the file has a longer name while it is made
		switch path = strings.TrimPrefix(path, "//"); {
		case !strings.HasPrefix(path, "/"):
			return bind{}, storage.Invalid("%q names no absolute path; write unix:/run/decnet-graph.sock", text)
		case len(path) > longest:
			return bind{}, storage.Invalid("the path of the socket %s is longer than %d bytes; choose a shorter one", path, longest)
		}
		return bind{"unix", path}, nil
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return bind{}, storage.Invalid("%q is not an address such as 127.0.0.1:8080, :8443 or unix:/run/decnet-graph.sock", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return bind{}, storage.Invalid("cannot listen on %s: the port is not a number from 0 to 65535", text)
	}
	return bind{"tcp", text}, nil
}

func (b bind) String() string {
	if b.isSocket() {
		return socketScheme + b.address
	}
	return b.address
}

func (b bind) isSocket() bool { return b.network == "unix" }

// isLocal reports whether only this machine can connect.
func (b bind) isLocal() bool {
	host, _, _ := net.SplitHostPort(b.address)
	return b.isSocket() || httpapi.IsLoopback(host)
}

// parseMode reads the permissions of a file, which are octal. Its error is storage.ErrInvalid.
func parseMode(text string) (fs.FileMode, error) {
	const ownerWrites = 0o200
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 || mode&ownerWrites == 0 {
		return 0, storage.Invalid("--socket-mode is %q; give three octal digits such as 0600 or 0660", text)
	}
	return fs.FileMode(mode), nil
}

// listen opens all sockets, or none.
func (n *network) listen(ctx context.Context) (listeners []net.Listener, err error) {
	for _, address := range n.addresses {
		listener, err := address.listen(ctx, n.socketMode)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return nil, err
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// listen opens a socket. That another program uses the address may pass, so it has the exit code of faults.
func (b bind) listen(ctx context.Context, socketMode fs.FileMode) (net.Listener, error) {
	var listener net.Listener
	var err error
	if b.isSocket() {
		listener, err = listenOnFile(ctx, b.address, socketMode)
	} else {
		listener, err = (&net.ListenConfig{}).Listen(ctx, b.network, b.address)
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, codedError{exitFault, fmt.Errorf("cannot listen on %s: another program uses this address; stop it, or name another with --listen", b)}
	case err != nil:
		if operation, ok := errors.AsType[*net.OpError](err); ok { // whose text has the address again
			err = operation.Err
		}
		return nil, storage.Invalid("cannot listen on %s: %v", b, err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && b.isLocal() && !tcp.IP.IsLoopback() { // a resolver that has another idea of localhost
		_ = listener.Close()
		return nil, storage.Invalid("refusing to listen on %s, which is %s and no loopback address; name 127.0.0.1 instead", b, tcp.IP)
	}
	return listener, nil
}

// socketFile is a listener on a unix socket. Its file is removed when it closes, unless another server has replaced it.
type socketFile struct {
	net.Listener

	path string
	made fs.FileInfo
}

// Addr implements net.Listener.
func (s socketFile) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close implements net.Listener.
func (s socketFile) Close() error {
	if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.made) {
		_ = os.Remove(s.path) // a file that stays is replaced by the next server
	}
	return s.Listener.Close()
}

// listenOnFile listens on a unix socket. It makes the socket in a folder of its own and moves it to its path when it has
// its permissions, so that nobody connects before. A socket that nobody listens on is replaced. Its error is
// syscall.EADDRINUSE if somebody does.
func listenOnFile(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	if err := checkStale(ctx, path); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".sock")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is empty
	temporary := filepath.Join(folder, "s")
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", temporary)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	made, err := os.Lstat(temporary)
	if err == nil {
		err = os.Chmod(temporary, mode)
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return socketFile{listener, path, made}, nil
}

// checkStale returns an error if a file must not be replaced by a socket: it is none, or somebody listens on it.
func checkStale(ctx context.Context, path string) error {
	const patience = time.Second
	found, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case found.Mode().Type() != fs.ModeSocket:
		return errors.New("the file exists and is no socket; remove it, or name another with --listen")
	}
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
	}
	if err == nil || !errors.Is(err, syscall.ECONNREFUSED) {
		return syscall.EADDRINUSE
	}
	return nil
}
