//go:build race

package storage_test

// raceDetector reports whether the race detector is on, which makes each statement several times as slow.
const raceDetector = true
