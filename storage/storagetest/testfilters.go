package storagetest

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
)

// filterDepth is how deep random filters nest.
const filterDepth = 3

// testFilters compares lists with random filters, orders, memberships and pages with the model.
func testFilters(t *testing.T, open Open) {
	g := rapid.Custom(filteredGraph).Example(3)
	s := open(t, g)
	defer s.Close()
	m := newModel(g)
	rapid.Check(t, func(r *rapid.T) {
		for range 6 {
			m.anyFilter(r).check(t, r, s)
			m.evidenceFilter(r).check(t, r, s)
		}
		m.namedFilter(r).check(t, r, s)
	})
}

// filteredGraph is a random graph whose rows have values that filters ask for.
func filteredGraph(t *rapid.T) Graph {
	g := anyGraph(t)
	text := func(label string) *string { return maybeNot(t, label, drawText) }
	for n := range g.Campaigns {
		c := &g.Campaigns[n]
		c.Notes, c.JA3Hashes, c.C2Endpoints, c.Confidence = text("notes"), drawTexts(t), drawTexts(t), maybeNot(t, "confidence", func(t *rapid.T) float64 { return float64(upTo(t, "quarters", 4)) / 4 })
	}
	for n := range g.Identities {
		i := &g.Identities[n]
		i.Notes, i.JA3Hashes, i.TLSCertSHA256 = text("notes"), drawTexts(t), drawTexts(t)
		for _, primitive := range []string{"motor.keystroke_cadence", "a"} {
			if rapid.Bool().Draw(t, "has state") {
				state := rapid.SampledFrom([]storage.AttributionVerdict{storage.VerdictStable, storage.VerdictMultiActor}).Draw(t, "state")
				g.States = append(g.States, storage.AttributionState{
					IdentityUUID: i.UUID, Primitive: primitive, CurrentValue: storage.JSON(`1`), State: &state, ObservationCount: upTo(t, "observations", 3),
					LastChangeAt: exactEpoch(upTo(t, "changed", 1)), LastObservationAt: at(0), UpdatedAt: at(0), SchemaVersion: 1,
				})
			}
		}
	}
	addresses := []string{"198.51.100.7", "::ffff:198.51.100.7", "198.51.100.8", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "10.1.2.3", "no address", "203.0.113.255", "0:0:0:0:0:ffff:198.51.100.8", "::FFFF:C633:6407", "fe80::1%eth0", "1.2.3.4.5"}
	for n := range g.Attackers {
		a := &g.Attackers[n]
		a.IP, a.CountryCode, a.ASName, a.PTRRecord = addresses[n%len(addresses)], maybeNot(t, "country", func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"RU", "ru", "DE"}).Draw(t, "code")
		}), text("AS name"), text("PTR")
		a.ASN, a.Services = maybeNot(t, "ASN", func(t *rapid.T) int { return upTo(t, "number", 3) }), append(drawTexts(t), "ssh")
		a.Deckies = drawTexts(t)
		a.RotationCount, a.LastRotationAt = upTo(t, "rotations", 3), maybeNot(t, "rotation", func(t *rapid.T) time.Time { return at(upTo(t, "second", 3)) })
		if rapid.Bool().Draw(t, "has behavior") {
			g.Behaviors = append(g.Behaviors, storage.AttackerBehavior{
				AttackerUUID: a.UUID, BehaviorClass: text("class"), ToolGuesses: drawTexts(t), HopDistance: maybeNot(t, "hops", func(t *rapid.T) int { return upTo(t, "number", 3) }), UpdatedAt: at(0),
			})
		}
		if rapid.Bool().Draw(t, "has intel") {
			g.Intel = append(g.Intel, Intel{AttackerIntel: storage.AttackerIntel{
				UUID: "n-" + a.UUID, AttackerUUID: a.UUID, AttackerIP: a.IP, AggregateVerdict: text("verdict"), FeodoListed: maybeNot(t, "listed", drawTruth),
				AbuseipdbScore: maybeNot(t, "score", func(t *rapid.T) int { return upTo(t, "number", 3) }), CachedAt: at(upTo(t, "cached", 3)), ExpiresAt: at(0), SchemaVersion: 1, GreynoiseTags: drawTexts(t),
			}, Reports: storage.IntelReports{
				Greynoise: storage.JSON(`{}`), Abuseipdb: storage.JSON(`{}`), Feodo: storage.JSON(`{}`), Threatfox: storage.JSON(`{}`),
			}})
		}
	}
	addEvidence(t, &g)
	addPrints(t, &g)
	return g
}

// addPrints gives identities and attackers fingerprints.
func addPrints(t *rapid.T, g *Graph) {
	for n := range g.Identities {
		g.Identities[n].KDDigraphSimhash = maybeNot(t, "simhash", drawSimhash)
	}
	for n := range g.Attackers {
		shown := []storage.Fingerprint{}
		for _, text := range drawTexts(t) {
			shown = append(shown, entry("ja3", "ja3", text), entry("tls_certificate", "cert_sha256", strings.ToLower(text)))
		}
		g.Attackers[n].Fingerprints = shown
	}
}

