package command

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"time"

	"decnetgraph/httpapi"
	"decnetgraph/storage"
)

// networkFlags say where the server can be reached, under which names, and by whom.
type networkFlags struct {
	Listen     []string `default:"127.0.0.1:8080" env:"DECNET_GRAPH_LISTEN" placeholder:"ADDRESS" help:"Address to serve on, such as 127.0.0.1:8080, :8443 for all addresses of this machine, or unix:/run/decnet-graph.sock; may be given more than once. Addresses that other machines reach need authentication, and TLS or --behind-proxy."`
	SocketMode string   `default:"0600" env:"DECNET_GRAPH_SOCKET_MODE" placeholder:"MODE" help:"Permissions of unix sockets, such as 0660 for a group (${default})."`

	TLSCert     string        `name:"tls-cert" env:"DECNET_GRAPH_TLS_CERT" placeholder:"FILE" help:"Certificate for TLS 1.3 in PEM form, with its chain. It is read again when the file changes and on SIGHUP."`
	TLSKey      string        `name:"tls-key" secretfile:"" env:"DECNET_GRAPH_TLS_KEY" placeholder:"FILE" help:"Private key of the certificate, in PEM form."`
	TLSClientCA string        `name:"tls-client-ca" env:"DECNET_GRAPH_TLS_CLIENT_CA" placeholder:"FILE" help:"Authorities of client certificates, in PEM form. A client may then log in by a certificate."`
	HSTS        time.Duration `name:"hsts" default:"8760h" env:"DECNET_GRAPH_HSTS" placeholder:"DURATION" help:"How long browsers shall use https alone for this host (${default}); 0 says nothing. It is sent only if this server encrypts."`

	BehindProxy  bool          `env:"DECNET_GRAPH_BEHIND_PROXY" help:"Serve in clear text to reverse proxies that encrypt. Only the machines that --trusted-proxy names may then connect."`
	TrustedProxy []string      `env:"DECNET_GRAPH_TRUSTED_PROXY" placeholder:"CIDR" help:"Network of reverse proxies whose X-Forwarded-For, -Proto, -Host and Forwarded headers are believed, such as 10.0.0.5 or 10.1.0.0/16; may be given more than once."`
	Host         []string      `env:"DECNET_GRAPH_HOST" placeholder:"NAME" help:"A further host name of this server, besides localhost and those of the certificate, as browsers see it: with the port unless it is the usual one; may be given more than once."`
	BasePath     string        `env:"DECNET_GRAPH_BASE_PATH" placeholder:"PATH" help:"Path below which everything is served, such as /decnet-graph, whether or not a proxy takes it off."`
	Drain        time.Duration `env:"DECNET_GRAPH_DRAIN" placeholder:"DURATION" help:"How long to go on serving after SIGTERM, while /readyz says 503, so that balancers send requests elsewhere."`
	CORSOrigin   []string      `name:"cors-origin" env:"DECNET_GRAPH_CORS_ORIGIN" placeholder:"ORIGIN" help:"A site whose pages may use the API, such as https://ui.example.org or http://localhost:5173; may be given more than once."`
}

// What messages say about a server without authentication, and how to turn it on.
const (
	everybody            = "without authentication everybody who reaches it could read and change everything"
	authenticationAdvice = "give --api-tokens, --decnet-jwt-secret-file, --oidc-issuer or --certificate-role (docs/access.md)"
)

// network is what networkFlags say, read and checked.
type network struct {
	flags        networkFlags
	addresses    []bind
	socketMode   fs.FileMode
	certificates *httpapi.Certificates // nil in clear text
	proxies      httpapi.Proxies
	origins      []string
	basePath     string
	waysIn       string // how requests prove who sent them, for people
}

