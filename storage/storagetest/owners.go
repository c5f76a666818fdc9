package storagetest

import (
	"cmp"
	"maps"
	"slices"

	"decnetgraph/storage"
)

// unknown is a key of no row.
const unknown = "00000000-0000-4000-8000-000000000000"

// owners returns keys to query: those of all rows of the kind, of missing rows that others refer to, and of no row.
func (m *model) owners(kind storage.Kind) []string {
	set := map[string]bool{unknown: true}
	note := func(uuid *string) {
		if uuid != nil {
			set[*uuid] = true
		}
	}
	switch kind {
	case storage.KindFleet:
		return fleet
	case storage.KindCampaign:
		for _, c := range m.Campaigns {
			note(&c.UUID)
			note(c.MergedIntoUUID)
		}
		for _, i := range m.Identities {
			note(i.CampaignUUID)
		}
	case storage.KindIdentity:
		for _, i := range m.Identities {
			note(&i.UUID)
			note(i.MergedIntoUUID)
		}
		for _, a := range m.Attackers {
			note(a.IdentityUUID)
		}
		for _, t := range m.Tags {
			note(t.IdentityUUID)
		}
	case storage.KindAttacker:
		for _, a := range m.Attackers {
			note(&a.UUID)
		}
		for _, t := range m.Tags {
			note(t.AttackerUUID)
		}
	case storage.KindSession:
		for _, t := range m.Tags {
			note(t.SessionID)
		}
	case storage.KindDecky:
		for _, name := range m.deckyNames() {
			note(&name)
		}
	case storage.KindASN, storage.KindPrefix, storage.KindCountry:
		return m.networkOwners(networkKind(kind))
	case storage.KindRule:
		for _, id := range m.ruleIDs() {
			note(&id)
		}
	case storage.KindTechnique:
		for _, t := range m.Tags {
			note(&t.TechniqueID)
			note(t.SubTechniqueID)
		}
	case storage.KindCanaryToken:
		for _, c := range m.Tokens {
			note(&c.UUID)
		}
		for _, c := range m.Triggers {
			note(&c.TokenUUID)
		}
	case storage.KindCanaryBlob:
		for _, b := range m.Blobs {
			note(&b.UUID)
		}
		for _, c := range m.Tokens {
			note(c.BlobUUID)
		}
	default: // no other kind owns a list
	}
	return sortedKeys(set)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
