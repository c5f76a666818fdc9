package model

import "decnetgraph/storage"

// SortKey is the sort key that the input names.
func (o EventOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o CredentialOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o SharedCredentialOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o AttachmentOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o BountyOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o CanaryTokenOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o CanaryTriggerOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o RuleStateOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o AuditOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o ObservationOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o SMTPTargetOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o DeckyPhaseOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o SessionOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

// SortKey is the sort key that the input names.
func (o CommandOrder) SortKey() storage.SortKey { return sortKey(o.Field, o.Direction) }

func sortKey[K ~string](field K, direction OrderDirection) storage.SortKey {
	return storage.SortKey{By: string(field), Descending: direction.Descending()}
}
