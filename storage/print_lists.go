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

// Page implements List.
func (l printList[T]) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[T], error) {
	found := make(map[string]Slice[T], len(owners))
	for _, owner := range owners {
		page, err := l.of(owner).Page(ctx, []string{""}, p)
		if err != nil {
			return nil, err
		}
		found[owner] = page[""]
	}
	return found, nil
}

// Count implements List.
func (l printList[T]) Count(ctx context.Context, owners []string) (map[string]int, error) {
	found := make(map[string]int, len(owners))
	for _, owner := range owners {
		counts, err := l.of(owner).Count(ctx, []string{""})
		if err != nil {
			return nil, err
		}
		found[owner] = counts[""]
	}
	return found, nil
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
