package model

import "decnetgraph/storage"

// ClusterOrder orders campaigns or identities.
type ClusterOrder struct {
	Field     storage.ClusterOrder
	Direction OrderDirection
}

// Descending tells the direction of the order.
func (d OrderDirection) Descending() bool { return d == OrderDirectionDesc }

// AttackerOrder orders attackers.
type AttackerOrder struct {
	Field     storage.AttackerOrder
	Direction OrderDirection
}

// TTPTagOrder orders tags.
type TTPTagOrder struct {
	Field     storage.TTPTagOrder
	Direction OrderDirection
}
