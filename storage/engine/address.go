package engine

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// AddressText returns a text that sorts as the address does: the family, 4 or 6, and the address in lower-case hexadecimal
// digits. An address that is mapped to IPv6 is the IPv4 address.
func AddressText(address netip.Addr) string {
	address = address.Unmap()
	family := "6"
	if address.Is4() {
		family = "4"
	}
	return family + hex.EncodeToString(address.AsSlice())
}

// addressText is Dialect.AddressArg where keys of addresses are such texts.
func addressText(address netip.Addr) any { return AddressText(address) }

// sqliteAddress is an SQL function that returns AddressText of a text that spells an address, and NULL for any other
// value.
const sqliteAddress = "decnet_graph_address"

func sqliteAddressKey(value any) any {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return nil
	}
	return AddressText(address)
}

// mysqlAddressKey is Dialect.AddressKey. INET6_ATON is NULL for what is no address.
func mysqlAddressKey(column string) string {
	bytes := "INET6_ATON(" + column + ")"
	return "LOWER(CASE WHEN IS_IPV4_MAPPED(" + bytes + ") THEN CONCAT('4', RIGHT(HEX(" + bytes + "), 8))" +
		" ELSE CONCAT(IF(LENGTH(" + bytes + ") = 4, '4', '6'), HEX(" + bytes + ")) END)"
}

// Regular expressions of addresses, for which PostgreSQL's casts to inet succeed; release 15 has no function that tries a
// cast. They must have no question mark, which would be a placeholder.
const (
	octetPattern = `(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])`
	ipv4Pattern  = octetPattern + `([.]` + octetPattern + `){3}`
	groupPattern = `[0-9A-Fa-f]{1,4}`
)

// ipv6Pattern has one alternative for each number of groups before a double colon.
var ipv6Pattern = func() string {
	const groups, dotted = 8, 6 // all groups, and those before an IPv4 address
	forms := []string{
		fmt.Sprintf("(%s:){%d}%s", groupPattern, groups-1, groupPattern),
		fmt.Sprintf("(%s:){%d}%s", groupPattern, dotted, ipv4Pattern),
	}
	for before := range groups {
		left := ""
		if before > 0 {
			left = fmt.Sprintf("%s(:%s){%d}", groupPattern, groupPattern, before-1)
		}
		right := ""
		if most := groups - 2 - before; most >= 0 {
			right = fmt.Sprintf("(%s(:%s){0,%d}){0,1}", groupPattern, groupPattern, most)
		}
		forms = append(forms, left+"::"+right)
		if most := dotted - 1 - before; most >= 0 {
			forms = append(forms, fmt.Sprintf("%s::(%s:){0,%d}%s", left, groupPattern, most, ipv4Pattern))
		}
	}
	return "(" + strings.Join(forms, "|") + ")"
}()

// postgresAddressKey is Dialect.AddressKey. CASE keeps texts that are no addresses away from the casts.
func postgresAddressKey(column string) string {
	return "CASE WHEN " + column + " ~ '^" + ipv4Pattern + "$' THEN " + column + "::inet" +
		" WHEN " + column + " !~ '^" + ipv6Pattern + "$' THEN NULL" +
		" WHEN " + column + "::inet <<= '::ffff:0:0/96' THEN '0.0.0.0'::inet + (" + column + "::inet - '::ffff:0.0.0.0'::inet)" +
		" ELSE " + column + "::inet END"
}

// postgresAddress is Dialect.AddressArg.
func postgresAddress(address netip.Addr) any { return address.Unmap().String() }

// asciiPattern returns a regular expression that a text matches if it has another one in it, ASCII letters in either case.
func asciiPattern(text string) any {
	var pattern strings.Builder
	for _, c := range text {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			pattern.WriteString("[" + strings.ToLower(string(c)) + strings.ToUpper(string(c)) + "]")
		case c < 0x80 && (c < '0' || c > '9'):
			fmt.Fprintf(&pattern, `\x{%02x}`, c)
		default:
			pattern.WriteRune(c)
		}
	}
	return pattern.String()
}
