package command

import (
	"context"
	"log/slog"
	"os"
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

// onHangup calls run at each SIGHUP until ctx ends.
func (r *reloads) onHangup(ctx context.Context, hangups <-chan os.Signal, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			r.run(ctx, log)
		}
	}
}
