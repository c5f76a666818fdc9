//go:build !race

package resolvers_test

// documents is how many random documents both executors answer.
const documents = 800

// slowed is how many times more processor time and memory the race detector may take: it is off.
const slowed = 1

// raceDetector reports whether the race detector is on.
const raceDetector = false
