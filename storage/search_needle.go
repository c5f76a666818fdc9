package storage

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"decnetgraph/storage/engine"
)

// The lengths of a text to search for, in characters.
const (
	leastNeedle = 2
	mostNeedle  = 256
)

// SearchMatch is how a text matches.
type SearchMatch string

// The ways to match, the best first.
const (
	MatchExact     SearchMatch = "EXACT"     // the whole text, or the same address in another spelling
	MatchNetwork   SearchMatch = "NETWORK"   // an address in the network that is searched for
	MatchBeginning SearchMatch = "BEGINNING" // the text begins with it
	MatchPart      SearchMatch = "PART"      // another part of the text
)

var searchMatches = []SearchMatch{MatchExact, MatchNetwork, MatchBeginning, MatchPart}

// rank is 0 for the best match.
func (m SearchMatch) rank() int {
	for rank, other := range searchMatches {
		if m == other {
			return rank
		}
	}
	return len(searchMatches)
}

// needle is a text to search for.
type needle struct {
	folded string
	// from and to are the sort keys of the first and the last address of the network that the text means; both are empty
	// if it means none, and equal if it is one address.
	from, to string
}

var (
	ipv6Beginning = regexp.MustCompile(`^([0-9a-fA-F]{1,4}:){2,7}:?$`)
	network       = regexp.MustCompile(`^([0-9a-fA-F.:]+)/[0-9]+$`)
)

// newNeedle returns the needle of a text. It fails with ErrInvalid if the text is too short or too long, or a network that
// cannot be.
func newNeedle(text string) (needle, error) {
	n := needle{folded: engine.FoldASCII(text)}
	if length := utf8.RuneCountInString(text); length < leastNeedle || length > mostNeedle {
		return n, Invalid("a text to search for has %d to %d characters, not %d", leastNeedle, mostNeedle, length)
	}
	if strings.TrimSpace(text) == "" {
		return n, Invalid("a text to search for has other characters than spaces")
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		span := spanOf(prefix.Masked())
		n.from, n.to = engine.AddressText(span.from), engine.AddressText(span.to)
	} else if parts := network.FindStringSubmatch(text); parts != nil {
		if address, err := netip.ParseAddr(parts[1]); err == nil {
			return n, Invalid("%q is no network: a prefix of %s has at most %d bits", text, address, address.BitLen())
		}
	} else if ipv6Beginning.MatchString(text) {
		n.from, n.to = ipv6BeginningKeys(strings.TrimRight(text, ":"))
	} else if address, ok := addressOf(text); ok {
		n.from = engine.AddressText(address)
		n.to = n.from
	}
	return n, nil
}

// match finds the needle in a text. start and end bound what matches, in bytes.
func (n needle) match(text string, isAddress bool) (how SearchMatch, start, end int, ok bool) {
	at := strings.Index(engine.FoldASCII(text), n.folded)
	if at == 0 && len(text) == len(n.folded) {
		return MatchExact, 0, len(text), true
	}
	if isAddress && n.from != "" {
		if key := endpointKey(text); key >= n.from && key <= n.to {
			if n.from == n.to {
				return MatchExact, 0, len(text), true
			}
			return MatchNetwork, 0, len(text), true
		}
	}
	switch {
	case at < 0:
		return "", 0, 0, false
	case at == 0:
		return MatchBeginning, 0, len(n.folded), true
	default:
		return MatchPart, at, at + len(n.folded), true
	}
}

// endpointKey is the key of a text that is an address, with or without a port, or empty.
func endpointKey(text string) string {
	if address, ok := addressOf(text); ok {
		return engine.AddressText(address)
	}
	if endpoint, err := netip.ParseAddrPort(text); err == nil {
		return engine.AddressText(endpoint.Addr())
	}
	return ""
}

// ipv6BeginningKeys are the keys of the first and the last address that begin with some groups of hexadecimal digits.
func ipv6BeginningKeys(groups string) (from, to string) {
	const digits, all = 4, 32
	from = "6"
	for group := range strings.SplitSeq(strings.ToLower(groups), ":") {
		from += strings.Repeat("0", digits-len(group)) + group
	}
	missing := 1 + all - len(from)
	return from + strings.Repeat("0", missing), from + strings.Repeat("f", missing)
}
