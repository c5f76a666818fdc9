package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"
)

// Admin serves operators, without authentication: metrics at /metrics, /healthz, and Go's profiles at /debug/pprof/.
// Profiles are for clients on the same machine only. Unless it is open, so is everything else.
func Admin(metrics http.Handler, open bool) http.Handler {
	mux := http.NewServeMux()
	everyone := func(next http.Handler) http.Handler { return next }
	if !open {
		everyone = onlyLocal
	}
	mux.Handle("GET /metrics", everyone(metrics))
	mux.Handle("GET /healthz", everyone(http.HandlerFunc(live)))
	// Without pprof.Cmdline: the command line may hold the password of a database.
	for path, profile := range map[string]http.HandlerFunc{
		"/debug/pprof/": pprof.Index, "/debug/pprof/profile": pprof.Profile, "/debug/pprof/trace": pprof.Trace, "/debug/pprof/symbol": pprof.Symbol,
	} {
		mux.Handle(path, onlyLocal(profile))
	}
	mux.Handle("/debug/pprof/cmdline", http.NotFoundHandler())
	return mux
}

// onlyLocal refuses requests from other machines, and those for other host names: a foreign page that is open in a browser
// on this machine could otherwise have its own name resolve to this server.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		client, err := netip.ParseAddrPort(req.RemoteAddr)
		if err != nil || !client.Addr().Unmap().IsLoopback() || !IsLoopback(hostName(req.Host)) {
			writeStatus(w, http.StatusForbidden, "only for clients on this machine")
			return
		}
		next.ServeHTTP(w, req)
	})
}

// ServeAdmin answers requests on the listener, which it closes, until ctx ends.
func ServeAdmin(ctx context.Context, listener net.Listener, admin http.Handler, log *slog.Logger) {
	server := &http.Server{
		Handler: admin, ReadHeaderTimeout: defaultPace.period, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.ErrorContext(ctx, "the admin address is no longer served", "error", err)
	}
}
