package data

import (
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// The size of the graph, which does not depend on the number of tags.
const (
	campaignCount = 50 // without those that were merged into the first ones
	mergedCount   = 2  // campaigns that were merged into the first ones
	identityCount = 2_000
	attackerCount = 20_000
	// heavyShare is the heaviest identity's share of all tags.
	heavyShare = 0.024
)

// year is the period that the tags are spread over.
const year = 365 * 24 * time.Hour

var began = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// world is the graph: which campaign each identity belongs to, and which identity each attacker.
type world struct {
	*rand.Rand

	campaigns  []cluster
	identities []cluster
	attackers  []attacker
	lots       []int // indexes of attackers, each repeated in proportion to its share of the tags
}

// cluster is a campaign or an identity.
type cluster struct {
	uuid   string
	parent string // campaign of an identity
	merged string // key of the surviving row, or null
}

// attacker is one source address.
type attacker struct {
	uuid     string
	identity string // or null
	habit    int    // index of the first of the sample's tags that it copies
	sessions int
}

// newWorld assigns identities to campaigns and attackers to identities, and merges a few identities. It only merges
// identities of the same campaign, so that each tag belongs to a single campaign.
func newWorld(seed uint64, habits int) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 0))}
	for i := range campaignCount + mergedCount {
		c := cluster{uuid: w.uuid(), merged: null}
		if i >= campaignCount {
			c.merged = w.campaigns[i-campaignCount].uuid
		}
		w.campaigns = append(w.campaigns, c)
	}
	for i := range identityCount {
		id := cluster{uuid: w.uuid(), parent: w.campaigns[i%len(w.campaigns)].uuid, merged: null}
		before := i - len(w.campaigns) // the one before it in the same campaign
		if i%(2*len(w.campaigns)) >= 3*len(w.campaigns)/2 && before >= 0 && w.identities[before].merged == null && w.IntN(10) == 0 {
			id.merged = w.identities[before].uuid
		}
		w.identities = append(w.identities, id)
	}
	w.dealAttackers(habits)
	w.dealTags()
	return w
}

// dealAttackers gives most identities ten attackers, some more than a page of them, and some a single one. The
// remaining attackers have no identity.
func (w *world) dealAttackers(habits int) {
	sizes := []int{10, 22, 10, 10, 1, 10, 10, 22, 10, 1, 10, 10, 10, 1, 22, 10, 10, 4, 1, 10}
	owner, left := 0, 40 // the heaviest identity has the most attackers
	for range attackerCount {
		a := attacker{uuid: w.uuid(), identity: null, habit: w.IntN(habits), sessions: 1 + w.IntN(6)}
		if owner < len(w.identities) {
			a.identity = w.identities[owner].uuid
			if left--; left == 0 {
				owner++
				left = sizes[owner%len(sizes)]
			}
		}
		w.attackers = append(w.attackers, a)
	}
}

// dealTags fills lots so that a few attackers have many tags and most have few.
func (w *world) dealTags() {
	weights := make([]float64, len(w.attackers))
	heavy, others := 0.0, 0.0
	for i, a := range w.attackers {
		weights[i] = min(0.3+w.ExpFloat64(), 5)
		if w.IntN(200) == 0 {
			weights[i] *= 12
		}
		if a.identity == w.identities[0].uuid {
			heavy += weights[i]
		} else {
			others += weights[i]
		}
	}
	const lots = 1 << 20
	for i, a := range w.attackers {
		share := weights[i] / others * (1 - heavyShare)
		if a.identity == w.identities[0].uuid {
			share = weights[i] / heavy * heavyShare
		}
		for range 1 + int(share*lots) {
			w.lots = append(w.lots, i)
		}
	}
}

func (w *world) uuid() string { return uuidOf(w.Uint64(), w.Uint64()) }

// uuidOf writes 128 bits as DECNET writes a key.
func uuidOf(high, low uint64) string {
	var raw [16]byte
	for i := range 8 {
		raw[i], raw[8+i] = byte(high>>(8*i)), byte(low>>(8*i))
	}
	raw[6], raw[8] = raw[6]&0x0f|0x50, raw[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:8], raw[0:4])
	hex.Encode(out[9:13], raw[4:6])
	hex.Encode(out[14:18], raw[6:8])
	hex.Encode(out[19:23], raw[8:10])
	hex.Encode(out[24:], raw[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// moment returns a random instant of the year.
func (w *world) moment() time.Time {
	return began.Add(time.Duration(w.Int64N(int64(year/time.Microsecond)))*time.Microsecond + time.Microsecond)
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05.000000") }
