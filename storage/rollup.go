package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// TechniqueRollup counts the tags of one technique, or of one sub-technique, in one scope.
type TechniqueRollup struct {
	Scope          Scope
	Owner          string
	TechniqueID    string
	SubTechniqueID *string
	TacticID       string // the largest in the group, as in DECNET's answers
	Count          int
	FirstSeen      time.Time
	LastSeen       time.Time
	ConfidenceMax  float64

	selection *TagSelection // of the tags counted; nil for all of the scope
}

// ID is the reference to the row. It contains the selection of the tags that the row counts.
func (r *TechniqueRollup) ID() Ref {
	key := r.key()
	if r.selection != nil {
		key.selection = r.selection.text
	}
	return Ref{KindTechniqueRollup, key.String()}
}

// Key is the key of the row for RollupCounts, RollupTactics and RollupTags. It is short, however long the selection.
func (r *TechniqueRollup) Key() string { return r.key().String() }

// KeyOf is Key of the row as a selection counts it.
func (r *TechniqueRollup) KeyOf(selection *TagSelection) string {
	row := *r
	row.selection = selection
	return row.Key()
}

func (r *TechniqueRollup) key() rollupKey {
	key := rollupKey{scope: r.Scope, owner: r.Owner, technique: r.TechniqueID, sub: textOr(r.SubTechniqueID, "")}
	if r.selection != nil {
		key.selection = r.selection.digest
	}
	return key
}

// groupColumns are the columns of a rollup's group, for SELECT and GROUP BY, of rows with the alias c.
func (d dialect) groupColumns() string { return "c.owner, " + d.techniqueColumns() }

// techniqueColumns is groupColumns for a single owner.
func (d dialect) techniqueColumns() string {
	return d.GroupKey("c.technique_id") + ", " + d.GroupKey("c.sub_technique_id")
}

// Techniques rolls the tags of each owner that a selection chooses up by technique, in one statement for all owners. Rows
// are ordered by count, largest first, then by technique and sub-technique.
func (s *Store) Techniques(scope Scope, selection *TagSelection) func(ctx context.Context, owners []string) (map[string][]*TechniqueRollup, error) {
	return func(ctx context.Context, owners []string) (map[string][]*TechniqueRollup, error) {
		return s.rollup(ctx, scope, selection, owners, nil)
	}
}

func (s *Store) rollup(ctx context.Context, scope Scope, selection *TagSelection, owners []string, where []condition) (map[string][]*TechniqueRollup, error) {
	if err := s.checkInstants(ctx); err != nil {
		return nil, err
	}
	selected, err := s.selectionConditions(selection)
	if err != nil {
		return nil, err
	}
	selection.remember(ctx)
	where = append(selected, where...)
	rows, named := s.namedTags(scope, where, true)
	if !named {
		rows = s.countable(scope, where, byTechnique, inSpanWithBounds)
	}
	q, err := s.keyedWhere(owners, rows.rel.with, rows.where...)
	if err != nil {
		return nil, err
	}
	found := emptyLists[*TechniqueRollup](owners)
	blank := TechniqueRollup{Scope: scope, selection: selection}
	row := blank
	var malformed []string
	dest := append([]scanner{{Into: text(&row.Owner)}}, rollupScanners(&row, &malformed)...)
	groups := q.groupColumns()
	if len(found) == 1 { // all rows are the owner's
		blank.Owner = owners[0]
		row, dest, groups = blank, dest[1:], q.techniqueColumns()
	}
	q.addRollup(rows, groups)
	err = s.scanRows(ctx, q, dest, func() error {
		if _, wanted := found[row.Owner]; wanted {
			found[row.Owner] = append(found[row.Owner], s.rollupRow(row, &malformed))
		}
		row = blank
		return nil
	})
	for owner, rows := range found {
		found[owner] = inOrder(rows)
	}
	return found, err
}

// rollupRow returns a copy of a row, and logs its columns whose values did not fit.
func (s *Store) rollupRow(row TechniqueRollup, malformed *[]string) *TechniqueRollup {
	if len(*malformed) > 0 {
		s.warned.malformedColumns(tags.name, malformed, row.key().String())
	}
	return &row
}

