package storage

import (
	"context"
	"strings"
)

// printList lists rows that a fingerprint leads to. Its owners are those of PrintMatch.Owner, and each is read by a
// statement of its own: a request has few of them.
type printList[T any] struct{ rows query[T] }

// of is the list of the rows that an owner leads to.
func (l printList[T]) of(owner string) query[T] {
	q := l.rows
	q.keys = strings.Split(owner, "\n")
	return q
}

// perPrint reads a list for each owner.
func perPrint[T, V any](l printList[T], owners []string, read func(query[T], []string) (map[string]V, error)) (map[string]V, error) {
	found := make(map[string]V, len(owners))
	for _, owner := range owners {
		answers, err := read(l.of(owner), []string{""})
		if err != nil {
			return nil, err
		}
		found[owner] = answers[""]
	}
	return found, nil
}

// Page implements List.
func (l printList[T]) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error) {
	return perPrint(l, owners, func(q query[T], owner []string) (map[string]Slice[T], error) { return q.Page(ctx, owner, p) })
}

// Count implements List.
func (l printList[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	return perPrint(l, owners, func(q query[T], owner []string) (map[string]int, error) { return q.Count(ctx, owner) })
}

// Groups implements Divisible.
func (l printList[T]) Groups(ctx context.Context, owners, by []string) (map[string][]Group, error) {
	return perPrint(l, owners, func(q query[T], owner []string) (map[string][]Group, error) { return q.Groups(ctx, owner, by) })
}

// AttackerGroups implements Divisible.
func (l printList[T]) AttackerGroups(ctx context.Context, owners, by []string) (map[string][]Group, error) {
	return perPrint(l, owners, func(q query[T], owner []string) (map[string][]Group, error) { return q.AttackerGroups(ctx, owner, by) })
}

// UnknownValues implements Questioner.
func (l printList[T]) UnknownValues(ctx context.Context) ([]UnknownValue, error) {
	return l.rows.UnknownValues(ctx)
}

// printed selects the keys of the rows of a table, by its letter, that show the fingerprint.
func printed(letter string) string {
	return "SELECT '' AS owner, SUBSTR(k, 2) AS uuid FROM requested WHERE SUBSTR(k, 1, 1) = '" + letter + "'"
}

// printUsed defines used(owner, attacker, identity) of what shows the fingerprint.
func printUsed() string {
	const first = "SUBSTR(k, 1, 1)"
	return "used(owner, attacker, identity) AS (SELECT '', CASE WHEN " + first + " = '" + showsAttacker + "' THEN SUBSTR(k, 2) END, CASE WHEN " + first +
		" = '" + showsIdentity + "' THEN SUBSTR(k, 2) END FROM requested)"
}

// PrintAttackers lists the attackers that show each fingerprint: themselves, or as a row of an identity that does. Seen
// last first.
func (s *Store) PrintAttackers(o ListOptions) List[Attacker] {
	d := s.dialect
	with := expressions(printUsed(), `members(owner, uuid) AS (
  SELECT owner, attacker FROM used WHERE attacker IS NOT NULL
  UNION
  SELECT u.owner, a.uuid FROM used u`+d.join("attackers a", "a.identity_id", "u.identity")+`)`)
	return printList[Attacker]{listOf(s, attackers, through(with, "attackers", "uuid"), o)}
}

// PrintIdentities lists the identities that show each fingerprint: themselves, or through an attacker that does. Updated
// last first.
func (s *Store) PrintIdentities(m Membership, o ListOptions) List[Identity] {
	return printList[Identity]{listOf(s, identities, s.dialect.identitiesUsing(printUsed(), m), o)}
}

// PrintCampaigns lists the campaigns that show each fingerprint: themselves, or through an identity that does. Updated last
// first.
func (s *Store) PrintCampaigns(m Membership, o ListOptions) List[Campaign] {
	d := s.dialect
	return printList[Campaign]{listOf(s, campaigns, d.campaignsOf(printUsed(), m, d.usedIdentities(), printed(showsCampaign)), o)}
}