// read reads the flags and the files that they name, and returns all reasons why they cannot be served. Their kind is
// storage.ErrInvalid.
func (f networkFlags) read(authenticated bool, log *slog.Logger) (n network, problems []error) {
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	var err error
	n.flags = f
	n.certificates, err = f.certificates(log)
	note(err)
	n.proxies, err = httpapi.ParseProxies(f.TrustedProxy)
	note(err)
	n.origins, err = httpapi.ParseOrigins(f.CORSOrigin)
	note(err)
	n.basePath, err = httpapi.ParseBasePath(f.BasePath)
	note(err)
	n.socketMode, err = parseMode(f.SocketMode)
	note(err)
	if f.HSTS < 0 || f.Drain < 0 {
		note(storage.Invalid("--hsts and --drain must not be negative; give a duration such as 10s, or 0"))
	}
	if len(f.Listen) == 0 {
		note(storage.Invalid("there is no address to listen on; name one with --listen, such as 127.0.0.1:8080"))
	}
	for _, text := range f.Listen {
		address, err := parseBind(text)
		note(err)
		if err == nil {
			n.addresses = append(n.addresses, address)
			note(f.refuse(address, n.socketMode, authenticated))
		}
	}
	note(n.checkProxies(authenticated))
	return n, problems
}

// certificates reads the files of TLS. It returns nil if there are none.
func (f networkFlags) certificates(log *slog.Logger) (*httpapi.Certificates, error) {
	switch {
	case f.TLSCert == "" && f.TLSKey == "" && f.TLSClientCA == "":
		return nil, nil //nolint:nilnil // clear text is no error
	case f.TLSCert == "" || f.TLSKey == "":
		return nil, storage.Invalid("TLS needs a certificate and its key; give both --tls-cert and --tls-key")
	}
	certificates, err := httpapi.LoadCertificates(httpapi.CertificateFiles{Certificate: f.TLSCert, Key: f.TLSKey, ClientCA: f.TLSClientCA}, log)
	if err != nil {
		return nil, err
	}
	if err := certificates.Verify(time.Now()); err != nil {
		log.Warn(err.Error())
	}
	return certificates, nil
}

// encrypts reports whether TLS is configured.
func (f networkFlags) encrypts() bool { return f.TLSCert != "" }

// refuse returns an error for an address that is not safe to serve on.
func (f networkFlags) refuse(address bind, socketMode fs.FileMode, authenticated bool) error {
	const others = 0o007
	switch {
	case address.isSocket() && !authenticated && socketMode&others != 0:
		return storage.Invalid("refusing to listen on %s with mode %s: %s; give --socket-mode 0600 or 0660, or %s",
			address, f.SocketMode, everybody, authenticationAdvice)
	case address.isLocal():
		return nil
	case !authenticated:
		return storage.Invalid("refusing to listen on %s: %s; %s, or listen on a loopback address such as 127.0.0.1:8080", address, everybody, authenticationAdvice)
	case !f.encrypts() && !f.BehindProxy:
		return storage.Invalid("refusing to listen on %s in clear text: logins could be read on the network; give --tls-cert and --tls-key, "+
			"or --behind-proxy and --trusted-proxy if a reverse proxy encrypts", address)
	}
	return nil
}

// checkProxies checks the flags of proxies. Where only this machine can connect, its loopback addresses are those of the
// proxy if the flags name no other.
func (n *network) checkProxies(authenticated bool) error {
	f := n.flags
	switch {
	case !f.BehindProxy:
		return nil
	case !authenticated:
		return storage.Invalid("refusing to serve behind a proxy: %s; %s", everybody, authenticationAdvice)
	case len(f.TrustedProxy) == 0 && n.isExposed():
		return storage.Invalid("--behind-proxy does not say who the proxy is; name its address or network with --trusted-proxy, such as 10.0.0.5")
	case len(f.TrustedProxy) == 0:
		n.proxies, _ = httpapi.ParseProxies([]string{"127.0.0.0/8", "::1"})
	}
	return nil
}

