package command

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// reloads are what SIGHUP makes a server read again: files whose contents it keeps. Connections stay open.
type reloads struct{ all []reload }

type reload struct {
	name string
	read func() error
}

// add adds something to read again. If read fails, it must have left the former contents in use.
func (r *reloads) add(name string, read func() error) { r.all = append(r.all, reload{name, read}) }

// run reads everything again, and logs the outcome of each.
func (r *reloads) run(ctx context.Context, log *slog.Logger) {
	if len(r.all) == 0 {
		log.InfoContext(ctx, "SIGHUP: nothing to read again")
	}
	for _, each := range r.all {
		if err := each.read(); err != nil {
			log.ErrorContext(ctx, "cannot read again; the former contents stay in use", "what", each.name, "cause", err)
			continue
		}
		log.InfoContext(ctx, "read again", "what", each.name)
	}
}

// onHangup calls run at each SIGHUP until ctx ends. From its return on, SIGHUP no longer ends the process.
func (r *reloads) onHangup(ctx context.Context, log *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				r.run(ctx, log)
			}
		}
	}()
}
