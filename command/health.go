package command

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"decnetgraph/storage"
)

// healthCommand is the command health with its flags. Those of the network say where the server is, if --url does not.
type healthCommand struct {
	networkFlags `embed:""`

	URL     string        `name:"url" env:"DECNET_GRAPH_URL" placeholder:"URL" help:"URL of the server, such as https://graph.example.org or https://example.org/decnet-graph. Without it, the first address of --listen is asked."`
	Timeout time.Duration `name:"health-timeout" default:"5s" help:"How long to wait for the answer (${default})."`
}

// Help is the text of --help below the first line.
func (c *healthCommand) Help() string {
	return `For health checks of containers and services. It needs no login. The certificate is checked only with --url, because the server's own ` +
		`addresses are not those that it is for.`
}

// Run prints what the server answers. Its error has exit code 1 if the server is not ready.
func (c *healthCommand) Run(ctx context.Context, streams Streams) error {
	target, client, err := c.target()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return storage.Invalid("--url is no URL such as https://graph.example.org")
	}
	response, err := client.Do(request)
	if err != nil {
		if inner, ok := err.(*url.Error); ok { //nolint:errorlint // Do always returns one, and its text repeats the URL
			err = inner.Err
		}
		return codedError{exitFault, fmt.Errorf("the server does not answer: %w", err)}
	}
	defer response.Body.Close()
	const longest = 1 << 10
	said, _ := io.ReadAll(io.LimitReader(response.Body, longest)) // the status says enough
	if response.StatusCode != http.StatusOK {
		return codedError{exitFault, fmt.Errorf("the server is not ready: %s %s", response.Status, strings.TrimSpace(string(said)))}
	}
	_, err = fmt.Fprintln(streams.Out, strings.TrimSpace(string(said)))
	return err
}

// target returns the URL to ask, and a client that reaches it.
func (c *healthCommand) target() (string, *http.Client, error) {
	const path = "/readyz"
	if c.URL != "" {
		if parsed, err := url.Parse(c.URL); err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
			return "", nil, storage.Invalid("--url is no URL such as https://graph.example.org")
		}
		return strings.TrimSuffix(c.URL, "/") + path, &http.Client{}, nil
	}
	if len(c.Listen) == 0 {
		return "", nil, storage.Invalid("there is no server to ask; name one with --url or --listen")
	}
	address, err := parseBind(c.Listen[0])
	if err != nil {
		return "", nil, err
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}, //nolint:gosec // nothing is sent, and the address is the server's own
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, address.network, address.reachable())
		},
	}
	scheme := "http"
	if c.encrypts() && !address.isSocket() {
		scheme = "https"
	}
	return scheme + "://localhost" + path, &http.Client{Transport: transport}, nil
}

// reachable is the address as clients on this machine reach it.
func (b bind) reachable() string {
	host, port, err := net.SplitHostPort(b.address)
	if ip := net.ParseIP(host); b.isSocket() || err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return b.address
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return net.JoinHostPort("::1", port)
	}
	return net.JoinHostPort("127.0.0.1", port)
}
