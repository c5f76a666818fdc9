package storage_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// planner explains the statements that a question runs, on a database with DECNET's indexes and
// without statistics, which DECNET never gathers.
type planner struct {
	store *storage.Store
	db    *sql.DB
}

func newPlanner(t *testing.T) planner {
	t.Helper()
	path := sqliteFile(t, storagetest.Crowd(3_000))
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return planner{openFile(t, path, storagetest.Options()), db}
}

// question is anything that a store can be asked.
type question func(ctx context.Context, s *storage.Store) error

// steps are the lines of the plans of all statements that the question runs.
func (p planner) steps(t *testing.T, ask question) []string {
	t.Helper()
	statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error { return ask(ctx, p.store) })
	require.NoError(t, err)
	require.NotEmpty(t, statements)
	var steps []string
	for _, s := range statements {
		steps = append(steps, p.explain(t, s)...)
	}
	return steps
}

func (p planner) explain(t *testing.T, s storage.Statement) []string {
	t.Helper()
	rows, err := p.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+s.SQL, s.Args...)
	require.NoError(t, err)
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	require.NoError(t, rows.Err())
	return steps
}

// page asks for pages of a list: the first, one after a row, and one before it from the end.
func page[T any](list func(*storage.Store) storage.List[T], owners []string) question {
	return func(ctx context.Context, s *storage.Store) error {
		first, err := list(s).Page(ctx, owners, storage.Page{Limit: 2})
		if err != nil {
			return err
		}
		for _, owner := range owners {
			if slice := first[owner]; len(slice.Rows) > 0 {
				at := slice.Position(0)
				if _, err := list(s).Page(ctx, owners, storage.Page{Limit: 2, After: &at}); err != nil {
					return err
				}
				_, err := list(s).Page(ctx, owners, storage.Page{Limit: 2, Before: &at, Backward: true})
				return err
			}
		}
		return fmt.Errorf("no rows for %v", owners)
	}
}

// counted asks for the length and the first page of a list, which may be empty.
func counted[T any](list func(*storage.Store) storage.List[T], owners []string) question {
	return func(ctx context.Context, s *storage.Store) error {
		if _, err := list(s).Count(ctx, owners); err != nil {
			return err
		}
		_, err := list(s).Page(ctx, owners, storage.Page{Limit: 2})
		return err
	}
}

var (
	// wholeTable matches a step that reads all of a large table, or builds an index on it. The names
	// are those that the statements give these tables; others are of derived tables.
	wholeTable = regexp.MustCompile(`^(SCAN (t|a|g|i|o|above|beyond|attackers|attacker_identities|ttp_tag)\b|SEARCH (t|a|g|i|above|beyond) USING AUTOMATIC)`)
	// wayToTags matches the index by which tags are reached.
	wayToTags = regexp.MustCompile(`^SEARCH [tg] USING (?:COVERING )?INDEX (ix_ttp_tag_\w+)`)
)

func TestScopedStatementsReadOnlyTheRowsOfTheirOwners(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	p := newPlanner(t)
	ways := map[storage.Kind][]string{
		storage.KindSession:  {"ix_ttp_tag_session_id"},
		storage.KindAttacker: {"ix_ttp_tag_attacker_uuid", "ix_ttp_tag_attacker_technique"},
	}
	of := []string{"ix_ttp_tag_identity_uuid", "ix_ttp_tag_identity_technique", "ix_ttp_tag_attacker_uuid", "ix_ttp_tag_attacker_technique"}
	ways[storage.KindIdentity], ways[storage.KindCampaign] = of, of
	for kind, owners := range map[storage.Kind][]string{
		storage.KindCampaign: {"c000", "c008", "c010"}, storage.KindIdentity: {"i000", "i010", "i020"},
		storage.KindAttacker: {"a001", "a002", "a003"}, storage.KindSession: {"s001", "s002", "s003"},
	} {
		for _, membership := range []storage.Membership{storage.Resolved, storage.Literal} {
			for name, ask := range scopedQuestions(storage.Scope{Of: kind, Membership: membership}) {
				for _, asked := range [][]string{owners[:1], owners} {
					t.Run(fmt.Sprintf("%s of %d %s %s", name, len(asked), kind, membership), func(t *testing.T) {
						for _, step := range p.steps(t, ask(asked)) {
							require.NotRegexp(t, wholeTable, step)
							if way := wayToTags.FindStringSubmatch(step); way != nil {
								require.Contains(t, ways[kind], way[1], "a filter or a bound must not be the way to the tags")
							}
						}
					})
				}
			}
		}
	}
}

