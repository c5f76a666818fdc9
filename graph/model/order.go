package model

import "decnetgraph/storage"

// ClusterOrder is the sort order of campaigns or identities.
type ClusterOrder struct {
	Field     storage.ClusterOrder
	Direction OrderDirection
}

// Descending reports whether the direction is DESC.
func (d OrderDirection) Descending() bool { return d == OrderDirectionDesc }

// AttackerOrder is the sort order of attackers.
type AttackerOrder struct {
	Field     storage.AttackerOrder
	Direction OrderDirection
}

// TTPTagOrder is the sort order of tags.
type TTPTagOrder struct {
	Field     storage.TTPTagOrder
	Direction OrderDirection
}

// DeckyOrder is the sort order of deckies.
type DeckyOrder struct {
	Field     storage.DeckyOrder
	Direction OrderDirection
}

// RuleOrder is the sort order of detection rules.
type RuleOrder struct {
	Field     storage.RuleOrder
	Direction OrderDirection
}

// NetworkOrder is the sort order of networks.
type NetworkOrder struct {
	Field     storage.NetworkOrder
	Direction OrderDirection
}
