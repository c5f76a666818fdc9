package command

import (
	"context"
	"net"
	"os"
)

// notifySystemd sends a state such as READY=1 to the service manager that started the program. It does nothing if there
// is none, because NOTIFY_SOCKET is not set. See sd_notify(3).
func notifySystemd(ctx context.Context, state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unixgram", socket) // "@" begins a name of Linux's abstract sockets
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state)) // a manager that does not listen notices that by itself
}