// scopedQuestions are what can be asked about the tags and members of owners.
func scopedQuestions(scope storage.Scope) map[string]func(owners []string) question {
	tags := func(filter *storagetest.TagFilter) func(*storage.Store) storage.List[storage.TTPTag] {
		return func(s *storage.Store) storage.List[storage.TTPTag] {
			return s.ScopeTags(scope, storage.ListOptions{Filter: filter})
		}
	}
	everyFilter := &storagetest.TagFilter{Tactic: new("TA0006"), RuleID: new("R0001"), SourceKind: new("command"), Confidence: &storage.ConfidenceRange{From: new(0.5)}}
	rollupKeys := func(ctx context.Context, s *storage.Store, owners []string, most int) ([]string, error) {
		found, err := s.Techniques(scope, nil)(ctx, owners)
		var keys []string
		for _, rows := range found {
			for _, row := range rows[:min(most, len(rows))] {
				keys = append(keys, row.ID().Key)
			}
		}
		return keys, err
	}
	questions := map[string]func(owners []string) question{
		"techniques": func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				_, err := s.Techniques(scope, nil)(ctx, owners)
				return err
			}
		},
		"days": func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				_, err := s.TagsByDay(scope, new(time.Unix(0, 0)), new(time.Now()))(ctx, owners)
				return err
			}
		},
		"pages of tags":  func(owners []string) question { return page(tags(nil), owners) },
		"counts of tags": func(owners []string) question { return counted(tags(nil), owners) },
		"tags by technique": func(owners []string) question {
			return counted(tags(&storagetest.TagFilter{Technique: new("T1001")}), owners)
		},
		"tags by all but technique": func(owners []string) question { return counted(tags(everyFilter), owners) },
	}
	for name, most := range map[string]int{"few": 1, "many": 50} {
		questions[name+" rows of rollups"] = func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				keys, err := rollupKeys(ctx, s, owners, most)
				if err != nil {
					return err
				}
				for _, count := range []storage.RollupCount{storage.RollupIdentities, storage.RollupAttackers} {
					if _, err := s.RollupCounts(count)(ctx, keys); err != nil {
						return err
					}
				}
				if _, err := s.RollupTags(storage.ListOptions{}).Count(ctx, keys); err != nil {
					return err
				}
				rolled := func(s *storage.Store) storage.List[storage.TTPTag] { return s.RollupTags(storage.ListOptions{}) }
				return page(rolled, keys)(ctx, s)
			}
		}
	}
	switch scope.Of {
	case storage.KindCampaign, storage.KindIdentity:
		attackers := func(s *storage.Store) storage.List[storage.Attacker] {
			return s.ClusterAttackers(scope.Of, scope.Membership, storage.ListOptions{})
		}
		questions["pages of attackers"] = func(owners []string) question { return page(attackers, owners) }
		questions["counts of attackers"] = func(owners []string) question { return counted(attackers, owners) }
		questions["activity"] = func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				_, err := s.ActivityOf(scope.Of, scope.Membership)(ctx, owners)
				return err
			}
		}
	case storage.KindSession:
		questions["pages of attackers"] = func(owners []string) question {
			return page(storagetest.Unfiltered((*storage.Store).SessionAttackers), owners)
		}
	default: // an attacker has tags only
	}
	if scope.Of == storage.KindCampaign {
		identities := func(s *storage.Store) storage.List[storage.Identity] {
			return s.CampaignIdentities(scope.Membership, storage.ListOptions{})
		}
		questions["pages of identities"] = func(owners []string) question { return page(identities, owners) }
		questions["counts of identities"] = func(owners []string) question { return counted(identities, owners) }
		questions["survivors"] = func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				_, err := s.Campaigns(ctx, owners)
				return err
			}
		}
	}
	if scope.Of == storage.KindIdentity {
		for name, decky := range map[string]*string{"decky phases": nil, "phases of one decky": new("decky-1")} {
			questions[name] = func(owners []string) question {
				return counted(func(s *storage.Store) storage.List[storage.DeckyPhase] {
					return s.DeckyPhases(scope.Membership, decky, storage.ListOptions{})
				}, owners)
			}
		}
		questions["survivors"] = func(owners []string) question {
			return func(ctx context.Context, s *storage.Store) error {
				_, err := s.Identities(ctx, owners)
				return err
			}
		}
	}
	return questions
}
