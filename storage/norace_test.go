//go:build !race

package storage_test

// raceDetector reports whether the race detector is on.
const raceDetector = false
