package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// addressSpellings are spellings of one address in each list. No two lists spell the same address.
var addressSpellings = [][]string{
	{"198.51.100.7", "::ffff:198.51.100.7", "::FFFF:c633:6407", "0:0:0:0:0:ffff:C633:6407", "0000:0000:0000:0000:0000:ffff:198.51.100.7", "::0:ffff:198.51.100.7"},
	{"2001:db8::1", "2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0:0:0:0:1", "2001:0Db8::0:0001", "2001:db8:0:0::1", "2001:db8::0.0.0.1"},
	{"2001:db8::10", "2001:db8:0::0010", "2001:DB8:0:0:0:0:0:10"},
	{"2001:db8:1::", "2001:0db8:1:0:0:0:0:0", "2001:db8:1:0::"},
	{"db8::2001:1", "0db8::2001:0001", "DB8:0:0:0:0:0:2001:1", "dB8::2001:1"},
	{"::", "0::", "::0", "0:0:0:0:0:0:0:0", "0000::0000:0"},
	{"::1", "0:0::1", "0::0001", "0000:0000:0000:0000:0000:0000:0000:0001", "00::1"},
	{"64:ff9b::192.0.2.33", "64:FF9B::c000:221", "0064:ff9b:0:0:0:0:c000:0221"},
	{"fe80::1%eth0", "FE80::1%eth0", "fe80:0:0::1%eth0"},
	{"fe80::1", "fe80:0::0:1"},
	{"fe80::1%ETH0"},
	{"0:1:1:1:1:1:1:1", "::1:1:1:1:1:1:1"},
}

// testAddresses looks each spelling of an address up where each other one is stored.
func testAddresses(t *testing.T, open Open) {
	var g Graph
	want := map[string][]string{} // the rows with the address, by every spelling of it
	var all []string
	for a, spellings := range addressSpellings {
		for n, stored := range spellings {
			row := attacker(fmt.Sprintf("a%02d-%d", a, n), "")
			row.IP = stored
			row.LastSeen = at(n)
			g.Attackers = append(g.Attackers, row)
			for _, asked := range spellings {
				want[asked] = append(want[asked], row.UUID)
			}
		}
		all = append(all, spellings...)
	}
	for n, stored := range []string{"198.51.100.007", "198.51.100.7:22", "[2001:db8::1]", "2001:db8::1/128", "2001:db8::1 ", "", "2001:", "::g"} { // no addresses
		row := attacker(fmt.Sprintf("no address %d", n), "")
		row.IP, row.LastSeen = stored, at(1_000)
		g.Attackers = append(g.Attackers, row)
	}
	s := open(t, g)
	t.Run("an address is found in any spelling by any other, the row that was seen last", func(t *testing.T) {
		found, err := s.AttackersByIP(t.Context(), all)
		require.NoError(t, err)
		require.Len(t, found, len(all))
		for asked, rows := range want {
			require.Equal(t, rows[len(rows)-1], found[asked].UUID, asked)
		}
	})
	t.Run("an address is one statement, and its row has the spelling that is stored", func(t *testing.T) {
		for _, spellings := range addressSpellings {
			statements, err := Statements(t.Context(), func(ctx context.Context) error {
				found, err := s.AttackersByIP(ctx, spellings[:1])
				require.Equal(t, spellings[len(spellings)-1], found[spellings[0]].IP)
				return err
			})
			require.NoError(t, err)
			require.Len(t, statements, 1)
		}
	})
	t.Run("an address that no row has is not found", func(t *testing.T) {
		found, err := s.AttackersByIP(t.Context(), []string{"198.51.100.70", "2001:db8::100", "2001:db8:1::1", "fe80::1%eth1", "::2"})
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
