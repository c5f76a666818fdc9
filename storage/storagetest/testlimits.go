package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

func testLimits(t *testing.T, open Open) {
	crowd := Graph{}
	for n := range MaxRows + 1 {
		one := tag(fmt.Sprintf("t%05d", n), "i1", "")
		one.CreatedAt = at(86_400 * n)
		one.SessionID, one.TechniqueID = new(fmt.Sprintf("s%05d", n)), fmt.Sprintf("T%05d", n)
		crowd.Tags = append(crowd.Tags, one)
	}
	s := open(t, crowd)
	identity := storage.Scope{Of: ofI, Membership: resolved}
	many := make([]string, MaxRows+1)
	for n := range many {
		many[n] = crowd.Tags[n].UUID
	}

	t.Run("a page of as many rows as a statement may bring is served", func(t *testing.T) {
		found, err := s.ScopeTags(identity, storage.ListOptions{}).Page(t.Context(), []string{"i1"}, whole)
		require.NoError(t, err)
		require.Len(t, found["i1"].Rows, whole.Limit)
		require.True(t, found["i1"].More)
	})
	t.Run("a statement that brings more rows than allowed is refused with a message for the person who asked", func(t *testing.T) {
		for name, ask := range map[string]func(ctx context.Context) error{
			"page": func(ctx context.Context) error {
				_, err := s.ScopeTags(identity, storage.ListOptions{}).Page(ctx, []string{"i1"}, storage.Page{Limit: MaxRows + 1})
				return err
			},
			"rollup": func(ctx context.Context) error {
				_, err := s.Techniques(identity, nil)(ctx, []string{"i1"})
				return err
			},
			"days": func(ctx context.Context) error {
				_, err := s.TagsByDay(identity, nil, nil)(ctx, []string{"i1"})
				return err
			},
			"lookup": func(ctx context.Context) error {
				_, err := s.Tags(ctx, many)
				return err
			},
		} {
			err := ask(t.Context())
			require.ErrorIs(t, err, storage.ErrLimit, name)
			var known *storage.Error
			require.ErrorAs(t, err, &known, name)
			require.Contains(t, known.Message, fmt.Sprint(MaxRows), name)
		}
	})
	t.Run("a statement that brings more text than allowed is refused, and smaller parts of it are served", func(t *testing.T) {
		talkative := Graph{}
		uuids := []string{}
		for n := range 6 {
			uuids = append(uuids, fmt.Sprintf("a%d", n))
			talkative.Attackers = append(talkative.Attackers, with(attacker(uuids[n], ""), func(a *Attacker) {
				a.Commands = []storage.Command{{Command: new(strings.Repeat("x", 1<<20))}}
			}))
		}
		s := open(t, talkative)
		_, err := s.Commands(nil, storage.ListOptions{}).Page(t.Context(), uuids, whole)
		require.ErrorIs(t, err, storage.ErrLimit)
		found, err := s.Commands(nil, storage.ListOptions{}).Page(t.Context(), uuids[:3], whole)
		require.NoError(t, err)
		require.Len(t, found, 3)
		rows, err := s.Attackers(t.Context(), uuids)
		require.NoError(t, err)
		require.Len(t, rows, len(uuids), "the rows themselves do not bring their commands")
	})
	t.Run("counting is not limited by the rows counted", func(t *testing.T) {
		counts, err := s.ScopeTags(identity, storage.ListOptions{}).Count(t.Context(), []string{"i1"})
		require.NoError(t, err)
		require.Equal(t, MaxRows+1, counts["i1"])
	})
	t.Run("a refused statement is observed with its error", func(t *testing.T) {
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			_, err := s.Techniques(identity, nil)(ctx, []string{"i1"})
			return err
		})
		require.ErrorIs(t, err, storage.ErrLimit)
		require.Len(t, statements, 1)
		require.ErrorIs(t, statements[0].Err, storage.ErrLimit)
		require.NotEmpty(t, statements[0].SQL)
		require.Positive(t, statements[0].Took)
	})
	t.Run("more owners than a statement has marks are one statement", func(t *testing.T) {
		owners := make([]string, 40_000)
		for n := range owners {
			owners[n] = fmt.Sprintf("nobody-%d", n)
		}
		owners[20_000] = "i1"
		statements, err := Statements(t.Context(), func(ctx context.Context) error {
			found, err := s.ScopeTags(identity, storage.ListOptions{}).Page(ctx, owners, storage.Page{Limit: 3})
			require.Len(t, found, len(owners))
			require.Len(t, found["i1"].Rows, 3)
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 1)
	})
	t.Run("a request cancelled at any moment gets its answer or the context's error", func(t *testing.T) {
		var wait sync.WaitGroup
		for n := range 40 {
			wait.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*250*time.Microsecond)
				defer cancel()
				found, err := s.Techniques(storage.Scope{Of: storage.KindSession, Membership: literal}, nil)(ctx, []string{"s00001", "s00002"})
				if err == nil {
					_, err = s.ScopeTags(identity, storage.ListOptions{}).Page(ctx, []string{"i1"}, whole)
				}
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("after %d steps: %v", n, err)
					}
				} else if len(found["s00001"]) != 1 {
					t.Errorf("after %d steps: %v", n, found)
				}
			})
		}
		wait.Wait()
		require.NoError(t, s.Ping(t.Context()), "the store is whole afterwards")
	})
	t.Run("a store that was closed answers with an error", func(t *testing.T) {
		closed := open(t, Graph{})
		require.NoError(t, closed.Ping(t.Context()))
		require.NoError(t, closed.Close())
		require.Error(t, closed.Ping(t.Context()))
		_, err := closed.Tags(t.Context(), []string{"t1"})
		require.Error(t, err)
		require.NoError(t, closed.Close(), "closing twice is no error")
	})
	t.Run("an empty database has empty answers", func(t *testing.T) {
		empty := open(t, Graph{})
		for _, c := range lists(Graph{}) {
			for _, owner := range c.owners() {
				require.Empty(t, c.one(t, t, empty, owner, whole).keys, c.name)
			}
		}
		for _, c := range keyed(Graph{}) {
			found, err := c.ask(t.Context(), empty, c.keys)
			require.NoError(t, err)
			same(t, c.want, found, c.name)
		}
		require.Zero(t, empty.Malformed())
	})
}
