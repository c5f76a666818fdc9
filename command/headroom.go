package command

import (
	"os"
	"runtime"
	"runtime/debug"
)

// How much memory counts as in use, and the percentage of the memory in use that may be garbage.
const (
	headroomBytes  = 96 << 20
	garbagePercent = 25
)

// leaveHeadroom makes garbage collections rarer until giveBack is called. Go collects when the garbage reaches a
// percentage of the memory in use. This server uses so little that by itself a collection runs for every 4 MB of garbage,
// which is every third large answer, and takes a third of all processor time. The headroom is memory that counts as in
// use but is never touched, so that the system does not have to provide it. With it, a collection runs for every 24 MB.
// The percentage is lower than Go's default, so that many clients at once do not need much more memory: 64 of them have
// 98 MiB resident at most, instead of 118. If the operator has set GOGC or GOMEMLIMIT, nothing changes.
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
