package sample

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// makeAttackers gives the identities their attackers and adds attackers without an identity. In later blocks three of
// the latter belong to the first block's first identity, so that the heaviest identity grows with the scale.
func (b *block) makeAttackers() {
	for i, id := range b.identities {
		start, lasts := past.Add(b.wait(0, 82*day)), 7*day
		if id.campaign != nil {
			start, lasts = id.campaign.started, id.campaign.lasts
		}
		r := roleOf(i, b.number)
		for j := range r.attackers {
			at, visits := start.Add(b.wait(0, lasts)), b.visits()
			if b.number == 0 && i == 0 && j == 0 {
				at, visits = start, 34
			}
			a := b.newAttacker(id.kit, at)
			a.identity, a.anchor = id, id.id
			b.visit(a, visits)
			id.attackers = append(id.attackers, a)
		}
		slices.SortStableFunc(id.attackers, func(x, y *attacker) int { return x.first.Compare(y.first) })
	}
	for len(b.attackers) < blockSize {
		a := b.newAttacker(newKit(b.dice, &loner, ""), past.Add(b.wait(0, 89*day)))
		if b.number > 0 && len(b.attackers) > blockSize-3 {
			a.anchor = b.g.heavyIdentity.id
		}
		b.visit(a, b.few(1, 2))
	}
	for i, a := range b.attackers {
		b.describe(a, i)
	}
}

// visits returns the number of sessions of the next attacker: mostly a few, up to fifteen. It takes golden-ratio steps
// instead of random numbers, so that every block has nearly the same number of sessions, and so of tags.
func (b *block) visits() int {
	_, f := math.Modf(float64(len(b.attackers))*math.Phi + b.offset)
	return 1 + int(f*f*f*15)
}

// newAttacker returns an attacker with an unused address in a network that suits the operation.
func (b *block) newAttacker(k *kit, at time.Time) *attacker {
	n := b.IntN(len(networks))
	if len(k.theme.networks) > 0 && b.chance(0.7) {
		n = pick(b.dice, k.theme.networks)
	}
	ip, prefix := b.g.addresses.next(b.dice, n, b.chance(0.07))
	a := &attacker{id: b.uuid4(), ip: ip.String(), net: &networks[n], prefix: prefix, kit: k, first: at}
	b.attackers = append(b.attackers, a)
	return a
}

// describe adds the fingerprints and feed reports of an attacker; its sessions must be complete.
func (b *block) describe(a *attacker, number int) {
	if a.identity != nil && a.identity.campaign != nil && b.chance(0.06) {
		a.former = pick(b.dice, b.identities).id
	}
	if b.chance(0.06) {
		b.leakAddress(a)
	}
	b.rotate(a)
	if b.chance(0.62) {
		a.report = b.ask(a)
	}
	b.fingerprint(a, number)
	a.events = a.lines()*2 + a.guesses + len(a.sessions)*b.between(2, 9)
}

// leakAddress makes an attacker leak its IPv6 link-local address.
func (b *block) leakAddress(a *attacker) {
	l := &leak{kind: "stable_privacy", at: a.sessions[0].end}
	if b.chance(0.5) {
		mac := b.bytes(6)
		mac[0] &^= 3 // a global unicast address, as burnt into a card
		l.kind, l.oui = "eui64", fmt.Sprintf("%02x:%02x:%02x", mac[0], mac[1], mac[2])
		l.address = fmt.Sprintf("fe80::%x:%xff:fe%02x:%x", int(mac[0]^2)<<8|int(mac[1]), mac[2], mac[3], int(mac[4])<<8|int(mac[5]))
	} else {
		h := b.hex(16)
		l.address = "fe80::1" + h[1:4] + ":" + "a" + h[5:8] + ":b" + h[9:12] + ":c" + h[13:16]
	}
	a.leak = l
	if a.identity != nil && a.identity.id == a.anchor && backfilled(l.at) {
		a.identity.leaks = append(a.identity.leaks, object{{"iid", l.address}, {"oui", l.oui}, {"kind", l.kind}, {"first_seen", iso(l.at)}})
	}
}

// writeAttackers inserts the rows of the attackers.
func (b *block) writeAttackers() {
	for i, a := range b.attackers {
		deckies, services := a.deckies(), a.services()
		slices.Sort(services)
		var path any
		if len(deckies) > 1 {
			path = strings.Join(deckies, " → ")
		}
		var country, countrySource, asn, asName, asnSource, rpki, rpkiSource any
		if a.net.name != "" {
			country, countrySource, asn, asName, asnSource = a.net.country, "rir", a.net.asn, a.net.name, "iptoasn"
			rpki, rpkiSource = a.net.rpki, "ripestat"
		}
		var leakedAt, leaked, leakKind, leakOUI any
		leaks := 0
		if a.leak != nil {
			leaks, leakedAt, leaked, leakKind, leakOUI = 1, stamp(a.leak.at.Add(2*time.Second)), a.leak.address, a.leak.kind, orNull(a.leak.oui)
		}
		prints, commands := dumps(a.prints), dumps(a.commands())
		if b.number == 0 {
			prints, commands = spoil(i, prints, commands)
		}
		b.g.attackers.add(a.id, a.ip, orNull(a.anchor), stamp(a.first), stamp(a.last), a.events, len(services), len(deckies), dumps(services),
			dumps(deckies), path, path != nil, len(a.prints)+a.guesses, a.guesses, prints, commands, country, countrySource, asn, asName,
			prefixOf(a), asnSource, rpki, rpkiSource, b.reverseName(a), a.rotation.count, stampOrNull(a.rotation.last),
			leaks, leakedAt, leaked, leakKind, leakOUI, stamp(earliest(a.last.Add(b.wait(5*time.Second, 90*time.Second)), present)))
	}
}

// prefixOf returns the BGP prefix of an attacker, or NULL if its network is unknown.
func prefixOf(a *attacker) any {
	if a.net.name == "" {
		return nil
	}
	return a.prefix
}

// reverseName returns a PTR name that contains the address, or NULL if the network has no such names.
func (b *block) reverseName(a *attacker) any {
	if a.net.reverse == "" || strings.Contains(a.ip, ":") || b.chance(0.3) {
		return nil
	}
	return fmt.Sprintf(a.net.reverse, strings.ReplaceAll(a.ip, ".", "-"))
}

// commands returns an attacker's commands as objects with DECNET's four keys.
func (a *attacker) commands() []object {
	out := make([]object, 0, a.lines())
	for _, s := range a.sessions {
		for _, l := range s.lines {
			out = append(out, object{{"service", s.service}, {"decky", s.decky}, {"command", l.text}, {"timestamp", iso(l.at)}})
		}
	}
	return out
}
