package command

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	headroomBytes  = 96 << 20
	garbagePercent = 25
)

// leaveHeadroom lets garbage gather before it is collected, until the headroom is given back. It is memory
// that is never touched, so that the system need not give it, but it counts as in use: Go collects when
// there is as much garbage as a share of what is in use, which by itself is at every 4 MB here, each third
// large answer, for a third of all processor time. With headroom it is at every 24 MB, and with a lesser
// share not much more when many clients ask at once: with 64 of them 98 MiB are resident at most instead
// of 118. An operator who says how much garbage there may be gets that.
func leaveHeadroom() (giveBack func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	room, share := make([]byte, headroomBytes), debug.SetGCPercent(garbagePercent)
	return func() {
		debug.SetGCPercent(share)
		runtime.KeepAlive(room)
	}
}
