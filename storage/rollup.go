package storage

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TechniqueRollup counts the tags of one technique, or of one sub-technique, in one scope.
type TechniqueRollup struct {
	Scope          Scope
	Owner          string
	TechniqueID    string
	SubTechniqueID *string
	TacticID       string // the largest in the group, as DECNET answers
	Count          int
	FirstSeen      time.Time
	LastSeen       time.Time
	ConfidenceMax  float64
}

// ID is the reference to the row.
func (r *TechniqueRollup) ID() Ref { return Ref{KindTechniqueRollup, r.key().String()} }

func (r *TechniqueRollup) key() rollupKey {
	key := rollupKey{scope: r.Scope, owner: r.Owner, technique: r.TechniqueID}
	if r.SubTechniqueID != nil {
		key.sub = *r.SubTechniqueID
	}
	return key
}

// rollupKey names one row of a rollup; sub is empty where the tags have no sub-technique.
type rollupKey struct {
	scope                 Scope
	owner, technique, sub string
}

// String is the key of the row's Ref: five parts as in the path of a URL.
func (k rollupKey) String() string {
	parts := [...]string{string(k.scope.Of), string(k.scope.Membership), k.owner, k.technique, k.sub}
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts[:], "/")
}

func parseRollupKey(key string) (rollupKey, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 5 {
		return rollupKey{}, false
	}
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return rollupKey{}, false
		}
	}
	return rollupKey{Scope{Kind(parts[0]), Membership(parts[1])}, parts[2], parts[3], parts[4]}, true
}

// groups names the group of a rollup in a SELECT list and in GROUP BY, behind the alias c.
func (d dialect) groups() string { return "c.owner, " + d.techniques() }

// techniques is groups for a single owner.
func (d dialect) techniques() string {
	return d.GroupKey("c.technique_id") + ", " + d.GroupKey("c.sub_technique_id")
}

// Techniques rolls the tags of each owner up by technique, in one statement for all owners. Rows
// are ordered by count, largest first, then by technique and sub-technique.
func (s *Store) Techniques(scope Scope) func(ctx context.Context, owners []string) (map[string][]*TechniqueRollup, error) {
	return func(ctx context.Context, owners []string) (map[string][]*TechniqueRollup, error) {
		return s.rollup(ctx, scope, owners, nil)
	}
}

func (s *Store) rollup(ctx context.Context, scope Scope, owners []string, where []condition) (map[string][]*TechniqueRollup, error) {
	rel, sum := s.rolled(scope)
	q, err := s.keyed(owners, rel.with)
	if err != nil {
		return nil, err
	}
	found := emptyLists[*TechniqueRollup](owners)
	blank := TechniqueRollup{Scope: scope}
	row := blank
	var odd []string
	dest := []scanner{
		{Into: text(&row.Owner)},
		{Into: text(&row.TechniqueID)},
		{Into: optionalText(&row.SubTechniqueID)},
		{Into: text(&row.TacticID), Odd: &odd, Column: "tactic"},
		{Into: whole(&row.Count)},
		{Into: instant(&row.FirstSeen), Odd: &odd, Column: "created_at"},
		{Into: instant(&row.LastSeen), Odd: &odd, Column: "created_at"},
		{Into: finite(&row.ConfidenceMax), Odd: &odd, Column: "confidence"},
	}
	groups := q.groups()
	if len(found) == 1 && scope.Of != KindFleet { // all rows are the owner's; but those of the fleet come for any owner
		blank.Owner = owners[0]
		row, dest, groups = blank, dest[1:], q.techniques()
	}
	sides := []relation{rel}
	if q.GroupPerArm {
		sides = rel.each()
	}
	var union strings.Builder
	for i, side := range sides {
		name := "c" + strconv.Itoa(i)
		q.named(name, side, sum.columns, where)
		if i > 0 {
			union.WriteString(" UNION ALL ")
		}
		union.WriteString("SELECT " + groups + ", MAX(" + q.GroupKey("c.tactic") + "), " + sum.count + ", " + sum.first + ", " + sum.last + ", MAX(c.confidence)" +
			" FROM " + name + " c GROUP BY " + groups)
	}
	q.add(union.String())
	err = s.each(ctx, q, dest, func() error {
		kept := row
		if len(odd) > 0 {
			s.warned.odd(tags.name, &odd, kept.key().String())
		}
		if _, asked := found[row.Owner]; asked {
			found[row.Owner] = append(found[row.Owner], &kept)
		}
		row = blank
		return nil
	})
	for owner, rows := range found {
		found[owner] = inOrder(rows)
	}
	return found, err
}

