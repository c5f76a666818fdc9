package questions

import (
	"database/sql"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// model is all rows of a database, with who belongs to whom. It answers every question by loops over them.
type model struct {
	campaigns  []*cluster
	identities []*cluster
	attackers  []*attacker
	tags       []*tag
	tables     map[string][]row // all other tables

	attackerByKey map[string]*attacker
	intel         map[string]row    // by attacker
	campaignLinks map[string]string // merge links, empty for none; every row has a key
	identityLinks map[string]string
	identityOf    map[string]*cluster
	campaignOf    map[string]*cluster
	texts         func() []hit // that searches find, made once
	// rounds says that instants are cut to whole seconds, and that fractions have 32 bits.
	rounds bool
}

// cluster is a row of campaigns or attacker_identities.
type cluster struct {
	row

	key, campaign        string
	createdAt, updatedAt time.Time
	owners               map[string]bool // of an identity: the campaigns that it belongs to, merge links followed
	above                map[string]bool // of an identity: itself and what it was merged into
}

type attacker struct {
	row

	key, ip, identity   string
	firstSeen, lastSeen time.Time
	services, deckies   []string
	commands            []map[string]any
	fingerprints        []map[string]any
}

type tag struct {
	row

	key, attacker, identity, session, decky, tactic, technique, sub, rule string

	confidence float64
	createdAt  time.Time
	identities map[string]bool // that it belongs to
	campaigns  map[string]bool
}

// otherTables are the tables whose rows the model takes as they are.
var otherTables = []string{
	"attacker_intel", "attacker_fingerprint_state", "attribution_state", "observations", "ttp_rule", "ttp_rule_state", "logs", "canary_tokens", "canary_blobs",
	"canary_triggers", "fleet_deckies", "decky_shards", "topology_deckies",
}

// readModel reads a SQLite file. With rounds, its values are those that DECNET's tables on MySQL hold.
func readModel(t *testing.T, file string, rounds bool) *model {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	m := &model{rounds: rounds, tables: map[string][]row{}, attackerByKey: map[string]*attacker{}, intel: map[string]row{}}
	m.campaigns, m.campaignLinks, m.campaignOf = m.readClusters(t, db, "campaigns")
	m.identities, m.identityLinks, m.identityOf = m.readClusters(t, db, "attacker_identities")
	for _, i := range m.identities {
		i.above, i.owners = ancestors(m.identityLinks, i.key), map[string]bool{}
		for key := range i.above {
			for campaign := range ancestors(m.campaignLinks, m.identityOf[key].campaign) {
				i.owners[campaign] = true
			}
		}
	}
	for _, r := range readTable(t, db, "attackers") {
		a := &attacker{
			row: r, key: r.text("uuid"), ip: r.text("ip"), identity: r.text("identity_id"), firstSeen: m.instant(r, "first_seen"), lastSeen: m.instant(r, "last_seen"),
			services: r.list("services"), deckies: r.list("deckies"), commands: r.objects("commands"), fingerprints: r.objects("fingerprints"),
		}
		m.attackers = append(m.attackers, a)
		m.attackerByKey[a.key] = a
	}
	slices.SortFunc(m.attackers, func(a, b *attacker) int { return latestFirst(a.lastSeen, b.lastSeen, a.key, b.key) })
	for _, r := range readTable(t, db, "ttp_tag") {
		m.tags = append(m.tags, m.newTag(r))
	}
	slices.SortFunc(m.tags, func(a, b *tag) int { return latestFirst(a.createdAt, b.createdAt, a.key, b.key) })
	for _, table := range otherTables {
		m.tables[table] = readTable(t, db, table)
	}
	for _, r := range m.tables["attacker_intel"] {
		m.intel[r.text("attacker_uuid")] = r
	}
	m.texts = sync.OnceValue(m.searchable)
	return m
}

func (m *model) readClusters(t *testing.T, db *sql.DB, table string) (all []*cluster, links map[string]string, byKey map[string]*cluster) {
	t.Helper()
	links, byKey = map[string]string{}, map[string]*cluster{}
	for _, r := range readTable(t, db, table) {
		c := &cluster{row: r, key: r.text("uuid"), campaign: r.text("campaign_id"), createdAt: m.instant(r, "created_at"), updatedAt: m.instant(r, "updated_at")}
		all, links[c.key], byKey[c.key] = append(all, c), r.text("merged_into_uuid"), c
	}
	slices.SortFunc(all, func(a, b *cluster) int { return latestFirst(a.updatedAt, b.updatedAt, a.key, b.key) })
	return all, links, byKey
}

func (m *model) newTag(r row) *tag {
	g := &tag{
		row: r, key: r.text("uuid"), attacker: r.text("attacker_uuid"), identity: r.text("identity_uuid"), session: r.text("session_id"), decky: r.text("decky_id"),
		tactic: r.text("tactic"), technique: r.text("technique_id"), sub: r.text("sub_technique_id"), rule: r.text("rule_id"),
		confidence: m.float(r.float("confidence")), createdAt: m.instant(r, "created_at"), identities: map[string]bool{}, campaigns: map[string]bool{},
	}
	named := []string{g.identity}
	if a := m.attackerByKey[g.attacker]; a != nil {
		named = append(named, a.identity)
	}
	for _, key := range named {
		if i := m.identityOf[key]; i != nil {
			for owner := range i.above {
				g.identities[owner] = true
			}
			for owner := range i.owners {
				g.campaigns[owner] = true
			}
		}
	}
	return g
}

// instant is a column with an instant as the database under test holds it; zero if it is none.
func (m *model) instant(r row, column string) time.Time {
	at := readInstant(r.text(column))
	if at == nil {
		return time.Time{}
	}
	if m.rounds {
		return at.Truncate(time.Second)
	}
	return *at
}

func (m *model) float(n float64) float64 {
	if m.rounds {
		return float64(float32(n))
	}
	return n
}

// seconds is an instant that a column holds as seconds since 1970.
func (m *model) seconds(n float64) time.Time {
	whole, fraction := math.Modf(m.float(n))
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
}

// latestFirst orders rows by time and then by key, both descending.
func latestFirst(a, b time.Time, keyA, keyB string) int {
	if order := b.Compare(a); order != 0 {
		return order
	}
	return strings.Compare(keyB, keyA)
}

// ancestors are a row and all that its merge links lead to. Rows that do not exist are left out.
func ancestors(links map[string]string, key string) map[string]bool {
	found := map[string]bool{}
	for {
		next, exists := links[key]
		if !exists || found[key] {
			return found
		}
		found[key] = true
		key = next
	}
}

// heads leaves out the rows that were merged into another one of them, and of a ring all but the smallest.
func heads(rows []*cluster, links map[string]string) []*cluster {
	among := map[string]bool{}
	for _, c := range rows {
		among[c.key] = true
	}
	return choose(rows, func(c *cluster) bool {
		into := links[c.key]
		if into == "" || !among[into] {
			return true
		}
		ring := ancestors(links, into)
		if !ring[c.key] { // its links lead away from it
			return false
		}
		for key := range ring {
			if key < c.key && ancestors(links, key)[c.key] {
				return false
			}
		}
		return true
	})
}

// survivor is the row at the end of the merge links, the row itself in a ring, nil where a link leads nowhere.
func survivor(links map[string]string, byKey map[string]*cluster, key string) *cluster {
	seen := map[string]bool{}
	for at := key; ; {
		next, exists := links[at]
		if !exists {
			return nil
		}
		if next == "" {
			return byKey[at]
		}
		if seen[at] = true; seen[next] {
			return byKey[key]
		}
		at = next
	}
}

func (m *model) survivingIdentity(key string) *cluster {
	return survivor(m.identityLinks, m.identityOf, key)
}

func (m *model) survivingCampaign(key string) *cluster {
	return survivor(m.campaignLinks, m.campaignOf, key)
}

func choose[T any](rows []T, meets func(T) bool) []T {
	var found []T
	for _, r := range rows {
		if meets(r) {
			found = append(found, r)
		}
	}
	return found
}

// isIn reports whether an attacker belongs to an identity, merge links followed.
func (m *model) isIn(a *attacker, identity string) bool {
	i := m.identityOf[a.identity]
	return i != nil && i.above[identity]
}

// isOf reports whether an attacker belongs to a campaign, merge links followed.
func (m *model) isOf(a *attacker, campaign string) bool {
	i := m.identityOf[a.identity]
	return i != nil && i.owners[campaign]
}

// unmerged are the rows that lists of the root have.
func unmerged(rows []*cluster, links map[string]string) []*cluster {
	return choose(rows, func(c *cluster) bool { return links[c.key] == "" })
}