// addRollup adds the SELECT of every measure of each group. Where the database would materialise the union of several
// arms, each arm is grouped on its own, and inOrder adds up the rows of a group.
func (q *statement) addRollup(rows countable, groups string) {
	q.sums = q.sums || rows.from == fromSums
	aggregates := measureList(partMeasures, func(m measure) string { return m.over(rows.from, "c", q.GroupKey) })
	q.add(q.groupsOf("c", grouping{rows.rel, rollupColumns(rows.from, q.dialect), "", groups, aggregates, rows.where}))
}

// inOrder adds up the rows of each technique, which several arms may have brought, and sorts the rows of an owner:
// a database would sort the rows of all owners together.
func inOrder(rows []*TechniqueRollup) []*TechniqueRollup {
	slices.SortFunc(rows, (*TechniqueRollup).compare)
	once := rows[:0]
	for _, row := range rows {
		if last := len(once) - 1; last >= 0 && once[last].compare(row) == 0 {
			once[last].add(row)
		} else {
			once = append(once, row)
		}
	}
	slices.SortStableFunc(once, func(a, b *TechniqueRollup) int { return cmp.Compare(b.Count, a.Count) })
	return once
}

// compare goes by technique and sub-technique, none before any, even before an empty text.
func (r *TechniqueRollup) compare(other *TechniqueRollup) int {
	return compareTechniques(r.TechniqueID, r.SubTechniqueID, other.TechniqueID, other.SubTechniqueID)
}

func compareTechniques(technique string, sub *string, otherTechnique string, otherSub *string) int {
	if c := strings.Compare(technique, otherTechnique); c != 0 {
		return c
	}
	switch {
	case sub != nil && otherSub != nil:
		return strings.Compare(*sub, *otherSub)
	case sub == otherSub:
		return 0
	case sub == nil:
		return -1
	default:
		return 1
	}
}

// add adds the tags of another row of the same technique.
func (r *TechniqueRollup) add(other *TechniqueRollup) {
	for _, m := range partMeasures {
		m.add(r, other)
	}
}

// rollupRows finds rows of rollups by the keys of their Refs; a row without tags does not exist.
func (s *Store) rollupRows(ctx context.Context, keys []string) (map[string]*TechniqueRollup, error) {
	return s.selectedRollupRows(ctx, keys, func(text string) (*TagSelection, bool) { return nil, text == "" })
}

// SelectedRollupRows finds the rows of rollups whose Refs contain a selection, by the keys of these. filter returns a
// pointer to an empty filter of the type that SelectTags was given.
func (s *Store) SelectedRollupRows(ctx context.Context, keys []string, filter func() any) (map[string]*TechniqueRollup, error) {
	return s.selectedRollupRows(ctx, keys, func(text string) (*TagSelection, bool) { return parseTagSelection(text, filter()) })
}

func (s *Store) selectedRollupRows(ctx context.Context, keys []string, parse func(string) (*TagSelection, bool)) (map[string]*TechniqueRollup, error) {
	found := make(map[string]*TechniqueRollup, len(keys))
	for group, wanted := range groupKeys(keys) {
		selection, ok := parse(group.selection)
		if !ok {
			continue
		}
		rows, err := s.rollup(ctx, group.scope, selection, ownersOf(wanted), techniquesIn(wanted))
		if err != nil {
			return nil, err
		}
		for _, k := range wanted {
			for _, row := range rows[k.owner] {
				if row.TechniqueID == k.technique && textOr(row.SubTechniqueID, "") == k.sub {
					found[k.String()] = row
				}
			}
		}
	}
	return found, nil
}

// textOr returns a text, or another one if it is missing.
func textOr(text *string, otherwise string) string {
	if text == nil {
		return otherwise
	}
	return *text
}

// techniquesIn narrows a scope to the techniques of keys, if they are few: a whole rollup is read
// faster by its owners alone.
func techniquesIn(keys []rollupKey) []condition {
	const few = 4
	techniques := distinct(keys, func(k rollupKey) string { return k.technique })
	if len(techniques) > few {
		return nil
	}
	return []condition{amongTexts{"t.technique_id", techniques}}
}