// inOrder makes one row of those of the same technique, which came apart, and sorts the rows of an owner: a
// database would sort the rows of all owners together.
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
	if c := strings.Compare(r.TechniqueID, other.TechniqueID); c != 0 {
		return c
	}
	switch a, b := r.SubTechniqueID, other.SubTechniqueID; {
	case a != nil && b != nil:
		return strings.Compare(*a, *b)
	case a == b:
		return 0
	case a == nil:
		return -1
	default:
		return 1
	}
}

// add adds the tags of another row of the same technique.
func (r *TechniqueRollup) add(other *TechniqueRollup) {
	r.Count += other.Count
	r.TacticID = max(r.TacticID, other.TacticID)
	r.ConfidenceMax = max(r.ConfidenceMax, other.ConfidenceMax)
	if other.FirstSeen.Before(r.FirstSeen) {
		r.FirstSeen = other.FirstSeen
	}
	if other.LastSeen.After(r.LastSeen) {
		r.LastSeen = other.LastSeen
	}
}

// RollupCount is a count of a rollup row that costs a statement of its own.
type RollupCount string

// The counts that cost a statement of their own.
const (
	RollupIdentities RollupCount = "identities"
	RollupAttackers  RollupCount = "attackers"
)

// RollupCounts counts distinct identities or attackers behind the rows that keys name. The identity
// behind a tag is its own or else its attacker's, with merged identities taken as one; a Literal
// scope counts only the tags' own, as DECNET does.
func (s *Store) RollupCounts(count RollupCount) func(ctx context.Context, keys []string) (map[string]int, error) {
	return func(ctx context.Context, keys []string) (map[string]int, error) {
		found := make(map[string]int, len(keys))
		for scope, wanted := range byScope(keys) {
			counts := make(map[rollupKey]int, len(wanted))
			if err := s.countRollup(ctx, scope, wanted, count, counts); err != nil {
				return nil, err
			}
			for _, k := range wanted { // the statement counts other groups of the same owners, too
				if n, counted := counts[k]; counted {
					found[k.String()] = n
				}
			}
		}
		return found, nil
	}
}

func (s *Store) countRollup(ctx context.Context, scope Scope, wanted []rollupKey, count RollupCount, counts map[rollupKey]int) error {
	where, err := s.techniquesIn(wanted)
	if err != nil {
		return err
	}
	rel, ready := s.counted(scope, count)
	distinct, join, faces := s.dialect.behind(scope, count)
	q, err := s.keyed(ownersOf(wanted), expressions(rel.with, faces))
	if err != nil {
		return err
	}
	q.named("c", rel, "t.technique_id, t.sub_technique_id, t.attacker_uuid, t.identity_uuid", where)
	sides := "SELECT " + q.groups() + ", COUNT(DISTINCT " + distinct + ") FROM c" + join + " GROUP BY " + q.groups()
	if len(ready.arms) > 0 {
		q.named("ready", ready, "t.technique_id, t.sub_technique_id, t."+string(count), where)
		sides += " UNION ALL SELECT " + q.groups() + ", c." + string(count) + " FROM ready c"
	}
	q.add(sides)
	key := rollupKey{scope: scope}
	var n int
	dest := []scanner{{Into: text(&key.owner)}, {Into: text(&key.technique)}, {Into: text(&key.sub)}, {Into: whole(&n)}}
	return s.each(ctx, q, dest, func() error {
		counts[key] = n
		return nil
	})
}

// behind says what is distinct among rows c, with what must be joined to them and the expressions for that.
func (d dialect) behind(scope Scope, count RollupCount) (distinct, join, with string) {
	switch {
	case count == RollupAttackers:
		return d.Bytewise("c.attacker_uuid"), "", ""
	case scope.Membership == Literal:
		return d.Bytewise("c.identity_uuid"), "", ""
	}
	join = " LEFT JOIN attackers a ON c.identity_uuid IS NULL AND " + d.Equal("a.uuid", "c.attacker_uuid") +
		" LEFT JOIN faces f ON " + d.Equal("f.uuid", "COALESCE(c.identity_uuid, a.identity_id)")
	return d.Bytewise("COALESCE(f.face, c.identity_uuid, a.identity_id)"), join, d.faces()
}