// exactEpoch is an instant near the others that 32 bits hold as seconds since 1970, as MySQL keeps DECNET's.
func exactEpoch(n int) time.Time {
	const step = 128 * time.Second // that such floats are apart
	return at(0).Truncate(step).Add(time.Duration(n) * step)
}

// maybeNot draws a value, which is more likely, or nil.
func maybeNot[T any](t *rapid.T, label string, draw func(*rapid.T) T) *T {
	if rapid.IntRange(0, 3).Draw(t, "has "+label) == 0 {
		return nil
	}
	return new(draw(t))
}

// filterCase is a list with a filter and an order, and the rows of each owner in this order.
type filterCase interface {
	check(t *testing.T, r *rapid.T, s *storage.Store)
}

// anyFilter draws a list with a filter and an order.
func (m *model) anyFilter(t *rapid.T) filterCase {
	membership, kind := drawMembership(t), rapid.SampledFrom([]storage.Kind{storage.KindCampaign, storage.KindIdentity}).Draw(t, "kind")
	nested := rapid.Bool().Draw(t, "nested")
	switch rapid.SampledFrom([]string{"campaigns", "identities", "attackers", "tags"}).Draw(t, "list") {
	case "campaigns":
		f := drawCampaignFilter(t, filterDepth)
		merged := rapid.Bool().Draw(t, "merged")
		return newFilterCase(t, f, campaignOrders, []string{""},
			func(s *storage.Store, o storage.ListOptions) storage.List[storage.Campaign] {
				o.IncludeMerged = merged
				return s.AllCampaigns(o)
			},
			func(string) []*storage.Campaign {
				return choose(m.Campaigns, func(c *storage.Campaign) bool { return (merged || c.MergedIntoUUID == nil) && m.campaignHolds(f, c) })
			})
	case "identities":
		f := drawIdentityFilter(t, filterDepth)
		rows := func(owner string) []*storage.Identity {
			if nested {
				return m.campaignIdentities(membership, owner)
			}
			return choose(m.Identities, func(i *storage.Identity) bool { return i.MergedIntoUUID == nil })
		}
		return newFilterCase(t, f, identityOrders, m.ownersIf(nested, storage.KindCampaign),
			func(s *storage.Store, o storage.ListOptions) storage.List[storage.Identity] {
				if nested {
					return s.CampaignIdentities(membership, o)
				}
				return s.AllIdentities(o)
			},
			func(owner string) []*storage.Identity {
				return keep(rows(owner), func(i *storage.Identity) bool { return m.identityHolds(f, i) })
			})
	case "attackers":
		f := drawAttackerFilter(t, filterDepth)
		rows := func(owner string) []*storage.Attacker {
			if nested {
				return m.clusterAttackers(kind, membership, owner)
			}
			return choose(m.rawAttackers(), everything[storage.Attacker])
		}
		return newFilterCase(t, f, attackerOrders, m.ownersIf(nested, kind),
			func(s *storage.Store, o storage.ListOptions) storage.List[storage.Attacker] {
				if nested {
					return s.ClusterAttackers(kind, membership, o)
				}
				return s.AllAttackers(o)
			},
			func(owner string) []*storage.Attacker {
				return keep(rows(owner), func(a *storage.Attacker) bool { return m.attackerHolds(f, a) })
			})
	default:
		f := drawTagFilter(t, filterDepth)
		scope := storage.Scope{Of: kind, Membership: membership}
		if !nested {
			scope.Of = storage.KindFleet
		}
		return newFilterCase(t, f, tagOrders, m.ownersIf(nested, kind),
			func(s *storage.Store, o storage.ListOptions) storage.List[storage.TTPTag] {
				if nested {
					return s.ScopeTags(scope, o)
				}
				return s.AllTags(o)
			},
			func(owner string) []*storage.TTPTag {
				return keep(m.tags(scope, owner), func(t *storage.TTPTag) bool { return m.tagHolds(f, t) })
			})
	}
}

// ownersIf returns the owners of a kind, or the one of root lists.
func (m *model) ownersIf(nested bool, kind storage.Kind) []string {
	if nested {
		return m.owners(kind)
	}
	return []string{""}
}

func keep[T any](rows []*T, holds func(*T) bool) []*T {
	return slices.DeleteFunc(slices.Clone(rows), func(row *T) bool { return !holds(row) })
}

// sortOrders are the orders of a kind of rows: how they compare by each sort key, and their key.
type sortOrders[T any] struct {
	by  map[string]func(a, b *T) int
	key func(*T) string
}

