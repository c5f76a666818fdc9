package model

import "decnetgraph/storage"

// ServerStatus is what a server reads and what it may change.
type ServerStatus struct {
	Database      string
	Tables        storage.TableLayout
	AttackRelease string
	Writable      bool
}
