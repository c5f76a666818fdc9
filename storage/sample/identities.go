package sample

import (
	"slices"
	"time"
)

const (
	missing   = -2 // merged into an identity that does not exist
	singleton = 52 // index of the first identity with one attacker and no campaign
	stubs     = 64 // index of the first identity that attribution created as a stub
	blockSize = 240
)

// roleOf returns role i of the plan, including the tail after the listed ones. Oddities of the first block are ordinary
// roles in the others.
func roleOf(i, number int) role {
	r := identityPlan[i]
	switch {
	case i >= singleton:
		r = role{campaign: none, attackers: 1, merged: none, stub: i >= stubs}
	case r.first && number > 0:
		r.merged = none
	}
	return r
}

// makeIdentities makes the identities of a block from the plan. In later blocks two of them belong to the first block's
// first campaign, so that the largest campaign grows with the scale.
func (b *block) makeIdentities() {
	winners := make([]int, len(identityPlan))
	for i := range winners {
		r := roleOf(i, b.number)
		winners[i] = r.merged
		if r.merged == missing || r.merged > i { // the order of ids does not apply to a ring
			winners[i] = none
		}
	}
	ids := winnersFirst(winners, func(i int) string {
		if roleOf(i, b.number).stub {
			return b.uuid4hex()
		}
		return b.uuid4()
	})
	for i := range identityPlan {
		r := roleOf(i, b.number)
		id := &identity{id: ids[i], stub: r.stub, differ: r.differ}
		th := &themes[b.IntN(len(themes))]
		c2 := ""
		if r.campaign != none {
			id.campaign = b.campaigns[r.campaign]
			if b.number > 0 && (i == 9 || i == 10) {
				id.campaign = b.g.heavyCampaign
			}
			th, c2 = id.campaign.theme, "203.0.113."+decimal(210+r.campaign)
			id.campaignID = id.campaign.id
			id.campaign.members++
		}
		switch {
		case r.merged == missing:
			id.mergedInto = b.uuid4()
		case r.merged != none:
			id.mergedInto = ids[r.merged]
		}
		id.kit = newKit(b.dice, th, c2)
		if id.differ > 0 {
			id.kit.typed = true
		}
		id.marks = b.makeMarks(id.campaign)
		b.identities = append(b.identities, id)
	}
	if b.number == 0 {
		b.g.heavyIdentity = b.identities[0]
	}
}

// makeMarks returns an identity's own fingerprints and often one that the whole campaign shares.
func (b *block) makeMarks(c *campaign) marks {
	m := marks{ja3: []string{b.hex(32)}, ja4h: []string{b.ja4h()}, ja4quic: []string{b.ja4quic()}}
	if b.chance(0.6) {
		m.hassh = []string{b.hex(32)}
	}
	if b.chance(0.4) {
		m.cert = []string{b.hex(64)}
	}
	if c != nil {
		if b.chance(0.5) {
			m.ja3 = append(m.ja3, c.marks.ja3...)
		}
		if b.chance(0.6) {
			m.hassh = append(m.hassh, c.marks.hassh...)
		}
		if b.chance(0.3) {
			m.cert = append(m.cert, c.marks.cert...)
		}
	}
	return m
}

// writeIdentities inserts the rows. The hash lists are collected from the fingerprints of the attackers.
func (b *block) writeIdentities() {
	for i, id := range b.identities {
		tick := past.Add(b.wait(day, 20*day))
		seen, left := tick, tick
		if len(id.attackers) > 0 {
			first := id.attackers[0]
			tick = first.first.Add(b.wait(time.Minute, time.Hour))
			seen, left = tick, tick
			if id.stub {
				seen, left = first.first, first.last
			}
		}
		updated := present.Add(-b.wait(0, 55*time.Second)) // the clusterer rewrites it on every run
		if id.mergedInto != "" {
			updated = earliest(tick.Add(b.wait(day, 30*day)), present)
		}
		shown := rollUp(id.attackers)
		var confidence, ja4h, ja4quic, versions, simhashes, c2, notes any
		if b.number == 0 && i == 0 { // filled in by an analyst; DECNET fills none of these columns
			confidence, ja4h, ja4quic = 0.91, dumpsOrNull(shown.ja4h), dumpsOrNull(shown.ja4quic)
			versions, simhashes = dumps([]string{"h1", "h2", "h3"}), dumps([]string{b.hex(16)})
			c2, notes = dumps([]string{"203.0.113.240:443"}), "Two people, one account: see the alternating habits."
		}
		b.g.identities.add(id.id, 1, orNull(id.campaignID), stamp(seen), stamp(left), stamp(tick), stamp(updated), confidence,
			recordedMembers(i, len(id.attackers)), dumpsOrNull(shown.ja3), dumpsOrNull(shown.hassh), ja4h, ja4quic, versions, dumpsOrNull(shown.cert),
			dumpsOrNull(id.leaks), simhashes, c2, orNullBytes(id.simhash), orNull(id.mergedInto), notes)
	}
}

// recordedMembers returns the stored count of an identity's attackers: their number when it was created.
func recordedMembers(i, now int) int {
	if now == 0 {
		return 2 // they were purged since
	}
	return min(now, 1+i%4)
}

// rollUp collects the distinct fingerprints of the attackers, sorted.
func rollUp(attackers []*attacker) marks {
	var m marks
	for _, a := range attackers {
		for _, p := range a.prints {
			payload := p[len(p)-1].value.(object)
			for _, f := range []struct {
				kind, key string
				into      *[]string
			}{
				{"ja3", "ja3", &m.ja3},
				{"hassh_server", "hash", &m.hassh},
				{"tls_certificate", "cert_sha256", &m.cert},
				{"ja4h", "ja4h", &m.ja4h},
				{"ja4_quic", "ja4_quic", &m.ja4quic},
			} {
				if value := payload.text(f.key); value != "" && payload.text("fingerprint_type") == f.kind {
					*f.into = append(*f.into, value)
				}
			}
		}
	}
	for _, list := range []*[]string{&m.ja3, &m.hassh, &m.cert, &m.ja4h, &m.ja4quic} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return m
}