var (
	campaignOrders = sortOrders[storage.Campaign]{map[string]func(a, b *storage.Campaign) int{
		"UPDATED_AT": func(a, b *storage.Campaign) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
		"CREATED_AT": func(a, b *storage.Campaign) int { return a.CreatedAt.Compare(b.CreatedAt) },
	}, func(c *storage.Campaign) string { return c.UUID }}
	identityOrders = sortOrders[storage.Identity]{map[string]func(a, b *storage.Identity) int{
		"UPDATED_AT": func(a, b *storage.Identity) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
		"CREATED_AT": func(a, b *storage.Identity) int { return a.CreatedAt.Compare(b.CreatedAt) },
	}, func(i *storage.Identity) string { return i.UUID }}
	attackerOrders = sortOrders[storage.Attacker]{map[string]func(a, b *storage.Attacker) int{
		"LAST_SEEN":   func(a, b *storage.Attacker) int { return a.LastSeen.Compare(b.LastSeen) },
		"FIRST_SEEN":  func(a, b *storage.Attacker) int { return a.FirstSeen.Compare(b.FirstSeen) },
		"UPDATED_AT":  func(a, b *storage.Attacker) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
		"EVENT_COUNT": func(a, b *storage.Attacker) int { return cmp.Compare(a.EventCount, b.EventCount) },
		"DECKY_COUNT": func(a, b *storage.Attacker) int { return cmp.Compare(a.DeckyCount, b.DeckyCount) },
	}, func(a *storage.Attacker) string { return a.UUID }}
	tagOrders = sortOrders[storage.TTPTag]{map[string]func(a, b *storage.TTPTag) int{
		"CREATED_AT": func(a, b *storage.TTPTag) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"CONFIDENCE": func(a, b *storage.TTPTag) int { return cmp.Compare(a.Confidence, b.Confidence) },
	}, func(t *storage.TTPTag) string { return t.UUID }}
)

// randomFilter is a filterCase of rows of a type.
type randomFilter[T any] struct {
	options storage.ListOptions
	open    func(*storage.Store, storage.ListOptions) storage.List[T]
	want    map[string][]string
	key     func(*T, storage.Position) string
}

func newFilterCase[T any](
	t *rapid.T, filter any, orders sortOrders[T], owners []string, open func(*storage.Store, storage.ListOptions) storage.List[T], rows func(owner string) []*T,
) randomFilter[T] {
	keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) storage.SortKey {
		return storage.SortKey{By: rapid.SampledFrom(sortedKeys(orders.by)).Draw(t, "by"), Descending: rapid.Bool().Draw(t, "descending")}
	}), 1, min(3, len(orders.by)), func(k storage.SortKey) string { return k.By }).Draw(t, "order")
	f := randomFilter[T]{storage.ListOptions{Filter: filter, Order: keys}, open, map[string][]string{}, func(row *T, _ storage.Position) string { return orders.key(row) }}
	for _, owner := range owners {
		f.want[owner] = []string{}
		for _, row := range slices.SortedFunc(slices.Values(rows(owner)), func(a, b *T) int {
			order := 0
			for _, k := range keys {
				order = cmp.Or(order, directed(orders.by[k.By](a, b), k.Descending))
			}
			return cmp.Or(order, directed(strings.Compare(orders.key(a), orders.key(b)), keys[len(keys)-1].Descending))
		}) {
			f.want[owner] = append(f.want[owner], orders.key(row))
		}
	}
	return f
}

func directed(order int, descending bool) int {
	if descending {
		return -order
	}
	return order
}

// check reads the list whole, counted, and page by page for one owner.
func (f randomFilter[T]) check(t *testing.T, r *rapid.T, s *storage.Store) {
	list, owners := f.open(s, f.options), sortedKeys(f.want)
	if len(owners) == 0 {
		return
	}
	found, err := list.Page(t.Context(), owners, whole)
	require.NoError(r, err)
	counts, err := list.Count(t.Context(), owners)
	require.NoError(r, err)
	for _, owner := range owners {
		require.Equal(r, f.want[owner], f.keys(found[owner]), "owner %q", owner)
		require.Equal(r, len(f.want[owner]), counts[owner], "owner %q", owner)
	}
	owner, backward := rapid.SampledFrom(owners).Draw(r, "owner"), rapid.Bool().Draw(r, "backward")
	walked := []string{}
	for p := (storage.Page{Limit: rapid.IntRange(1, 5).Draw(r, "limit"), Backward: backward}); ; {
		pages, err := list.Page(t.Context(), []string{owner}, p)
		require.NoError(r, err)
		page := pages[owner]
		if backward {
			walked = append(f.keys(page), walked...)
		} else {
			walked = append(walked, f.keys(page)...)
		}
		if !page.More {
			break
		}
		first, last := page.Position(0), page.Position(page.Len()-1)
		if p.After = &last; backward {
			p.After, p.Before = nil, &first
		}
	}
	require.Equal(r, f.want[owner], walked, "owner %q page by page", owner)
}

func (f randomFilter[T]) keys(page storage.Slice[T]) []string {
	keys := make([]string, 0, page.Len())
	for i, row := range page.Rows {
		keys = append(keys, f.key(row, page.Position(i)))
	}
	return keys
}