// isExposed reports whether other machines can reach the server.
func (n *network) isExposed() bool {
	for _, address := range n.addresses {
		if !address.isLocal() {
			return true
		}
	}
	return false
}

// site adds what the flags say to a site.
func (n *network) site(site httpapi.Site) httpapi.Site {
	site.Version = buildVersion()
	site.Hosts, site.Origins, site.BasePath, site.Proxies = n.flags.Host, n.origins, n.basePath, n.proxies
	site.ClearText = n.certificates == nil && n.isExposed()
	if n.certificates != nil {
		site.CertificateNames, site.StrictTransport = n.certificates.Names, n.flags.HSTS
	}
	return site
}

// watchEvery is how often the files of TLS are compared with those in use.
const watchEvery = 10 * time.Second

// serve serves a site until ctx ends. It announces what is served, and from then on SIGHUP reads again what reloads has,
// and the certificates.
func (n *network) serve(ctx context.Context, on []net.Listener, site httpapi.Site, what string, reloads *reloads, streams Streams, log *slog.Logger) error {
	site.Stopping = ctx.Done()
	server := httpapi.Server{Handler: n.site(site).Routes(), Log: log, Observer: site.Observer}
	if n.certificates != nil {
		server.TLS = n.certificates.Config()
		reloads.add("certificates", n.certificates.Reload)
		go n.certificates.Watch(ctx, time.Tick(watchEvery))
	}
	if streams.Hangups != nil {
		go reloads.onHangup(ctx, streams.Hangups(), log)
	}
	_, _ = fmt.Fprintf(streams.Out, "DECNET Graph is serving %s\n%sStop with Ctrl-C.\n", what, n.announcement(n.urls(on)))
	notifySystemd(ctx, "READY=1")
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		notifySystemd(serving, "STOPPING=1")
		if n.flags.Drain > 0 {
			log.InfoContext(serving, "still serving, so that balancers notice that this server stops", "for", n.flags.Drain)
		}
		time.AfterFunc(n.flags.Drain, stop)
	})()
	return server.Serve(serving, on...)
}

// urls are the addresses of the server for people, in the order of --listen.
func (n *network) urls(listeners []net.Listener) (urls []string) {
	scheme := map[bool]string{false: "http://", true: "https://"}[n.certificates != nil]
	for _, listener := range listeners {
		if listener.Addr().Network() == "unix" {
			urls = append(urls, socketScheme+listener.Addr().String())
			continue
		}
		host, port, _ := net.SplitHostPort(listener.Addr().String())
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = n.name()
		}
		urls = append(urls, scheme+net.JoinHostPort(host, port)+n.basePath)
	}
	return urls
}

// name is a name of the server for people on other machines, or localhost if it has none.
func (n *network) name() string {
	if hosts := n.flags.Host; len(hosts) > 0 {
		if name, _, err := net.SplitHostPort(hosts[0]); err == nil {
			return name
		}
		return hosts[0]
	}
	if n.certificates != nil {
		for _, name := range n.certificates.Leaf().DNSNames {
			if !strings.HasPrefix(name, "*") {
				return name
			}
		}
	}
	return "localhost"
}

// announcement says where the server can be reached, and how people and programs sign in.
func (n *network) announcement(urls []string) string {
	var text strings.Builder
	base := ""
	for _, url := range urls {
		if base == "" && !strings.HasPrefix(url, socketScheme) {
			base = url
		}
	}
	if base != "" {
		fmt.Fprintf(&text, "  GraphiQL     %[1]s/graphiql/\n  GraphQL API  %[1]s/graphql\n"+
			"  Schema       %[1]s/schema.graphql\n  Health       %[1]s/healthz  %[1]s/readyz\n", base)
	}
	for _, url := range urls {
		if url != base {
			fmt.Fprintf(&text, "  Also on      %s\n", url)
		}
	}
	fmt.Fprintf(&text, "  Sign-in      %s\n", n.waysIn)
	return text.String()
}
