package storage

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// AttackersByIP finds attackers by source address, in one statement. Both the given address and the stored one may have
// any spelling, because DECNET stores an address as its sensors write it: an IPv6 address in any of its forms, and an
// IPv4 address also as one that is mapped to IPv6. DECNET has one row for an address but does not enforce that; of
// several the one that was seen last is found.
//
// The usual spellings are looked up by the index on addresses. Others are looked for among the rows that begin with the
// first group of the address, in any spelling of it, which is a range of the same index. There they must agree with the
// address in their digits other than zeros, the only characters that no spelling adds or leaves out; what then differs
// is left out here.
func (s *Store) AttackersByIP(ctx context.Context, ips []string) (map[string]*Attacker, error) {
	wanted := map[netip.Addr][]string{} // the given texts of an address
	var usual, beginnings, digits []string
	for _, ip := range ips {
		address, ok := addressOf(ip)
		usual = append(usual, ip)
		if !ok {
			continue // only this text itself
		}
		wanted[address] = append(wanted[address], ip)
		forms := longForms(address)
		usual = append(append(usual, usualForms(address)...), forms...)
		beginnings = append(beginnings, beginningsOf(forms[0])...)
		for _, form := range forms {
			digits = append(digits, significant(form))
		}
	}
	q, err := s.keyed(usual, "")
	if err != nil {
		return nil, err
	}
	t := attackers.only(ctx)
	selected := "SELECT t.ip, " + s.dialect.UntypedPrefix + "t.last_seen AS seen, " + t.columns("t", s.dialect) + " FROM "
	q.add(selected + "requested" + q.join("attackers t", "t.ip", "requested.k"))
	ranges, listed := q.textList(sorted(beginnings))
	q.add(" UNION ALL "+selected+ranges+" AS beginning"+
		q.joinByIndex("attackers t", "t.ip >= beginning.k AND t.ip < CONCAT(beginning.k, 'g')"), listed)
	q.add(" WHERE ")
	q.condition(amongTexts{"REPLACE(REPLACE(LOWER(t.ip), ':', ''), '0', '')", sorted(digits)}, row{})
	found := make(map[string]*Attacker, len(ips))
	var seen time.Time
	latest := map[string]time.Time{}
	return found, read(ctx, s, q, t, func(stored string, a *Attacker) {
		given := []string{stored}
		if address, ok := addressOf(stored); ok {
			given = wanted[address]
		} else if !slices.Contains(ips, stored) {
			return
		}
		for _, ip := range given {
			before, known := found[ip]
			if known && (latest[ip].After(seen) || latest[ip].Equal(seen) && before.UUID > a.UUID) {
				continue
			}
			found[ip], latest[ip] = a, seen
		}
	}, scanner{Into: instant(&seen)})
}

// sorted returns the texts in order, each once.
func sorted(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// addressOf returns the address that a text spells. An IPv4 address that is mapped to IPv6 is the IPv4 address.
func addressOf(text string) (address netip.Addr, ok bool) {
	address, err := netip.ParseAddr(text)
	return address.Unmap(), err == nil
}

// addressSpan is the addresses from one to another, both included. An IPv4 address mapped to IPv6 is the IPv4 address.
type addressSpan struct{ from, to netip.Addr }

// spanOf returns the addresses of a block without bits after its prefix.
func spanOf(prefix netip.Prefix) addressSpan {
	const mappedBits = 96 // of ::ffff:0:0, before an IPv4 address
	if prefix.Addr().Is4In6() && prefix.Bits() >= mappedBits {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mappedBits)
	}
	last := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < 8*len(last); bit++ {
		last[bit/8] |= 1 << (7 - bit%8)
	}
	to, _ := netip.AddrFromSlice(last)
	return addressSpan{prefix.Addr(), to}
}

// usualForms are the spellings of RFC 5952 and of fixed length, in either case, and those of IPv4 addresses.
func usualForms(address netip.Addr) []string {
	mapped := netip.AddrFrom16(address.As16()).WithZone(address.Zone())
	forms := []string{address.String(), mapped.String(), mapped.StringExpanded()}
	for _, form := range forms {
		forms = append(forms, strings.ToUpper(form))
	}
	return forms
}

// longForms are the spellings of an address as IPv6 with all of its digits: in groups of four, and with the last two
// groups as in an IPv4 address.
func longForms(address netip.Addr) []string {
	bytes := address.As16()
	var groups []string
	for at := 0; at < len(bytes); at += 2 {
		groups = append(groups, hex.EncodeToString(bytes[at:at+2]))
	}
	zone := ""
	if address.Zone() != "" {
		zone = "%" + address.Zone()
	}
	dotted := netip.AddrFrom4([4]byte(bytes[12:])).String()
	return []string{strings.Join(groups, ":") + zone, strings.Join(groups[:6], ":") + ":" + dotted + zone}
}

// significant returns a spelling without colons and zeros, in lower case.
func significant(spelling string) string {
	return strings.NewReplacer(":", "", "0", "").Replace(strings.ToLower(spelling))
}

// beginningsOf returns what the spellings of an address begin with, given one with all of its digits: its first group
// with any number of leading zeros and in any case, and a colon. No beginning is the beginning of another.
func beginningsOf(long string) []string {
	group, _, _ := strings.Cut(long, ":")
	short := strings.TrimLeft(group, "0")
	var all []string
	if short == "" {
		all, short = []string{"::"}, "0"
	}
	spelled := []string{""}
	for _, c := range short {
		var further []string
		for _, s := range spelled {
			further = append(further, s+string(c))
			if upper := strings.ToUpper(string(c)); upper != string(c) {
				further = append(further, s+upper)
			}
		}
		spelled = further
	}
	for zeros := 0; zeros <= len(group)-len(short); zeros++ {
		for _, s := range spelled {
			all = append(all, fmt.Sprintf("%s%s:", strings.Repeat("0", zeros), s))
		}
	}
	return all
}
