package storage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

func TestRollupsStayExactWhileManyWrite(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newSumming(t, b)
			s.start()
			s.writeAndMerge(t)
			require.NoError(t, s.store.VerifyRollups(t.Context(), func(d storage.RollupDifference) { t.Error(d) }))
			for _, scope := range namedScopes {
				require.Equal(t, rollups(t.Context(), t, s.store.OfTags(), scope), rollups(t.Context(), t, s.store, scope), scope)
			}
			require.Equal(t, namesOf(t.Context(), t, s.store.OfTags()), namesOf(t.Context(), t, s.store))
			for _, scope := range summedScopes {
				require.Equal(t, rollups(t.Context(), t, s.store.OfTags(), scope), rollups(t.Context(), t, s.store, scope), scope)
				for _, selection := range countedSelections() {
					require.Equal(t, countings(t.Context(), t, s.store.OfTags(), scope, selection), countings(t.Context(), t, s.store, scope, selection), scope)
				}
			}
		})
	}
}

// writeAndMerge runs writers, refreshes, recounts and comparisons at the same time, until each has done its share. Its
// time limit ends a run in which one of them makes no progress.
func (b summing) writeAndMerge(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	var serial, commits, refreshes, recounts, comparisons atomic.Int64
	const manyCommits, manyRounds = 150, 10
	repeat := func(count *atomic.Int64, work func() error) {
		for ctx.Err() == nil {
			if err := work(); err != nil {
				if ctx.Err() == nil && !errors.Is(err, storage.ErrUnavailable) {
					t.Error(err)
				}
				continue
			}
			count.Add(1)
			if commits.Load() >= manyCommits && min(refreshes.Load(), recounts.Load(), comparisons.Load()) >= manyRounds {
				stop()
			}
		}
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			repeat(&commits, func() error {
				if err := b.transaction(ctx, &serial); err != nil { // a conflict with others
					return storage.ErrUnavailable
				}
				return nil
			})
		})
	}
	all.Go(func() {
		repeat(&refreshes, func() error { _, err := b.store.RefreshRollups(ctx); return err })
	})
	all.Go(func() {
		repeat(&recounts, func() error { _, err := b.store.RecountRollups(ctx); return err })
	})
	all.Go(func() { // each comparison is one statement, and so one snapshot
		repeat(&comparisons, func() error {
			err := b.store.VerifyRollups(ctx, func(d storage.RollupDifference) { t.Error(d) })
			if errors.Is(err, storage.ErrUnavailable) && ctx.Err() == nil {
				t.Error(err) // a comparison waits for nobody
			}
			return err
		})
	})
	all.Wait()
	require.GreaterOrEqual(t, commits.Load(), int64(manyCommits))
	require.GreaterOrEqual(t, min(refreshes.Load(), recounts.Load(), comparisons.Load()), int64(manyRounds))
}

// transaction changes a few rows, and one in four is rolled back. A conflict with others is an error.
func (b summing) transaction(ctx context.Context, serial *atomic.Int64) error {
	pick := func(of ...string) string { return of[rand.IntN(len(of))] }
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for range 1 + rand.IntN(3) {
		var text string
		switch rand.IntN(8) {
		case 0, 1, 2, 3:
			var rows []string
			for range 3 {
				rows = append(rows, fmt.Sprintf("('t%d', 'command', 'x', %s, %s, %s, 'TA1', %s, NULL, 0.5, %s, 1, '{}', 'v', %s)", serial.Add(1),
					quoted(pick("a1", "a2", "a3")), quoted(pick("", "i1", "i2")), quoted(pick("", "d1", "d2", "d3")), quoted(pick("T1", "T2")), quoted(pick("R", "R2")), quoted(fmt.Sprintf("2026-05-%02d 07:00:00.000000", 1+rand.IntN(20)))))
			}
			text = "INSERT INTO ttp_tag (uuid, source_kind, source_id, attacker_uuid, identity_uuid, decky_id, tactic, technique_id, sub_technique_id, confidence, rule_id, rule_version, evidence, attack_release, created_at) VALUES " + strings.Join(rows, ", ")
		case 4:
			text = "DELETE FROM ttp_tag WHERE uuid LIKE '%" + pick("1", "2", "3") + "' AND attacker_uuid = " + quoted(pick("a1", "a2"))
		case 5:
			text = "UPDATE ttp_tag SET " + pick("technique_id = 'T3'", "decky_id = 'd3'", "rule_id = 'R3'") + " WHERE uuid LIKE '%" + pick("11", "22", "33") + "'"
		case 6:
			text = "UPDATE attackers SET " + pick("identity_id = 'i1'", "identity_id = 'i2'", "identity_id = 'i3'", "identity_id = NULL", `deckies = '["d1","d3"]'`, "deckies = '[]'") + " WHERE uuid = " + quoted(pick("a1", "a2", "a3"))
		default:
			text = "UPDATE attacker_identities SET " + pick("campaign_id = 'c1'", "campaign_id = 'c2'", "merged_into_uuid = 'i1'", "merged_into_uuid = NULL") + " WHERE uuid = " + quoted(pick("i2", "i3", "i4"))
		}
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if rand.IntN(4) == 0 {
		return tx.Rollback()
	}
	return tx.Commit()
}

func TestSummedRollupsReadNoTags(t *testing.T) {
	t.Parallel()
	for _, b := range ownBackends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			open, _ := b.open()
			s := open(t, storagetest.Fixture())
			for _, scope := range summedScopes {
				for name, ask := range map[string]func(ctx context.Context) error{
					"techniques": func(ctx context.Context) error { _, err := s.Techniques(scope, nil)(ctx, ownersOf(scope)); return err },
					"days": func(ctx context.Context) error {
						_, err := s.TagsByDay(scope, nil, nil)(ctx, ownersOf(scope))
						return err
					},
				} {
					if name == "days" && scope.Of != storage.KindFleet {
						continue // those of others may be counted from the tags
					}
					statements, err := storagetest.Statements(t.Context(), ask)
					require.NoError(t, err)
					require.Len(t, statements, 1, name)
					require.NotContains(t, statements[0].SQL, "ttp_tag", name)
				}
			}
		})
	}
}