// rollupRows finds rows of rollups by the keys of their Refs; a row without tags does not exist.
func (s *Store) rollupRows(ctx context.Context, keys []string) (map[string]*TechniqueRollup, error) {
	found := make(map[string]*TechniqueRollup, len(keys))
	for scope, wanted := range byScope(keys) {
		where, err := s.techniquesIn(wanted)
		if err != nil {
			return nil, err
		}
		rows, err := s.rollup(ctx, scope, ownersOf(wanted), where)
		if err != nil {
			return nil, err
		}
		for _, k := range wanted {
			for _, row := range rows[k.owner] {
				if row.key() == k {
					found[k.String()] = row
				}
			}
		}
	}
	return found, nil
}

// RollupTags lists the tags behind each row that a key names, newest first.
func (s *Store) RollupTags() List[TTPTag] { return rollupTags{s} }

type rollupTags struct{ store *Store }

// Page implements List.
func (l rollupTags) Page(ctx context.Context, keys []string, p Page) (map[string]Slice[TTPTag], error) {
	return perScope(l.store, keys, func(q query[TTPTag], owners []string) (map[string]Slice[TTPTag], error) {
		return q.Page(ctx, owners, p)
	})
}

// Count implements List.
func (l rollupTags) Count(ctx context.Context, keys []string) (map[string]int, error) {
	return perScope(l.store, keys, func(q query[TTPTag], owners []string) (map[string]int, error) {
		return q.Count(ctx, owners)
	})
}

// perScope asks, for the keys of each scope, a list whose owners are groups instead of the scope's
// own owners.
func perScope[V any](s *Store, keys []string, ask func(query[TTPTag], []string) (map[string]V, error)) (map[string]V, error) {
	found := empties[V](keys)
	for scope, wanted := range byScope(keys) {
		where, err := s.techniquesIn(wanted)
		if err != nil {
			return nil, err
		}
		rel := s.dialect.tags(scope)
		rel.arms = slices.Clone(rel.arms)
		group := s.dialect.Bytewise("CONCAT(" + rel.arms[0].owner + ", '|', t.technique_id, '|', COALESCE(t.sub_technique_id, ''))")
		for i := range rel.arms { // the arms of a scope name their owner alike
			rel.arms[i].owner = group
		}
		names := make(map[string]string, len(wanted))
		owners := make([]string, len(wanted))
		for i, k := range wanted {
			owners[i] = k.owner + "|" + k.technique + "|" + k.sub
			names[owners[i]] = k.String()
		}
		groups, err := s.dialect.among(group, owners)
		if err != nil {
			return nil, err
		}
		where = append(where, groups)
		answers, err := ask(query[TTPTag]{store: s, table: tags, order: newestTags, rel: rel, where: where, bind: ownersOf(wanted)}, owners)
		if err != nil {
			return nil, err
		}
		for owner, answer := range answers {
			if name, asked := names[owner]; asked {
				found[name] = answer
			}
		}
	}
	return found, nil
}

// byScope sorts keys by scope, each once; what is no key of a known scope, written as String writes
// it, is left out.
func byScope(keys []string) map[Scope][]rollupKey {
	scopes, seen := map[Scope][]rollupKey{}, make(map[string]bool, len(keys))
	for _, key := range keys {
		parsed, ok := parseRollupKey(key)
		if ok && parsed.scope.valid() && parsed.String() == key && !seen[key] {
			seen[key] = true
			scopes[parsed.scope] = append(scopes[parsed.scope], parsed)
		}
	}
	return scopes
}

// techniquesIn narrows a scope to the techniques of keys, if they are few: a whole rollup is read
// faster by its owners alone.
func (s *Store) techniquesIn(keys []rollupKey) ([]condition, error) {
	const few = 4
	techniques := distinct(keys, func(k rollupKey) string { return k.technique })
	if len(techniques) > few {
		return nil, nil
	}
	where, err := s.dialect.among("t.technique_id", techniques)
	return []condition{where}, err
}

func ownersOf(keys []rollupKey) []string {
	return distinct(keys, func(k rollupKey) string { return k.owner })
}

func distinct(keys []rollupKey, part func(rollupKey) string) []string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = part(k)
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}
