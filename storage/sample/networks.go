package sample

import (
	"fmt"
	"net/netip"
)

// network is one autonomous system. The numbers are reserved for documentation (RFC 5398), the addresses for
// documentation and benchmarks: network i has the i-th /20 of 198.18.0.0/15 and 2001:db8:i::/48.
type network struct {
	asn      int
	name     string // empty if no routing table has this network
	country  string
	rpki     string
	reverse  string // host name pattern, or empty
	testNet  string // an additional /24
	reported bool   // feeds report many of its addresses
}

var networks = []network{
	{64496, "ORCHID-HOSTING", "CN", "valid", "%s.host.orchid.example.net", "192.0.2.0/24", true},
	{64497, "LOTUS-TELECOM", "CN", "not-found", "", "198.51.100.0/24", true},
	{64498, "BAMBOO-CLOUD", "HK", "valid", "vm-%s.bamboo.example.net", "203.0.113.0/24", false},
	{64499, "TAIGA-LINK", "RU", "valid", "%s.dyn.taiga.example.net", "", true},
	{64500, "BIRCH-DATACENTRE", "RU", "invalid", "", "", true},
	{64501, "POLDER-SERVERS", "NL", "valid", "%s.static.polder.example.net", "", false},
	{64502, "DELTA-FIBER", "VN", "not-found", "", "", true},
	{64503, "TULIP-VPS", "NL", "valid", "vps%s.tulip.example.net", "", true},
	{64504, "ALPINE-MAIL", "CH", "valid", "out-%s.alpine.example.net", "", false},
	{64505, "RHINE-COLO", "DE", "valid", "%s.colo.rhine.example.net", "", false},
	{64506, "SPREE-CLOUD", "DE", "valid", "", "", true},
	{64507, "MAPLE-COMPUTE", "CA", "valid", "ec-%s.maple.example.net", "", false},
	{64508, "PAMPA-BANDA-ANCHA", "AR", "not-found", "%s.pampa.example.net", "", false},
	{64509, "SEQUOIA-CLOUD", "US", "valid", "ip-%s.sequoia.example.net", "", false},
	{64510, "LONE-STAR-DEDICATED", "US", "valid", "", "", true},
	{64511, "HUDSON-RELAY", "US", "unknown", "mx-%s.hudson.example.net", "", false},
	{65536, "CARPATHIA-NET", "RO", "valid", "%s.carpathia.example.net", "", true},
	{65537, "ROSE-VALLEY-ISP", "BG", "not-found", "", "", true},
	{65538, "CERRADO-TELECOM", "BR", "not-found", "%s.user.cerrado.example.net", "", true},
	{65539, "GANGES-BROADBAND", "IN", "not-found", "", "", false},
	{65540, "LAGOON-INTERNET", "NG", "unknown", "", "", false},
	{65541, "BOSPORUS-HOST", "TR", "valid", "%s.bosporus.example.net", "", true},
	{65542, "PERSEPOLIS-DATA", "IR", "not-found", "", "", true},
	{65543, "DNIPRO-HOSTING", "UA", "valid", "%s.dnipro.example.net", "", false},
	{65544, "BRITTANY-CLOUD", "FR", "valid", "vps-%s.brittany.example.net", "", false},
	{65545, "THAMES-TRANSIT", "GB", "valid", "", "", false},
	{65546, "JAVA-LINTAS", "ID", "not-found", "", "", true},
	{65547, "HAN-RIVER-IDC", "KR", "valid", "%s.han.example.net", "", false},
	{65548, "SAKURA-GRID", "JP", "valid", "", "", false},
	{65549, "MERLION-CLOUD", "SG", "valid", "%s.merlion.example.net", "", true},
	{65550, "TOR-RELAYS-NORD", "SE", "valid", "exit-%s.relays.example.net", "", true},
	{65551, "", "", "", "", "", false},
}

const perNetwork = 4096 // addresses in a /20

// addresses returns each address once, because DECNET has one attacker per address.
type addresses struct {
	used     [32]int // number of addresses used of the /20
	usedTest [32]int // number of addresses used of the additional /24
	used6    int
}

// next returns an unused address of a network and its BGP prefix.
func (a *addresses) next(d dice, n int, v6 bool) (ip netip.Addr, prefix string) {
	if !v6 && networks[n].testNet != "" && a.usedTest[n] < 200 && d.chance(0.4) {
		a.usedTest[n]++
		p := netip.MustParsePrefix(networks[n].testNet)
		b := p.Addr().As4()
		b[3] = byte(1 + a.usedTest[n]*67%251) // 67 and 251 are coprime, so this visits the whole /24
		return netip.AddrFrom4(b), networks[n].testNet
	}
	for !v6 && a.used[n] < perNetwork {
		i := (a.used[n]*1237 + n*331) % perNetwork // likewise, this visits the whole /20
		a.used[n]++
		if last := i & 0xff; last != 0 && last != 0xff {
			at := 198<<24 | 18<<16 | n*perNetwork + i
			return netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), fmt.Sprintf("198.%d.%d.0/20", 18+n>>4, n<<4&0xff)
		}
	}
	a.used6++
	b := netip.MustParseAddr("2001:db8::").As16()
	b[5] = byte(n + 1)
	b[6], b[7] = byte(a.used6>>8), byte(a.used6)
	b[9] = byte(a.used6 >> 16)
	copy(b[12:], d.bytes(4))
	ip = netip.AddrFrom16(b)
	return ip, netip.PrefixFrom(ip, 48).Masked().String()
}
