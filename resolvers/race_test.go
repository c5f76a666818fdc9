//go:build race

package resolvers_test

// documents is how many random documents both executors answer, here under the race detector, which
// makes each of them ten times as slow.
const documents = 200

// slowed is how many times more processor time and memory the race detector may take.
const slowed = 15

// raceDetector reports whether the race detector is on.
const raceDetector = true
