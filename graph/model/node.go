package model

import "decnetgraph/storage"

// Node is an object that can be fetched again by its global id.
type Node interface{ ID() storage.Ref }
