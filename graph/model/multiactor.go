package model

import "decnetgraph/storage"

// MultiActorBehavior is a behaviour of an identity that looks like more than one person.
type MultiActorBehavior struct {
	State *storage.AttributionState
}

// Key is the key of the behaviour's verdict.
func (b *MultiActorBehavior) Key() storage.StateKey {
	return storage.StateKey{IdentityUUID: b.State.IdentityUUID, Primitive: b.State.Primitive}
}
