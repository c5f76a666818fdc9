package storagetest

import (
	"cmp"
	"slices"
	"strings"

	"decnetgraph/storage"
)

// keyed returns a case for every keyed query of a store.
func keyed(g Graph) []keyedCase {
	m := newModel(g)
	return slices.Concat(m.rowCases(), m.mergeCases(), m.attackerCases(), m.rollupCases(), m.countingCases(), m.stateCases(), m.ruleCases(), m.nameCases(), m.namedRuleCases(), m.networkCases(), m.observedCases())
}

// rowCases returns the queries that look rows up by their keys.
func (m *model) rowCases() []keyedCase {
	campaigns, identities, attackers := pointers(m.Campaigns), pointers(m.Identities), pointers(m.rawAttackers())
	tags, tokens, triggers := pointers(m.Tags), pointers(m.Tokens), pointers(m.Triggers)
	tokenKey := func(c *storage.CanaryToken) string { return c.UUID }
	ip := func(a *storage.Attacker) string { return a.IP }
	lastSeen := sorted(attackers, func(a, b *storage.Attacker) int {
		return cmp.Or(a.LastSeen.Compare(b.LastSeen), strings.Compare(a.UUID, b.UUID))
	})
	return []keyedCase{
		keyedOf("rows of campaigns", method((*storage.Store).CampaignRows), m.owners(storage.KindCampaign), byKey(campaigns, campaignKey)),
		keyedOf("rows of identities", method((*storage.Store).IdentityRows), m.owners(storage.KindIdentity), byKey(identities, identityKey)),
		keyedOf("attackers", method((*storage.Store).Attackers), m.owners(storage.KindAttacker), byKey(attackers, attackerKey)),
		keyedOf("attackers by address", method((*storage.Store).AttackersByIP), append(keysOf(attackers, ip), "203.0.113.254"), byKey(lastSeen, ip)),
		keyedOf("tags", method((*storage.Store).Tags), keysOf(tags, tagKey), byKey(tags, tagKey)),
		keyedOf("canary tokens", method((*storage.Store).CanaryTokens), m.owners(storage.KindCanaryToken), byKey(tokens, tokenKey)),
		keyedOf("canary blobs", method((*storage.Store).CanaryBlobs), m.owners(storage.KindCanaryBlob),
			byKey(pointers(m.Blobs), func(b *storage.CanaryBlob) string { return b.UUID })),
		keyedOf("canary triggers", method((*storage.Store).CanaryTriggerRows), keysOf(triggers, triggerKey), byKey(triggers, triggerKey)),
		keyedOf("sessions", method((*storage.Store).Sessions), m.owners(storage.KindSession), func(key string) (*storage.Session, bool) {
			row := m.namedSession(key)
			return row, row != nil
		}),
	}
}

// mergeCases returns the queries that follow merge links.
func (m *model) mergeCases() []keyedCase {
	cases := []keyedCase{
		keyedOf("surviving campaigns", method((*storage.Store).Campaigns), m.owners(storage.KindCampaign), func(key string) (*storage.Campaign, bool) {
			return survivor(m.campaigns, m.campaignLinks, key)
		}),
		keyedOf("surviving identities", method((*storage.Store).Identities), m.owners(storage.KindIdentity), func(key string) (*storage.Identity, bool) {
			return survivor(m.identities, m.identityLinks, key)
		}),
	}
	for i := range cases {
		cases[i].follows = 1
	}
	for _, membership := range memberships {
		for _, kind := range []storage.Kind{storage.KindCampaign, storage.KindIdentity} {
			query := func(s *storage.Store) activityQuery { return s.ActivityOf(kind, membership) }
			cases = append(cases, keyedOf("activity of "+string(kind)+" "+string(membership), query, m.owners(kind), func(key string) (*storage.Activity, bool) {
				span := m.activity(kind, membership, key)
				return span, span != nil
			}))
		}
	}
	return cases
}

// attackerCases returns the queries for data of attackers.
func (m *model) attackerCases() []keyedCase {
	owners := m.owners(storage.KindAttacker)
	intel := parts(m.Intel, func(i *Intel) *storage.AttackerIntel { return &i.AttackerIntel })
	reports := parts(m.Intel, func(i *Intel) *storage.IntelReports { return &i.Reports })
	reportKey := func(r *storage.IntelReports) string { return r.UUID }
	return []keyedCase{
		keyedOf("behaviours", method((*storage.Store).Behaviors), owners,
			byKey(pointers(m.Behaviors), func(b *storage.AttackerBehavior) string { return b.AttackerUUID })),
		keyedOf("intel", method((*storage.Store).Intel), owners, byKey(intel, func(i *storage.AttackerIntel) string { return i.AttackerUUID })),
		keyedOf("intel reports", method((*storage.Store).IntelReports), keysOf(reports, reportKey), byKey(reports, reportKey)),
		keyedOf("fingerprint states", method((*storage.Store).FingerprintStates), owners, always(func(key string) []*storage.FingerprintState {
			var found []*storage.FingerprintState
			for n := range m.Prints {
				if m.Prints[n].AttackerUUID == key {
					found = append(found, &m.Prints[n].FingerprintState)
				}
			}
			return sorted(found, func(a, b *storage.FingerprintState) int {
				return cmp.Or(cmp.Compare(a.Port, b.Port), strings.Compare(a.ProbeType, b.ProbeType), strings.Compare(a.UUID, b.UUID))
			})
		})),
		keyedOf("fingerprints", method((*storage.Store).Fingerprints), owners, always(func(key string) []*storage.Fingerprint {
			for n := range m.Attackers {
				if m.Attackers[n].UUID == key {
					return pointers(m.Attackers[n].Fingerprints)
				}
			}
			return []*storage.Fingerprint{}
		})),
		keyedOf("latest observations", method((*storage.Store).LatestObservations), owners, always(func(key string) []*storage.Observation {
			latest := []*storage.Observation{}
			for _, primitive := range primitives {
				series := sorted(m.observations(key, primitive), func(a, b *storage.Observation) int {
					return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ObservationID, b.ObservationID))
				})
				if len(series) > 0 {
					latest = append(latest, series[len(series)-1])
				}
			}
			return latest
		})),
	}
}
