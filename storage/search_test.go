package storage_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestASearchOfDECNETsTablesSaysWhatItLeftOut: only the newest rows of a large table are scanned.
func TestASearchOfDECNETsTablesSaysWhatItLeftOut(t *testing.T) {
	t.Parallel()
	b := allBackends[0]
	source := b.create(t)
	b.fill(t, source, storagetest.Commanders(3)) // the newest has the number 2
	db, _ := openSQL(t, source)
	defer db.Close()
	execute(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, decky_count, services, deckies, is_traversal, bounty_count,
			credential_count, fingerprints, commands, rotation_count, ipv6_leak_count, updated_at)
		SELECT 'more-' || i, '203.0.113.1', last_seen, '2027-01-01 00:00:00.000000', 0, 0, 0, '[]', '[]', 0, 0, 0, '[]', '[{"command": "new ' || i || '"}]', 0, 0, updated_at
		FROM n, (SELECT * FROM attackers LIMIT 1)`)
	options := storagetest.Options()
	options.MaxRows = storage.DefaultMaxRows
	s := openStore(t, source, options)
	search := func(text string, kinds ...storage.SearchKind) (found storage.Slice[storage.SearchHit], notices []string) {
		page, err := s.Search(storage.SearchQuery{Text: text, Kinds: kinds, Notice: func(m string) { notices = append(notices, m) }}).
			Page(t.Context(), []string{""}, storage.Page{Limit: 10})
		require.NoError(t, err)
		return page[""], notices
	}
	found, notices := search("new 17777", storage.SearchCommand)
	require.Equal(t, 1, *found.Total)
	require.Equal(t, []string{
		"only the newest 20000 rows were searched for commands of attackers; the newest one that was not is of 2026-05-02T00:00:00Z",
	}, notices[:1])
	found, notices = search("dropper-1.example", storage.SearchCommand)
	require.Zero(t, *found.Total, "its attacker is older than the newest 20,000")
	require.Len(t, notices, 1)
	require.Contains(t, notices[0], "commands of attackers")
	_, notices = search("dropper-1.example", storage.SearchCampaign)
	require.Empty(t, notices, "what was not asked for is not missed")
	options.MaxBytes = 64 << 10
	s = openStore(t, source, options)
	_, notices = search("new ", storage.SearchCommand)
	require.Len(t, notices, 1)
	require.Contains(t, notices[0], "only the newest 312 rows", "20,000 rows are too much for a statement, and so are 1,250")
}

// TestASearchNeitherMissesNorRepeatsWhatIsWrittenMeanwhile: rows change and are indexed while others search for them.
func TestASearchNeitherMissesNorRepeatsWhatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 4} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Commanders(20))
			options := storagetest.Options()
			options.Write = true
			s := openStore(t, source, options)
			db, _ := openSQL(t, source)
			defer db.Close()
			ctx, stop := context.WithCancel(t.Context())
			var others sync.WaitGroup
			others.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					_, _ = db.ExecContext(ctx, fmt.Sprintf("UPDATE attackers SET ptr_record = 'host%d.example' WHERE ip LIKE '198.18.0.1%%'", i))
				}
			})
			others.Go(func() {
				for ctx.Err() == nil {
					_, _ = s.RefreshSearch(ctx)
				}
			})
			for range 60 {
				page, err := s.Search(storage.SearchQuery{Text: "dropper-1", Kinds: []storage.SearchKind{storage.SearchCommand}}).
					Page(t.Context(), []string{""}, storage.Page{Limit: 100})
				require.NoError(t, err)
				require.Len(t, page[""].Rows, 44, "the commands of 11 attackers") // 1 and 10 to 19
			}
			stop()
			others.Wait()
			_, err := s.RefreshSearch(t.Context())
			require.NoError(t, err)
		})
	}
}

// TestASearchFindsWhatOtherProgramsWriteAndDelete: triggers mark the rows, whoever writes them.
func TestASearchFindsWhatOtherProgramsWriteAndDelete(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	for _, n := range []int{1, 3, 4} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source, s := indexedCrowd(t, b)
			db, _ := openSQL(t, source)
			defer db.Close()
			keys := func(text string) string {
				page, err := s.Search(storage.SearchQuery{Text: text}).Page(t.Context(), []string{""}, storage.Page{Limit: 100})
				require.NoError(t, err)
				var found []string
				for _, h := range page[""].Rows {
					found = append(found, h.Field+" "+h.Text)
				}
				return strings.Join(found, "; ")
			}
			for range 2 {
				for _, step := range []struct{ statement, text, found string }{
					{"UPDATE attackers SET as_name = 'Bulletproof' WHERE ip = '198.18.0.7'", "bulletproof", "Attacker.asName Bulletproof"},
					{"UPDATE attackers SET as_name = 'Other' WHERE ip = '198.18.0.7'", "bulletproof", ""},
					{"UPDATE attackers SET uuid = 'renamed' WHERE ip = '198.18.0.7'", "renamed", "Attacker.uuid renamed"},
					{"UPDATE attackers SET uuid = 'back' WHERE ip = '198.18.0.7'", "renamed", ""},
					{"UPDATE attackers SET deckies = '[\"odd-decky\"]' WHERE ip LIKE '198.18.0.8%'", "odd-", "Decky.name odd-decky"},
					{"UPDATE attackers SET deckies = '[]' WHERE ip LIKE '198.18.0.8%'", "odd-", ""},
					{"DELETE FROM attackers WHERE ip = '198.18.0.9'", "dropper-9.example", ""},
				} {
					execute(t, db, step.statement)
					require.Equal(t, step.found, keys(step.text), step.statement)
				}
				_, err := s.RefreshSearch(t.Context())
				require.NoError(t, err)
				require.Equal(t, "Attacker.asName Other", keys("other"))
				require.Empty(t, keys("odd-"))
			}
			require.NoError(t, s.RebuildSearch(t.Context()))
			require.Equal(t, "Attacker.asName Other", keys("other"))
		})
	}
}

// TestAnIndexFindsTheFingerprintsThatAScanFinds: the index for searches finds attackers by a fingerprint, and what has changed
// since it was refreshed is looked at.
func TestAnIndexFindsTheFingerprintsThatAScanFinds(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source := b.create(t)
			b.fill(t, source, storagetest.Prints())
			s := openStore(t, source, storage.Options{Write: true})
			db, _ := openSQL(t, source)
			defer db.Close()
			owners := func() (found []string) {
				for _, p := range []storage.Print{
					{Kind: storage.PrintHASSH, Value: "HASSH-2"},
					{Kind: storage.PrintJA3, Value: "ja3-1"},
					{Kind: storage.PrintJA4H, Value: "JA4H"},
					{Kind: storage.PrintTLSCertSHA256, Value: "cert-1"},
					{Kind: storage.PrintJA4QUIC, Value: "ja4q"},
					{Kind: storage.PrintJA3, Value: "7"},
				} {
					match, err := s.FindPrint(t.Context(), p)
					require.NoError(t, err)
					found = append(found, match.Owner())
				}
				return found
			}
			changes := []string{
				"UPDATE attackers SET fingerprints = '[]' WHERE uuid = 'a3'",
				`UPDATE attackers SET fingerprints = '[{"fingerprint_type": "ja3", "payload": {"ja3": "ja3-1"}}, {"fingerprint_type": "ja3", "payload": {"ja3": 7}}]' WHERE uuid = 'a1'`,
				"DELETE FROM attackers WHERE uuid = 'a8'",
			}
			require.NoError(t, s.RebuildSearch(t.Context()))
			for _, change := range append([]string{""}, changes...) {
				if change != "" {
					execute(t, db, change)
				}
				indexed := owners()
				execute(t, db, "UPDATE search_state SET ready = "+map[bool]string{true: "false", false: "0"}[strings.HasPrefix(b.name, "PostgreSQL")])
				require.Equal(t, owners(), indexed, change)
				require.NotEmpty(t, strings.Join(indexed, ""))
				_, err := s.RefreshSearch(t.Context())
				require.NoError(t, err)
				execute(t, db, "UPDATE search_state SET ready = "+map[bool]string{true: "true", false: "1"}[strings.HasPrefix(b.name, "PostgreSQL")])
				require.Equal(t, indexed, owners(), change)
			}
		})
	}
}

// TestASearchSaysWhichRowsTheIndexLeftOut: a row with too many texts is named before and after a refresh, until it has fewer.
func TestASearchSaysWhichRowsTheIndexLeftOut(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 4} {
		b := allBackends[n]
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			source, s := indexedCrowd(t, b)
			db, mark := openSQL(t, source)
			defer db.Close()
			notices := func(kinds ...storage.SearchKind) (found []string) {
				_, err := s.Search(storage.SearchQuery{Text: "ja3", Kinds: kinds, Notice: func(m string) { found = append(found, m) }}).
					Page(t.Context(), []string{""}, storage.Page{Limit: 10})
				require.NoError(t, err)
				return found
			}
			require.Empty(t, notices())
			many := "[" + strings.Repeat(`{"ja3": "a"},`, storage.DefaultMaxRows) + `{"ja3": "a"}]`
			execute(t, db, "UPDATE attackers SET fingerprints = "+mark(1)+" WHERE ip = '198.18.0.7'", many)
			require.Len(t, notices(), 1)
			_, err := s.RefreshSearch(t.Context())
			require.NoError(t, err)
			found := notices()
			require.Len(t, found, 1)
			require.Regexp(t, "^Attacker.fingerprints of 1 rows, such as .*, were not searched, because they are too many$", found[0])
			require.Empty(t, notices(storage.SearchCampaign), "what was not asked for is not missed")
			require.NoError(t, s.RebuildSearch(t.Context()))
			require.Equal(t, found, notices())
			execute(t, db, "UPDATE attackers SET fingerprints = '[]' WHERE ip = '198.18.0.7'")
			_, err = s.RefreshSearch(t.Context())
			require.NoError(t, err)
			require.Empty(t, notices())
		})
	}
}
